//! Waiting for signals and descriptors in one place: signalfd(2) and ppoll(2). Used by the guardian
//! and by the ui's watching thread. Never runs code inside a signal handler.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// What a signal means to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// TERM, HUP, INT or QUIT: come to an orderly end. Carries the number.
    End(i32),
    /// TSTP: give the terminal back and stop.
    Stop,
    /// CONT: we were stopped, and who knows what happened to the terminal meanwhile.
    Continue,
    /// CHLD: some child ended.
    Child,
    /// WINCH: the terminal has another size.
    Resized,
}

/// The signals of this process as a descriptor.
pub struct Signals(SignalFd);

impl Signals {
    /// Blocks the signals that [`News`] names for this thread and those it will start, and opens
    /// the descriptor that tells them. TTOU is blocked, too: a background process may then still
    /// restore the terminal, which is what the kernel asks about (tty_ioctl(2), "job control").
    pub fn take() -> io::Result<Self> {
        let mut told = SigSet::empty();
        for signal in [
            Signal::SIGTERM,
            Signal::SIGHUP,
            Signal::SIGINT,
            Signal::SIGQUIT,
            Signal::SIGTSTP,
            Signal::SIGCONT,
            Signal::SIGCHLD,
            Signal::SIGWINCH,
        ] {
            told.add(signal);
        }
        let mut blocked = told;
        blocked.add(Signal::SIGTTOU);
        blocked.thread_block()?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        Ok(Self(SignalFd::with_flags(&told, flags)?))
    }

    /// The next signal that has arrived, without waiting.
    #[must_use]
    pub fn next(&self) -> Option<News> {
        let info = self.0.read_signal().ok().flatten()?;
        let number = i32::try_from(info.ssi_signo).ok()?;
        Some(match Signal::try_from(number).ok()? {
            Signal::SIGTSTP => News::Stop,
            Signal::SIGCONT => News::Continue,
            Signal::SIGCHLD => News::Child,
            Signal::SIGWINCH => News::Resized,
            _ => News::End(number),
        })
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Unblocks every signal: exec(2) keeps the mask of whoever started us.
pub fn unblock_all() -> io::Result<()> {
    Ok(SigSet::all().thread_unblock()?)
}

/// What to wait for on a descriptor. Hang-up and error are always told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Something to read.
    Read,
    /// Room to write.
    Write,
    /// Only hang-up.
    HangUp,
    /// Nothing for now: not even hang-up, which could not be acted upon either.
    Nothing,
}

/// What one thread rings to wake another that waits for descriptors: eventfd(2).
#[derive(Debug)]
pub struct Bell(EventFd);

impl Bell {
    /// A bell that was not rung yet.
    pub fn new() -> io::Result<Self> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Self(EventFd::from_value_and_flags(0, flags)?))
    }

    /// Wakes whoever waits, now or next time.
    pub fn ring(&self) {
        // EAGAIN: it was rung 2^64 times and nobody came.
        let _ = self.0.write(1);
    }

    /// Takes notice of all ringing so far.
    pub fn hush(&self) {
        // EAGAIN: nobody rang.
        let _ = self.0.read();
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What a descriptor is ready for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Something to read, or room to write, as asked.
    pub ready: bool,
    /// The other side is gone.
    pub hung_up: bool,
}

/// Waits until something happens on one of the descriptors, or the time is over (then none is
/// ready). The answers are in the order of the question.
pub fn wait(
    what: &[(BorrowedFd<'_>, Interest)],
    timeout: Option<Duration>,
) -> io::Result<Vec<Readiness>> {
    let deadline = timeout.map(|time| Instant::now() + time);
    let heard = |(_, interest): &&(BorrowedFd<'_>, Interest)| *interest != Interest::Nothing;
    let mut polled: Vec<PollFd<'_>> = what
        .iter()
        .filter(heard)
        .map(|(fd, interest)| PollFd::new(*fd, flags_of(*interest)))
        .collect();
    loop {
        match nix::poll::poll(&mut polled, rest_until(deadline)) {
            Ok(_) => break,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    let mut found = polled
        .iter()
        .map(|fd| readiness(fd.revents().unwrap_or(PollFlags::empty())));
    let answer = |(_, interest): &(BorrowedFd<'_>, Interest)| match interest {
        Interest::Nothing => Readiness::default(),
        _ => found.next().unwrap_or_default(),
    };
    Ok(what.iter().map(answer).collect())
}

fn flags_of(interest: Interest) -> PollFlags {
    match interest {
        Interest::Read => PollFlags::POLLIN,
        Interest::Write => PollFlags::POLLOUT,
        Interest::HangUp | Interest::Nothing => PollFlags::empty(),
    }
}

fn readiness(found: PollFlags) -> Readiness {
    Readiness {
        ready: found.intersects(PollFlags::POLLIN | PollFlags::POLLOUT),
        hung_up: found.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL),
    }
}

/// Rounded up to the next millisecond, so that a wait does not end just before its deadline.
fn rest_until(deadline: Option<Instant>) -> PollTimeout {
    let Some(deadline) = deadline else {
        return PollTimeout::NONE;
    };
    let rest = deadline.saturating_duration_since(Instant::now());
    PollTimeout::try_from(rest.as_nanos().div_ceil(1_000_000)).unwrap_or(PollTimeout::MAX)
}

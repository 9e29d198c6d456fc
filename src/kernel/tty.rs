//! The terminal: its modes as they were found, raw mode, and the one way back. Used by the guardian
//! (which must succeed whatever state the ui left behind) and by the ui. Draws nothing.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::termios::{self, FlushArg, SetArg, Termios};
use nix::unistd;

use super::watch::{self, Interest};

/// The bytes of a reset, with what leaves the alternate screen at its place. The first two end a string
/// (OSC, DCS) that a killed process left open, or it would swallow the rest. `CSI < u` comes before the
/// screen is left: terminals keep keyboard modes per screen. The last line is for what programs in a box
/// may leave behind: keys of cursor and keypad, character set, and the scrolling region, whose end would
/// move the cursor.
macro_rules! reset {
    ($leave:literal) => {
        concat!(
            "\x1b\\\x1b[?2026l\x1b[0m\x1b[<u",
            "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l",
            "\x1b[?1004l\x1b[?2004l",
            $leave,
            "\x1b[?7h\x1b[?25h",
            "\x1b[?1l\x1b>\x1b(B\x0f\x1b7\x1b[r\x1b8\x1b[0m",
        )
        .as_bytes()
    };
}

/// Which screen of the terminal is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Screen {
    /// The one that scrolls.
    #[default]
    Normal,
    /// The one for programs that draw.
    Alternate,
}

impl Screen {
    /// Undoes whatever may have been switched on while this screen was shown, in one write. To leave the
    /// alternate screen twice would put the cursor where it was before the first time.
    const fn reset(self) -> &'static [u8] {
        match self {
            Self::Normal => reset!(""),
            Self::Alternate => reset!("\x1b[?1049l"),
        }
    }
}

/// How long a terminal that does not take our bytes may hold up the end.
const WRITE_PATIENCE: Duration = Duration::from_millis(300);

/// A terminal and the modes it had when we found it.
pub struct Tty {
    fd: OwnedFd,
    /// libc's form: nix's own holds a cell and cannot be shared with the panic hook.
    found: nix::libc::termios,
}

impl Tty {
    /// The terminal we were started on; `None` unless both standard input and output are one.
    #[must_use]
    pub fn of_standard_streams() -> Option<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return None;
        }
        let fd = reopen_stdout()
            .or_else(|_| io::stdout().as_fd().try_clone_to_owned())
            .ok()?;
        let found = termios::tcgetattr(&fd).ok()?.into();
        Some(Self { fd, found })
    }

    /// Every key arrives as it is pressed and nothing is echoed: cfmakeraw(3).
    pub fn raw(&self) -> io::Result<()> {
        Ok(termios::tcsetattr(
            &self.fd,
            SetArg::TCSANOW,
            &self.raw_modes(),
        )?)
    }

    fn raw_modes(&self) -> Termios {
        let mut raw = Termios::from(self.found);
        termios::cfmakeraw(&mut raw);
        raw
    }

    /// Whether it is as [`Tty::raw`] leaves it: nobody else has set it up since.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        termios::tcgetattr(&self.fd).is_ok_and(|now| now == self.raw_modes())
    }

    /// Gives the terminal back, on which this screen is shown: the reset string, then the modes as found.
    /// Tries every step, waits for no drain, and has nobody to tell about an error.
    pub fn restore(&self, screen: Screen) {
        let _ = self.write_patiently(screen.reset());
        self.calm();
    }

    /// The modes as found, and nothing else: for whoever handed on plain lines.
    pub fn calm(&self) {
        let _ = termios::tcsetattr(&self.fd, SetArg::TCSANOW, &self.found.into());
    }

    /// Throws away what was typed or reported by the terminal and not yet read.
    pub fn forget_input(&self) {
        let _ = termios::tcflush(&self.fd, FlushArg::TCIFLUSH);
    }

    /// Whether our process group may use the terminal now. A terminal that does not control us
    /// cannot say; then nobody else is using it through job control either.
    #[must_use]
    pub fn in_foreground(&self) -> bool {
        unistd::tcgetpgrp(&self.fd).map_or(true, |group| group == unistd::getpgrp())
    }

    fn write_patiently(&self, mut bytes: &[u8]) -> io::Result<()> {
        let deadline = Instant::now() + WRITE_PATIENCE;
        while !bytes.is_empty() {
            match unistd::write(&self.fd, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Errno::EAGAIN.into());
                    }
                    watch::wait(&[(self.fd.as_fd(), Interest::Write)], Some(left))?;
                }
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A description of our own for the same terminal: `O_NONBLOCK` on the inherited one would reach
/// the learner's shell, and a blocking write to a stuck terminal would hold up the guardian.
fn reopen_stdout() -> io::Result<OwnedFd> {
    File::options()
        .read(true)
        .write(true)
        .custom_flags(nix::libc::O_NONBLOCK | nix::libc::O_NOCTTY)
        .open("/proc/self/fd/1")
        .map(OwnedFd::from)
}

//! The keeper of a shell: starts it on its terminal, beside the process it is to stand by, and stays
//! its ancestor. Whatever the shell leaves behind becomes the keeper's (it is a subreaper), and when
//! the lab lets go of its channel, or dies, all of it is ended (guarantee G1).
//!
//! Started by the spawner. The keeper itself stays in the host's namespaces to the end: only there
//! does /proc show everybody it has to end. It arms no death signal: it must outlive the spawner for
//! as long as that takes.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

use super::there::{Failed, There};
use crate::kernel::cgroup::dir;
use crate::kernel::chan::{ChanError, Channel, wait_readable};
use crate::kernel::sys::{self, Forked};
use crate::kernel::{birth, calls, family, pidfd, pty};
use crate::model::sample::Exit;
use crate::model::wire::{Enter, Kept, More, Restraint};
use crate::model::{Errno, NsKind, Untrusted};

/// Descriptor 3: the channel to the lab.
const LAB: i32 = 3;
/// How often orphans are reaped, at least.
const REAP_EVERY: Duration = Duration::from_millis(200);
/// After so many rounds, whoever is left is somebody whom we may not signal.
const STUBBORN: usize = 4;
/// Between two rounds of ending whoever is left.
const ROUND: Duration = Duration::from_millis(5);
/// What a shell whose terminal hung up gets to end by itself.
const GRACE: Duration = Duration::from_millis(100);
/// After this, what is left cannot be ended (a task in D state).
const LIMIT: Duration = Duration::from_secs(5);

pub(super) fn run(name: &str) -> Result<(), ChanError> {
    let lab = Channel::from(sys::inherited(LAB).ok_or(ChanError::Ended)?);
    let name = format!("{name}:keeper");
    birth::rename(&name).map_err(ChanError::Io)?;
    family::adopt_orphans().map_err(|e| ChanError::Io((&e).into()))?;
    let (enter, fds) = lab.recv::<Enter>(None)?;
    let user = user_of(&fds);
    let until = fds.get(2).and_then(|fd| fd.try_clone().ok());
    let extras = enter.more.then(|| Extras::receive(&lab)).transpose()?;
    let given = (fds, extras.unwrap_or_default());
    let shell = start(&lab, &name, &enter, given);
    let end = shell.and_then(|shell| keep(&lab, &shell, until.as_ref()));
    end_all(user.as_ref());
    end
}

/// The user namespace that the shell will be in, if it is not the host's.
fn user_of(fds: &[OwnedFd]) -> Option<OwnedFd> {
    There::of(fds.get(1)?.try_clone().ok()?).ok()?.user()
}

/// The descriptors that `Enter` carried, and those that `More` did.
type Given = (Vec<OwnedFd>, Extras);

/// What a program gets that is no shell.
#[derive(Default)]
struct Extras {
    /// Standard output and error, where they are no terminal of ours.
    streams: Option<(OwnedFd, OwnedFd)>,
    /// The directories of its cgroup.
    cgroup: Vec<OwnedFd>,
    restraint: Restraint,
}

impl Extras {
    fn receive(lab: &Channel) -> Result<Self, ChanError> {
        let (More { streams, restraint }, fds) = lab.recv(None)?;
        let mut fds = fds.into_iter();
        let both = if streams {
            fds.next().zip(fds.next())
        } else {
            None
        };
        Ok(Self {
            streams: both,
            cgroup: fds.collect(),
            restraint,
        })
    }
}

/// The shell, or the process that stands for it.
struct Shell {
    pid: i32,
    pidfd: OwnedFd,
}

/// Starts the shell and tells the lab how that goes, up to its exec.
fn start(lab: &Channel, name: &str, enter: &Enter, given: Given) -> Result<Shell, ChanError> {
    let me = pidfd::open(birth::me()).map_err(ChanError::Io)?;
    let (news, report) = Channel::pair()?;
    let shell = match sys::fork().map_err(ChanError::Io)? {
        Forked::Child => Newborn::new(name, report).live(&me, enter, given),
        Forked::Parent { pid, pidfd } => Shell { pid, pidfd },
    };
    // Or the terminal would never hang up, and the news never end.
    drop((given, report));
    loop {
        match news.recv::<Kept>(None) {
            Ok((word, fds)) => {
                let fds: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
                lab.send(&word, &fds)?;
            }
            Err(ChanError::Ended) => break,
            Err(error) => return Err(error),
        }
    }
    if pidfd::alive(&shell.pidfd) {
        lab.send(&Kept::Running, &[])?;
    }
    Ok(shell)
}

/// Until nobody is left, or the lab lets go, or `until` has ended: reaps, and tells the shell's end.
fn keep(lab: &Channel, shell: &Shell, until: Option<&OwnedFd>) -> Result<(), ChanError> {
    let mut lives = true;
    loop {
        let mut watched = vec![lab.as_fd(), until.map_or(lab.as_fd(), AsFd::as_fd)];
        watched.extend(lives.then_some(shell.pidfd.as_fd()));
        let ready = wait_readable(&watched, Some(REAP_EVERY)).map_err(ChanError::Io)?;
        if ready[0] || ready[1] {
            return Ok(());
        }
        let reaped = family::reap();
        if let Some((_, exit)) = reaped
            .dead
            .iter()
            .find(|(pid, _)| lives && *pid == shell.pid)
        {
            lives = false;
            lab.send(&Kept::Ended(*exit), &[])?;
        }
        if reaped.childless {
            return Ok(());
        }
    }
}

/// Ends everybody who descends from us, again and again, until nobody does. The lab has let go of
/// the terminal before, so that a shell has had SIGHUP and may use the grace to save its history.
fn end_all(user: Option<&OwnedFd>) {
    let began = Instant::now();
    let mut rounds = 0;
    while !family::reap().childless && began.elapsed() < LIMIT {
        match (rounds, user) {
            _ if began.elapsed() < GRACE => {}
            (STUBBORN, Some(user)) => {
                end_from_inside(user);
                rounds += 1;
            }
            // It does the rest, and is a descendant of ours itself.
            (STUBBORN.., Some(_)) => {}
            _ => {
                family::kill_descendants();
                rounds += 1;
            }
        }
        std::thread::sleep(ROUND);
    }
}

/// Those with other ids of the box are beyond our signals, kill(2), but not beyond those of a process
/// that has all capabilities in the box's user namespace.
fn end_from_inside(user: &OwnedFd) {
    let keeper = birth::me();
    if let Ok(Forked::Child) = sys::fork() {
        let joined = calls::join(user, NsKind::User).is_ok();
        let began = Instant::now();
        while joined && birth::parent() == keeper && began.elapsed() < LIMIT {
            family::kill_descendants_of(keeper);
            std::thread::sleep(ROUND);
            if family::is_alone(keeper) {
                break;
            }
        }
        sys::leave(0)
    }
}

/// The keeper's child, on its way to become the shell.
struct Newborn<'n> {
    name: &'n str,
    /// To the keeper; closed by exec.
    report: Option<Channel>,
}

impl<'n> Newborn<'n> {
    fn new(name: &'n str, report: Channel) -> Self {
        let report = Some(report);
        Self { name, report }
    }

    fn live(mut self, keeper: &OwnedFd, enter: &Enter, given: Given) -> ! {
        let Err((call, errno)) = self.try_to_live(keeper, enter, given);
        let call = call.to_owned();
        // Nobody hears it if the keeper is dead, and then it does not matter.
        let _ = self.tell(&Kept::Failed { call, errno }, &[]);
        sys::leave(127)
    }

    fn try_to_live(
        &mut self,
        keeper: &OwnedFd,
        enter: &Enter,
        (fds, extras): Given,
    ) -> Result<Infallible, Failed> {
        self.live_no_longer_than(keeper)?;
        // Opened here, where the cgroup's directories are ours to open whatever we join.
        let cgroups = extras.cgroup.iter().map(|fd| dir::door(fd.as_fd()));
        let cgroups: Result<Vec<OwnedFd>, Errno> = cgroups.collect();
        let cgroups = cgroups.map_err(|errno| ("openat cgroup.procs", errno))?;
        let mut fds = fds.into_iter();
        let slave = fds.next().ok_or(("recvmsg", Errno::EINVAL))?;
        let there = fds.next().map(There::of).transpose()?;
        let deeper = there.as_ref().map_or(Ok(false), There::go)?;
        if there.is_some() {
            if calls::effective_ids() != (0, 0) {
                calls::become_root();
            }
            // The one that we have is the caller's.
            calls::usual_umask();
        }
        // New credentials clear the death signal: prctl(2), PR_SET_PDEATHSIG.
        self.live_no_longer_than(keeper)?;
        if deeper {
            self.split()?;
        } else {
            let me = pidfd::open(birth::me()).map_err(|errno| ("pidfd_open", errno))?;
            self.tell(&Kept::Born, &[me.as_fd()])?;
        }
        for door in &cgroups {
            dir::step_in(door).map_err(|errno| ("write cgroup.procs", errno))?;
        }
        go_home(there.as_ref(), enter.home.as_ref());
        if let Some((out, err)) = extras.streams {
            pty::take_streams([slave, out, err], self.report()?)?;
        } else {
            let slave = self.own_terminal(there.is_some(), slave)?;
            pty::own_session(&slave)?;
            pty::take_over(slave, self.report()?)?;
        }
        super::restrain::restrain(&extras.restraint)?;
        // New credentials may clear the death signal: prctl(2), PR_SET_PDEATHSIG.
        birth::arm(self.name).map_err(|errno| ("prctl", errno))?;
        self.become_shell(enter)
    }

    /// Forks once more, and returns in the child alone.
    fn split(&mut self) -> Result<(), Failed> {
        let me = pidfd::open(birth::me()).map_err(|errno| ("pidfd_open", errno))?;
        match sys::fork().map_err(|errno| ("fork", errno))? {
            Forked::Child => self.live_no_longer_than(&me),
            Forked::Parent { pidfd, .. } => {
                self.tell(&Kept::Born, &[pidfd.as_fd()])?;
                // The keeper must see the end of the news when the shell executes its program, and
                // the lab a terminal that hangs up.
                self.report = None;
                sys::close_all_but(0, pidfd.as_raw_fd());
                stand_for(&pidfd)
            }
        }
    }

    fn live_no_longer_than(&self, parent: &OwnedFd) -> Result<(), Failed> {
        birth::arm(self.name).map_err(|errno| ("prctl", errno))?;
        if pidfd::alive(parent) {
            Ok(())
        } else {
            sys::leave(0)
        }
    }

    fn tell(&self, word: &Kept, fds: &[BorrowedFd<'_>]) -> Result<(), Failed> {
        let failed = ("sendmsg", Errno::EIO);
        let report = self.report.as_ref().ok_or(failed)?;
        report.send(word, fds).map_err(|_| failed)
    }

    fn report(&self) -> Result<BorrowedFd<'_>, Failed> {
        let report = self.report.as_ref().ok_or(("recvmsg", Errno::EIO))?;
        Ok(report.as_fd())
    }

    /// The terminal: one of the box's own, if it has some.
    fn own_terminal(&self, in_box: bool, slave: OwnedFd) -> Result<OwnedFd, Failed> {
        let own = in_box.then(|| pty::open_if_own(slave.as_fd())).flatten();
        let Some(own) = own else {
            return Ok(slave);
        };
        self.tell(&Kept::Terminal, &[own.master.as_fd()])?;
        Ok(own.slave)
    }

    /// Tries one program after the other. Never returns, not even if none can be executed: what our
    /// caller holds was closed by number, and must not be closed again.
    fn become_shell(&self, enter: &Enter) -> Result<Infallible, Failed> {
        let mut reason = Errno::ENOENT;
        for (position, argv) in enter.programs.iter().enumerate() {
            self.tell(&Kept::Trying(position), &[])?;
            // That one is not there says least about why none runs.
            match calls::execute(argv, &enter.environment) {
                Errno::ENOENT => {}
                errno => reason = errno,
            }
        }
        let call = "execve".to_owned();
        // Nobody hears it if the keeper is dead, and then it does not matter.
        let _ = self.tell(
            &Kept::Failed {
                call,
                errno: reason,
            },
            &[],
        );
        sys::leave(127)
    }
}

/// Between the keeper and a shell in a pid namespace: waits for the shell's end, and ends alike.
fn stand_for(shell: &OwnedFd) -> ! {
    let _ = pidfd::wait_for_end(shell);
    match pidfd::reap(shell) {
        Ok(Some(Exit::Signal(number))) => family::end_by(number),
        Ok(Some(Exit::Code(code))) => sys::leave(code),
        _ => sys::leave(0),
    }
}

fn go_home(there: Option<&There>, home: Option<&Untrusted>) {
    if there.is_some_and(There::go_to_directory) {
        return;
    }
    let home = home.map(|home| OsStr::from_bytes(home.as_bytes()));
    // Where even that fails, it is the root directory: a shell begins anywhere.
    let _ = home.map(std::env::set_current_dir);
}

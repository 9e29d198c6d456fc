//! A shell as the lab holds it: its terminal's master side, its keeper, who is in the foreground.
//! Dropping it hangs up, and ends whatever was started in it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::Spawner;
use super::command::{NoCommand, Start};
use super::dress::{self, Manner};
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::watch::{self, Interest};
use crate::kernel::{observe, pidfd, pty};
use crate::model::port::Size;
use crate::model::sample::Exit;
use crate::model::wire::{Enter, Kept, More};
use crate::model::{Errno, Untrusted};

/// How long a keeper may take for each word of its beginning.
const BORN_WITHIN: Duration = Duration::from_secs(5);
/// How long it may take to end everybody.
const ENDED_WITHIN: Duration = Duration::from_secs(3);
/// How long its word about the shell's end may lag behind that end.
const WORD_WITHIN: Duration = Duration::from_millis(300);

/// A shell on a terminal of its own.
#[derive(Debug)]
pub(super) struct Shell {
    /// `None` once it is closed.
    master: Option<OwnedFd>,
    keeper: Option<Channel>,
    keeper_pidfd: OwnedFd,
    pidfd: OwnedFd,
    /// The program that runs.
    pub(super) program: Untrusted,
    exit: Option<Exit>,
}

/// Where in a box one is to stand.
pub(super) struct Inside<'b> {
    /// The box.
    pub(super) name: &'b str,
    /// What its prompt calls that.
    pub(super) called: String,
    /// Beside whom.
    pub(super) lead: BorrowedFd<'b>,
    /// What it is held to.
    pub(super) more: (More, Vec<OwnedFd>),
}

impl Shell {
    /// Starts one there, or on the host. `Err`: why not, in words.
    pub(super) fn open(
        spawner: &Spawner,
        inside: Option<Inside<'_>>,
        manner: &Manner,
        size: Size,
    ) -> Result<Self, String> {
        let terminal = pty::open().map_err(|errno| failed("open /dev/ptmx", errno))?;
        let resized = pty::resize(&terminal.master, size);
        resized.map_err(|errno| failed("ioctl TIOCSWINSZ", errno))?;
        let called = inside.as_ref().map(|inside| inside.called.as_str());
        let mut enter = dress::dress(called, manner);
        enter.more = inside.is_some();
        let start = Start {
            name: inside.as_ref().map_or("host", |inside| inside.name),
            lead: inside.as_ref().map(|inside| inside.lead),
            enter,
            first: terminal.slave,
            master: Some((terminal.master, size)),
            more: inside.map(|inside| inside.more),
        };
        let shell = Self::begin(spawner, start).map_err(|why| why.to_string())?;
        match shell.exit {
            Some(_) => Err("it ended at once".to_owned()),
            None => Ok(shell),
        }
    }

    /// Starts a program in a keeper's care, and sees it through to its exec.
    pub(super) fn begin(spawner: &Spawner, start: Start<'_>) -> Result<Self, NoCommand> {
        let Start {
            name,
            lead,
            enter,
            first,
            master,
            more,
        } = start;
        let started = spawner.shell(name);
        let (keeper, keeper_pidfd) = started.map_err(|error| error.to_string())?;
        let mut fds = vec![first.as_fd()];
        fds.extend(lead);
        let silent = |error: ChanError| format!("the shell's keeper: {error}");
        keeper.send(&enter, &fds).map_err(silent)?;
        if let Some((more, fds)) = more {
            let fds: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
            keeper.send(&more, &fds).map_err(silent)?;
        }
        drop(first);
        let mut birth = Birth {
            master,
            pidfd: None,
            tried: 0,
            ended: None,
        };
        while !birth.hear(keeper.recv(Some(BORN_WITHIN)).map_err(silent)?, &enter)? {}
        let program = enter
            .programs
            .get(birth.tried)
            .and_then(|argv| argv.first());
        let program = program.map(|path| Untrusted::from(dress::last_part(path.as_bytes())));
        let pidfd = birth.pidfd.ok_or("the shell has no process".to_owned())?;
        Ok(Self {
            master: birth.master.map(|(master, _)| master),
            keeper: Some(keeper),
            keeper_pidfd,
            pidfd,
            program: program.unwrap_or_default(),
            exit: birth.ended,
        })
    }

    /// Waits for its end, so long at most.
    pub(super) fn ended_within(&mut self, time: Duration) -> Option<Exit> {
        pidfd::ended_within(&self.pidfd, time);
        self.exit()
    }

    /// The shell's process.
    pub(super) fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    pub(super) fn keeper(&self) -> BorrowedFd<'_> {
        self.keeper_pidfd.as_fd()
    }

    /// A descriptor of its own for the terminal.
    pub(super) fn terminal(&self) -> Option<OwnedFd> {
        self.master.as_ref()?.try_clone().ok()
    }

    pub(super) fn resize(&self, size: Size) {
        if let Some(master) = &self.master {
            // Only a terminal that hung up refuses.
            let _ = pty::resize(master, size);
        }
    }

    /// How it ended, if it has.
    pub(super) fn exit(&mut self) -> Option<Exit> {
        if self.exit.is_none() && !pidfd::alive(&self.pidfd) {
            let word = self
                .keeper
                .as_ref()
                .map(|keeper| keeper.recv(Some(WORD_WITHIN)));
            self.exit = Some(match word {
                Some(Ok((Kept::Ended(exit), _))) => exit,
                _ => Exit::Unknown,
            });
        }
        self.exit
    }

    /// Closes the terminal of a shell that has ended, as a window closes. `true`: somebody whom it
    /// started lives on.
    pub(super) fn retire(&mut self) -> bool {
        self.master = None;
        pidfd::alive(&self.keeper_pidfd)
    }

    /// The process in the foreground of its terminal: the leader of that group, or another of its
    /// members where the leader has ended. Perhaps the shell itself.
    pub(super) fn foreground(&self) -> Option<OwnedFd> {
        one_of(pty::foreground(self.master.as_ref()?)?)
    }

    /// Types all of it, waiting for room. `false`: nobody took it in time.
    pub(super) fn type_all(&self, mut bytes: &[u8], within: Duration) -> bool {
        let Some(master) = &self.master else {
            return false;
        };
        while !bytes.is_empty() {
            let found = watch::wait(&[(master.as_fd(), Interest::Write)], Some(within));
            if !found.is_ok_and(|found| found[0].ready && !found[0].hung_up) {
                return false;
            }
            bytes = &bytes[pty::write(master, bytes)..];
        }
        true
    }

    /// What was written to the terminal, waiting for it. `None`: it hung up.
    pub(super) fn read(&self, within: Duration) -> Option<Vec<u8>> {
        let master = self.master.as_ref()?;
        watch::wait(&[(master.as_fd(), Interest::Read)], Some(within)).ok()?;
        let mut bytes = vec![0; 16 * 1024];
        match pty::read(master, &mut bytes) {
            pty::Got::Bytes(count) => {
                bytes.truncate(count);
                Some(bytes)
            }
            pty::Got::Nothing => Some(Vec::new()),
            pty::Got::HungUp => None,
        }
    }
}

/// The leader of a process group, or another of its members where the leader has ended.
pub(super) fn one_of(group: i32) -> Option<OwnedFd> {
    let alive = |pid: i32| pidfd::open(pid).ok().filter(|pidfd| pidfd::alive(pidfd));
    alive(group).or_else(|| {
        let others = observe::members_of_group(group);
        others.into_iter().find_map(alive)
    })
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The terminal first: its hang-up is what a shell knows how to end by.
        self.master = None;
        self.keeper = None;
        if !pidfd::ended_within(&self.keeper_pidfd, ENDED_WITHIN) {
            pidfd::kill(&self.keeper_pidfd);
            pidfd::kill(&self.pidfd);
        }
    }
}

/// What was heard so far of a shell that is being born.
struct Birth {
    /// With its size; a program on streams has none.
    master: Option<(OwnedFd, Size)>,
    pidfd: Option<OwnedFd>,
    tried: usize,
    ended: Option<Exit>,
}

impl Birth {
    /// Takes in one word; `true`: it runs.
    fn hear(
        &mut self,
        (word, fds): (Kept, Vec<OwnedFd>),
        enter: &Enter,
    ) -> Result<bool, NoCommand> {
        let fd = fds.into_iter().next();
        match (word, fd) {
            (Kept::Terminal, Some(own)) => {
                if let Some((master, size)) = &mut self.master {
                    *master = own;
                    // The first one took this size, so this one does.
                    let _ = pty::resize(&*master, *size);
                }
            }
            (Kept::Born, Some(pidfd)) => self.pidfd = Some(pidfd),
            (Kept::Trying(position), _) => self.tried = position,
            (Kept::Running, _) => return Ok(true),
            (Kept::Failed { call, errno }, _) if call == "execve" => {
                return Err(NoCommand::NotExecuted(errno, no_program(enter, errno)));
            }
            (Kept::Failed { call, errno }, _) => return Err(failed(&call, errno).into()),
            // It ran, and was quicker than the news of that.
            (Kept::Ended(exit), _) => {
                self.ended = Some(exit);
                return Ok(true);
            }
            (Kept::Terminal | Kept::Born, None) => {
                let why = "the shell's keeper: a descriptor is missing".to_owned();
                return Err(why.into());
            }
        }
        Ok(false)
    }
}

fn failed(call: &str, errno: Errno) -> String {
    format!("{call} failed: {errno}")
}

fn no_program(enter: &Enter, errno: Errno) -> String {
    let paths = enter.programs.iter().filter_map(|argv| argv.first());
    let paths: Vec<String> = paths.map(Untrusted::text).collect();
    format!(
        "no shell could be executed there, neither of {} (the last one: {errno})",
        paths.join(", ")
    )
}

//! The lab's end of the spawner: started before the first thread, asked for stages and eyes.

use std::cell::OnceCell;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::LabError;
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::pidfd;
use crate::kernel::program::{self, Program};
use crate::model::Untrusted;
use crate::model::sample::Exit;
use crate::model::wire::{SpawnerReply, SpawnerRequest};

/// What a scope is made with.
pub(super) const SCOPE: [&str; 5] = ["--user", "--scope", "-q", "-p", "Delegate=yes"];
/// How long the spawner may take to start a process. Copying our own binary comes first.
const STARTED_WITHIN: Duration = Duration::from_secs(20);
/// How long after the end of its channel a process may still be ending.
const END_SEEN_WITHIN: Duration = Duration::from_secs(1);

/// The spawner process, and what it writes to its standard error.
#[derive(Debug)]
pub struct Spawner {
    channel: Channel,
    pidfd: OwnedFd,
    log: Option<OwnedFd>,
    /// The other end of the log, for a spawner that takes our place.
    writer: OwnedFd,
    /// It has a cgroup for itself, which systemd has made.
    alone: bool,
    /// How it ended, once it was reaped.
    exit: OnceCell<Exit>,
}

impl Spawner {
    /// Starts the spawner. Must be called before this process has a second thread.
    pub fn start() -> Result<Self, LabError> {
        let silent = |error| LabError::Silent {
            who: "socketpair",
            error,
        };
        let (ours, theirs) = Channel::pair().map_err(silent)?;
        let failed = |call| move |errno| LabError::Call { call, errno };
        let image = program::own_binary().map_err(failed("open"))?;
        let (log, writer) = program::log_pipe().map_err(failed("pipe2"))?;
        let program = Program {
            image: image.as_fd(),
            argv: vec!["box:spawner".to_owned(), "@spawner".to_owned()],
            stdin: None,
            stderr: Some(writer.as_fd()),
            extra: vec![theirs.as_fd()],
            new_session: true,
        };
        let child = program::start(&program, None).map_err(failed("fork"))?;
        Ok(Self {
            channel: ours,
            pidfd: child.pidfd,
            log: Some(log),
            writer,
            alone: false,
            exit: OnceCell::new(),
        })
    }

    /// Whether systemd runs this machine: sd_booted(3).
    pub(super) fn systemd_runs() -> bool {
        std::path::Path::new("/run/systemd/system").is_dir()
    }

    /// Starts another one in a scope of the learner's own systemd, with a cgroup that is delegated to
    /// the learner; then takes its place. Threads do no harm: systemd-run executes us anew.
    pub(super) fn move_to_scope(&mut self) -> Result<(), LabError> {
        let silent = |who| move |error| LabError::Silent { who, error };
        let failed = |call| move |errno| LabError::Call { call, errno };
        let (ours, theirs) = Channel::pair().map_err(silent("socketpair"))?;
        let number = theirs.survive_exec().map_err(failed("fcntl"))?;
        let copy = self.writer.try_clone();
        let log = copy.map_err(|error| failed("fcntl")((&error).into()))?;
        let mut command = Command::new("systemd-run");
        command
            .args(SCOPE)
            .arg("--")
            .arg(format!("/proc/{}/exe", std::process::id()))
            .args(["@spawner".to_owned(), number.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let child = command.spawn();
        let child = child.map_err(|error| failed("execve of systemd-run")((&error).into()))?;
        drop(theirs);
        let pidfd = pidfd::open(child.id().cast_signed()).map_err(failed("pidfd_open"))?;
        let spawner = Self {
            channel: ours,
            pidfd,
            log: self.log.take(),
            writer: self
                .writer
                .try_clone()
                .map_err(|e| failed("fcntl")((&e).into()))?,
            alone: true,
            exit: OnceCell::new(),
        };
        let asked = spawner.channel.send(&SpawnerRequest::Hello, &[]);
        let answer = asked.and_then(|()| spawner.channel.recv(Some(STARTED_WITHIN)));
        let (SpawnerReply::Here | SpawnerReply::Started | SpawnerReply::Failed { .. }, _) =
            answer.map_err(silent("systemd-run --user --scope"))?;
        *self = spawner;
        Ok(())
    }

    /// Whether it has a cgroup for itself.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Its pidfd.
    pub(super) fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// Starts the stage of a box.
    pub(super) fn stage(&self, box_name: &str) -> Result<(Channel, OwnedFd), LabError> {
        self.ask(
            &SpawnerRequest::Stage {
                box_name: box_name.to_owned(),
            },
            &[],
        )
    }

    /// Starts the keeper of a shell.
    pub(super) fn shell(&self, name: &str) -> Result<(Channel, OwnedFd), LabError> {
        let name = name.to_owned();
        self.ask(&SpawnerRequest::Shell { name }, &[])
    }

    /// Starts an eye for this lead.
    pub(super) fn eye(
        &self,
        box_name: &str,
        lead: BorrowedFd<'_>,
    ) -> Result<(Channel, OwnedFd), LabError> {
        self.ask(
            &SpawnerRequest::Eye {
                box_name: box_name.to_owned(),
            },
            &[lead],
        )
    }

    fn ask(
        &self,
        request: &SpawnerRequest,
        fds: &[BorrowedFd<'_>],
    ) -> Result<(Channel, OwnedFd), LabError> {
        let answer = self.channel.send(request, fds);
        let answer = answer.and_then(|()| self.channel.recv(Some(STARTED_WITHIN)));
        let (reply, fds) = answer.map_err(|error| self.silent(error))?;
        match (reply, <[OwnedFd; 2]>::try_from(fds)) {
            (SpawnerReply::Started, Ok([channel, pidfd])) => Ok((channel.into(), pidfd)),
            (SpawnerReply::Failed { errno, .. }, _) => Err(LabError::Call {
                call: "fork",
                errno,
            }),
            (SpawnerReply::Started | SpawnerReply::Here, _) => Err(LabError::Call {
                call: "recvmsg",
                errno: crate::model::Errno::EIO,
            }),
        }
    }

    /// Why there was no answer. One that has ended is asked how: by its status, and by its last words
    /// if nobody took the log.
    fn silent(&self, error: ChanError) -> LabError {
        let who = "spawner";
        if error != ChanError::Ended || !pidfd::ended_within(&self.pidfd, END_SEEN_WITHIN) {
            return LabError::Silent { who, error };
        }
        self.reap();
        let exit = self.exit.get().copied().unwrap_or(Exit::Unknown);
        let last_words = self.log.as_ref().map(program::waiting_in);
        let last_words = Untrusted::from(last_words.unwrap_or_default());
        LabError::Died {
            who,
            exit,
            last_words,
        }
    }

    pub(super) fn take_log(&mut self) -> Option<OwnedFd> {
        self.log.take()
    }

    /// Whether it has ended; then it is reaped, for nobody else would before our own end.
    pub(super) fn ended(&self) -> bool {
        let ended = self.channel.ended();
        if ended {
            self.reap();
        }
        ended
    }

    fn reap(&self) {
        // ECHILD: reaped already. Still running: later.
        if let Ok(Some(exit)) = pidfd::reap(&self.pidfd) {
            let _ = self.exit.set(exit);
        }
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        pidfd::kill(&self.pidfd);
        pidfd::ended_within(&self.pidfd, Duration::from_secs(1));
        self.reap();
    }
}

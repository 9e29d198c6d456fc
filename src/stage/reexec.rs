//! execve(2) as an operation: a member replaces its own program by the same program in the same
//! role, so a learner sees what an exec does to credentials. Both sides of it: the member's, called
//! by exec, and that of the stage, called by helper. Descriptor 0, the lifeline, stays open. Also puts
//! that program into a file of the box; executes no other than this one.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::exec::quoted;
use super::grounds::Target;
use super::hands::Hands;
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::program;
use crate::kernel::record::{Recorder, Stop};
use crate::model::op::Exec;
use crate::model::wire::{AfterExec, Go, Reply};
use crate::model::with::With;
use crate::model::{Errno, Op, Outcome};

const CALL: &str = "execveat";

impl Hands {
    /// In the member. Returns only where it failed; else the new program begins at `main`.
    pub(super) fn exec(
        &self,
        op: &Op,
        Exec { path, .. }: &Exec,
        image: &OwnedFd,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        if self.has_children() {
            // The new program would not know their names, and could not tell how they ended.
            return Err(Stop::Refused(format!(
                "`{}` has started processes, so glassbox does not let it exec",
                self.name
            )));
        }
        let argv = self.member_argv(&self.name);
        let file = match path {
            Some(path) => Some(self.program_in(op, path, image)?),
            None => None,
        };
        let file = file.as_ref().unwrap_or(image);
        recorder.unit(CALL, &shown(path.as_deref(), &argv), || {
            Err::<(), Errno>(program::replace(file.as_fd(), &argv))
        })
    }

    /// The file, open, if it holds the program and nothing else: no lesson has a program of its own.
    fn program_in(&self, op: &Op, path: &str, image: &OwnedFd) -> Result<OwnedFd, Stop> {
        self.must_be_ours(op, path, Target::Itself)?;
        let file = program::open(path).map_err(Stop::Failed)?;
        match program::are_same(file.as_fd(), image.as_fd()) {
            Ok(true) => Ok(file),
            Ok(false) => Err(Stop::Refused(format!(
                "{} is not what `program` put there, so glassbox does not execute it",
                quoted(path)
            ))),
            Err(errno) => Err(Stop::Failed(errno)),
        }
    }

    /// Carries out `program`.
    pub(super) fn put_program(
        &self,
        op: &Op,
        path: &str,
        image: &OwnedFd,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        self.must_be_ours(op, path, Target::Name)?;
        let args = ["AT_FDCWD", &quoted(path), program::MAKES, "0755"].map(str::to_owned);
        let file = recorder.call("openat", &args, || {
            program::make(path).map(|file| (3, file))
        })?;
        let args = [quoted(path), "fd of glassbox".to_owned(), "NULL".to_owned()];
        recorder.call("sendfile", &args, || {
            program::copy(image.as_fd(), file.as_fd()).map(|taken| (taken, ()))
        })
    }

    /// In the stage: waits for the first word of the member's new program, and lets it begin. The
    /// call is written down here, since nobody else is left who saw it begin and end.
    pub(super) fn after_exec(
        &self,
        (member, path): (&str, Option<&str>),
        channel: &Channel,
        within: Duration,
    ) -> Result<(Reply, Vec<OwnedFd>), ChanError> {
        let began = Instant::now();
        let (word, fds) = channel.recv::<AfterExec>(Some(within))?;
        if let AfterExec::Failed(reply) = word {
            return Ok((reply, fds));
        }
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let go = Go {
            host: Some(self.host.clone()),
            with: With::default(),
            grounds: self.grounds.clone(),
            cage: None,
        };
        channel.send(&go, &[])?;
        let mut recorder = self.recorder_of(member);
        let args = shown(path, &self.member_argv(member));
        recorder.push(CALL, &args, Outcome::Ok(0), micros);
        let calls = recorder.calls;
        let started = Vec::new();
        Ok((Reply::Done { calls, started }, fds))
    }
}

fn shown(path: Option<&str>, argv: &[String]) -> [String; 5] {
    let first = argv.first().map_or("", String::as_str);
    let file = path.map_or_else(|| "glassbox".to_owned(), quoted);
    [
        format!("fd of {file}"),
        "\"\"".to_owned(),
        format!("[\"{first}\", ...]"),
        "[]".to_owned(),
        "AT_EMPTY_PATH".to_owned(),
    ]
}

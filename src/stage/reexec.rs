//! execve(2) as an operation: a member replaces its own program by the same program in the same
//! role, so a learner sees what an exec does to credentials. Both sides of it: the member's, called
//! by exec, and that of the stage, called by helper. Descriptor 0, the lifeline, stays open.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::hands::Hands;
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::program;
use crate::kernel::record::{Recorder, Stop};
use crate::model::wire::{AfterExec, Go, Reply};
use crate::model::with::With;
use crate::model::{Errno, Outcome};

const CALL: &str = "execveat";

impl Hands {
    /// In the member. Returns only where it failed; else the new program begins at `main`.
    pub(super) fn exec(&self, image: &OwnedFd, recorder: &mut Recorder) -> Result<(), Stop> {
        if self.has_children() {
            // The new program would not know their names, and could not tell how they ended.
            return Err(Stop::Refused(format!(
                "`{}` has started processes, so glassbox does not let it exec",
                self.name
            )));
        }
        let argv = self.member_argv(&self.name);
        recorder.unit(CALL, &shown(&argv), || {
            Err::<(), Errno>(program::replace(image.as_fd(), &argv))
        })
    }

    /// In the stage: waits for the first word of the member's new program, and lets it begin. The
    /// call is written down here, since nobody else is left who saw it begin and end.
    pub(super) fn after_exec(
        &self,
        member: &str,
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
        let args = shown(&self.member_argv(member));
        recorder.push(CALL, &args, Outcome::Ok(0), micros);
        let calls = recorder.calls;
        let started = Vec::new();
        Ok((Reply::Done { calls, started }, fds))
    }
}

fn shown(argv: &[String]) -> [String; 5] {
    let first = argv.first().map_or("", String::as_str);
    [
        "fd of glassbox".to_owned(),
        "\"\"".to_owned(),
        format!("[\"{first}\", ...]"),
        "[]".to_owned(),
        "AT_EMPTY_PATH".to_owned(),
    ]
}

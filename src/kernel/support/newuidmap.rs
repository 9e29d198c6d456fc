//! The attempt `newuidmap`: a child in a user namespace without maps, for which we, its parent, have
//! both maps written by the programs. Called by `attempt`, in a probe process.

use std::os::fd::AsFd as _;
use std::time::Duration;

use super::attempt::{Failure, Step, Tried};
use crate::kernel::chan::Channel;
use crate::kernel::subids::{Lack, Map, Run};
use crate::kernel::sys::{self, Forked};
use crate::kernel::{birth, calls, observe, pidfd};
use crate::model::{Errno, NsKind};

const WITHIN: Duration = Duration::from_secs(2);

pub(super) fn attempt() -> Tried {
    let step = Step::Unshare(NsKind::User);
    let failed = |errno| failure(step, Some(errno));
    let (ours, theirs) = Channel::pair().map_err(|_| failed(Errno::EIO))?;
    match sys::fork().map_err(failed)? {
        Forked::Child => {
            drop(ours);
            let entered = calls::unshare(&[NsKind::User]);
            let armed = birth::arm("probe");
            // It ends with its parent, and does nothing but be there.
            if armed.is_ok() && theirs.send(&entered, &[]).is_ok() {
                let _ = theirs.recv::<()>(None);
            }
            sys::leave(0)
        }
        Forked::Parent { pid, pidfd } => {
            drop(theirs);
            let tried = match ours.recv::<Result<(), Errno>>(Some(WITHIN)) {
                Ok((Ok(()), _)) => both(pid, &pidfd),
                Ok((Err(errno), _)) => Err(failed(errno)),
                Err(_) => Err(failed(Errno::EIO)),
            };
            pidfd::kill(&pidfd);
            pidfd::ended_within(&pidfd, WITHIN);
            tried
        }
    }
}

fn both(pid: i32, child: &std::os::fd::OwnedFd) -> Tried {
    for map in [Map::Uid, Map::Gid] {
        Run::prepare(map, pid)
            .and_then(|run| run.run())
            .map_err(|lack| lacking(&lack))?;
    }
    let written = observe::directory(child.as_fd()).and_then(|dir| dir.read("uid_map"));
    let lines = written.map(|text| text.split(|byte| *byte == b'\n').count() - 1);
    match lines {
        Ok(2) => Ok(()),
        Ok(_) => Err(failure(Step::NewMap, None)),
        Err(errno) => Err(failure(Step::NewMap, Some(errno))),
    }
}

fn lacking(lack: &Lack) -> Failure {
    match lack {
        Lack::Program(_) => failure(Step::NewMapProgram, None),
        Lack::Line(_) => failure(Step::SubIds, None),
        Lack::Start(_, errno) => failure(Step::NewMap, Some(*errno)),
        Lack::Refused { .. } => failure(Step::NewMap, None),
    }
}

fn failure(step: Step, errno: Option<Errno>) -> Failure {
    Failure { step, errno }
}

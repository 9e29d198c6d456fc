//! A member of a box that carries out operations from inside: the workloads `init` and `helper`.
//! As PID 1 of its pid namespace it also reaps whatever is orphaned there.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::hands::Hands;
use crate::kernel::birth;
use crate::kernel::chan::{ChanError, Channel, wait_readable};
use crate::model::wire::{Go, Ready, Reply, Request};

/// How often a PID 1 looks for orphans that have ended, at least.
const REAP_EVERY: Duration = Duration::from_millis(500);

pub(super) fn run(box_name: &str, name: &str) -> Result<(), ChanError> {
    let (stage, go, _) = birth::begin::<_, Go>(&format!("{box_name}:{name}"), 0, &Ready)?;
    let host = go
        .host
        .ok_or_else(|| ChanError::Malformed("no host links".to_owned()))?;
    let mut hands = Hands::new(box_name, name, host, go.grounds);
    let end = serve(&stage, &mut hands);
    hands.end_children();
    end
}

fn serve(stage: &Channel, hands: &mut Hands) -> Result<(), ChanError> {
    loop {
        let ready = wait_readable(&[stage.as_fd()], Some(REAP_EVERY)).map_err(ChanError::Io)?;
        hands.reap_orphans();
        if !ready[0] {
            continue;
        }
        let (request, fds) = stage.recv::<Request>(None)?;
        match request {
            Request::Execute(op, birth) => {
                hands.birth = birth;
                let (reply, newborn) = hands.execute(&op, fds);
                let carried: Vec<BorrowedFd<'_>> = newborn
                    .iter()
                    .flat_map(|(_, pidfd, channel)| [pidfd.as_fd(), channel.as_fd()])
                    .collect();
                stage.send(&reply, &carried)?;
            }
            Request::News => {
                let (exits, said) = (hands.exits(), Vec::new());
                stage.send(&Reply::News { exits, said }, &[])?;
            }
            Request::EnterUser | Request::MapsWritten => {
                return Err(ChanError::Malformed(
                    "only a stage makes a user namespace".to_owned(),
                ));
            }
        }
    }
}

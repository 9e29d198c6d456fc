//! Leaves three orphans behind and ends: its child starts them and ends first, so that they become
//! children of PID 1 (or of a subreaper). They live as long as the lifeline; with `then = "exit"` they
//! end as soon as they are orphans, and whoever adopted them has three children to wait for.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::{birth, pidfd};

const ORPHANS: usize = 3;
/// How long an orphan may take to end.
const ENDED_WITHIN: Duration = Duration::from_secs(5);
/// How often an orphan looks whether it is one.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Time for whoever adopted them to wait for them, before anybody looks.
const SETTLED_AFTER: Duration = Duration::from_millis(100);

/// Makes them; when it reports, they are orphans, or have ended as such.
pub(super) fn run(life: &Life) -> ExitCode {
    let exits = life.with.text("then") == Some("exit");
    let Ok(orphans) = leave_behind(life, exits) else {
        return ExitCode::FAILURE;
    };
    if exits {
        for orphan in &orphans {
            pidfd::ended_within(orphan, ENDED_WITHIN);
        }
        let _ = life.wait(&[], SETTLED_AFTER);
    }
    life.finished(life.recorder(), None);
    ExitCode::SUCCESS
}

/// Has a child start them, and sees it end.
fn leave_behind(life: &Life, exits: bool) -> Result<Vec<OwnedFd>, ChanError> {
    let (ours, theirs) = Channel::pair()?;
    let parent = birth::child("parent", || {
        let me = birth::me();
        let orphans: Result<Vec<OwnedFd>, _> = (0..ORPHANS)
            .map(|_| birth::child("orphan", || live(life, exits.then_some(me))))
            .collect();
        orphans.is_ok_and(|orphans| {
            let fds: Vec<BorrowedFd<'_>> = orphans.iter().map(AsFd::as_fd).collect();
            theirs.send(&(), &fds).is_ok()
        })
    })
    .map_err(ChanError::Io)?;
    let ((), orphans) = ours.recv(Some(ENDED_WITHIN))?;
    pidfd::ended_within(&parent, ENDED_WITHIN);
    pidfd::reap(&parent).map_err(ChanError::Io)?;
    Ok(orphans)
}

/// The life of an orphan: to the end of the lifeline, or of this parent.
fn live(life: &Life, parent: Option<i32>) -> bool {
    let deadline = if parent.is_some() {
        LOOK_EVERY
    } else {
        Duration::from_mins(10)
    };
    while life.wait(&[], deadline).is_ok() {
        if parent.is_some_and(|parent| parent != birth::parent()) {
            break;
        }
    }
    true
}

//! What comes before every program that could hurt the machine (guarantee G5): it begins only in a
//! cgroup whose limits somebody has read back, and only with a timer that ends it. Fails closed.

use std::process::ExitCode;

use super::Life;
use crate::kernel::cage::{self, Deadline};
use crate::model::cage::MOST_SECONDS;
use crate::model::{Errno, Untrusted};

/// Seconds.
const GRACE: u32 = 3;

/// A program, once it is held.
type Program = fn(&Life, Deadline) -> ExitCode;

/// Sees to it that we are held, and only then begins.
pub(super) fn run(life: &Life, program: Program) -> ExitCode {
    // First of all: whatever comes, this ends us. One that ends by itself has a few seconds more.
    let seconds = capped(life, "seconds", MOST_SECONDS, MOST_SECONDS);
    let deadline = Deadline::within(seconds.saturating_add(GRACE));
    if let Err(why) = held(life) {
        life.refused(why);
        return ExitCode::FAILURE;
    }
    program(life, deadline)
}

fn held(life: &Life) -> Result<(), String> {
    let Some(cage) = &life.cage else {
        return Err("nobody has read back limits of a cgroup for it".to_owned());
    };
    match cage::is_held(&cage.host_cgroup) {
        Ok(true) => {}
        Ok(false) => {
            return Err("its /proc/self/cgroup names no cgroup of a lesson of glassbox".to_owned());
        }
        Err(errno) => return Err(format!("it could not read its /proc/self/cgroup: {errno}")),
    }
    cage::volunteer().map_err(|errno| format!("it could not set its oom_score_adj: {errno}"))
}

/// A parameter within bounds that stand in the code, whatever the lesson says.
pub(super) fn capped(life: &Life, name: &str, default: u32, most: u32) -> u32 {
    let given = life.with.number(name).and_then(|n| u32::try_from(n).ok());
    given.unwrap_or(default).min(most)
}

/// `fork failed: EAGAIN after 17`
pub(super) fn failed(call: &str, errno: Errno, after: impl std::fmt::Display) -> Untrusted {
    Untrusted::from(format!("{call} failed: {} after {after}", errno.name()))
}

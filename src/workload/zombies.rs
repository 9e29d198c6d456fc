//! A careless parent: three children end, and it never waits for them. They stay zombies until it
//! ends itself; then they belong to PID 1.

use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use crate::kernel::{birth, pidfd};

const CHILDREN: usize = 3;
/// How long a child may take to end.
const ENDED_WITHIN: Duration = Duration::from_secs(5);

/// Makes them first of all; then sleeps until the lifeline ends.
pub(super) fn run(life: &Life) -> ExitCode {
    for _ in 0..CHILDREN {
        let Ok(child) = birth::child("zombie", || true) else {
            return ExitCode::FAILURE;
        };
        pidfd::ended_within(&child, ENDED_WITHIN);
    }
    life.opened(life.recorder(), None);
    while life.wait(&[], Duration::from_mins(10)).is_ok() {}
    ExitCode::SUCCESS
}

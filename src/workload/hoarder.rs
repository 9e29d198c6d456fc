//! Hoards zombies: has as many children as it may, each of which ends at once, and waits for none of
//! them. Says how many it got.

use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use super::nasty::{capped, failed};
use crate::kernel::cage::Deadline;
use crate::kernel::{birth, pidfd};
use crate::model::cage::MOST_PIDS;

/// How long a child may take to end.
const ENDED_WITHIN: Duration = Duration::from_secs(5);

/// Makes them first of all; then sleeps until the lifeline or the time ends.
pub(super) fn run(life: &Life, deadline: Deadline) -> ExitCode {
    let most = u32::try_from(MOST_PIDS).unwrap_or(1);
    let most = capped(life, "most", most, most);
    let mut refused = None;
    for number in 1..most {
        match birth::child("zombie", || true) {
            Ok(child) => {
                pidfd::ended_within(&child, ENDED_WITHIN);
            }
            Err(errno) => {
                refused = Some(failed("fork", errno, number - 1));
                break;
            }
        }
    }
    let said = refused.unwrap_or_else(|| format!("{} zombies", most.saturating_sub(1)).into());
    life.opened(life.recorder(), Some(said));
    while !deadline.is_over() && life.wait(&[], Duration::from_secs(1)).is_ok() {}
    ExitCode::SUCCESS
}

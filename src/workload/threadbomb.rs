//! One process that starts as many threads as it may, each of which sleeps; says how many it got.

use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use super::nasty::{capped, failed};
use crate::kernel::cage::Deadline;
use crate::model::Errno;
use crate::model::cage::MOST_PIDS;

/// A sleeping thread needs next to none.
const STACK: usize = 64 * 1024;

/// Starts them first of all; they end with the process.
pub(super) fn run(life: &Life, deadline: Deadline) -> ExitCode {
    let most = u32::try_from(MOST_PIDS).unwrap_or(1);
    let most = capped(life, "most", most, most);
    let mut refused = None;
    for number in 1..most {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(|| {
            loop {
                std::thread::park();
            }
        });
        if let Err(error) = thread {
            refused = Some(failed("clone", Errno::from(&error), number - 1));
            break;
        }
    }
    let said = refused.unwrap_or_else(|| format!("{most} threads").into());
    life.opened(life.recorder(), Some(said));
    while !deadline.is_over() && life.wait(&[], Duration::from_secs(1)).is_ok() {}
    ExitCode::SUCCESS
}

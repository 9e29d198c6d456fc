//! Counts the seconds and does nothing else: a process to look at.

use std::process::ExitCode;
use std::time::Duration;

use super::Life;

/// Ticks until the lifeline ends.
pub(super) fn run(life: &Life) -> ExitCode {
    life.opened(life.recorder(), None);
    let mut ticks: u64 = 0;
    while life.wait(&[], Duration::from_secs(1)).is_ok() {
        ticks = ticks.wrapping_add(1);
    }
    ExitCode::SUCCESS
}

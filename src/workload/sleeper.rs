//! Sleeps, like sleep(1): no handler for any signal, so each has its default action. As PID 1 it
//! therefore ends by SIGKILL from outside or with its lifeline, and by no other signal.

use std::process::ExitCode;
use std::time::Duration;

use super::Life;

/// Sleeps until the lifeline ends.
pub(super) fn run(life: &Life) -> ExitCode {
    life.opened(life.recorder(), None);
    while life.wait(&[], Duration::from_mins(10)).is_ok() {}
    ExitCode::SUCCESS
}

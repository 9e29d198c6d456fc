//! Counts the seconds and does nothing else: a process to look at.

use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use crate::kernel::chan::{Channel, wait_readable};

/// Ticks until the lifeline ends.
pub(super) fn run(lifeline: &Channel) -> ExitCode {
    let mut ticks: u64 = 0;
    while !lifeline.ended() {
        if wait_readable(&[lifeline.as_fd()], Some(Duration::from_secs(1))).is_err() {
            return ExitCode::FAILURE;
        }
        ticks = ticks.wrapping_add(1);
    }
    ExitCode::SUCCESS
}

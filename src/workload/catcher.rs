//! The smallest PID 1 that does its duty: exits with status 0 on SIGTERM, and waits for every child
//! that ends, also for those it was not the parent of at first.

use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use crate::kernel::pidfd;
use crate::kernel::signals::Caught;

/// Catches until SIGTERM comes or the lifeline ends.
pub(super) fn run(life: &Life) -> ExitCode {
    let (Ok(term), Ok(mut child)) = (Caught::term(), Caught::child()) else {
        return ExitCode::FAILURE;
    };
    life.opened(life.recorder(), None);
    while let Ok(ready) = life.wait(&[term.as_fd(), child.as_fd()], Duration::from_mins(10)) {
        if ready[0] {
            break;
        }
        child.clear();
        while pidfd::reap_any().is_some() {}
    }
    ExitCode::SUCCESS
}

//! By hand, a time namespace and its offsets are one command: unshare(1) writes them before it forks.
//! A shell that it executes comes too late on newer kernels: there execve(2), too, moves the process
//! into the namespace, and the offsets are frozen from then on.

use super::{BECOME_ROOT, SHELL};
use crate::model::clocks::OFFSETS;
use crate::model::op::Write;
use crate::model::{Errno, NsKind};

/// The option that makes a child, which is what is born by the new clocks.
pub(super) fn fork(kinds: &[NsKind]) -> &'static str {
    if kinds.contains(&NsKind::Time) {
        " --fork"
    } else {
        ""
    }
}

/// A shell with these offsets. `None` for other files, and where the write fails just the same in
/// any shell (no such clock, or frozen).
pub(super) fn offsets(write: &Write, is_root: bool) -> Option<String> {
    let fails = write.fails.map(|errno| errno.0);
    if write.path != OFFSETS || matches!(fails, Some(Errno::EINVAL | Errno::EACCES)) {
        return None;
    }
    let mut options = String::new();
    for line in write.text.lines() {
        let mut words = line.split_whitespace();
        let (Some(clock @ ("monotonic" | "boottime")), Some(seconds)) =
            (words.next(), words.next())
        else {
            return None;
        };
        options.extend([" --", clock, " ", seconds]);
    }
    let unshare = if is_root { "unshare" } else { BECOME_ROOT };
    Some(format!("{unshare} --time{options} --fork {SHELL}"))
}

//! What a program that could hurt the machine asks the kernel about itself before it begins, and what
//! it sets so that it ends: a timer, and being the first to go when memory runs out. Called by
//! `workload` alone; sets nothing for any other process.

use std::time::{Duration, Instant};

use super::ns;
use crate::model::{Errno, NsId, NsKind, NsLink, Seen, Untrusted, cage, cgroup};

/// Whether we are in a cgroup of a lesson, as our own `/proc/self/cgroup` says. `host` is the host's
/// cgroup namespace, as our starter has told us.
pub fn is_held(host: &Seen<NsId>) -> Result<bool, Errno> {
    let text = std::fs::read("/proc/self/cgroup").map_err(|e| Errno::from(&e))?;
    let hidden = match (ns::of_self(NsLink::Own(NsKind::Cgroup)), host) {
        (Ok(own), Seen::Is(host)) => own != *host,
        _ => false,
    };
    Ok(cage::is_held(
        &cgroup::places(&Untrusted::from(text)),
        hidden,
    ))
}

/// When we end, whatever we do.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// Within so many seconds, never more than `cage::MOST_SECONDS`.
    #[must_use]
    pub fn within(seconds: u32) -> Self {
        let seconds = seconds.clamp(1, cage::MOST_SECONDS);
        let deadline = Self(Instant::now() + Duration::from_secs(seconds.into()));
        deadline.arm();
        deadline
    }

    /// Has the kernel end the calling process then: alarm(2). A child must do it anew, fork(2).
    pub fn arm(self) {
        let left = self.0.saturating_duration_since(Instant::now()).as_secs();
        // Nobody catches SIGALRM here, and it ends whoever does not. 0 would be no alarm at all.
        nix::unistd::alarm::set(u32::try_from(left).unwrap_or(0) + 1);
    }

    /// Whether it has come.
    #[must_use]
    pub fn is_over(self) -> bool {
        Instant::now() >= self.0
    }
}

/// Asks to be killed before all others where the whole machine runs out of memory, and makes sure:
/// `oom_score_adj`, proc_pid_oom_score_adj(5). Children inherit it.
pub fn volunteer() -> Result<(), Errno> {
    let path = "/proc/self/oom_score_adj";
    let wanted = cage::OOM_SCORE_ADJ.to_string();
    std::fs::write(path, &wanted).map_err(|e| Errno::from(&e))?;
    let read = std::fs::read_to_string(path).map_err(|e| Errno::from(&e))?;
    if read.trim_end() == wanted {
        Ok(())
    } else {
        Err(Errno::EPERM)
    }
}

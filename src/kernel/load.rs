//! What demo programs need that put a load on a machine: a CPU to stay on, a clock of CPU time, a
//! supply of tokens that all their children share, a file without a cache. Called by `workload`, and by the
//! survey for the number of CPUs.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use rustix::event::{EventfdFlags, eventfd};
use rustix::thread::CpuSet;

use crate::model::Errno;

/// How many CPUs we may run on: sched_getaffinity(2).
pub fn cpus() -> Result<usize, Errno> {
    let allowed = rustix::thread::sched_getaffinity(None)?;
    Ok(usize::try_from(allowed.count()).unwrap_or(usize::MAX))
}

/// The number of the CPU that is the `nth` (from 0) of those we may run on; after the last comes the
/// first again.
pub fn nth_cpu(nth: usize) -> Result<usize, Errno> {
    let allowed = rustix::thread::sched_getaffinity(None)?;
    let cpus: Vec<usize> = (0..CpuSet::MAX_CPU)
        .filter(|cpu| allowed.is_set(*cpu))
        .collect();
    let place = nth.checked_rem(cpus.len()).ok_or(Errno::EINVAL)?;
    cpus.get(place).copied().ok_or(Errno::EINVAL)
}

/// Keeps the calling thread, and those it starts, on one CPU: sched_setaffinity(2).
pub fn stay_on(cpu: usize) -> Result<(), Errno> {
    let mut set = CpuSet::new();
    set.set(cpu);
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

/// CPU time that the calling thread has used.
#[must_use]
pub fn thread_time() -> Duration {
    clock(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time that all threads of the calling process have used.
#[must_use]
pub fn process_time() -> Duration {
    clock(nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(clock: nix::time::ClockId) -> Duration {
    nix::time::clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}

/// A number that a process shares with all its descendants: eventfd(2).
#[derive(Debug)]
pub struct Tokens(OwnedFd);

impl Tokens {
    /// So many.
    pub fn new(count: u32) -> Result<Self, Errno> {
        let flags = EventfdFlags::SEMAPHORE | EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        Ok(Self(eventfd(count, flags)?))
    }

    /// Takes one, if there is one left.
    #[must_use]
    pub fn take(&self) -> bool {
        rustix::io::read(&self.0, &mut [0; 8]).is_ok()
    }

    /// Puts one back.
    pub fn give_back(&self) {
        // It could fail only after 2^64 of them.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Takes all that are left, and says how many that were.
    #[must_use]
    pub fn drain(&self) -> u32 {
        let mut count = 0;
        while self.take() {
            count += 1;
        }
        count
    }
}

/// Makes a file, or empties it: openat(2) with `O_DIRECT` if so wished.
pub fn new_file(path: &str, direct: bool) -> Result<File, Errno> {
    let flags = if direct { nix::libc::O_DIRECT } else { 0 };
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let file = options.custom_flags(flags).open(path);
    file.map_err(|e| Errno::from(&e))
}

//! What a process finds when it asks how large the machine is. No namespace covers these answers, so
//! a box that is limited by cgroups is told the same as the host, but for the CPUs of a cpuset.

use serde::{Deserialize, Serialize};

use super::Seen;
use super::cgroup::group::Pressure;
use super::clocks::Ticking;

/// The answers to an observer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Believes {
    /// CPUs that it may run on: sched_getaffinity(2); newer nproc(1) also look at `cpu.max`.
    pub nproc: Seen<u32>,
    /// CPUs that are on: `/sys/devices/system/cpu/online`, else the `cpu` lines of `/proc/stat`.
    pub cpus_online: Seen<u32>,
    /// `MemTotal` of `/proc/meminfo`, in bytes.
    pub mem_total: Seen<u64>,
    /// What changes all the time.
    pub momentary: Ticking<Momentary>,
}

/// Answers that are other ones a moment later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Momentary {
    /// `MemAvailable` of `/proc/meminfo`, in bytes.
    pub mem_available: Seen<u64>,
    /// The first number of `/proc/loadavg`, in hundredths.
    pub loadavg: Seen<u32>,
    /// Time that all CPUs together were not idle since boot, in microseconds; what a hypervisor
    /// took away is in it. The line `cpu` of `/proc/stat`, which counts in hundredths of a second.
    pub busy_usec: Seen<u64>,
    /// `/proc/pressure`: time lost by waiting, on the whole machine.
    pub pressure: Seen<Pressure>,
}

//! One cgroup of ours as the host sees it: members, usage, limits, events. Times are in
//! microseconds and sizes in bytes whatever the version of the interface; what the files really
//! said is kept beside it. Made by `kernel::cgroup`, used by facts and panels.

use serde::{Deserialize, Serialize};

use super::{Place, Version};
use crate::model::{Seen, Untrusted};

/// Members beyond this many are counted, not listed.
pub const MOST_PROCS: usize = 64;
/// The name of the cgroup in which glassbox's own helpers live.
pub const OWN: &str = "own";
/// The name of the cgroup that all those of a lesson lie in, with the caps nobody can lift.
pub const TOP: &str = "lesson";

/// One cgroup: a directory in each hierarchy that is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// As the lesson calls it, `jar/left`; or [`OWN`], or [`TOP`].
    pub name: String,
    /// Its place in each hierarchy, v2 first; paths as /proc/PID/cgroup has them on the host.
    pub places: Vec<Place>,
    /// The directory of each place on the host, in the same order.
    pub directories: Vec<Untrusted>,
    /// Processes in it itself, by their numbers on the host; at most [`MOST_PROCS`].
    pub procs: Vec<i32>,
    /// How many there are.
    pub proc_count: u32,
    /// Whether a living process is in it or below it: `cgroup.events`; on v1 as we find it.
    pub populated: Seen<bool>,
    /// Whether it is frozen: `cgroup.events`, or `freezer.state`.
    pub frozen: Seen<bool>,
    /// Controllers that it has files of.
    pub controllers: Seen<Vec<String>>,
    /// Controllers that it hands on to the cgroups in it; v2 only.
    pub subtree_control: Seen<Vec<String>>,
    /// CPU time.
    pub cpu: Seen<Cpu>,
    /// CPUs it may use.
    pub cpuset: Seen<Cpuset>,
    /// Memory.
    pub memory: Seen<Memory>,
    /// Processes and threads.
    pub pids: Seen<Pids>,
    /// Block devices.
    pub io: Seen<Io>,
    /// Time lost by waiting; v2 only, and only where the kernel counts it.
    pub pressure: Seen<Pressure>,
    /// The files that all this was read from.
    pub raw: Vec<Raw>,
}

impl Group {
    /// The text of a file, by its own name: `memory.max` or `memory.limit_in_bytes`.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Raw> {
        self.raw.iter().find(|raw| raw.file == name)
    }

    /// The last part of the name.
    #[must_use]
    pub fn leaf(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Whether a lesson made it.
    #[must_use]
    pub fn is_lessons(&self) -> bool {
        self.name != OWN && self.name != TOP
    }

    /// Whether a learner would see no difference. Our own helpers use some CPU time by looking.
    #[must_use]
    pub fn shows_same(&self, other: &Self) -> bool {
        if self.is_lessons() {
            return self == other;
        }
        self.name == other.name && self.procs == other.procs && self.frozen == other.frozen
    }
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// Its name: `cpu.max`, `cpu.cfs_quota_us`.
    pub file: String,
    /// Of which interface.
    pub version: Version,
    /// What it said, at most 4096 bytes, without the last newline.
    pub text: Untrusted,
}

/// CPU time. What the interface, the kernel or a controller that is not enabled does not tell is
/// `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpu {
    /// CPU time used, in microseconds.
    pub usage_usec: Option<u64>,
    /// How much of it since the last `observe` began: the lab counts that.
    pub observed_usec: Option<u64>,
    /// Periods in which something wanted to run.
    pub nr_periods: Option<u64>,
    /// Periods in which the quota was used up.
    pub nr_throttled: Option<u64>,
    /// Time that CPUs were kept from it, all CPUs added, in microseconds.
    pub throttled_usec: Option<u64>,
    /// CPU time for each period; `None`: no limit.
    pub quota_usec: Option<u64>,
    /// Length of a period.
    pub period_usec: Option<u64>,
    /// `cpu.weight`; on v1 `cpu.shares` in proportion, 1024 being 100.
    pub weight: Option<u64>,
}

/// CPUs it may use, as lists of numbers: `0-1,3`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpuset {
    /// What was asked for; empty: what the parent has.
    pub cpus: Untrusted,
    /// What it has.
    pub effective: Untrusted,
    /// How many CPUs that is.
    pub count: Option<u32>,
}

/// Memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// In use.
    pub current: Option<u64>,
    /// The most that was in use so far.
    pub peak: Option<u64>,
    /// The hard limit; `None`: none.
    pub max: Option<u64>,
    /// Above this, allocations are slowed down; `None`: no such limit.
    pub high: Option<u64>,
    /// Swap that may be used; `None`: no limit, or the kernel does not count it.
    pub swap_max: Option<u64>,
    /// Whether one kill means that all are killed.
    pub oom_group: Option<bool>,
    /// Of `current`: what processes allocated.
    pub anon: Option<u64>,
    /// Of `current`: file contents, those of a tmpfs and of shared memory included.
    pub file: Option<u64>,
    /// Of `file`: tmpfs and shared memory.
    pub shmem: Option<u64>,
    /// How often what happened.
    pub events: MemoryEvents,
}

/// `memory.events`; on v1 only what `memory.oom_control` and `memory.failcnt` tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryEvents {
    /// Reclaimed although below `memory.low`.
    pub low: Option<u64>,
    /// Slowed down at `memory.high`.
    pub high: Option<u64>,
    /// About to go over the hard limit.
    pub max: Option<u64>,
    /// The limit was reached and nothing could be reclaimed.
    pub oom: Option<u64>,
    /// Processes killed for want of memory.
    pub oom_kill: Option<u64>,
    /// Times that all were killed together.
    pub oom_group_kill: Option<u64>,
    /// v1: times that the usage hit the limit, which is not the same as `max`.
    pub failcnt: Option<u64>,
}

/// Processes and threads, in the cgroup and below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pids {
    /// How many, zombies included.
    pub current: Option<u64>,
    /// The most there may be; `None`: no limit.
    pub max: Option<u64>,
    /// The most there were so far.
    pub peak: Option<u64>,
    /// How often a fork failed for this limit: `max` in `pids.events`.
    pub events_max: Option<u64>,
}

/// Block devices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Io {
    /// Each device that was used or limited.
    pub devices: Vec<IoDevice>,
    /// The default weight.
    pub weight: Option<u64>,
}

/// One block device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IoDevice {
    /// Major and minor number.
    pub device: (u32, u32),
    /// Bytes read.
    pub rbytes: u64,
    /// Bytes written.
    pub wbytes: u64,
    /// Read requests.
    pub rios: u64,
    /// Write requests.
    pub wios: u64,
    /// Bytes a second that may be read; `None`: no limit.
    pub rbps: Option<u64>,
    /// Bytes a second that may be written; `None`: no limit.
    pub wbps: Option<u64>,
    /// Requests a second to read; `None`: no limit.
    pub riops: Option<u64>,
    /// Requests a second to write; `None`: no limit.
    pub wiops: Option<u64>,
}

impl IoDevice {
    /// Whether anything of it is limited.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        let limits = [self.rbps, self.wbps, self.riops, self.wiops];
        limits.iter().any(Option::is_some)
    }
}

/// Pressure stall information: how long tasks waited for what they lacked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressure {
    /// For a CPU.
    pub cpu: Option<Stall>,
    /// For memory.
    pub memory: Option<Stall>,
    /// For input and output.
    pub io: Option<Stall>,
}

/// One `*.pressure` file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// At least one task waited.
    pub some: Waited,
    /// All tasks waited at the same time.
    pub full: Option<Waited>,
}

/// A share of time, and a sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// Of the last ten seconds, in hundredths of a percent: 1431 is 14.31 %.
    pub avg10: u64,
    /// In microseconds, since the cgroup was made.
    pub total_usec: u64,
}

/// How long a round trip to a process outside every box took, while somebody watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// Half of the round trips took at most so many microseconds.
    pub p50_us: u64,
    /// 99 of 100 took at most this.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
    /// How many there were.
    pub samples: u64,
}

//! The knobs of a cgroup: how the files of v2 are called on v1. The one table behind the operation
//! `limit`, the lint of its values and the panel `knobs`.

use super::value::Shape;

/// One thing that can be set or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knob {
    /// What it is for.
    pub idea: &'static str,
    /// The controller by its v2 name; `core` for what every cgroup has.
    pub controller: &'static str,
    /// The file of v2; none where v2 has no file.
    pub v2: Option<&'static str>,
    /// The files of v1, the most telling first; none: v1 has nothing like it.
    pub v1: &'static [&'static str],
    /// What a lesson may set it to; `None`: it is only read.
    pub takes: Option<Shape>,
    /// In what they differ.
    pub differs: &'static str,
}

/// The table, in the order of the panel.
pub const KNOBS: [Knob; 21] = [
    limit(
        "CPU time at most",
        "cpu",
        "cpu.max",
        &["cpu.cfs_quota_us", "cpu.cfs_period_us"],
        Shape::CpuMax,
        "no limit is max, and -1 on v1",
    ),
    limit(
        "share of CPU time",
        "cpu",
        "cpu.weight",
        &["cpu.shares"],
        Shape::Number(1, 10000),
        "default 100, and 1024 on v1",
    ),
    read(
        "CPU time, throttling",
        "cpu",
        "cpu.stat",
        &["cpu.stat", "cpuacct.usage"],
        "microseconds, nanoseconds on v1",
    ),
    limit(
        "CPUs to run on",
        "cpuset",
        "cpuset.cpus",
        &["cpuset.cpus"],
        Shape::Cpus,
        "v1 wants cpuset.mems set, too",
    ),
    limit(
        "memory at most",
        "memory",
        "memory.max",
        &["memory.limit_in_bytes"],
        Shape::Bytes,
        "no limit is max, and a huge number on v1",
    ),
    limit(
        "memory, soft brake",
        "memory",
        "memory.high",
        &[],
        Shape::Bytes,
        "v1 has nothing like it",
    ),
    limit(
        "swap at most",
        "memory",
        "memory.swap.max",
        &["memory.memsw.limit_in_bytes"],
        Shape::Bytes,
        "v1 limits the sum of memory and swap",
    ),
    limit(
        "all or none are killed",
        "memory",
        "memory.oom.group",
        &[],
        Shape::Flag,
        "v1 has nothing like it",
    ),
    read(
        "memory in use",
        "memory",
        "memory.current",
        &["memory.usage_in_bytes"],
        "",
    ),
    read(
        "most memory so far",
        "memory",
        "memory.peak",
        &["memory.max_usage_in_bytes"],
        "v2 has it from Linux 5.19 on",
    ),
    read(
        "out of memory",
        "memory",
        "memory.events",
        &["memory.oom_control", "memory.failcnt"],
        "failcnt counts something else than max",
    ),
    limit(
        "processes and threads at most",
        "pids",
        "pids.max",
        &["pids.max"],
        Shape::Count,
        "",
    ),
    read(
        "processes and threads",
        "pids",
        "pids.current",
        &["pids.current"],
        "",
    ),
    read("forks refused", "pids", "pids.events", &["pids.events"], ""),
    limit(
        "disk speed at most",
        "io",
        "io.max",
        &[
            "blkio.throttle.write_bps_device",
            "blkio.throttle.read_bps_device",
            "blkio.throttle.write_iops_device",
            "blkio.throttle.read_iops_device",
        ],
        Shape::IoMax,
        "v1 does not slow down buffered writes",
    ),
    limit(
        "share of the disk",
        "io",
        "io.weight",
        &["blkio.bfq.weight"],
        Shape::Number(1, 1000),
        "only with a scheduler that knows weights",
    ),
    read(
        "bytes read and written",
        "io",
        "io.stat",
        &["blkio.throttle.io_service_bytes"],
        "",
    ),
    read(
        "freeze",
        "freezer",
        "cgroup.freeze",
        &["freezer.state"],
        "frozen on v1, a process cannot even be killed",
    ),
    read(
        "kill all",
        "core",
        "cgroup.kill",
        &[],
        "from Linux 5.14 on; v1 has nothing like it",
    ),
    Knob {
        idea: "devices to open",
        controller: "devices",
        v2: None,
        v1: &["devices.list"],
        takes: None,
        differs: "v2 has no file: a BPF program decides",
    },
    read(
        "members",
        "core",
        "cgroup.procs",
        &["cgroup.procs"],
        "v1 has one such list for each hierarchy",
    ),
];

const fn limit(
    idea: &'static str,
    controller: &'static str,
    v2: &'static str,
    v1: &'static [&'static str],
    shape: Shape,
    differs: &'static str,
) -> Knob {
    Knob {
        idea,
        controller,
        v2: Some(v2),
        v1,
        takes: Some(shape),
        differs,
    }
}

const fn read(
    idea: &'static str,
    controller: &'static str,
    v2: &'static str,
    v1: &'static [&'static str],
    differs: &'static str,
) -> Knob {
    Knob {
        idea,
        controller,
        v2: Some(v2),
        v1,
        takes: None,
        differs,
    }
}

/// The knob that a lesson may set by the v2 name of its file.
#[must_use]
pub fn settable(file: &str) -> Option<&'static Knob> {
    let mut all = KNOBS.iter();
    all.find(|knob| knob.v2 == Some(file) && knob.takes.is_some())
}

/// The v2 names of all files that a lesson may set.
pub fn all_settable() -> impl Iterator<Item = &'static str> {
    let all = KNOBS.iter().filter(|knob| knob.takes.is_some());
    all.filter_map(|knob| knob.v2)
}

//! Cgroups in the specimen: every field filled. Used by specimen alone.

use crate::model::believes::{Believes, Momentary};
use crate::model::cgroup::group::{
    Cpu, Cpuset, Group, Io, IoDevice, Memory, MemoryEvents, OWN, Pids, Pressure, Raw, Stall, TOP,
    Waited,
};
use crate::model::cgroup::{Layout, Place, Version};
use crate::model::clocks::Ticking;
use crate::model::{Seen, Untrusted};

/// Any.
const N: Option<u64> = Some(100);

pub(super) fn layout() -> Layout {
    Layout {
        v2: true,
        controllers: vec![("memory".to_owned(), Version::V2)],
        by_systemd_run: false,
    }
}

/// Our own, and those that the lesson makes.
pub(super) fn groups(names: &[&str]) -> Vec<Group> {
    [OWN, TOP]
        .iter()
        .chain(names)
        .map(|name| group(name))
        .collect()
}

pub(super) fn believes() -> Believes {
    Believes {
        nproc: Seen::Is(2),
        cpus_online: Seen::Is(2),
        mem_total: Seen::Is(1 << 31),
        momentary: Ticking(Momentary {
            mem_available: Seen::Is(1 << 30),
            loadavg: Seen::Is(42),
            ..Momentary::default()
        }),
    }
}

fn group(name: &str) -> Group {
    let controllers = || vec!["memory".to_owned()];
    let path = || Untrusted::from("/specimen");
    Group {
        name: name.to_owned(),
        places: vec![Place {
            hierarchy: 0,
            controllers: controllers(),
            path: path(),
        }],
        directories: vec![path()],
        procs: vec![4700],
        proc_count: 1,
        populated: Seen::Is(true),
        frozen: Seen::Is(false),
        controllers: Seen::Is(controllers()),
        subtree_control: Seen::Is(controllers()),
        cpu: Seen::Is(cpu()),
        cpuset: Seen::Is(Cpuset {
            cpus: Untrusted::from("0"),
            effective: Untrusted::from("0"),
            count: Some(1),
        }),
        memory: Seen::Is(memory()),
        pids: Seen::Is(Pids {
            current: N,
            max: N,
            peak: N,
            events_max: N,
        }),
        io: Seen::Is(io()),
        pressure: Seen::Is(pressure()),
        raw: vec![Raw {
            file: "memory.max".to_owned(),
            version: Version::V2,
            text: Untrusted::from("max"),
        }],
    }
}

fn cpu() -> Cpu {
    Cpu {
        usage_usec: N,
        observed_usec: N,
        nr_periods: N,
        nr_throttled: N,
        throttled_usec: N,
        quota_usec: N,
        period_usec: N,
        weight: N,
    }
}

fn memory() -> Memory {
    Memory {
        current: N,
        peak: N,
        max: N,
        high: N,
        swap_max: N,
        oom_group: Some(false),
        anon: N,
        file: N,
        shmem: N,
        events: MemoryEvents {
            low: N,
            high: N,
            max: N,
            oom: N,
            oom_kill: N,
            oom_group_kill: N,
            failcnt: N,
        },
    }
}

fn io() -> Io {
    Io {
        devices: vec![IoDevice {
            device: (8, 0),
            rbps: N,
            wbps: N,
            riops: N,
            wiops: N,
            ..IoDevice::default()
        }],
        weight: N,
    }
}

fn pressure() -> Pressure {
    let stall = Some(Stall {
        some: Waited::default(),
        full: Some(Waited::default()),
    });
    Pressure {
        cpu: stall,
        memory: stall,
        io: stall,
    }
}

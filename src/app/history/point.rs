//! One point of the history: what a sample says of cgroups and boxes, as far as charts need it.

use std::collections::BTreeMap;

use crate::model::{
    Process, Sample, World,
    amount::thousandths,
    cgroup::group::{Cpu, Group, IoDevice, Memory, Pids},
};

/// One sample, as far as charts need it.
#[derive(Debug, Clone)]
pub struct Point {
    /// Of the sample.
    pub seq: u64,
    /// The step whose operations ran last, counted from 0; `None` before the first.
    pub step: Option<usize>,
    /// It stands for a while in which nobody looked, or nothing changed; it repeats the point before.
    pub paused: bool,
    /// Milliseconds in which all that came about that is new since the point before it; `None` where
    /// nobody knows.
    pub after_ms: Option<u64>,
    pub(super) at_ms: i64,
    /// Somebody looked on, at this point and so at the next.
    pub(super) watched: bool,
    pub(super) readings: Vec<Reading>,
    pub(super) inside: BTreeMap<String, Inside>,
}

/// What a cgroup used and had counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    pub(super) name: String,
    /// CPU time.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Memory,
    /// Processes.
    pub pids: Pids,
    /// Bytes read and written, of one device.
    pub io: (u64, u64),
    /// The highest limit on bytes a second, of all devices.
    pub io_limit: Option<u64>,
}

/// What a box sees of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inside {
    /// Processes in its /proc.
    pub processes: u32,
    /// Their threads.
    pub threads: u32,
    /// MemAvailable and MemTotal, in bytes.
    pub free: Option<(u64, u64)>,
    /// The load, in hundredths.
    pub load: Option<u32>,
}

impl Point {
    /// What a cgroup had at that time.
    #[must_use]
    pub fn reading(&self, group: &str) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.name == group)
    }

    /// What a box saw at that time.
    #[must_use]
    pub fn inside(&self, box_name: &str) -> Option<Inside> {
        self.inside.get(box_name).copied()
    }

    /// Whether no chart would show a difference: pressure changes for long after.
    pub(super) fn says_same(&self, other: &Self) -> bool {
        self.step == other.step && self.readings == other.readings
    }

    pub(super) fn new(sample: &Sample, step: Option<usize>) -> Self {
        let lessons = sample.cgroups.iter().filter(|group| group.is_lessons());
        let seen = sample.boxes.iter().filter_map(|(name, view)| {
            let seen = view.inside.value()?;
            Some((name.clone(), inside(&seen.world)))
        });
        Self {
            seq: sample.seq,
            step,
            paused: false,
            after_ms: None,
            at_ms: sample.cgroups_at / 1_000_000,
            watched: false,
            readings: lessons.map(reading).collect(),
            inside: seen.collect(),
        }
    }
}

fn reading(group: &Group) -> Reading {
    let devices = group.io.value().map_or(&[][..], |io| &io.devices);
    let limits = devices.iter().flat_map(|it| [it.rbps, it.wbps]).flatten();
    Reading {
        name: group.name.clone(),
        cpu: group.cpu.value().copied().unwrap_or_default(),
        memory: group.memory.value().copied().unwrap_or_default(),
        pids: group.pids.value().copied().unwrap_or_default(),
        io: bytes(devices),
        io_limit: limits.max(),
    }
}

/// Bytes read and written. What goes to a loop device goes to the disk below it, too, so one of them
/// counts: the one with a limit, else the one that most went to.
fn bytes(devices: &[IoDevice]) -> (u64, u64) {
    let limited = |it: &&IoDevice| it.rbps.or(it.wbps).is_some();
    let most = devices
        .iter()
        .max_by_key(|it| it.rbytes.saturating_add(it.wbytes));
    let counts = devices.iter().find(limited).or(most);
    counts.map_or((0, 0), |it| (it.rbytes, it.wbytes))
}

fn inside(world: &World) -> Inside {
    let now = &world.believes.momentary.0;
    let threads = |processes: &Vec<_>| {
        let processes = processes.iter();
        processes.map(|it: &Process| it.threads).sum()
    };
    let free = now
        .mem_available
        .value()
        .zip(world.believes.mem_total.value());
    Inside {
        processes: world.process_count,
        threads: world.processes.value().map_or(0, threads),
        free: free.map(|(free, total)| (*free, *total)),
        load: now.loadavg.value().copied(),
    }
}

/// The share of one CPU that a cgroup had between two points, in thousandths.
#[must_use]
pub fn cpu_share(was: &Reading, is: &Reading, after_ms: u64) -> Option<u64> {
    let used = is.cpu.usage_usec?.saturating_sub(was.cpu.usage_usec?);
    Some(thousandths(used, after_ms * 1000))
}

//! What a cgroup says of itself: every file that a panel or a lesson can name, read by pread(2) on
//! descriptors that stay open from one look to the next. Called by the lab's sampler.

use std::collections::BTreeMap;
use std::os::fd::{AsFd as _, OwnedFd};

use super::dir::Dir;
use super::parse::{blkio_lines, io_lines, keyed, limit, number, stall, throttle_lines};
use super::{end, limits};
use crate::model::cgroup::group::{
    Cpu, Cpuset, Group, Io, MOST_PROCS, Memory, MemoryEvents, Pids, Pressure, Raw, Stall,
};
use crate::model::cgroup::{Version, setting, value};
use crate::model::{Seen, Untrusted};

const V2: [&str; 28] = [
    "cgroup.procs",
    "cgroup.events",
    "cgroup.controllers",
    "cgroup.subtree_control",
    "cgroup.freeze",
    "cpu.stat",
    "cpu.max",
    "cpu.weight",
    "cpuset.cpus",
    "cpuset.cpus.effective",
    "memory.current",
    "memory.peak",
    "memory.max",
    "memory.high",
    "memory.swap.max",
    "memory.oom.group",
    "memory.stat",
    "memory.events",
    "pids.current",
    "pids.max",
    "pids.peak",
    "pids.events",
    "io.stat",
    "io.max",
    "io.weight",
    "cpu.pressure",
    "memory.pressure",
    "io.pressure",
];
const V1: [&str; 26] = [
    "cpu.stat",
    "cpu.shares",
    "cpu.cfs_quota_us",
    "cpu.cfs_period_us",
    "cpuacct.usage",
    "cpuset.cpus",
    "cpuset.effective_cpus",
    "memory.usage_in_bytes",
    "memory.max_usage_in_bytes",
    "memory.limit_in_bytes",
    "memory.memsw.limit_in_bytes",
    "memory.stat",
    "memory.oom_control",
    "memory.failcnt",
    "pids.current",
    "pids.max",
    "pids.events",
    "freezer.state",
    "blkio.bfq.weight",
    "blkio.throttle.io_service_bytes",
    "blkio.throttle.io_serviced",
    "blkio.throttle.read_bps_device",
    "blkio.throttle.write_bps_device",
    "blkio.throttle.read_iops_device",
    "blkio.throttle.write_iops_device",
    "devices.list",
];
/// A text beside the numbers is cut to this: a panel shows a line or two.
const RAW: usize = 4096;

/// A cgroup and its open files.
#[derive(Debug)]
pub struct Reader {
    name: String,
    /// The cgroup.
    pub dir: Dir,
    open: BTreeMap<(usize, &'static str), OwnedFd>,
}

/// Texts by file, v2 before v1.
struct Texts(Vec<(&'static str, Version, String)>);

impl Texts {
    fn get(&self, file: &str) -> Option<&str> {
        let mut all = self.0.iter();
        all.find(|(name, ..)| *name == file).map(|it| it.2.as_str())
    }

    fn of(&self, file: &str, version: Version) -> Option<&str> {
        let mut all = self.0.iter();
        let found = all.find(|(name, its, _)| *name == file && *its == version);
        found.map(|it| it.2.as_str())
    }

    fn number(&self, file: &str) -> Option<u64> {
        self.get(file).and_then(number)
    }

    fn limit(&self, file: &str) -> Option<u64> {
        self.get(file).and_then(limit)
    }

    fn keyed(&self, file: &str, key: &str) -> Option<u64> {
        self.get(file).and_then(|text| keyed(text, key))
    }
}

impl Reader {
    /// A reader of a cgroup under the name that lessons have for it.
    #[must_use]
    pub fn new(name: &str, dir: Dir) -> Self {
        Self {
            name: name.to_owned(),
            dir,
            open: BTreeMap::new(),
        }
    }

    /// Reads all of it.
    pub fn read(&mut self) -> Group {
        let texts = self.texts();
        let names = |file: &str| {
            let text = texts.of(file, Version::V2)?;
            Some(text.split_whitespace().map(str::to_owned).collect())
        };
        let procs = self.dir.procs();
        let frozen = end::is_frozen(&self.dir);
        let populated = texts.keyed("cgroup.events", "populated").map(|it| it == 1);
        let twigs = &self.dir.0;
        Group {
            name: self.name.clone(),
            places: twigs.iter().map(|twig| twig.branch.place.clone()).collect(),
            directories: twigs
                .iter()
                .map(|twig| twig.branch.directory.clone())
                .collect(),
            proc_count: u32::try_from(procs.len()).unwrap_or(u32::MAX),
            populated: Seen::Is(populated.unwrap_or_else(|| !end::is_empty(&self.dir))),
            procs: procs.into_iter().take(MOST_PROCS).collect(),
            frozen: frozen.map_or(Seen::Missing, Seen::Is),
            controllers: Seen::Is(self.controllers(names("cgroup.controllers"))),
            subtree_control: seen(names("cgroup.subtree_control")),
            cpu: seen(cpu(&texts)),
            cpuset: seen(cpuset(&texts)),
            memory: seen(memory(&texts)),
            pids: seen(pids(&texts)),
            io: seen(io(&texts)),
            pressure: seen(pressure(&texts)),
            raw: raw(texts),
        }
    }

    /// Those of v2, and those that are on v1.
    fn controllers(&self, v2: Option<Vec<String>>) -> Vec<String> {
        let mut all = v2.unwrap_or_default();
        let v1 = limits::controllers(&self.dir).into_iter();
        all.extend(
            v1.filter(|(_, version)| *version == Version::V1)
                .map(|it| it.0),
        );
        all
    }

    fn texts(&mut self) -> Texts {
        let mut texts = Vec::new();
        for (at, twig) in self.dir.0.iter().enumerate() {
            let version = twig.branch.version;
            let files: &[&'static str] = match version {
                Version::V2 => &V2,
                Version::V1 => &V1,
            };
            for file in files {
                // A controller that is enabled later brings its files with it.
                if let std::collections::btree_map::Entry::Vacant(slot) =
                    self.open.entry((at, file))
                    && let Ok(opened) = twig.open(file)
                {
                    slot.insert(opened);
                }
                let Some(open) = self.open.get(&(at, *file)) else {
                    continue;
                };
                match pread(open) {
                    Some(text) => texts.push((*file, version, text)),
                    // ENODEV: its controller is gone.
                    None => drop(self.open.remove(&(at, *file))),
                }
            }
        }
        Texts(texts)
    }
}

fn seen<T>(value: Option<T>) -> Seen<T> {
    value.map_or(Seen::Missing, Seen::Is)
}

fn pread(file: &OwnedFd) -> Option<String> {
    let mut bytes = vec![0; super::dir::CAP];
    let mut filled = 0;
    while filled < bytes.len() {
        let offset = u64::try_from(filled).ok()?;
        match rustix::io::pread(file.as_fd(), &mut bytes[filled..], offset) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
    bytes.truncate(filled);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn raw(texts: Texts) -> Vec<Raw> {
    let texts = texts.0.into_iter();
    texts
        .map(|(file, version, text)| {
            let text = text.trim_end();
            let end = text.floor_char_boundary(RAW);
            Raw {
                file: file.to_owned(),
                version,
                text: Untrusted::from(&text[..end]),
            }
        })
        .collect()
}

/// On v2 the CPU time is there without the controller, too.
fn cpu(texts: &Texts) -> Option<Cpu> {
    if let Some(stat) = texts.of("cpu.stat", Version::V2)
        && (texts.get("cpu.max").is_some() || texts.get("cpu.shares").is_none())
    {
        let (quota, period) = texts
            .get("cpu.max")
            .and_then(value::cpu_max)
            .unwrap_or_default();
        return Some(Cpu {
            usage_usec: keyed(stat, "usage_usec"),
            observed_usec: None,
            nr_periods: keyed(stat, "nr_periods"),
            nr_throttled: keyed(stat, "nr_throttled"),
            throttled_usec: keyed(stat, "throttled_usec"),
            quota_usec: quota,
            period_usec: period,
            weight: texts.number("cpu.weight"),
        });
    }
    let stat = texts.of("cpu.stat", Version::V1)?;
    let micros = |nanos: Option<u64>| nanos.map(|nanos| nanos / 1000);
    Some(Cpu {
        usage_usec: micros(texts.number("cpuacct.usage"))
            .or_else(|| keyed(texts.of("cpu.stat", Version::V2)?, "usage_usec")),
        observed_usec: None,
        nr_periods: keyed(stat, "nr_periods"),
        nr_throttled: keyed(stat, "nr_throttled"),
        throttled_usec: micros(keyed(stat, "throttled_time")),
        quota_usec: texts.limit("cpu.cfs_quota_us"),
        period_usec: texts.number("cpu.cfs_period_us"),
        weight: texts.number("cpu.shares").map(setting::weight_of_shares),
    })
}

fn cpuset(texts: &Texts) -> Option<Cpuset> {
    let cpus = texts.get("cpuset.cpus")?.trim();
    let effective = texts
        .get("cpuset.cpus.effective")
        .or_else(|| texts.get("cpuset.effective_cpus"))
        .unwrap_or(cpus)
        .trim();
    let count = value::cpus(effective).and_then(|all| u32::try_from(all.len()).ok());
    Some(Cpuset {
        cpus: Untrusted::from(cpus),
        effective: Untrusted::from(effective),
        count,
    })
}

fn memory(texts: &Texts) -> Option<Memory> {
    let stat = |key| texts.keyed("memory.stat", key);
    if let Some(current) = texts.number("memory.current") {
        let events = |key| texts.keyed("memory.events", key);
        return Some(Memory {
            current: Some(current),
            peak: texts.number("memory.peak"),
            max: texts.limit("memory.max"),
            high: texts.limit("memory.high"),
            swap_max: texts.limit("memory.swap.max"),
            oom_group: texts.number("memory.oom.group").map(|it| it == 1),
            anon: stat("anon"),
            file: stat("file"),
            shmem: stat("shmem"),
            events: MemoryEvents {
                low: events("low"),
                high: events("high"),
                max: events("max"),
                oom: events("oom"),
                oom_kill: events("oom_kill"),
                oom_group_kill: events("oom_group_kill"),
                failcnt: None,
            },
        });
    }
    let max = texts.limit("memory.limit_in_bytes");
    let sum = texts.limit("memory.memsw.limit_in_bytes");
    Some(Memory {
        current: Some(texts.number("memory.usage_in_bytes")?),
        peak: texts.number("memory.max_usage_in_bytes"),
        max,
        high: None,
        swap_max: sum.zip(max).map(|(sum, max)| sum.saturating_sub(max)),
        oom_group: None,
        anon: stat("total_rss"),
        file: stat("total_cache"),
        shmem: stat("total_shmem"),
        events: MemoryEvents {
            oom_kill: texts.keyed("memory.oom_control", "oom_kill"),
            failcnt: texts.number("memory.failcnt"),
            ..MemoryEvents::default()
        },
    })
}

fn pids(texts: &Texts) -> Option<Pids> {
    Some(Pids {
        current: Some(texts.number("pids.current")?),
        max: texts.limit("pids.max"),
        peak: texts.number("pids.peak"),
        events_max: texts.keyed("pids.events", "max"),
    })
}

fn io(texts: &Texts) -> Option<Io> {
    let mut devices = Vec::new();
    if let Some(stat) = texts
        .get("io.stat")
        .filter(|_| texts.get("io.max").is_some())
    {
        io_lines(&mut devices, stat);
        io_lines(&mut devices, texts.get("io.max").unwrap_or_default());
        return Some(Io {
            devices,
            weight: texts.keyed("io.weight", "default"),
        });
    }
    blkio_lines(
        &mut devices,
        texts.get("blkio.throttle.io_service_bytes")?,
        true,
    );
    let requests = texts.get("blkio.throttle.io_serviced").unwrap_or_default();
    blkio_lines(&mut devices, requests, false);
    for file in [
        "blkio.throttle.read_bps_device",
        "blkio.throttle.write_bps_device",
        "blkio.throttle.read_iops_device",
        "blkio.throttle.write_iops_device",
    ] {
        throttle_lines(&mut devices, texts.get(file).unwrap_or_default(), file);
    }
    let weight = texts.keyed("blkio.bfq.weight", "default");
    let weight = weight.or_else(|| texts.number("blkio.bfq.weight"));
    Some(Io { devices, weight })
}

fn pressure(texts: &Texts) -> Option<Pressure> {
    let stall = |file: &str| -> Option<Stall> { texts.get(file).and_then(stall) };
    let read = Pressure {
        cpu: stall("cpu.pressure"),
        memory: stall("memory.pressure"),
        io: stall("io.pressure"),
    };
    (read != Pressure::default()).then_some(read)
}

//! Samples of a lesson about cgroups, as a machine with v2 or v1 would give them: a process that runs
//! into its quota, and a hog that takes more memory than it may.

use glassbox::model::{
    Lead, Sample, Seen, Untrusted,
    believes::Believes,
    cgroup::{
        Group, Layout, Place, Version,
        group::{
            Cpu, Cpuset, Io, IoDevice, Latency, Memory, MemoryEvents, OWN, Pids, Pressure, Raw,
            Stall, TOP, Waited,
        },
    },
    clocks::Ticking,
    sample::Exit,
};

use crate::world::{HELPER, INIT, State, TICKER, sample};

const MIB: u64 = 1 << 20;
/// The sample in which the hog is killed.
const KILL: u64 = 14;
/// The first sample of the second step.
pub(crate) const SECOND_STEP: u64 = 8;

/// The machine's interface.
pub(crate) fn layout(version: Version) -> Layout {
    let names = ["cpu", "cpuset", "memory", "pids", "io", "freezer"];
    Layout {
        v2: version == Version::V2,
        controllers: names.map(|name| (name.to_owned(), version)).into(),
        by_systemd_run: false,
    }
}

/// The sample number `at` of a lesson: four come every second.
pub(crate) fn sample_at(at: u64, version: Version) -> Sample {
    let mut now = sample(State::Forked);
    now.seq = 10 + at;
    now.cgroups_at = i64::try_from(at).expect("few samples") * 250_000_000;
    now.cgroup_layout = layout(version);
    now.cgroups = vec![
        own(version),
        group(TOP, at, version),
        group("jar", at, version),
        group("jar/left", at, version),
    ];
    now.latency = (at >= 20).then_some(Latency {
        p50_us: 90,
        p99_us: 1_400,
        max_us: 5_200,
        samples: 240,
    });
    now.host.world.clocks = Ticking(glassbox::model::clocks::Clocks {
        monotonic: i64::try_from(at).expect("few samples") * 250_000_000,
        ..Default::default()
    });
    believe(&mut now.host.world.believes, at);
    let view = now.boxes.get_mut("box").expect("the box");
    if let Seen::Is(inside) = &mut view.inside {
        believe(&mut inside.world.believes, at);
        if let Some(Seen::Is(lead)) = inside.subjects.first_mut() {
            lead.cgroup = Seen::Is(Untrusted::from(match version {
                Version::V2 => "0::/\n",
                Version::V1 => "4:memory:/\n3:cpu,cpuacct:/\n",
            }));
        }
    }
    let ticker = view.members.iter_mut().find(|it| it.name == "ticker");
    let ticker = ticker.expect("the ticker");
    ticker.said = Some(Untrusted::from(format!(
        "touched {} MiB",
        memory_at(at) / MIB
    )));
    if at >= KILL {
        ticker.exit = Some(Exit::Signal(9));
        view.lead = view
            .members
            .iter()
            .find(|it| it.name == "init")
            .map(|init| Lead {
                name: init.name.clone(),
                host_pid: init.host_pid,
                from_host: init.from_host.clone(),
            });
        if let Seen::Is(processes) = &mut now.host.world.processes {
            processes.retain(|process| process.pid != TICKER);
        }
    }
    now
}

/// Two CPUs, 8 GiB, and somebody always wants something.
fn believe(believes: &mut Believes, at: u64) {
    let total = 8 * 1024 * MIB;
    let waited = |avg10, total_usec| Waited { avg10, total_usec };
    believes.nproc = Seen::Is(2);
    believes.cpus_online = Seen::Is(2);
    believes.mem_total = Seen::Is(total);
    let now = &mut believes.momentary.0;
    now.mem_available = Seen::Is(total * 3 / 4 - memory_at(at));
    now.loadavg = Seen::Is(107);
    now.busy_usec = Seen::Is(7_000_000 + at * 80_000);
    now.pressure = Seen::Is(Pressure {
        cpu: Some(Stall {
            some: waited(1_431, 1_629_829 + at * 9_000),
            full: None,
        }),
        memory: Some(Stall {
            some: waited(26, 70_000),
            full: Some(waited(11, 31_000)),
        }),
        io: Some(Stall::default()),
    });
}

/// Grows until the kill.
fn memory_at(at: u64) -> u64 {
    match at {
        0..SECOND_STEP => 6 * MIB,
        SECOND_STEP..KILL => (6 + (at + 1 - SECOND_STEP) * 9) * MIB,
        _ => 5 * MIB,
    }
}

fn own(version: Version) -> Group {
    Group {
        name: OWN.to_owned(),
        places: places(OWN, version),
        procs: vec![HELPER],
        proc_count: 1,
        populated: Seen::Is(true),
        frozen: Seen::Is(false),
        ..Group::default()
    }
}

fn places(name: &str, version: Version) -> Vec<Place> {
    let below = match name {
        OWN | TOP => name.to_owned(),
        name => format!("{TOP}/{name}"),
    };
    let place = |hierarchy, controllers: &[&str]| Place {
        hierarchy,
        controllers: controllers.iter().map(|&name| name.to_owned()).collect(),
        path: Untrusted::from(format!("/glassbox-4702/{below}")),
    };
    match version {
        Version::V2 => vec![place(0, &[])],
        Version::V1 => vec![place(4, &["memory"]), place(3, &["cpu", "cpuacct"])],
    }
}

fn group(name: &str, at: u64, version: Version) -> Group {
    let names = |names: &[&str]| Seen::Is(names.iter().map(|&name| name.to_owned()).collect());
    let (leaf, jar) = (name == "jar/left", name == "jar");
    let procs = match (leaf, at) {
        (true, 0..KILL) => vec![INIT, TICKER],
        (true, _) => vec![INIT],
        _ => Vec::new(),
    };
    let handed: &[&str] = if leaf {
        &[]
    } else {
        &["cpu", "memory", "pids"]
    };
    Group {
        name: name.to_owned(),
        places: places(name, version),
        directories: Vec::new(),
        proc_count: u32::try_from(procs.len()).expect("few"),
        procs,
        populated: Seen::Is(true),
        frozen: Seen::Is(leaf && (3..6).contains(&at)),
        controllers: names(&["cpu", "io", "memory", "pids"]),
        subtree_control: match version {
            Version::V2 => names(handed),
            Version::V1 => Seen::Missing,
        },
        cpu: Seen::Is(cpu(jar, at)),
        cpuset: Seen::Is(Cpuset::default()),
        memory: Seen::Is(memory(name, at, version)),
        pids: Seen::Is(Pids {
            current: Some(if at < KILL { 5 } else { 4 }),
            max: jar.then_some(20),
            peak: (version == Version::V2).then_some(6),
            events_max: Some(0),
        }),
        io: Seen::Is(Io {
            devices: vec![IoDevice {
                device: (254, 0),
                wbytes: at * 300_000,
                ..IoDevice::default()
            }],
            weight: None,
        }),
        pressure: match version {
            Version::V2 => Seen::Is(pressure(at)),
            Version::V1 => Seen::Missing,
        },
        raw: if jar { raw(at, version) } else { Vec::new() },
    }
}

/// A fifth of a CPU from the second step on, and throttled all the time.
fn cpu(limited: bool, at: u64) -> Cpu {
    let busy = at.saturating_sub(SECOND_STEP);
    Cpu {
        usage_usec: Some(31_000 + at * 2_000 + busy * 49_000),
        observed_usec: None,
        nr_periods: limited.then_some(3 + busy * 5 / 2),
        nr_throttled: limited.then_some(busy * 5 / 2),
        throttled_usec: limited.then_some(busy * 190_000),
        quota_usec: limited.then_some(20_000),
        period_usec: Some(100_000),
        weight: Some(100),
    }
}

fn memory(name: &str, at: u64, version: Version) -> Memory {
    let current = memory_at(at);
    let kills = u64::from(at >= KILL);
    Memory {
        current: Some(current),
        peak: Some(memory_at(at.min(KILL - 1)).min(64 * MIB)),
        max: match name {
            "jar" => Some(64 * MIB),
            TOP => Some(256 * MIB),
            _ => None,
        },
        high: (name == "jar" && version == Version::V2).then_some(48 * MIB),
        swap_max: (name == TOP).then_some(0),
        oom_group: None,
        anon: Some(current * 2 / 3),
        file: Some(current / 4),
        shmem: Some(current / 8),
        events: match version {
            Version::V2 => MemoryEvents {
                high: Some((at + 1).saturating_sub(SECOND_STEP + 5) * 40),
                max: Some(kills * 44),
                oom: Some(kills),
                oom_kill: Some(kills),
                oom_group_kill: Some(0),
                low: Some(0),
                failcnt: None,
            },
            Version::V1 => MemoryEvents {
                oom_kill: Some(kills),
                failcnt: Some(kills * 577),
                ..MemoryEvents::default()
            },
        },
    }
}

fn pressure(at: u64) -> Pressure {
    let waited = |avg10, total_usec| Waited { avg10, total_usec };
    Pressure {
        cpu: Some(Stall {
            some: waited(6_200, at * 190_000),
            full: Some(waited(6_100, at * 180_000)),
        }),
        memory: Some(Stall::default()),
        io: None,
    }
}

fn raw(at: u64, version: Version) -> Vec<Raw> {
    let texts: &[(&str, &str)] = match version {
        Version::V2 => &[
            ("cpu.max", "20000 100000"),
            ("cpu.weight", "100"),
            ("memory.max", "67108864"),
            ("memory.high", "50331648"),
            ("pids.max", "20"),
        ],
        Version::V1 => &[
            ("cpu.cfs_quota_us", "20000"),
            ("cpu.cfs_period_us", "100000"),
            ("cpu.shares", "1024"),
            ("memory.limit_in_bytes", "67108864"),
            ("pids.max", "20"),
        ],
    };
    let file = |file: &str, text: &str| Raw {
        file: file.to_owned(),
        version,
        text: Untrusted::from(text),
    };
    let mut files: Vec<Raw> = texts.iter().map(|(name, text)| file(name, text)).collect();
    let current = match version {
        Version::V2 => "memory.current",
        Version::V1 => "memory.usage_in_bytes",
    };
    files.push(file(current, &memory_at(at).to_string()));
    files
}

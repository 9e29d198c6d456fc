//! Facts about cgroups: who is a member of what, what the lesson's own cgroups hold, and what a box
//! believes about the machine. Called by `convert` alone.

use super::{Fact, fields};
use crate::model::believes::Believes;
use crate::model::cgroup::group::{
    Cpu, Cpuset, Io, IoDevice, Latency, Memory, Pids, Pressure, Raw, Stall, Waited,
};
use crate::model::cgroup::{Group, Place, places};
use crate::model::{Seen, Untrusted};

/// The lines of a `/proc/PID/cgroup`; null where it could not be read.
pub(super) fn lines(text: Option<&Seen<Untrusted>>) -> Fact {
    let text = text.and_then(Seen::value);
    text.map_or(Fact::Null, |text| places(text).iter().map(line).collect())
}

fn line(place: &Place) -> Fact {
    let controllers = place.controllers.iter();
    Fact::Map(fields([
        ("hierarchy", place.hierarchy.into()),
        (
            "controllers",
            controllers.map(|name| Fact::Text(name.clone())).collect(),
        ),
        ("path", (&place.path).into()),
    ]))
}

/// What the cgroups of a lesson hold and limit.
pub(super) fn groups(groups: &[Group]) -> Fact {
    groups.iter().map(group).collect()
}

/// The round trips of the last `observe`; null before the first.
pub(super) fn latency(latency: Option<&Latency>) -> Fact {
    latency.map_or(Fact::Null, |it| {
        Fact::Map(fields([
            ("p50_us", number(it.p50_us)),
            ("p99_us", number(it.p99_us)),
            ("max_us", number(it.max_us)),
            ("samples", number(it.samples)),
        ]))
    })
}

/// What an observer believes about the machine.
pub(super) fn believes(believes: &Believes) -> Fact {
    let momentary = &believes.momentary.0;
    let large = |seen: &Seen<u64>| seen.value().map_or(Fact::Null, |it| number(*it));
    Fact::Map(fields([
        ("nproc", believes.nproc.value().copied().into()),
        ("cpus_online", believes.cpus_online.value().copied().into()),
        ("mem_total", large(&believes.mem_total)),
        ("mem_available", large(&momentary.mem_available)),
        ("loadavg", momentary.loadavg.value().copied().into()),
    ]))
}

fn group(group: &Group) -> Fact {
    let names = |seen: &Seen<Vec<String>>| {
        let names = seen.value();
        names.map_or(Fact::Null, |all| {
            all.iter().map(|name| Fact::Text(name.clone())).collect()
        })
    };
    let path = group.places.first().map(|place| &place.path);
    Fact::Map(fields([
        ("name", Fact::Text(group.name.clone())),
        ("path", path.into()),
        ("dir", directories(group)),
        ("places", group.places.iter().map(line).collect()),
        (
            "procs",
            group.procs.iter().map(|pid| (*pid).into()).collect(),
        ),
        ("proc_count", group.proc_count.into()),
        ("populated", group.populated.value().copied().into()),
        ("frozen", group.frozen.value().copied().into()),
        ("controllers", names(&group.controllers)),
        ("subtree_control", names(&group.subtree_control)),
        ("cpu", part(&group.cpu, cpu)),
        ("cpuset", part(&group.cpuset, cpuset)),
        ("memory", part(&group.memory, memory)),
        ("pids", part(&group.pids, pids)),
        ("io", part(&group.io, io)),
        ("pressure", part(&group.pressure, pressure)),
        ("files", group.raw.iter().map(file).collect()),
    ]))
}

/// Where each controller's files are: on v2 all in one directory, on v1 in one for each hierarchy.
fn directories(group: &Group) -> Fact {
    let all = || group.places.iter().zip(&group.directories);
    let v2 = || all().find(|(place, _)| place.hierarchy == 0);
    let of = |v1: &str| {
        let named = |place: &Place| place.controllers.iter().any(|name| name == v1);
        let found = all().find(|(place, _)| named(place)).or_else(v2);
        Fact::from(found.map(|(_, directory)| directory))
    };
    // A hybrid machine has a freezer in both, and v2's is the one we use.
    let freezer = match group.file("cgroup.freeze") {
        Some(_) => Fact::from(v2().map(|(_, directory)| directory)),
        None => of("freezer"),
    };
    Fact::Map(fields([
        ("cpu", of("cpu")),
        ("cpuset", of("cpuset")),
        ("memory", of("memory")),
        ("pids", of("pids")),
        ("io", of("blkio")),
        ("freezer", freezer),
    ]))
}

fn part<T>(seen: &Seen<T>, fact: impl Fn(&T) -> Fact) -> Fact {
    seen.value().map_or(Fact::Null, fact)
}

/// Larger than any real value are only those that mean "no limit".
fn number(value: u64) -> Fact {
    Fact::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn maybe(value: Option<u64>) -> Fact {
    value.map_or(Fact::Null, number)
}

fn cpu(cpu: &Cpu) -> Fact {
    Fact::Map(fields([
        ("usage_usec", maybe(cpu.usage_usec)),
        ("observed_usec", maybe(cpu.observed_usec)),
        ("nr_periods", maybe(cpu.nr_periods)),
        ("nr_throttled", maybe(cpu.nr_throttled)),
        ("throttled_usec", maybe(cpu.throttled_usec)),
        ("quota_usec", maybe(cpu.quota_usec)),
        ("period_usec", maybe(cpu.period_usec)),
        ("weight", maybe(cpu.weight)),
    ]))
}

fn cpuset(cpuset: &Cpuset) -> Fact {
    Fact::Map(fields([
        ("cpus", (&cpuset.cpus).into()),
        ("effective", (&cpuset.effective).into()),
        ("count", cpuset.count.into()),
    ]))
}

fn memory(memory: &Memory) -> Fact {
    let events = &memory.events;
    Fact::Map(fields([
        ("current", maybe(memory.current)),
        ("peak", maybe(memory.peak)),
        ("max", maybe(memory.max)),
        ("high", maybe(memory.high)),
        ("swap_max", maybe(memory.swap_max)),
        ("oom_group", memory.oom_group.into()),
        ("anon", maybe(memory.anon)),
        ("file", maybe(memory.file)),
        ("shmem", maybe(memory.shmem)),
        (
            "events",
            Fact::Map(fields([
                ("low", maybe(events.low)),
                ("high", maybe(events.high)),
                ("max", maybe(events.max)),
                ("oom", maybe(events.oom)),
                ("oom_kill", maybe(events.oom_kill)),
                ("oom_group_kill", maybe(events.oom_group_kill)),
                ("failcnt", maybe(events.failcnt)),
            ])),
        ),
    ]))
}

fn pids(pids: &Pids) -> Fact {
    Fact::Map(fields([
        ("current", maybe(pids.current)),
        ("max", maybe(pids.max)),
        ("peak", maybe(pids.peak)),
        ("events_max", maybe(pids.events_max)),
    ]))
}

fn io(io: &Io) -> Fact {
    Fact::Map(fields([
        ("devices", io.devices.iter().map(device).collect()),
        ("weight", maybe(io.weight)),
    ]))
}

fn device(io: &IoDevice) -> Fact {
    let (major, minor) = io.device;
    Fact::Map(fields([
        ("device", Fact::Text(format!("{major}:{minor}"))),
        ("rbytes", number(io.rbytes)),
        ("wbytes", number(io.wbytes)),
        ("rios", number(io.rios)),
        ("wios", number(io.wios)),
        ("rbps", maybe(io.rbps)),
        ("wbps", maybe(io.wbps)),
        ("riops", maybe(io.riops)),
        ("wiops", maybe(io.wiops)),
    ]))
}

fn pressure(pressure: &Pressure) -> Fact {
    let waited = |it: &Waited| {
        Fact::Map(fields([
            ("avg10", number(it.avg10)),
            ("total_usec", number(it.total_usec)),
        ]))
    };
    let stall = |stall: &Option<Stall>| {
        stall.map_or(Fact::Null, |stall| {
            let full = stall.full.as_ref().map_or(Fact::Null, waited);
            Fact::Map(fields([("some", waited(&stall.some)), ("full", full)]))
        })
    };
    Fact::Map(fields([
        ("cpu", stall(&pressure.cpu)),
        ("memory", stall(&pressure.memory)),
        ("io", stall(&pressure.io)),
    ]))
}

fn file(raw: &Raw) -> Fact {
    Fact::Map(fields([
        ("name", Fact::Text(raw.file.clone())),
        ("version", Fact::Text(raw.version.name().to_owned())),
        ("text", (&raw.text).into()),
    ]))
}

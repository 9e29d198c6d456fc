//! What the kernel counts for a cgroup, and the limits that it is held to, as lines with words. Called
//! by the panel `counters` and the app's cursor; it only looks at samples.

use super::{Change, charts::Metric, groups};
use crate::model::{
    Sample, Seen,
    amount::{bytes, percent, thousandths, time},
    cgroup::{
        Group,
        group::{Cpu, Io, IoDevice, Memory, Pids},
    },
};

/// One counter or limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counter {
    /// What it is; what belongs to the one above begins with a space.
    pub label: &'static str,
    /// What was read.
    pub value: String,
    /// What it means.
    pub note: String,
    /// Usage, and the limit it is held to.
    pub of: Option<(u64, u64)>,
}

/// A line of the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterRow {
    /// What the step did to it.
    pub change: Option<Change>,
    /// What it says.
    pub part: CounterPart,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CounterPart {
    /// From here on: the counters of the cgroup of this name.
    Group(String),
    /// A counter of it.
    Counter(Counter),
}

/// All counters of the lesson's cgroups; with `all` also of what they lie in, and glassbox's own.
#[must_use]
pub fn counters(now: &Sample, before: Option<&Sample>, all: bool) -> Vec<CounterRow> {
    let shown = now.cgroups.iter().filter(|it| all || it.is_lessons());
    let mut rows = Vec::new();
    for group in shown {
        // What has no limit is told in short: the events are counted where the limit is, too.
        let all = !group.name.contains('/') || metrics().any(|it| it.is_limited(group));
        let of = |sample: &Sample, group: &Group| {
            let told = of_group(sample, group).into_iter();
            let told = told.filter(|counter| all || !counter.label.starts_with(' '));
            told.collect::<Vec<_>>()
        };
        let was = before.map(|sample| {
            let was = groups::named(sample, &group.name);
            was.map(|was| of(sample, was))
        });
        rows.push(CounterRow {
            change: matches!(was, Some(None)).then_some(Change::New),
            part: CounterPart::Group(group.name.clone()),
        });
        let was = was.map(Option::unwrap_or_default);
        let mark = |counter: Counter| {
            let same = |it: &Counter| it.label == counter.label && it.value == counter.value;
            let changed = was.as_ref().is_some_and(|was| !was.iter().any(same));
            CounterRow {
                change: changed.then_some(Change::Changed),
                part: CounterPart::Counter(counter),
            }
        };
        rows.extend(of(now, group).into_iter().map(mark));
    }
    rows
}

fn metrics() -> impl Iterator<Item = Metric> {
    [Metric::Cpu, Metric::Memory, Metric::Pids, Metric::Io].into_iter()
}

fn of_group(sample: &Sample, group: &Group) -> Vec<Counter> {
    let mut rows = Vec::new();
    each(&mut rows, "cpu", &group.cpu, cpu);
    if let Some(set) = group
        .cpuset
        .value()
        .filter(|_| groups::is_pinned(sample, group))
    {
        rows.push(counter(
            "cpus",
            set.effective.text(),
            "the CPUs it may run on",
        ));
    }
    each(&mut rows, "memory", &group.memory, memory);
    each(&mut rows, "pids", &group.pids, pids);
    each(&mut rows, "io", &group.io, io);
    rows
}

/// The rows of one controller; of one that may not be read, why.
fn each<T>(
    rows: &mut Vec<Counter>,
    label: &'static str,
    seen: &Seen<T>,
    of: fn(&T) -> Vec<Counter>,
) {
    match seen {
        Seen::Is(it) => rows.extend(of(it)),
        Seen::Denied(errno) => rows.push(counter(label, errno.to_string(), "")),
        Seen::Missing => {}
    }
}

fn counter(label: &'static str, value: impl Into<String>, note: impl Into<String>) -> Counter {
    Counter {
        label,
        value: value.into(),
        note: note.into(),
        of: None,
    }
}

/// A count that is told in any case, or only once it is more than nothing.
fn count(
    rows: &mut Vec<Counter>,
    label: &'static str,
    count: Option<u64>,
    always: bool,
    note: &str,
) {
    if let Some(count) = count.filter(|count| always || *count > 0) {
        rows.push(counter(label, count.to_string(), note));
    }
}

fn cpu(cpu: &Cpu) -> Vec<Counter> {
    let mut rows = Vec::new();
    if let Some(usage) = cpu.usage_usec {
        rows.push(counter(
            "cpu",
            format!("{} used", time(usage)),
            "CPU time so far",
        ));
    }
    if let (Some(quota), Some(period)) = (cpu.quota_usec, cpu.period_usec) {
        let share = percent(thousandths(quota, period));
        let value = format!("{} each {}", time(quota), time(period));
        rows.push(counter(" limit", value, format!("{share} of one CPU")));
    }
    let limited = cpu.quota_usec.is_some() || cpu.nr_throttled.is_some_and(|count| count > 0);
    if let (true, Some(throttled), Some(periods)) = (limited, cpu.nr_throttled, cpu.nr_periods) {
        let lost = cpu
            .throttled_usec
            .map_or_else(String::new, |lost| format!(", {}", time(lost)));
        let value = format!("{throttled} of {periods} periods{lost}");
        rows.push(counter(" throttled", value, "the quota was used up"));
    }
    if let Some(weight) = cpu.weight.filter(|weight| *weight != 100) {
        rows.push(counter(
            " weight",
            weight.to_string(),
            "100 if nobody sets it",
        ));
    }
    rows
}

fn used(label: &'static str, current: u64, max: Option<u64>, say: fn(u64) -> String) -> Counter {
    let value = match max {
        Some(max) => format!("{} of {}", say(current), say(max)),
        None => format!("{}, no limit", say(current)),
    };
    Counter {
        of: max.map(|max| (current, max)),
        ..counter(label, value, "")
    }
}

fn memory(memory: &Memory) -> Vec<Counter> {
    let mut rows = Vec::new();
    if let Some(current) = memory.current {
        rows.push(used("memory", current, memory.max, bytes));
    }
    if let Some(peak) = memory.peak {
        rows.push(counter(" peak", bytes(peak), "the most so far"));
    }
    if let (Some(anon), Some(file)) = (memory.anon, memory.file) {
        let shmem = memory.shmem.unwrap_or(0);
        let parts = [
            ("anon", anon),
            ("file", file.saturating_sub(shmem)),
            ("tmpfs", shmem),
        ];
        let parts = parts.iter().filter(|(_, size)| *size > 0);
        let parts = parts.map(|(what, size)| format!("{what} {}", bytes(*size)));
        let mut parts: Vec<String> = parts.collect();
        if parts.is_empty() {
            parts.push("nothing".to_owned());
        }
        rows.push(counter(" holds", parts.join(" "), ""));
    }
    if let Some(high) = memory.high {
        rows.push(counter(" high", bytes(high), "above it, a brake"));
    }
    if let Some(swap) = memory.swap_max {
        rows.push(counter(" swap", format!("{} at most", bytes(swap)), ""));
    }
    if memory.oom_group == Some(true) {
        rows.push(counter(" oom.group", "1", "one killed, all killed"));
    }
    memory_events(&mut rows, memory);
    rows
}

fn memory_events(rows: &mut Vec<Counter>, memory: &Memory) {
    let events = &memory.events;
    let high = memory.high.is_some();
    let all = [
        (" oom_kill", events.oom_kill, true, "processes killed"),
        (" oom", events.oom, false, "nothing could be reclaimed"),
        (
            " kill all",
            events.oom_group_kill,
            false,
            "times all were killed",
        ),
        (" at max", events.max, true, "about to go over the limit"),
        (
            " at limit",
            events.failcnt,
            true,
            "failcnt: the limit was hit",
        ),
        (" at high", events.high, high, "slowed down"),
        (" below low", events.low, false, "reclaimed all the same"),
    ];
    for (label, times, always, note) in all {
        count(rows, label, times, always, note);
    }
}

fn pids(pids: &Pids) -> Vec<Counter> {
    let mut rows = Vec::new();
    if let Some(current) = pids.current {
        let mut row = used("pids", current, pids.max, |count| count.to_string());
        "processes and threads".clone_into(&mut row.note);
        rows.push(row);
    }
    if let Some(peak) = pids.peak {
        rows.push(counter(" peak", peak.to_string(), "the most so far"));
    }
    let limited = pids.max.is_some();
    count(
        &mut rows,
        " refused",
        pids.events_max,
        limited,
        "forks, EAGAIN",
    );
    rows
}

fn io(io: &Io) -> Vec<Counter> {
    let mut rows = Vec::new();
    for device in &io.devices {
        let (major, minor) = device.device;
        let read = bytes(device.rbytes);
        let value = format!(
            "{major}:{minor} read {read} written {}",
            bytes(device.wbytes)
        );
        rows.push(counter("io", value, format!("{} writes", device.wios)));
        let limits = io_limits(device);
        if !limits.is_empty() {
            rows.push(counter(" limit", limits.join(", "), "a second"));
        }
    }
    if let Some(weight) = io.weight.filter(|weight| *weight != 100) {
        rows.push(counter(
            " weight",
            weight.to_string(),
            "100 if nobody sets it",
        ));
    }
    rows
}

fn io_limits(device: &IoDevice) -> Vec<String> {
    let number: fn(u64) -> String = |count| count.to_string();
    let limits = [
        ("read", device.rbps, bytes as fn(u64) -> String),
        ("write", device.wbps, bytes),
        ("reads", device.riops, number),
        ("writes", device.wiops, number),
    ];
    let limits = limits.into_iter();
    limits
        .filter_map(|(what, limit, say)| limit.map(|limit| format!("{what} {}/s", say(limit))))
        .collect()
}

//! What is kept of a sample when a challenge is solved, beside the facts that its conditions name:
//! inode numbers and counters. Called by `challenge`; asks nobody, the sample has it all.

use std::collections::BTreeMap;

use crate::model::cgroup::Group;
use crate::model::{Links, NsKind, Sample};

/// Inode numbers of the namespaces of the host and of each box's lead, by the names of their facts.
pub(super) fn namespaces(now: &Sample) -> BTreeMap<String, u64> {
    let host = now
        .host_self
        .value()
        .map(|subject| ("host", &subject.links));
    let leads = now.boxes.iter().filter_map(|(name, view)| {
        let seen = view.lead.as_ref()?.from_host.value()?;
        Some((name.as_str(), &seen.links))
    });
    host.into_iter()
        .chain(leads)
        .flat_map(|(name, links)| numbers(name, links))
        .collect()
}

fn numbers(name: &str, links: &Links) -> impl Iterator<Item = (String, u64)> {
    NsKind::ALL.into_iter().filter_map(move |kind| {
        let id = links.get(kind).value()?;
        Some((format!("{name}.ns.{}", kind.name()), id.ino))
    })
}

/// Counters of the lesson's cgroups, by cgroup and file; what is not there is left out.
pub(super) fn counters(now: &Sample) -> BTreeMap<String, u64> {
    let groups = now.cgroups.iter().filter(|group| group.is_lessons());
    groups.flat_map(of_group).collect()
}

fn of_group(group: &Group) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    if let Some(memory) = group.memory.value() {
        found.extend([
            ("memory.peak", memory.peak),
            ("memory.events.high", memory.events.high),
            ("memory.events.max", memory.events.max),
            ("memory.events.oom_kill", memory.events.oom_kill),
        ]);
    }
    if let Some(cpu) = group.cpu.value() {
        found.extend([
            ("cpu.stat.usage_usec", cpu.usage_usec),
            ("cpu.stat.nr_periods", cpu.nr_periods),
            ("cpu.stat.nr_throttled", cpu.nr_throttled),
        ]);
    }
    if let Some(pids) = group.pids.value() {
        found.extend([
            ("pids.current", pids.current),
            ("pids.events.max", pids.events_max),
        ]);
    }
    let named =
        |(file, value): (&str, Option<u64>)| Some((format!("{}.{file}", group.name), value?));
    found.into_iter().filter_map(named).collect()
}

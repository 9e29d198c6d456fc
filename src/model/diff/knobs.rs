//! The files of a cgroup as both versions of the interface call them, with what they say here. Called
//! by the panel `knobs` and the app's cursor.

use super::groups;
use crate::model::{
    Sample, Untrusted,
    cgroup::{
        Group, Version,
        group::IoDevice,
        knobs::{KNOBS, Knob},
    },
};

/// A line of the table.
#[derive(Debug, Clone)]
pub struct KnobRow {
    /// What it is about.
    pub knob: &'static Knob,
    /// The interface that this machine has for it.
    pub here: Option<Version>,
    /// What its files say in the cgroup that is shown: name and text.
    pub files: Vec<(String, Untrusted)>,
    /// A step made them say something else.
    pub changed: bool,
}

/// The table for one cgroup, and its name: the first that the lesson limits. Of the knobs those of
/// controllers that it limits; with `all` every one.
#[must_use]
pub fn knobs(now: &Sample, before: Option<&Sample>, all: bool) -> (Option<String>, Vec<KnobRow>) {
    let mut lessons = now.cgroups.iter().filter(|group| group.is_lessons());
    let limits = |group| limits(now, group);
    let limited = lessons.clone().find(|group| !limits(group).is_empty());
    let group = limited.or_else(|| lessons.next());
    let of = group.map_or_else(Vec::new, limits);
    let shown = |knob: &&Knob| all || of.is_empty() || of.contains(&knob.controller);
    let was = before
        .zip(group)
        .map(|(sample, group)| groups::named(sample, &group.name));
    let row = |knob: &'static Knob| {
        let here = version(now, knob.controller);
        let files = |group| files(group, knob, here);
        let changed = match (was, group) {
            // What counts by itself is no news here.
            _ if knob.takes.is_none() => false,
            (None, _) | (_, None) => false,
            (Some(None), Some(group)) => is_set(now, group, knob),
            (Some(Some(was)), Some(group)) => files(was) != files(group),
        };
        KnobRow {
            knob,
            here,
            files: group.map_or_else(Vec::new, files),
            changed,
        }
    };
    let rows = KNOBS.iter().filter(shown).map(row).collect();
    (group.map(|group| group.name.clone()), rows)
}

/// The controllers that something is set of.
fn limits(now: &Sample, group: &Group) -> Vec<&'static str> {
    let set = KNOBS.iter().filter(|knob| is_set(now, group, knob));
    set.map(|knob| knob.controller).collect()
}

/// Whether somebody set it, as far as what it says tells.
fn is_set(now: &Sample, group: &Group, knob: &Knob) -> bool {
    let unlike = |weight: Option<u64>| weight.is_some_and(|weight| weight != 100);
    let (cpu, io) = (group.cpu.value(), group.io.value());
    let memory = group.memory.value();
    match knob.v2.unwrap_or_default() {
        "cpu.max" => cpu.is_some_and(|it| it.quota_usec.is_some()),
        "cpu.weight" => cpu.is_some_and(|it| unlike(it.weight)),
        "cpuset.cpus" => groups::is_pinned(now, group),
        "memory.max" => memory.is_some_and(|it| it.max.is_some()),
        "memory.high" => memory.is_some_and(|it| it.high.is_some()),
        "memory.swap.max" => memory.is_some_and(|it| it.swap_max.is_some()),
        "memory.oom.group" => memory.is_some_and(|it| it.oom_group == Some(true)),
        "pids.max" => group.pids.value().is_some_and(|it| it.max.is_some()),
        "io.max" => io.is_some_and(|it| it.devices.iter().any(IoDevice::is_limited)),
        "io.weight" => io.is_some_and(|it| unlike(it.weight)),
        _ => false,
    }
}

fn version(now: &Sample, controller: &str) -> Option<Version> {
    let layout = &now.cgroup_layout;
    match controller {
        "core" if layout.v2 => Some(Version::V2),
        "core" => Some(Version::V1).filter(|_| layout.name() != "none"),
        name => layout.version_of(name),
    }
}

/// What the files of the interface that counts here say.
fn files(group: &Group, knob: &Knob, here: Option<Version>) -> Vec<(String, Untrusted)> {
    let names: Vec<&str> = match here {
        Some(Version::V2) => knob.v2.into_iter().collect(),
        Some(Version::V1) => knob.v1.to_vec(),
        None => Vec::new(),
    };
    let raws = names.into_iter().filter_map(|name| {
        let mut raws = group.raw.iter();
        raws.find(|raw| raw.file == name && Some(raw.version) == here)
    });
    raws.map(|raw| (raw.file.clone(), raw.text.clone()))
        .collect()
}

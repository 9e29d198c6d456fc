//! The files of a cgroup as both versions of the interface call them, with what they say here. Called
//! by the panel `knobs` and the app's cursor.

use super::{charts::Metric, groups};
use crate::model::{
    Sample, Untrusted,
    cgroup::{
        Group, Version,
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
    let limited = lessons.clone().find(|group| !limits(group).is_empty());
    let group = limited.or_else(|| lessons.next());
    let of = group.map_or_else(Vec::new, limits);
    let shown = |knob: &&Knob| all || of.is_empty() || of.contains(&knob.controller);
    let was = before
        .zip(group)
        .map(|(sample, group)| groups::named(sample, &group.name));
    let row = |knob: &'static Knob| {
        let files = group.map_or_else(Vec::new, |group| files(group, knob));
        let old = was.map(|was| was.map_or_else(Vec::new, |was| self::files(was, knob)));
        KnobRow {
            knob,
            here: version(now, knob.controller),
            // What counts by itself is no news here.
            changed: knob.takes.is_some() && old.is_some_and(|old| old != files),
            files,
        }
    };
    let rows = KNOBS.iter().filter(shown).map(row).collect();
    (group.map(|group| group.name.clone()), rows)
}

/// The controllers that something is set of.
fn limits(group: &Group) -> Vec<&'static str> {
    let metrics = [Metric::Cpu, Metric::Memory, Metric::Pids, Metric::Io];
    let limited = metrics.into_iter().filter(|it| it.is_limited(group));
    let mut names: Vec<_> = limited.map(Metric::name).collect();
    let set = group.cpuset.value();
    if set.is_some_and(|set| !set.cpus.as_bytes().is_empty()) {
        names.push("cpuset");
    }
    names
}

fn version(now: &Sample, controller: &str) -> Option<Version> {
    let layout = &now.cgroup_layout;
    match controller {
        "core" if layout.v2 => Some(Version::V2),
        "core" => Some(Version::V1).filter(|_| layout.name() != "none"),
        name => layout.version_of(name),
    }
}

fn files(group: &Group, knob: &Knob) -> Vec<(String, Untrusted)> {
    let names = knob.v2.iter().chain(knob.v1);
    let mut files: Vec<(String, Untrusted)> = Vec::new();
    for name in names {
        let known = files.iter().any(|(file, _)| file == name);
        if let Some(raw) = group.file(name).filter(|_| !known) {
            files.push((raw.file.clone(), raw.text.clone()));
        }
    }
    files
}

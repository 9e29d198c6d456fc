//! The names a system goes by, host and box: what uname(2) says, and which files repeat it. Called
//! by the hostname panel; it never turns them into text.

use super::super::{Sample, Seen, Untrusted, World};

/// One name, host and box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRow {
    /// Where it comes from, in words a learner can type.
    pub source: &'static str,
    /// The host's.
    pub host: Seen<Untrusted>,
    /// The box's; `Missing` where nobody can look from there.
    pub inside: Seen<Untrusted>,
    /// The host's is not what it was before the step.
    pub host_changed: bool,
    /// The box's is not what it was before the step.
    pub inside_changed: bool,
}

type Read = fn(&World) -> Seen<Untrusted>;

/// How many rows [`names`] has.
pub const NAMES: usize = 5;

const SOURCES: [(&str, Read); NAMES] = [
    ("uname -n", |world| Seen::Is(world.hostname.clone())),
    ("/proc/sys/kernel/hostname", |world| {
        world.proc_hostname.clone()
    }),
    ("/etc/hostname", |world| world.etc_hostname.clone()),
    ("domainname", |world| Seen::Is(world.domainname.clone())),
    ("uname -r", |world| Seen::Is(world.kernel.clone())),
];

/// The names of host and box.
#[must_use]
pub fn names(now: &Sample, before: Option<&Sample>, box_name: &str) -> Vec<NameRow> {
    let inside = inside_world(now, box_name);
    let row = |(source, read): (&'static str, Read)| {
        let host = read(&now.host.world);
        let seen = inside.map_or(Seen::Missing, read);
        NameRow {
            source,
            host_changed: before.is_some_and(|was| read(&was.host.world) != host),
            inside_changed: before
                .is_some_and(|was| inside_world(was, box_name).map(read).as_ref() != Some(&seen)),
            host,
            inside: seen,
        }
    };
    SOURCES.into_iter().map(row).collect()
}

fn inside_world<'a>(sample: &'a Sample, box_name: &str) -> Option<&'a World> {
    let inside = &sample.boxes.get(box_name)?.inside;
    inside.value().map(|seen| &seen.world)
}

//! What `glassbox lab --json` tells: facts of both sides, as the kernel gave them. Pure; the JSON object
//! is an interface that stays.

use serde::Serialize;

use crate::model::cgroup::Group;
use crate::model::cgroup::group::{Cpu, Memory, Pids};
use crate::model::recipe::{BOX, CGROUP, Recipe};
use crate::model::{Links, NsKind, NsLink, Sample, Snapshot, Subject, Untrusted, sample};

/// One run of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Facts {
    command: Vec<String>,
    exit: Ended,
    namespaces: Vec<Namespace>,
    hostname: Both<String>,
    /// How many processes each side's /proc shows; `null`: it cannot be read.
    processes: Both<Option<u32>>,
    /// Lines of each side's mountinfo.
    mounts: Both<Option<u32>>,
    root: &'static str,
    read_only: bool,
    /// The box's cgroup at the end: what was read back. `null`: it has none of its own.
    cgroup: Option<Counters>,
}

/// The same thing from both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Both<T> {
    host: T,
    #[serde(rename = "box")]
    inside: T,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Ended {
    Code(i32),
    Signal(i32),
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Namespace {
    kind: &'static str,
    /// The inode numbers of `/proc/PID/ns/...`; `null`: the link cannot be read.
    host: Option<u64>,
    #[serde(rename = "box")]
    inside: Option<u64>,
    /// Whether a new one was asked for.
    asked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Counters {
    memory: Option<Memory>,
    cpu: Option<Cpu>,
    pids: Option<Pids>,
}

impl Facts {
    /// From a sample while the program ran, and one after it.
    pub(super) fn of(
        recipe: &Recipe,
        argv: &[Untrusted],
        exit: sample::Exit,
        (during, after): (&Sample, &Sample),
    ) -> Self {
        let view = during.boxes.get(BOX);
        let inside = view.and_then(|view| view.inside.value());
        let lead = view.and_then(|view| view.lead.as_ref());
        let lead = lead.and_then(|lead| lead.from_host.value());
        let host = during.host_self.value();
        let links = |subject: Option<&Subject>| subject.map(|subject| subject.links.clone());
        let group = after.cgroups.iter().find(|group| group.name == CGROUP);
        let name = |side: Option<&Snapshot>| {
            side.map_or_else(String::new, |side| side.world.hostname.text())
        };
        Self {
            command: argv.iter().map(Untrusted::text).collect(),
            exit: match exit {
                sample::Exit::Code(code) => Ended::Code(code),
                sample::Exit::Signal(number) => Ended::Signal(number),
                sample::Exit::Unknown => Ended::Unknown,
            },
            namespaces: namespaces(recipe, links(host).as_ref(), links(lead).as_ref()),
            hostname: Both {
                host: name(Some(&during.host)),
                inside: name(inside),
            },
            processes: Both {
                host: processes(&during.host),
                inside: inside.and_then(processes),
            },
            mounts: Both {
                host: mounts(&during.host),
                inside: inside.and_then(mounts),
            },
            root: recipe.root.name(),
            read_only: recipe.read_only,
            cgroup: group.filter(|_| recipe.has_limits()).map(counters),
        }
    }
}

/// Whether the box was seen from inside.
pub(super) fn has_box(sample: &Sample) -> bool {
    let view = sample.boxes.get(BOX);
    view.is_some_and(|view| {
        let lead = view.lead.as_ref().and_then(|lead| lead.from_host.value());
        lead.is_some() && view.inside.value().is_some()
    })
}

fn namespaces(recipe: &Recipe, host: Option<&Links>, inside: Option<&Links>) -> Vec<Namespace> {
    let ino = |links: Option<&Links>, kind| {
        let id = links?.link(NsLink::Own(kind)).value()?;
        Some(id.ino)
    };
    let one = |kind: NsKind| Namespace {
        kind: kind.name(),
        host: ino(host, kind),
        inside: ino(inside, kind),
        asked: recipe.ns.contains(&kind),
    };
    NsKind::ALL.into_iter().map(one).collect()
}

fn processes(side: &Snapshot) -> Option<u32> {
    let seen = side.world.processes.value();
    seen.map(|_| side.world.process_count)
}

fn mounts(side: &Snapshot) -> Option<u32> {
    side.world.mounts.value().map(|mounts| mounts.count)
}

fn counters(group: &Group) -> Counters {
    Counters {
        memory: group.memory.value().copied(),
        cpu: group.cpu.value().copied(),
        pids: group.pids.value().copied(),
    }
}

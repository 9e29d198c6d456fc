//! What `inspect` sees of a process that glassbox did not start: all of it from outside, by files of
//! `/proc` and of its cgroups. Made by `kernel::look`; report, screen and JSON come from it. Reads nothing.

mod allowed;
pub(crate) mod compare;
mod limits;
mod means;
mod outside;
pub(crate) mod report;
pub(crate) mod text;

use serde::{Deserialize, Serialize};

use super::cgroup::{Group, Layout};
use super::engine::list::Found;
use super::look::Who;
use super::net::Net;
use super::{Process, Seen, Snapshot, Subject, Untrusted};

pub(crate) use limits::Counters;
pub use outside::{Veil, box_names};
pub(crate) use report::{Report, Seeing};

/// Whose a container is, and what it is called, as far as something tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Who made it: `docker`, `bubblewrap`, ...
    pub engine: Option<String>,
    /// What people call it.
    pub name: Option<Untrusted>,
    /// What the engine calls it in paths.
    pub id: Option<Untrusted>,
}

impl From<&Found> for Named {
    fn from(found: &Found) -> Self {
        Self {
            engine: found.engine.map(str::to_owned),
            name: found.name.clone(),
            id: found.id.clone(),
        }
    }
}

/// One process, held by a pidfd while it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// What the host sees about it.
    pub subject: Subject,
    /// Its parent.
    pub parent: Option<Process>,
    /// The container that it is in.
    pub named: Option<Named>,
    /// It and the other processes of its container, as the host lists them; else itself alone. The
    /// first ones, where there are very many.
    pub family: Vec<Process>,
    /// Its cgroup and those above, innermost first.
    pub groups: Vec<Group>,
    /// What `/proc/PID/net` tells of its network namespace, where that is not ours.
    pub net: Seen<Net>,
    /// Paths that engines cover or make read-only, and that this machine has.
    pub covers: Vec<String>,
}

/// A process that is looked at, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which.
    pub who: Who,
    /// What was seen of it; `Missing` when it has ended.
    pub sight: Seen<Box<Sight>>,
}

/// One or two processes beside the host, at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// The host's view, without subjects.
    pub host: Snapshot,
    /// What the host sees about whoever looks.
    pub host_self: Seen<Subject>,
    /// Which interface there is for cgroups.
    pub layout: Layout,
    /// One or two, in the order asked.
    pub targets: Vec<Target>,
    /// Whether root looked.
    pub as_root: bool,
}

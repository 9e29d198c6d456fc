//! What the screens of `map` and `inspect` want to see of the whole machine, and what is told to them.
//! Crosses from `app` to whoever looks, and back; reads nothing.

use serde::{Deserialize, Serialize};

use super::inspect::{Inspection, Named};
use super::map::Map;
use super::{Errno, Untrusted};

/// A process: its number, and when it started. Without the start it is whoever has the number now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Who {
    /// Its number in our `/proc`.
    pub pid: i32,
    /// In clock ticks since boot.
    pub start: Option<u64>,
}

/// What is to be looked at from now on, again and again, until something else is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Every namespace.
    Map,
    /// Every process, and what they use.
    Processes,
    /// One process or two, beside the host.
    Inspect(Vec<Who>),
}

/// A process in the list, or a container: then the process that stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub pid: i32,
    /// In clock ticks since boot.
    pub start: u64,
    /// `comm`.
    pub command: Untrusted,
    /// Whose container it is; `None`: it is a process.
    pub container: Option<Named>,
    /// How many processes are in the container.
    pub processes: usize,
    /// It is a container without a cgroup for itself: what follows is of its processes, summed up.
    pub summed: bool,
    /// The CPU time that it used so far, in microseconds: of a container all that its cgroup counted.
    pub cpu_usec: Option<u64>,
    /// In thousandths of one CPU: what it used since the look before.
    pub busy: Option<u64>,
    /// Bytes: resident, of a container what its cgroup counts.
    pub memory: Option<u64>,
}

/// Containers and processes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Containers first, each by number.
    pub items: Vec<Item>,
    /// Processes whose namespaces were denied: a container of theirs is found by its cgroup alone.
    pub denied: usize,
    /// Whether root looked.
    pub as_root: bool,
}

/// What was seen. Told the first time, and whenever it is not what was told before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// Every namespace.
    Map(Map),
    /// Every process.
    Processes(Listing),
    /// One process or two.
    Inspect(Box<Inspection>),
    /// Nothing can be seen: `/proc` is not there, or whoever looks for us does not answer.
    Blind(Untrusted),
}

impl Look {
    /// That the list of processes cannot be read.
    #[must_use]
    pub fn no_proc(errno: Errno) -> Self {
        Self::Blind(Untrusted::from(format!("/proc cannot be read: {errno}")))
    }

    /// Whether a user would see no difference.
    #[must_use]
    pub fn shows_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inspect(this), Self::Inspect(other)) => this.shows_same(other),
            _ => self == other,
        }
    }
}

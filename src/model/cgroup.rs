//! Cgroups: which of them a process is in (the lines of `/proc/PID/cgroup`, cgroups(7)), and what our
//! own ones hold and limit. Used by the lab, the facts and the panels; reads nothing itself.

pub mod group;
pub mod knobs;
pub mod setting;
pub mod value;

pub use group::Group;

use serde::{Deserialize, Serialize};

use super::Untrusted;

/// The two interfaces of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// One hierarchy for each controller, or for a few: cgroups(7), "Cgroups version 1".
    V1,
    /// One hierarchy for all.
    V2,
}

impl Version {
    /// `v1` or `v2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// Which interface the machine has for what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Whether a v2 hierarchy is there, if only for membership.
    pub v2: bool,
    /// The interface of each controller that a lesson can use here, by the names of v2: `cpu`,
    /// `cpuset`, `memory`, `pids`, `io`; and `freezer`.
    pub controllers: Vec<(String, Version)>,
    /// Whether systemd-run(1) has got glassbox its place in the tree.
    pub by_systemd_run: bool,
}

impl Layout {
    /// The interface of a controller; `None` where it cannot be used.
    #[must_use]
    pub fn version_of(&self, controller: &str) -> Option<Version> {
        let mut all = self.controllers.iter();
        all.find(|(name, _)| name == controller).map(|it| it.1)
    }

    /// `v2`, `hybrid`, `v1` or `none`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let v1 = self.controllers.iter().any(|it| it.1 == Version::V1);
        match (self.v2, v1) {
            (true, true) => "hybrid",
            (true, false) => "v2",
            (false, true) => "v1",
            (false, false) => "none",
        }
    }
}

/// Where a cgroup of ours is in one hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Of which interface.
    pub version: Version,
    /// Hierarchy, its v1 controllers, and the path as `/proc/PID/cgroup` has it.
    pub place: Place,
    /// The directory on the host.
    pub directory: Untrusted,
}

/// One line: the place in one hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The hierarchy's number; 0 is that of cgroup v2.
    pub hierarchy: u32,
    /// The controllers of a v1 hierarchy, or `name=...`; none for v2.
    pub controllers: Vec<String>,
    /// The path, from the root of the reader's cgroup namespace.
    pub path: Untrusted,
}

impl Place {
    /// What a learner may call the hierarchy.
    #[must_use]
    pub fn label(&self) -> String {
        match self.controllers.as_slice() {
            [] if self.hierarchy == 0 => "v2".to_owned(),
            [] => format!("hierarchy {}", self.hierarchy),
            names => names.join(","),
        }
    }

    /// Whether it is the root, as the reader sees it.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.path.as_bytes() == b"/"
    }
}

/// All lines that make sense.
#[must_use]
pub fn places(text: &Untrusted) -> Vec<Place> {
    let lines = text.as_bytes().split(|byte| *byte == b'\n');
    lines.filter_map(place).collect()
}

fn place(line: &[u8]) -> Option<Place> {
    let mut parts = line.splitn(3, |byte| *byte == b':');
    let mut text = || std::str::from_utf8(parts.next()?).ok();
    let (hierarchy, controllers) = (text()?.parse().ok()?, text()?);
    let path = Untrusted::from(parts.next()?);
    let names = controllers.split(',').filter(|name| !name.is_empty());
    Some(Place {
        hierarchy,
        controllers: names.map(|name| Untrusted::from(name).text()).collect(),
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_versions_are_read() {
        let text = "9:name=systemd:/a\n4:cpu,cpuacct:/b:c\n0::/\nnonsense\n";
        let places = places(&Untrusted::from(text));
        let short: Vec<(u32, String, &[u8], bool)> = places
            .iter()
            .map(|place| {
                let path = place.path.as_bytes();
                (place.hierarchy, place.label(), path, place.is_root())
            })
            .collect();
        assert_eq!(
            short,
            [
                (9, "name=systemd".to_owned(), &b"/a"[..], false),
                (4, "cpu,cpuacct".to_owned(), b"/b:c", false),
                (0, "v2".to_owned(), b"/", true),
            ]
        );
        assert!(places[2].controllers.is_empty());
    }
}

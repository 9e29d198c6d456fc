//! Finds the hierarchies and where we are in each: from `/proc/self/mountinfo` and
//! `/proc/self/cgroup`, never assumed.

use std::os::fd::OwnedFd;

use rustix::fs::{CWD, Mode, OFlags, openat};

use crate::kernel::proc::{lines, read_at};
use crate::model::cgroup::{Place, Version, places};
use crate::model::{Errno, Untrusted};

/// Controllers of v1 that we have a use for.
const V1: [&str; 7] = [
    "cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "freezer",
];

/// One hierarchy as it is mounted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Of which interface.
    pub version: Version,
    /// Our own place in it.
    pub place: Place,
    /// Where it is mounted.
    pub target: String,
    /// The directory of the hierarchy that is mounted there.
    pub root: String,
}

impl Tree {
    /// The path on the host of a place in it; `None` where the mount does not show it.
    #[must_use]
    pub fn directory(&self, place: &str) -> Option<String> {
        let below = match self.root.as_str() {
            "/" => place,
            root => place.strip_prefix(root)?,
        };
        let inside = below.is_empty() || below.starts_with('/');
        (inside && !below.contains("/..")).then(|| join(&self.target, below))
    }

    /// Our own place in it.
    #[must_use]
    pub fn own(&self) -> String {
        String::from_utf8_lossy(self.place.path.as_bytes()).into_owned()
    }

    /// Opens the directory of a place.
    pub fn open(&self, place: &str) -> Result<OwnedFd, Errno> {
        let path = self.directory(place).ok_or(Errno::ENOENT)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(openat(CWD, path, flags, Mode::empty())?)
    }
}

/// A path and what lies below it.
#[must_use]
pub(super) fn join(path: &str, below: &str) -> String {
    let below = below.trim_matches('/');
    match path.trim_end_matches('/') {
        path if below.is_empty() && !path.is_empty() => path.to_owned(),
        path => format!("{path}/{below}"),
    }
}

/// Every hierarchy that we can use: v2 first, then those of v1 in the order of their mounts.
pub fn trees() -> Result<Vec<Tree>, Errno> {
    trees_of(crate::kernel::birth::me())
}

/// The same, with the places of a process by its number in the /proc that we see.
pub fn trees_of(pid: i32) -> Result<Vec<Tree>, Errno> {
    let mountinfo = read_at(CWD, "/proc/self/mountinfo", 1 << 22)?;
    let own = read_at(CWD, &format!("/proc/{pid}/cgroup"), 1 << 16)?;
    Ok(parse(&mountinfo, &places(&Untrusted::from(own))))
}

fn parse(mountinfo: &[u8], own: &[Place]) -> Vec<Tree> {
    let mut all: Vec<Tree> = Vec::new();
    for mount in lines::mounts(mountinfo) {
        let place = match mount.fstype {
            b"cgroup2" => own.iter().find(|place| place.hierarchy == 0),
            b"cgroup" => v1_place(mount.super_options, own),
            _ => None,
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let Some(place) = place else { continue };
        let tree = Tree {
            version: match place.hierarchy {
                0 => Version::V2,
                _ => Version::V1,
            },
            place: place.clone(),
            target: text(mount.target),
            root: text(mount.root),
        };
        let known = |other: &Tree| other.place.hierarchy == place.hierarchy;
        if !all.iter().any(known) && tree.directory(&tree.own()).is_some() {
            all.push(tree);
        }
    }
    all.sort_by_key(|tree| tree.version == Version::V1);
    all
}

/// Of the hierarchy with all these controllers, if there is one of use among them.
fn v1_place<'p>(options: &[u8], own: &'p [Place]) -> Option<&'p Place> {
    let options: Vec<&[u8]> = options.split(|byte| *byte == b',').collect();
    own.iter().find(|place| {
        let known = place.controllers.iter();
        let mut known = known.map(String::as_str).filter(|name| V1.contains(name));
        place.hierarchy != 0
            && known.clone().count() > 0
            && known.all(|name| options.contains(&name.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &[u8] = b"\
33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n\
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n\
42 31 0:38 / /elsewhere rw - cgroup2 cgroup2 rw\n";

    fn found(mountinfo: &[u8], own: &str) -> Vec<(Version, Option<String>)> {
        let trees = parse(mountinfo, &places(&Untrusted::from(own)));
        let all = trees
            .iter()
            .map(|tree| (tree.version, tree.directory(&tree.own())));
        all.collect()
    }

    #[test]
    fn each_hierarchy_of_use_is_found_once_and_v2_comes_first() {
        let own = "9:name=systemd:/s\n4:memory:/a/b\n1:cpuacct,cpu:/\n0::/x\n";
        let path = |path: &str| Some(path.to_owned());
        assert_eq!(
            found(HYBRID, own),
            [
                (Version::V2, path("/sys/fs/cgroup/unified/x")),
                (Version::V1, path("/sys/fs/cgroup/cpu,cpuacct")),
                (Version::V1, path("/sys/fs/cgroup/memory/a/b")),
            ]
        );
    }

    #[test]
    fn what_the_mount_does_not_show_is_not_used() {
        let mounted = b"1 2 0:1 /outer /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        let inside = found(mounted, "0::/outer/me\n");
        assert_eq!(
            inside,
            [(Version::V2, Some("/sys/fs/cgroup/me".to_owned()))]
        );
        assert_eq!(found(mounted, "0::/outerme\n"), []);
        assert_eq!(found(mounted, "0::/../x\n"), []);
        assert_eq!(found(mounted, "0::/outer/../x\n"), []);
    }
}

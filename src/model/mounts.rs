//! The list of mounts as one observer sees it: a line of proc_pid_mountinfo(5) becomes a [`Mount`].

use serde::{Deserialize, Serialize};

use super::Untrusted;

/// A list of mounts, in the order of the file: parents before children, older before newer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mounts {
    /// The rows; where there were too many, the oldest are left out.
    pub rows: Vec<Mount>,
    /// How many there were, also when `rows` was cut.
    pub count: u32,
}

/// One mount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Number of the mount; unique on the machine while it exists, whoever looks.
    pub id: u32,
    /// Number of the mount it is attached to.
    pub parent: u32,
    /// Major and minor number of the filesystem's device.
    pub dev: (u32, u32),
    /// Which directory of the filesystem is mounted.
    pub root: Untrusted,
    /// Where, from the root directory of the process whose list it is.
    pub target: Untrusted,
    /// Options of this mount alone.
    pub options: Untrusted,
    /// How mounts and unmounts below it travel.
    pub propagation: Propagation,
    /// Filesystem type.
    pub fstype: Untrusted,
    /// What the mounter called the source; anything, for filesystems without a device.
    pub source: Untrusted,
    /// Options of the filesystem, whichever way it is mounted.
    pub super_options: Untrusted,
}

/// The optional fields of mountinfo; none of them at all is `private`. A mount may be shared and
/// a slave at once. Source: mount_namespaces(7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Propagation {
    /// `shared:N`, the peer group: its members give each other what happens below them.
    pub shared: Option<u32>,
    /// `master:N`, the peer group it receives from and gives nothing to.
    pub master: Option<u32>,
    /// `propagate_from:N`, the nearest visible group above the master.
    pub propagate_from: Option<u32>,
    /// `unbindable`: private, and cannot be the source of a bind.
    pub unbindable: bool,
}

impl Propagation {
    /// The word of mount_namespaces(7).
    #[must_use]
    pub fn word(self) -> &'static str {
        match (self.shared, self.master, self.unbindable) {
            (Some(_), Some(_), _) => "slave and shared",
            (Some(_), None, _) => "shared",
            (None, Some(_), _) => "slave",
            (None, None, true) => "unbindable",
            (None, None, false) => "private",
        }
    }

    /// The tags as the file has them; empty for private.
    #[must_use]
    pub fn tags(self) -> String {
        let mut tags: Vec<String> = Vec::new();
        tags.extend(self.shared.map(|group| format!("shared:{group}")));
        tags.extend(self.master.map(|group| format!("master:{group}")));
        tags.extend(
            self.propagate_from
                .map(|group| format!("propagate_from:{group}")),
        );
        tags.extend(self.unbindable.then(|| "unbindable".to_owned()));
        tags.join(" ")
    }
}

impl Mounts {
    /// The mount that is seen at a path: of several, the one on top.
    #[must_use]
    pub fn at(&self, target: &[u8]) -> Option<&Mount> {
        self.rows
            .iter()
            .rev()
            .find(|row| row.target.as_bytes() == target && !self.is_covered(row))
    }

    /// Whether another mount lies on this one at the same place.
    #[must_use]
    pub fn is_covered(&self, mount: &Mount) -> bool {
        self.rows
            .iter()
            .any(|row| row.parent == mount.id && row.target == mount.target && row.id != mount.id)
    }

    /// Whether nobody can get to this mount by its path: something lies on it, on a directory
    /// above it, or on what it is attached to.
    #[must_use]
    pub fn is_hidden(&self, mount: &Mount) -> bool {
        let mut mount = mount;
        // As many rounds as there are mounts at most: the list may be of a moment of change.
        for _ in 0..=self.rows.len() {
            let beside = |row: &Mount| {
                row.id != mount.id && row.parent == mount.parent && row.is_above(mount)
            };
            if self.is_covered(mount) || self.rows.iter().any(beside) {
                return true;
            }
            match self.parent(mount) {
                Some(parent) if parent.target != mount.target => mount = parent,
                Some(parent) => match self.parent(parent) {
                    Some(grandparent) => mount = grandparent,
                    None => return false,
                },
                None => return false,
            }
        }
        false
    }

    /// The mount that this one is attached to, where it is in the list.
    #[must_use]
    pub fn parent(&self, mount: &Mount) -> Option<&Mount> {
        self.rows
            .iter()
            .find(|row| row.id == mount.parent && row.id != mount.id)
    }
}

impl Mount {
    /// Whether the other one's place lies below this one's.
    fn is_above(&self, other: &Self) -> bool {
        let below = other.target.as_bytes().strip_prefix(self.target.as_bytes());
        self.target.as_bytes() != b"/" && below.is_some_and(|rest| rest.starts_with(b"/"))
    }

    /// What a copy of this mount in another mount namespace has in common with it.
    #[must_use]
    pub fn same_place(&self, other: &Self) -> bool {
        self.dev == other.dev && self.root == other.root && self.target == other.target
    }

    /// The layers of an overlay: `lowerdir`, `upperdir`, `workdir`, as it was mounted.
    #[must_use]
    pub fn layer(&self, option: &str) -> Option<Untrusted> {
        let options = self.super_options.as_bytes().split(|byte| *byte == b',');
        options.into_iter().find_map(|part| {
            let value = part.strip_prefix(option.as_bytes())?.strip_prefix(b"=")?;
            Some(Untrusted::from(value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(id: u32, parent: u32, target: &str) -> Mount {
        Mount {
            id,
            parent,
            dev: (0, id),
            root: "/".into(),
            target: target.into(),
            options: "rw".into(),
            propagation: Propagation::default(),
            fstype: "tmpfs".into(),
            source: "tmpfs".into(),
            super_options: "rw".into(),
        }
    }

    fn list(rows: &[(u32, u32, &str)]) -> Mounts {
        let rows: Vec<Mount> = rows.iter().map(|(i, p, t)| mount(*i, *p, t)).collect();
        let count = u32::try_from(rows.len()).expect("few");
        Mounts { rows, count }
    }

    #[test]
    fn the_mount_on_top_is_the_one_that_is_seen() {
        let all = list(&[(1, 0, "/"), (2, 1, "/mnt"), (3, 2, "/mnt"), (4, 1, "/tmp")]);
        assert_eq!(all.at(b"/mnt").map(|row| row.id), Some(3));
        assert_eq!(all.at(b"/tmp").map(|row| row.id), Some(4));
        assert_eq!(all.at(b"/home"), None);
    }

    #[test]
    fn what_lies_below_a_cover_is_hidden() {
        // 2 hangs in the directory /mnt/a of 1; then 3 is mounted on /mnt, and 4 in it.
        let all = list(&[
            (1, 0, "/"),
            (2, 1, "/mnt/a"),
            (3, 1, "/mnt"),
            (4, 3, "/mnt/a"),
            (5, 4, "/mnt/a"),
        ]);
        let hidden: Vec<u32> = all
            .rows
            .iter()
            .filter(|row| all.is_hidden(row))
            .map(|row| row.id)
            .collect();
        assert_eq!(hidden, [2, 4]);
    }

    #[test]
    fn tags_and_words_are_those_of_the_manual() {
        let tags = |shared, master, propagate_from, unbindable| Propagation {
            shared,
            master,
            propagate_from,
            unbindable,
        };
        let cases = [
            (tags(None, None, None, false), "private", ""),
            (tags(Some(1), None, None, false), "shared", "shared:1"),
            (
                tags(None, Some(1), Some(2), false),
                "slave",
                "master:1 propagate_from:2",
            ),
            (
                tags(Some(3), Some(1), None, false),
                "slave and shared",
                "shared:3 master:1",
            ),
            (tags(None, None, None, true), "unbindable", "unbindable"),
        ];
        for (propagation, word, text) in cases {
            assert_eq!(
                (propagation.word(), propagation.tags().as_str()),
                (word, text)
            );
        }
    }

    #[test]
    fn layers_of_an_overlay() {
        let mut overlay = mount(1, 0, "/merged");
        overlay.super_options = "rw,lowerdir=/a:/b,upperdir=/u,workdir=/w,userxattr".into();
        assert_eq!(overlay.layer("lowerdir"), Some("/a:/b".into()));
        assert_eq!(overlay.layer("upperdir"), Some("/u".into()));
        assert_eq!(overlay.layer("dir"), None);
    }
}

//! Every namespace of a host: what `kernel::nsmap` finds, and `glassbox map` shows as JSON, as a tree
//! and as a screen. Reads nothing.

pub mod tree;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{NsKind, Untrusted};

/// A namespace as `pid:[4026531836]` names it: what `/proc/PID/ns` says and lsns(8) shows. All of
/// them lie on one nsfs, so the number is enough while the namespace lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Its type.
    pub kind: NsKind,
    /// Its inode number.
    pub ino: u64,
}

impl Key {
    /// Reads `pid:[4026531836]`, the text of a link in `/proc/PID/ns`, of a link in `/proc/PID/fd` to
    /// an open namespace, and of the root of an nsfs mount.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (name, rest) = text.split_at_checked(text.iter().position(|byte| *byte == b':')?)?;
        let digits = rest.strip_prefix(b":[")?.strip_suffix(b"]")?;
        let kind = NsKind::ALL
            .into_iter()
            .find(|kind| kind.name().as_bytes() == name)?;
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let ino = std::str::from_utf8(digits).ok()?.parse().ok()?;
        Some(Self { kind, ino })
    }
}

/// What keeps a namespace alive: namespaces(7), "Namespace lifetime". Sockets keep their network
/// namespace, too, and nothing tells that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// A process is in it.
    Process,
    /// The next child of a process is born in it: `pid_for_children`, `time_for_children`.
    ForChildren,
    /// It is bound to a file: a mount of nsfs.
    Mount,
    /// A process has it open.
    Fd,
    /// A namespace below it lives.
    Child,
    /// It is a user namespace, and a namespace that it owns lives.
    Owns,
}

impl Hold {
    /// As `--json` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::ForChildren => "for_children",
            Self::Mount => "mount",
            Self::Fd => "fd",
            Self::Child => "child",
            Self::Owns => "owns",
        }
    }
}

/// Which process is named beside a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lead {
    /// Its number in the `/proc` that was read.
    pub pid: i32,
    /// `comm`; empty if it ended meanwhile.
    pub command: Untrusted,
}

/// What is known of one namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Namespace {
    /// The one above it: pid and user namespaces have parents. `None` for the initial one, and where
    /// the parent lies outside of what we may see.
    pub parent: Option<u64>,
    /// The user namespace that owns it. `None` as with the parent, and where it could not be opened.
    pub owner: Option<u64>,
    /// The uid that made it if it is a user namespace, else that made its owner; in our own words.
    pub owner_uid: Option<u32>,
    /// How many processes are in it.
    pub processes: u32,
    /// The process with the lowest number in it; if none is in it, one that holds it.
    pub lead: Option<Lead>,
    /// What keeps it alive, as far as it can be seen.
    pub held_by: BTreeSet<Hold>,
    /// Where it is mounted, as the process says whose list of mounts has it; a few at most.
    pub mounted_at: Vec<Untrusted>,
}

/// What could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Denied {
    /// Processes whose namespaces may not be seen (EACCES or EPERM).
    pub processes: u32,
    /// Processes whose open files may not be seen; those above among them.
    pub files: u32,
    /// Whether we looked with effective uid 0.
    pub as_root: bool,
}

impl Namespace {
    /// What keeps it alive, and where it is mounted.
    #[must_use]
    pub fn held_in_words(&self) -> String {
        let word = |hold: &Hold| match (hold, self.mounted_at.first()) {
            (Hold::Mount, Some(place)) => format!("mount at {}", place.text()),
            _ => hold.name().replace('_', " "),
        };
        self.held_by.iter().map(word).collect::<Vec<_>>().join(", ")
    }
}

impl Denied {
    /// The command that would show what is denied: `arguments` are those of glassbox. None if
    /// nothing is, or if we are root already.
    #[must_use]
    pub fn remedy(&self, arguments: &str) -> Option<String> {
        (self.files > 0 && !self.as_root).then(|| format!("sudo glassbox {arguments}"))
    }

    /// What is denied and how to see it; nothing if all was seen.
    #[must_use]
    pub fn words(&self, arguments: &str) -> Option<String> {
        let Self {
            processes, files, ..
        } = self;
        let what = format!(
            "the namespaces of {}, the open files of {}",
            counted(*processes),
            counted(*files)
        );
        match self.remedy(arguments) {
            Some(remedy) => Some(format!(
                "Not shown without root: {what}. All of it: {remedy}"
            )),
            None if *files > 0 => Some(format!("Denied even to this root: {what}.")),
            None => None,
        }
    }
}

fn counted(processes: u32) -> String {
    match processes {
        1 => "1 process".to_owned(),
        many => format!("{many} processes"),
    }
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Map {
    /// By type and number. As a list of pairs where it is written down: JSON has no such keys.
    #[serde(with = "pairs")]
    pub namespaces: BTreeMap<Key, Namespace>,
    /// How many processes were looked at, the denied ones among them.
    pub processes: u32,
    /// What we may not see.
    pub denied: Denied,
}

mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::{Key, Namespace};

    type All = BTreeMap<Key, Namespace>;

    pub(super) fn serialize<S: Serializer>(all: &All, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(all)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<All, D::Error> {
        let pairs: Vec<(Key, Namespace)> = Vec::deserialize(from)?;
        Ok(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_crosses_a_channel() {
        let mut map = Map::default();
        for (ino, place) in [(7, &b"/run/\xff"[..]), (8, b"")] {
            let key = Key {
                kind: NsKind::Net,
                ino,
            };
            let found = map.namespaces.entry(key).or_default();
            found.mounted_at = vec![Untrusted::from(place)];
            found.held_by = [Hold::Mount, Hold::ForChildren].into();
        }
        let text = serde_json::to_string(&map).expect("it is written");
        assert_eq!(serde_json::from_str::<Map>(&text).expect("it is read"), map);
    }

    #[test]
    fn a_key_is_a_type_and_a_number() {
        let key = |kind, ino| Some(Key { kind, ino });
        let cases: &[(&[u8], Option<Key>)] = &[
            (b"pid:[4026531836]", key(NsKind::Pid, 4_026_531_836)),
            (b"mnt:[1]", key(NsKind::Mnt, 1)),
            (b"pid_for_children:[4026531836]", None),
            (b"socket:[4026531836]", None),
            (b"pid:[]", None),
            (b"pid:[+1]", None),
            (b"pid:[1", None),
            (b"pid", None),
            (b":[1]", None),
            (b"/pid:[1]", None),
            (b"", None),
            (b"\xff:[1]", None),
            (b"pid:[99999999999999999999]", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Key::parse(text), *expected, "{text:?}");
        }
    }
}

//! The map as a tree: by owner (user namespaces with what they own) or by parent (pid and user
//! namespaces below each other). Used by `--tree` and the screen. Draws nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Key, Map, Namespace};
use crate::model::NsKind;

/// What lies below what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Each below the user namespace that owns it.
    #[default]
    Owner,
    /// pid and user namespaces below their parents; the other types have none.
    Parent,
}

/// One line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Which namespace.
    pub key: Key,
    /// For each level above it, whether the line there goes on below; then whether there is another
    /// one below this one. Empty at the root.
    pub rails: Vec<bool>,
}

/// The tree, from its roots down, each with those below it. A namespace whose parent or owner is
/// not in the map is a root.
#[must_use]
pub fn branches(map: &Map, by: By) -> Vec<Branch> {
    let mut below: BTreeMap<Option<Key>, Vec<Key>> = BTreeMap::new();
    for (key, found) in &map.namespaces {
        let above = above(*key, found, by).filter(|above| map.namespaces.contains_key(above));
        below.entry(above).or_default().push(*key);
    }
    for keys in below.values_mut() {
        // What a user namespace owns stands before the user namespaces below it.
        keys.sort_by_key(|key| (key.kind == NsKind::User, *key));
    }
    let mut walk = Walk {
        below: &below,
        seen: BTreeSet::new(),
        out: Vec::new(),
    };
    walk.down(None, &[]);
    walk.out
}

/// The part of the map with these namespaces, and those that they lie below.
#[must_use]
pub fn around(map: &Map, by: By, wanted: &BTreeSet<Key>) -> Map {
    let mut kept = BTreeMap::new();
    for key in wanted {
        let mut next = Some(*key);
        while let Some(key) = next
            && let Some(found) = map.namespaces.get(&key)
            && kept.insert(key, found.clone()).is_none()
        {
            next = above(key, found, by);
        }
    }
    Map {
        namespaces: kept,
        ..*map
    }
}

fn above(key: Key, found: &Namespace, by: By) -> Option<Key> {
    let (kind, ino) = match by {
        By::Owner => (NsKind::User, found.owner?),
        By::Parent => (key.kind, found.parent?),
    };
    Some(Key { kind, ino })
}

struct Walk<'m> {
    below: &'m BTreeMap<Option<Key>, Vec<Key>>,
    seen: BTreeSet<Key>,
    out: Vec<Branch>,
}

impl Walk<'_> {
    fn down(&mut self, above: Option<Key>, rails: &[bool]) {
        let Some(keys) = self.below.get(&above) else {
            return;
        };
        for (position, key) in keys.iter().enumerate() {
            // A number that was used again while we looked could make a loop.
            if !self.seen.insert(*key) {
                continue;
            }
            let mut rails = rails.to_vec();
            if above.is_some() {
                rails.push(position + 1 < keys.len());
            }
            let branch = Branch { key: *key, rails };
            self.out.push(branch.clone());
            self.down(Some(*key), &branch.rails);
        }
    }
}

impl Branch {
    /// The lines that lead to it.
    #[must_use]
    pub fn lead_in(&self, ascii: bool) -> String {
        let (pass, turn, last) = if ascii {
            ("| ", "|-", "`-")
        } else {
            ("\u{2502} ", "\u{251c}\u{2500}", "\u{2514}\u{2500}")
        };
        let Some((own, above)) = self.rails.split_last() else {
            return String::new();
        };
        let mut text: String = above
            .iter()
            .map(|on| if *on { pass } else { "  " })
            .collect();
        text.push_str(if *own { turn } else { last });
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: NsKind, ino: u64) -> Key {
        Key { kind, ino }
    }

    fn map(rows: &[(NsKind, u64, Option<u64>, Option<u64>)]) -> Map {
        let found = rows.iter().map(|(kind, ino, parent, owner)| {
            let found = Namespace {
                parent: *parent,
                owner: *owner,
                ..Namespace::default()
            };
            (key(*kind, *ino), found)
        });
        Map {
            namespaces: found.collect(),
            ..Map::default()
        }
    }

    fn drawn(map: &Map, by: By) -> Vec<String> {
        let line = |branch: &Branch| {
            let Key { kind, ino } = branch.key;
            format!("{}{}{ino}", branch.lead_in(true), kind.name())
        };
        branches(map, by).iter().map(line).collect()
    }

    #[test]
    fn by_owner_and_by_parent() {
        let map = map(&[
            (NsKind::User, 1, None, None),
            (NsKind::Pid, 2, None, Some(1)),
            (NsKind::User, 3, Some(1), Some(1)),
            (NsKind::Pid, 4, Some(2), Some(3)),
            (NsKind::Net, 5, None, Some(3)),
            (NsKind::User, 6, Some(1), Some(1)),
            (NsKind::Uts, 7, None, None),
        ]);
        let owner = [
            "uts7", "user1", "|-pid2", "|-user3", "| |-net5", "| `-pid4", "`-user6",
        ];
        assert_eq!(drawn(&map, By::Owner), owner);
        let parent = [
            "net5", "pid2", "`-pid4", "uts7", "user1", "|-user3", "`-user6",
        ];
        assert_eq!(drawn(&map, By::Parent), parent);
    }

    #[test]
    fn what_is_looked_for_stays_with_all_that_it_lies_below() {
        let map = map(&[
            (NsKind::User, 1, None, None),
            (NsKind::Pid, 2, None, Some(1)),
            (NsKind::User, 3, Some(1), Some(1)),
            (NsKind::Pid, 4, Some(2), Some(3)),
            (NsKind::Net, 5, None, Some(3)),
        ]);
        let wanted = [key(NsKind::Pid, 4)].into();
        let part = around(&map, By::Owner, &wanted);
        assert_eq!(drawn(&part, By::Owner), ["user1", "`-user3", "  `-pid4"]);
        let part = around(&map, By::Parent, &wanted);
        assert_eq!(drawn(&part, By::Parent), ["pid2", "`-pid4"]);
        assert!(
            around(&map, By::Owner, &BTreeSet::new())
                .namespaces
                .is_empty()
        );
    }

    #[test]
    fn a_parent_that_is_not_there_makes_a_root_and_a_loop_ends() {
        let orphan = map(&[(NsKind::Pid, 2, Some(9), Some(8))]);
        assert_eq!(drawn(&orphan, By::Owner), ["pid2"]);
        assert_eq!(drawn(&orphan, By::Parent), ["pid2"]);
        let ring = map(&[
            (NsKind::User, 1, Some(2), Some(2)),
            (NsKind::User, 2, Some(1), Some(1)),
        ]);
        assert!(drawn(&ring, By::Parent).is_empty());
    }
}

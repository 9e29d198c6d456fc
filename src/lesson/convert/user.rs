//! Facts about user namespaces: who owns what, and how a process itself reads its maps. Called by
//! `convert` alone.

use super::{Fact, Variables, fields, id_map, ino};
use crate::model::{NsKind, Subject};

/// What the host sees about a process.
pub(super) fn owners(subject: Option<&Subject>) -> Variables {
    let owner = |subject: &Subject| {
        let each = NsKind::ALL.map(|kind| {
            let owner = subject.owners.get(kind).map(ino);
            (kind.name().to_owned(), owner.into())
        });
        Fact::Map(each.into())
    };
    fields([("owner", subject.map_or(Fact::Null, owner))])
}

/// What somebody in the same user namespace sees about a process.
pub(super) fn own_maps(subject: Option<&Subject>) -> Variables {
    let map = |map: fn(&Subject) -> Fact| subject.map_or(Fact::Null, map);
    fields([
        ("own_uid_map", map(|subject| id_map(&subject.uid_map))),
        ("own_gid_map", map(|subject| id_map(&subject.gid_map))),
    ])
}

//! Lists of mounts and watched files as facts, and as they stand in the specimen. Used by convert and
//! specimen.

use super::Fact;
use super::rows::fields;
use crate::model::files::{Entry, File, Kind, Watched};
use crate::model::mounts::{Mount, Mounts, Propagation};
use crate::model::{Seen, Untrusted};

/// A list of mounts; null where nobody could read it.
pub(super) fn mounts(mounts: Option<&Mounts>) -> Fact {
    let Some(all) = mounts else {
        return Fact::Null;
    };
    all.rows
        .iter()
        .map(|row| mount(row, all.is_hidden(row)))
        .collect()
}

fn mount(row: &Mount, hidden: bool) -> Fact {
    let Propagation {
        shared,
        master,
        propagate_from,
        unbindable,
    } = row.propagation;
    Fact::Map(fields([
        ("id", row.id.into()),
        ("parent", row.parent.into()),
        ("dev", Fact::Text(device(row.dev))),
        ("root", (&row.root).into()),
        ("target", (&row.target).into()),
        ("options", (&row.options).into()),
        ("propagation", row.propagation.word().into()),
        ("shared", shared.into()),
        ("master", master.into()),
        ("propagate_from", propagate_from.into()),
        ("unbindable", unbindable.into()),
        ("type", (&row.fstype).into()),
        ("source", (&row.source).into()),
        ("super_options", (&row.super_options).into()),
        ("hidden", hidden.into()),
    ]))
}

fn device((major, minor): (u32, u32)) -> String {
    format!("{major}:{minor}")
}

/// Watched paths, and the names in watched directories, in one list.
pub(super) fn files(all: &[Watched]) -> Fact {
    let rows = all.iter().flat_map(|watched| {
        let names = watched.entries.iter().map(|entry| (&entry.name).into());
        let own = file(watched.path.clone(), &watched.seen, names.collect());
        let below = watched.entries.iter().map(|entry| {
            let name = String::from_utf8_lossy(entry.name.as_bytes());
            let path = format!("{}/{name}", watched.path.trim_end_matches('/'));
            file(path, &entry.seen, Fact::Null)
        });
        std::iter::once(own).chain(below)
    });
    rows.collect()
}

fn file(path: String, seen: &Seen<File>, entries: Fact) -> Fact {
    let file = seen.value();
    let is = |kind| file.is_some_and(|file| file.kind == kind);
    let mode = file.map(|file| Fact::Text(format!("{:04o}", file.mode)));
    let size = file.map(|file| i64::try_from(file.size).unwrap_or(i64::MAX));
    Fact::Map(fields([
        ("path", Fact::Text(path)),
        ("kind", file.map(|file| file.kind.name()).into()),
        ("uid", file.map(|file| file.uid).into()),
        ("gid", file.map(|file| file.gid).into()),
        ("mode", mode.unwrap_or_default()),
        ("size", size.into()),
        (
            "rdev",
            file.map_or(Fact::Null, |file| Fact::Text(device(file.rdev))),
        ),
        ("content", file.and_then(|file| file.content.value()).into()),
        ("whiteout", file.is_some_and(File::is_whiteout).into()),
        ("opaque", file.is_some_and(|file| file.opaque).into()),
        ("entries", if is(Kind::Dir) { entries } else { Fact::Null }),
    ]))
}

/// A list in which every field is filled.
pub(super) fn specimen_mounts() -> Mounts {
    let text = Untrusted::from;
    let row = Mount {
        id: 30,
        parent: 29,
        dev: (0, 40),
        root: text("/"),
        target: text("/mnt"),
        options: text("rw"),
        propagation: Propagation {
            shared: Some(1),
            master: Some(2),
            propagate_from: Some(3),
            unbindable: false,
        },
        fstype: text("tmpfs"),
        source: text("tmpfs"),
        super_options: text("rw"),
    };
    Mounts {
        rows: vec![row],
        count: 1,
    }
}

/// A directory with a file in it.
pub(super) fn specimen_files() -> Vec<Watched> {
    let file = |kind| File {
        kind,
        uid: 0,
        gid: 0,
        mode: 0o644,
        size: 5,
        rdev: (0, 0),
        content: Seen::Is(Untrusted::from("text")),
        opaque: false,
    };
    let entry = Entry {
        name: Untrusted::from("file"),
        seen: Seen::Is(file(Kind::File)),
    };
    vec![Watched {
        path: "/mnt".to_owned(),
        seen: Seen::Is(file(Kind::Dir)),
        entries: vec![entry],
    }]
}

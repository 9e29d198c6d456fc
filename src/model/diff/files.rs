//! The watched files, row by row: as the host has that path, as the host sees the box's file, and as
//! the box sees it. Called by the files panel and by the app's cursor.

use super::Change;
use crate::model::files::{File, Watched};
use crate::model::{Sample, Seen, Untrusted};

/// One path or one name in a watched directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The whole path, or the name alone in a directory.
    pub name: Untrusted,
    /// A name in the directory above it.
    pub inner: bool,
    /// What the host has at that path.
    pub host: Seen<File>,
    /// What the box has there, as the host sees it: `/proc/PID/root`.
    pub from_host: Seen<File>,
    /// What the box has there, as the box sees it.
    pub inside: Seen<File>,
    /// What the step did to it on the host.
    pub host_change: Option<Change>,
    /// What the step did to it in the box.
    pub inside_change: Option<Change>,
}

/// All rows of a box, in the order of the lesson.
#[must_use]
pub fn files(now: &Sample, before: Option<&Sample>, box_name: &str) -> Vec<FileRow> {
    let of = |sample: &'_ Sample| Views::of(sample, box_name);
    let (now, was) = (of(now), before.map(of));
    let mut rows = Vec::new();
    for path in now.paths() {
        rows.push(row(&now, was.as_ref(), &path, None));
        let mut names = now.names(&path);
        names.extend(was.iter().flat_map(|was| was.names(&path)));
        names.sort();
        names.dedup();
        for name in names {
            rows.push(row(&now, was.as_ref(), &path, Some(&name)));
        }
    }
    rows
}

fn row(now: &Views, was: Option<&Views>, path: &str, name: Option<&Untrusted>) -> FileRow {
    let host = find(&now.host, path, name);
    let inside = find(&now.inside, path, name);
    let change = |list: fn(&Views) -> &Vec<Watched>, is: &Seen<File>| {
        change(&find(list(was?), path, name), is)
    };
    FileRow {
        name: name.map_or_else(|| Untrusted::from(path), Untrusted::clone),
        inner: name.is_some(),
        host_change: change(|views| &views.host, &host),
        inside_change: change(|views| &views.inside, &inside),
        from_host: find(&now.from_host, path, name),
        host,
        inside,
    }
}

/// What became of it.
pub(super) fn change(was: &Seen<File>, is: &Seen<File>) -> Option<Change> {
    match (was.value(), is.value()) {
        (None, Some(_)) => Some(Change::New),
        (Some(_), None) => Some(Change::Gone),
        (Some(was), Some(is)) if essence(was) != essence(is) => Some(Change::Changed),
        _ => None,
    }
}

/// What makes a file another one to a learner; a directory's size is not among it.
fn essence(file: &File) -> impl PartialEq + use<'_> {
    let size = file.content.value().map(|_| file.size);
    let kind = (file.kind, file.rdev, file.opaque);
    (kind, file.uid, file.gid, file.mode, size, &file.content)
}

struct Views {
    host: Vec<Watched>,
    from_host: Vec<Watched>,
    inside: Vec<Watched>,
}

impl Views {
    fn of(sample: &Sample, box_name: &str) -> Self {
        let view = sample.boxes.get(box_name);
        let inside = view.and_then(|view| view.inside.value());
        let inside = inside.map(|seen| seen.world.files.clone());
        Self {
            host: sample.host.world.files.clone(),
            from_host: view
                .map(|view| view.files_from_host.clone())
                .unwrap_or_default(),
            inside: inside.unwrap_or_default(),
        }
    }

    fn paths(&self) -> Vec<String> {
        let list = if self.inside.is_empty() {
            &self.from_host
        } else {
            &self.inside
        };
        list.iter().map(|watched| watched.path.clone()).collect()
    }

    /// Names in a directory, as the box has it.
    fn names(&self, path: &str) -> Vec<Untrusted> {
        let watched = self.inside.iter().find(|watched| watched.path == path);
        let entries = watched.map_or(&[][..], |watched| &watched.entries);
        entries.iter().map(|entry| entry.name.clone()).collect()
    }
}

/// A watched path, or a name in it.
pub(super) fn find(list: &[Watched], path: &str, name: Option<&Untrusted>) -> Seen<File> {
    let Some(watched) = list.iter().find(|watched| watched.path == path) else {
        return Seen::Missing;
    };
    match name {
        None => watched.seen.clone(),
        Some(name) => {
            let entry = watched.entries.iter().find(|entry| entry.name == *name);
            entry.map_or(Seen::Missing, |entry| entry.seen.clone())
        }
    }
}

//! The four directories of an overlay, name by name: what lower, upper and work hold, and what merged
//! shows. Called by the layers panel and by the app's cursor.

use super::Change;
use super::files::{change, find};
use crate::model::files::{File, Watched};
use crate::model::mounts::Mount;
use crate::model::{Sample, Seen, Untrusted};

/// The directories, in the order of the columns.
pub const COLUMNS: [&str; 4] = ["lower", "upper", "work", "merged"];

/// An overlay of the box whose directories the lesson watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers {
    /// The path of each column's directory.
    pub paths: [Untrusted; 4],
    /// The overlay of these directories is there now.
    pub mounted: bool,
    /// Row by row, by name.
    pub rows: Vec<LayerRow>,
}

/// One name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRow {
    /// The name.
    pub name: Untrusted,
    /// In each column what it is there, and what the step did to it.
    pub cells: [(Seen<File>, Option<Change>); 4],
}

/// The overlay of the box whose upper and merged directories are watched, the last one mounted. While
/// there is none, the directories that are watched for it.
#[must_use]
pub fn overlay(now: &Sample, before: Option<&Sample>, box_name: &str) -> Option<Layers> {
    let world = &now.boxes.get(box_name)?.inside.value()?.world;
    let files = &world.files;
    let watched = |path: &Untrusted| {
        files
            .iter()
            .any(|watched| watched.path.as_bytes() == path.as_bytes())
    };
    let overlays = world.mounts.value()?.rows.iter().rev().filter_map(paths);
    let mut watched = overlays.filter(|[_, upper, _, merged]| watched(upper) && watched(merged));
    let (paths, mounted) = match watched.next() {
        Some(paths) => (paths, true),
        None => (parts(files)?, false),
    };
    let was = before
        .and_then(|was| was.boxes.get(box_name)?.inside.value())
        .map(|seen| &seen.world.files);
    let row = |name: Untrusted| {
        let cells = paths.clone().map(|path| {
            let path = String::from_utf8_lossy(path.as_bytes()).into_owned();
            let is = find(files, &path, Some(&name));
            let change = was.and_then(|was| change(&find(was, &path, Some(&name)), &is));
            (is, change)
        });
        LayerRow { name, cells }
    };
    let mut names = names(files, &paths);
    names.extend(was.iter().flat_map(|was| self::names(was, &paths)));
    names.sort();
    names.dedup();
    let rows = names.into_iter().map(row).collect();
    Some(Layers {
        paths,
        mounted,
        rows,
    })
}

/// Its four directories; of several lower ones the top one.
fn paths(mount: &Mount) -> Option<[Untrusted; 4]> {
    if mount.fstype.as_bytes() != b"overlay" {
        return None;
    }
    let lower = mount.layer("lowerdir")?;
    let top = lower.as_bytes().split(|byte| *byte == b':').next();
    Some([
        Untrusted::from(top.unwrap_or_default()),
        mount.layer("upperdir")?,
        mount.layer("workdir")?,
        mount.target.clone(),
    ])
}

/// The watched directories that are called like the columns.
fn parts(files: &[Watched]) -> Option<[Untrusted; 4]> {
    let part = |column: &str| {
        let mut all = files.iter().map(|watched| &watched.path);
        let path = all.find(|path| path.rsplit('/').next() == Some(column))?;
        Some(Untrusted::from(path.as_str()))
    };
    let [lower, upper, work, merged] = COLUMNS.map(part);
    Some([lower?, upper?, work?, merged?])
}

fn names(files: &[Watched], paths: &[Untrusted; 4]) -> Vec<Untrusted> {
    let is_layer = |watched: &&Watched| {
        let own = watched.path.as_bytes();
        paths.iter().any(|path| path.as_bytes() == own)
    };
    let entries = files.iter().filter(is_layer).flat_map(|w| &w.entries);
    entries.map(|entry| entry.name.clone()).collect()
}

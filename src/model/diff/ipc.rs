//! What the IPC namespaces of host and box hold. Called by the ipc panel and the app's cursor.

use super::{Change, Verdict};
use crate::model::ipc::{Ipc, Kind, Object};
use crate::model::{NsKind, NsLink, Sample, Seen, Untrusted};

/// An object as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpcRow {
    /// What it is.
    pub item: IpcItem,
    /// What the step did to it.
    pub change: Option<Change>,
}

/// A System V object, or the name of a POSIX message queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IpcItem {
    /// From /proc/sysvipc.
    Object(Kind, Object),
    /// From /dev/mqueue.
    Queue(Untrusted),
}

impl IpcItem {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(kind, a), Self::Object(other, b)) => {
                kind == other && (a.key, a.id) == (b.key, b.id)
            }
            (a, b) => a == b,
        }
    }
}

/// What the host's namespace holds, and what the box's does; `None` where nobody can look.
#[must_use]
pub fn ipc(
    now: &Sample,
    before: Option<&Sample>,
    box_name: &str,
) -> (Vec<IpcRow>, Option<Vec<IpcRow>>) {
    let host = rows(&now.host.world.ipc, before.map(|was| &was.host.world.ipc));
    let inside = inside_ipc(now, box_name).map(|ipc| {
        let was = before.map(|was| inside_ipc(was, box_name).cloned().unwrap_or_default());
        rows(ipc, was.as_ref())
    });
    (host, inside)
}

/// Whether host and box have the same filesystem at /dev/shm; `None` where one has none.
#[must_use]
pub fn shares_dev_shm(now: &Sample, box_name: &str) -> Option<bool> {
    let inside = inside_ipc(now, box_name)?.dev_shm.value()?;
    Some(now.host.world.ipc.dev_shm.value()? == inside)
}

/// Whether host and box have the same tables: one IPC namespace. `None` where nobody can tell.
#[must_use]
pub fn shares_ipc_tables(now: &Sample, box_name: &str) -> Option<bool> {
    let rows = super::links(now, None, box_name)?;
    let ipc = rows
        .iter()
        .find(|row| row.link == NsLink::Own(NsKind::Ipc))?;
    match ipc.verdict {
        Verdict::Same => Some(true),
        Verdict::Differs => Some(false),
        Verdict::Unknown => None,
    }
}

fn inside_ipc<'a>(sample: &'a Sample, box_name: &str) -> Option<&'a Ipc> {
    let inside = sample.boxes.get(box_name)?.inside.value()?;
    Some(&inside.world.ipc)
}

fn rows(now: &Ipc, before: Option<&Ipc>) -> Vec<IpcRow> {
    let items = items(now);
    let was = before.map(self::items);
    let change = |item: &IpcItem| {
        let old = was.as_ref()?.iter().find(|old| old.is_same(item));
        match old {
            None => Some(Change::New),
            Some(old) => (old != item).then_some(Change::Changed),
        }
    };
    let gone = was.iter().flatten().filter(|old| {
        let still = items.iter().any(|item| item.is_same(old));
        !still
    });
    let gone: Vec<IpcRow> = gone
        .map(|old| IpcRow {
            item: old.clone(),
            change: Some(Change::Gone),
        })
        .collect();
    let rows = items.iter().map(|item| IpcRow {
        item: item.clone(),
        change: change(item),
    });
    rows.chain(gone).collect()
}

fn items(ipc: &Ipc) -> Vec<IpcItem> {
    let mut items = Vec::new();
    for kind in Kind::ALL {
        let objects = ipc.of(kind).value().into_iter().flatten();
        items.extend(objects.map(|object| IpcItem::Object(kind, *object)));
    }
    if let Seen::Is(names) = &ipc.mqueue {
        items.extend(names.iter().cloned().map(IpcItem::Queue));
    }
    items
}

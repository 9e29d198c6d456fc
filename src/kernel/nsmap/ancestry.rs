//! Upward from what the scan found: the parent and the owner of each namespace, and those that only
//! what lies below them keeps alive. Asks the kernel once for each namespace. Called by `nsmap`.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};

use super::scan::{Scan, Way};
use crate::kernel::proc::Procfs;
use crate::kernel::{ns, sys};
use crate::model::map::{Hold, Key, Namespace};
use crate::model::{Errno, NsKind};

/// `NSFS_MAGIC` of `<linux/magic.h>`.
const NSFS: i64 = 0x6e73_6673;

/// Fills in parents and owners.
pub(super) fn climb(proc: &Procfs, scan: &mut Scan) {
    let found: Vec<Key> = scan.map.namespaces.keys().copied().collect();
    let mut climber = Climber {
        scan,
        done: BTreeSet::new(),
    };
    for key in found {
        if !climber.done.contains(&key)
            && let Ok(namespace) = climber.open(proc, key)
        {
            climber.relate(key, namespace.as_fd());
        }
    }
    whose(scan);
}

struct Climber<'s> {
    scan: &'s mut Scan,
    /// Those whose parent and owner were asked for.
    done: BTreeSet<Key>,
}

impl Climber<'_> {
    fn open(&self, proc: &Procfs, key: Key) -> Result<OwnedFd, Errno> {
        if let Some(way) = self.scan.ways.get(&key) {
            let path = match way {
                Way::Link(pid, link) => format!("{pid}/ns/{}", link.name()),
                Way::Fd(pid, number) => format!("{pid}/fd/{number}"),
            };
            return open(proc.as_fd(), Path::new(&path), key);
        }
        let place = self.scan.places.get(&key).ok_or(Errno::ENOENT)?;
        open(CWD, place, key)
    }

    /// Asks for parent and owner, and does the same for those if they are new.
    fn relate(&mut self, key: Key, namespace: BorrowedFd<'_>) {
        self.done.insert(key);
        if key.kind == NsKind::User {
            let uid = sys::nsfs::owner_uid(namespace).ok();
            self.entry(key).owner_uid = uid;
        }
        if matches!(key.kind, NsKind::Pid | NsKind::User) {
            let parent = self.above(key.kind, Hold::Child, sys::nsfs::parent(namespace));
            self.entry(key).parent = parent;
        }
        let owner = match key.kind {
            NsKind::User => self.entry(key).parent,
            _ => self.above(NsKind::User, Hold::Owns, sys::nsfs::owner(namespace)),
        };
        self.entry(key).owner = owner;
    }

    fn above(
        &mut self,
        kind: NsKind,
        hold: Hold,
        namespace: Result<OwnedFd, Errno>,
    ) -> Option<u64> {
        let namespace = namespace.ok()?;
        let ino = ns::id_of(namespace.as_fd()).ok()?.ino;
        let key = Key { kind, ino };
        self.entry(key).held_by.insert(hold);
        if !self.done.contains(&key) {
            self.relate(key, namespace.as_fd());
        }
        Some(ino)
    }

    fn entry(&mut self, key: Key) -> &mut Namespace {
        self.scan.map.namespaces.entry(key).or_default()
    }
}

/// Opens what must be that namespace. What stands there now may be another thing, so it is looked at
/// before it is opened for good: opening a FIFO or a device has effects.
fn open(dir: BorrowedFd<'_>, path: &Path, key: Key) -> Result<OwnedFd, Errno> {
    let place = rustix::fs::openat(dir, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let filesystem = rustix::fs::fstatfs(&place)?.f_type;
    if filesystem != NSFS || ns::id_of(place.as_fd())?.ino != key.ino {
        return Err(Errno::ESRCH);
    }
    ns::open_file(&format!("/proc/self/fd/{}", place.as_raw_fd()))
}

/// Who made it: of what is no user namespace, whoever made the user namespace that owns it.
fn whose(scan: &mut Scan) {
    let uid = |ino: Option<u64>| {
        let owner = Key {
            kind: NsKind::User,
            ino: ino?,
        };
        scan.map.namespaces.get(&owner)?.owner_uid
    };
    let found = scan.map.namespaces.iter();
    let uids: Vec<(Key, Option<u32>)> = found
        .filter(|(key, _)| key.kind != NsKind::User)
        .map(|(key, found)| (*key, uid(found.owner)))
        .collect();
    for (key, uid) in uids {
        scan.map.namespaces.entry(key).or_default().owner_uid = uid;
    }
}

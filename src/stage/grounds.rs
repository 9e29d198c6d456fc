//! Which files an operation may touch: those on filesystems that the host does not have, and those
//! in the box's own directory on disk. Asked before every call that changes a file; fails closed.

use super::hands::Hands;
use crate::kernel::mounts;
use crate::kernel::paths::{self, Place};
use crate::kernel::record::Stop;
use crate::model::wire::{Disk, Grounds};
use crate::model::{Errno, NsKind, Op};

/// Filesystems in memory, and those that write into one of them. A filesystem of any other type on
/// the box's list came from the host.
const OWN: [&[u8]; 3] = [b"tmpfs", b"ramfs", b"overlay"];

/// Completes what the lab said by what the host has mounted. To be called by a stage before it
/// leaves the host's mount namespace; without a list nothing may be touched.
pub(super) fn of_host(grounds: Grounds) -> Grounds {
    let all = mounts::of_self().unwrap_or_default();
    let mut host_devices: Vec<(u32, u32)> = all.rows.iter().map(|row| row.dev).collect();
    host_devices.sort_unstable();
    host_devices.dedup();
    if all.rows.len() < usize::try_from(all.count).unwrap_or(usize::MAX) {
        host_devices.clear(); // not all were read
    }
    let disk = grounds.disk.and_then(|disk| {
        let id = paths::directory_id(&disk.path).ok()?;
        Some(Disk { id, ..disk })
    });
    Grounds {
        host_devices,
        disk,
        keyring: false,
    }
}

/// What an operation is about to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// What the path leads to.
    Itself,
    /// The directory that has the name.
    Name,
}

impl Hands {
    /// Refuses unless we are in a mount namespace of our own and the path lies on the box's ground.
    pub(super) fn must_be_ours(&self, op: &Op, path: &str, target: Target) -> Result<(), Stop> {
        self.guard(NsKind::Mnt, op)?;
        let place = match target {
            Target::Itself => Place::of(path),
            Target::Name => Place::of_parent(path),
        };
        let ours = place.and_then(|place| {
            Ok(self.is_ours(&place)? || target == Target::Itself && self.is_entry(path, &place)?)
        });
        match ours {
            Ok(true) => Ok(()),
            Ok(false) => Err(Stop::Refused(format!(
                "\"{path}\" lies on a filesystem of the host, and lessons touch only files of the \
                 box; mount a tmpfs above it first"
            ))),
            Err(errno) => Err(Stop::Refused(format!(
                "glassbox could not make sure that \"{path}\" is the box's: {errno}"
            ))),
        }
    }

    /// Whether it is a plain file in a directory of the box, and no other file mounted over it.
    fn is_entry(&self, path: &str, place: &Place) -> Result<bool, Errno> {
        if !paths::is_regular(path) {
            return Ok(false);
        }
        let parent = Place::of_parent(path)?;
        Ok(parent.mount.id == place.mount.id && self.is_ours(&parent)?)
    }

    fn is_ours(&self, place: &Place) -> Result<bool, Errno> {
        let Grounds {
            host_devices, disk, ..
        } = &self.grounds;
        let fstype = place.mount.fstype.as_bytes();
        let known = host_devices.is_empty() || host_devices.contains(&place.mount.dev);
        if !known && OWN.contains(&fstype) {
            return Ok(true);
        }
        disk.as_ref()
            .map_or(Ok(false), |disk| place.is_below(disk.id))
    }
}

//! The place on a disk that a box may have: a directory below /var/tmp, or a small disk of its own
//! where the broker can make one. Called by the lab when a box is made, and before its operation `disk`.

use std::os::fd::OwnedFd;
use std::time::Duration;

use super::{Lab, LabError};
use crate::kernel::cgroup::disk;
use crate::kernel::workdir::WorkDir;
use crate::model::Op;
use crate::model::port::BoxSpec;
use crate::model::wire::{BrokerReply, BrokerRequest};

/// How long the broker may take: it waits for the end of the disk before, and makes a filesystem.
const MADE_WITHIN: Duration = Duration::from_secs(20);

impl Lab {
    /// The path of the box's directory on disk, if it wants one.
    pub(super) fn directory_on_disk(&mut self, spec: &BoxSpec) -> Result<Option<String>, LabError> {
        if !spec.disk {
            return Ok(None);
        }
        let failed = |errno| LabError::Call {
            call: "mkdir below /var/tmp",
            errno,
        };
        if self.work.is_none() {
            self.work = Some(WorkDir::make().map_err(failed)?);
        }
        let work = self.work.as_ref();
        work.map(|work| work.folder(&spec.name).map_err(failed))
            .transpose()
    }

    /// A disk of its own for an operation that wants one; `None`: the directory has to do. Why not,
    /// `doctor` says.
    pub(super) fn own_disk(&mut self, op: &Op) -> Option<OwnedFd> {
        let Op::Disk(wanted) = op else { return None };
        self.device = None;
        let broker = self.access.broker.as_ref().filter(|_| wanted.device)?;
        broker.send(&BrokerRequest::Disk, &[]).ok()?;
        let Ok((BrokerReply::Disk { device }, fds)) = broker.recv(Some(MADE_WITHIN)) else {
            return None;
        };
        let mount = fds.into_iter().next()?;
        self.device = Some(device);
        Some(mount)
    }

    /// The disk that `io.max` is about: major and minor number.
    pub(super) fn limited_disk(&self) -> Option<(u32, u32)> {
        let below = || disk::below(&self.work.as_ref()?.path()).ok();
        self.device.or_else(below)
    }
}

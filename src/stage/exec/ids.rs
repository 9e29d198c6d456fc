//! Who a process is: attributes under /proc, maps among them, and changes of user and group.

use std::os::fd::{AsFd, OwnedFd};

use super::{missing, quoted};
use crate::kernel::calls::{self, OneWrite};
use crate::kernel::record::{Recorder, Stop};
use crate::kernel::{birth, observe};
use crate::model::op::{Setids, WRITABLE, Write};
use crate::model::{NsKind, Op};
use crate::stage::hands::Hands;

/// What is the same for whoever writes it.
const MAPS: [&str; 3] = ["gid_map", "setgroups", "uid_map"];
const FLAGS: &str = "O_WRONLY|O_CLOEXEC";

/// One open(2), one write(2): to our own file, or to that of the process behind this pidfd.
pub(super) fn write_attribute(
    write: &Write,
    other: Option<OwnedFd>,
    recorder: &mut Recorder,
) -> Result<(), Stop> {
    if !WRITABLE.contains(&write.path.as_str()) {
        return Err(Stop::Refused(format!(
            "lessons may not write to {}",
            quoted(&write.path)
        )));
    }
    let (path, file) = if write.of.is_some() {
        let other = other.ok_or_else(|| missing("the process to write for"))?;
        open_of(&other, &write.path, recorder)?
    } else {
        let args = ["AT_FDCWD".to_owned(), quoted(&write.path), FLAGS.to_owned()];
        let open = || OneWrite::open(&write.path).map(|file| (3, file));
        (write.path.clone(), recorder.call("openat", &args, open)?)
    };
    let args = [quoted(&path), quoted(&write.text)];
    recorder.call("write", &args, || {
        file.write(&write.text).map(|taken| (taken, ()))
    })
}

fn open_of(
    other: &OwnedFd,
    path: &str,
    recorder: &mut Recorder,
) -> Result<(String, OneWrite), Stop> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if !MAPS.contains(&name) {
        return Err(Stop::Refused(format!(
            "lessons may not write to the {name} of another process"
        )));
    }
    let (pid, _) = observe::identity(other.as_fd()).map_err(Stop::Failed)?;
    let directory = observe::directory(other.as_fd()).map_err(Stop::Failed)?;
    let path = format!("/proc/{pid}/{name}");
    let args = ["AT_FDCWD".to_owned(), quoted(&path), FLAGS.to_owned()];
    let file = recorder.call("openat", &args, || {
        OneWrite::open_at(directory.as_fd(), name).map(|file| (3, file))
    })?;
    Ok((path, file))
}

impl Hands {
    /// Group first: after the change of user there may be no right to it any more.
    pub(super) fn set_ids(
        &self,
        op: &Op,
        set: &Setids,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        self.guard(NsKind::User, op)?;
        let three = |id: u32| [id; 3].map(|id| id.to_string());
        recorder.unit("setresgid", &three(set.gid), || calls::set_gids(set.gid))?;
        recorder.unit("setresuid", &three(set.uid), || calls::set_uids(set.uid))?;
        // New credentials clear the death signal: prctl(2), PR_SET_PDEATHSIG.
        birth::arm(&format!("{}:{}", self.box_name, self.name)).map_err(Stop::Failed)
    }
}

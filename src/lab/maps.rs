//! The handshake that makes the box's root: we, in the parent user namespace, write who inside is
//! whom outside. Source: user_namespaces(7), "Defining user and group ID mappings".

use std::os::fd::{AsFd, BorrowedFd};

use crate::kernel::calls::{self, OneWrite};
use crate::kernel::observe;
use crate::kernel::record::{Recorder, Stop};
use crate::model::{Actor, Call, Errno};

/// Maps our own uid and gid to 0 in the user namespace of that process. Returns the calls, and the
/// error number of the one that failed.
pub(super) fn write(process: BorrowedFd<'_>) -> (Vec<Call>, Result<(), Errno>) {
    let mut recorder = Recorder::new(Actor::Host);
    let result = write_all(process, &mut recorder).map_err(|stop| match stop {
        Stop::Failed(errno) => errno,
        Stop::Refused(_) => Errno::EINVAL,
    });
    (recorder.calls, result)
}

fn write_all(process: BorrowedFd<'_>, recorder: &mut Recorder) -> Result<(), Stop> {
    let (pid, _) = observe::identity(process).map_err(Stop::Failed)?;
    let directory = observe::directory(process).map_err(Stop::Failed)?;
    let (uid, gid) = calls::effective_ids();
    // setgroups first: since Linux 3.19 an unprivileged gid_map needs `deny` there.
    let files = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {uid} 1")),
        ("gid_map", format!("0 {gid} 1")),
    ];
    for (file, text) in files {
        let args = [format!("\"/proc/{pid}/{file}\""), format!("\"{text}\"")];
        recorder.call("write", &args, || {
            let taken = OneWrite::open_at(directory.as_fd(), file)?.write(&text)?;
            Ok::<_, Errno>((taken, ()))
        })?;
    }
    Ok(())
}

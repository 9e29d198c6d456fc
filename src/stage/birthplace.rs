//! Where a new member is born: in which namespaces, and in which cgroup. Called by `hands`.
//!
//! With cgroup v2 and Linux 5.7 the child never was anywhere else; on v1 and older kernels it is moved
//! before it may begin.

use std::os::fd::{AsFd as _, OwnedFd};

use super::hands::flag_names;
use crate::kernel::cgroup::dir;
use crate::kernel::pidfd;
use crate::kernel::program::{self, Child, Program};
use crate::kernel::record::{Recorder, Stop};
use crate::model::wire::Birth;
use crate::model::{Errno, NsKind};

/// Forks or clones; `cgroup` are the directories of the cgroup that the child shall be in, one for
/// each hierarchy, v2's first.
pub(super) fn give_birth(
    recorder: &mut Recorder,
    program: &Program<'_>,
    namespaces: Option<&[NsKind]>,
    (cgroup, birth): (&[OwnedFd], Birth),
) -> Result<Child, Stop> {
    let inside = |fd: &&OwnedFd| birth == Birth::Inside && dir::is_v2(fd.as_fd());
    let v2 = cgroup.first().filter(inside);
    let bits = namespaces.map(|kinds| kinds.iter().fold(0, |bits, kind| bits | kind.flag()));
    let born = v2.map(|fd| {
        let flags = flag_names(
            namespaces.unwrap_or_default(),
            &["CLONE_PIDFD", "CLONE_INTO_CGROUP"],
        );
        recorder.call("clone3", &[flags], || {
            program::start_in(program, bits, Some(fd.as_fd())).map(|it| (i64::from(it.pid), it))
        })
    });
    let (child, rest) = match born {
        Some(Ok(child)) => (child, &cgroup[1..]),
        // What an older kernel says of a structure that it does not know so much of, and a filter.
        Some(Err(Stop::Failed(Errno::E2BIG | Errno::ENOSYS))) => {
            recorder.calls.pop();
            (plainly(recorder, program, namespaces, bits)?, cgroup)
        }
        Some(Err(stop)) => return Err(stop),
        None => (plainly(recorder, program, namespaces, bits)?, cgroup),
    };
    let moved = rest
        .iter()
        .try_for_each(|fd| move_to(recorder, child.pid, fd));
    if let Err(stop) = moved {
        // It waits for its first breath and has done nothing yet.
        pidfd::kill(&child.pidfd);
        let _ = pidfd::wait_for_end(&child.pidfd);
        let _ = pidfd::reap(&child.pidfd);
        return Err(stop);
    }
    Ok(child)
}

fn plainly(
    recorder: &mut Recorder,
    program: &Program<'_>,
    namespaces: Option<&[NsKind]>,
    bits: Option<u64>,
) -> Result<Child, Stop> {
    let (call, args) = namespaces.map_or(("fork", Vec::new()), |kinds| {
        ("clone3", vec![flag_names(kinds, &["CLONE_PIDFD"])])
    });
    let child = recorder.call(call, &args, || {
        program::start(program, bits).map(|child| (i64::from(child.pid), child))
    })?;
    recorder.rename_last(child.call);
    Ok(child)
}

fn move_to(recorder: &mut Recorder, pid: i32, fd: &OwnedFd) -> Result<(), Stop> {
    let args = ["\"cgroup.procs\"".to_owned(), format!("\"{pid}\"")];
    recorder.call("write", &args, || {
        dir::attach_at(fd.as_fd(), pid).map(|taken| (taken, ()))
    })
}

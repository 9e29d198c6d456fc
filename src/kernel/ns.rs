//! Which namespaces a process is in, the chain of namespaces above one, and who owns it. Used by `observe`, by
//! the stage before every mutating call, and by the probes. Never enters or makes a namespace.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use super::proc::seen;
use super::sys;
use crate::model::{Errno, Links, NsId, NsLink};

/// pid and user namespaces nest to a depth of 32 below the initial one: pid_namespaces(7).
const DEPTH: usize = 33;

fn identity(stat: &rustix::fs::Stat) -> NsId {
    NsId {
        dev: stat.st_dev,
        ino: stat.st_ino,
    }
}

/// What a link of the process with that `/proc/PID` directory points to. The link is followed, not
/// read: its text has only the inode number.
pub fn id(pid_dir: BorrowedFd<'_>, link: NsLink) -> Result<NsId, Errno> {
    let path = format!("ns/{}", link.name());
    let stat = rustix::fs::statat(pid_dir, path.as_str(), AtFlags::empty())?;
    Ok(identity(&stat))
}

/// What a link of the calling process points to; ENOENT for `pid_for_children` before the new
/// namespace has its first process.
pub fn of_self(link: NsLink) -> Result<NsId, Errno> {
    let path = format!("/proc/self/ns/{}", link.name());
    let stat = rustix::fs::statat(CWD, path.as_str(), AtFlags::empty())?;
    Ok(identity(&stat))
}

/// All ten links of the calling process.
#[must_use]
pub fn links_of_self() -> Links {
    Links::read_with(|link| seen(of_self(link)))
}

/// All ten links of a process.
#[must_use]
pub fn links(pid_dir: BorrowedFd<'_>) -> Links {
    Links::read_with(|link| seen(id(pid_dir, link)))
}

/// Opens a namespace. It lives on while the descriptor does, and its number stays its own.
pub fn open(pid_dir: BorrowedFd<'_>, link: NsLink) -> Result<OwnedFd, Errno> {
    let path = format!("ns/{}", link.name());
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    rustix::fs::openat(pid_dir, path.as_str(), flags, Mode::empty()).map_err(Errno::from)
}

/// Opens a file, which may be one that a namespace is bound to; only setns(2) tells.
pub fn open_file(path: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(Errno::from)
}

/// The identity of an open namespace.
pub fn id_of(namespace: BorrowedFd<'_>) -> Result<NsId, Errno> {
    rustix::fs::fstat(namespace)
        .map(|stat| identity(&stat))
        .map_err(Errno::from)
}

/// The pid or user namespaces from `namespace` upward. The chain ends where the caller's own one or
/// the initial one is reached: NS_GET_PARENT says EPERM beyond that.
#[must_use]
pub fn chain(namespace: OwnedFd) -> Vec<NsId> {
    let mut chain = Vec::new();
    let mut next = Some(namespace);
    while let Some(namespace) = next.filter(|_| chain.len() < DEPTH) {
        let Ok(id) = id_of(namespace.as_fd()) else {
            break;
        };
        chain.push(id);
        next = sys::nsfs::parent(namespace.as_fd()).ok();
    }
    chain
}

/// The user namespace that owns `namespace`, and those above it.
pub fn owners(namespace: BorrowedFd<'_>) -> Result<Vec<NsId>, Errno> {
    sys::nsfs::owner(namespace).map(chain)
}

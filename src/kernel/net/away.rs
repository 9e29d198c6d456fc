//! Looks into network namespaces that the observer is not in. A child of ours goes there, makes a
//! socket, and hands it back: a socket stays in the namespace it was made in.
//!
//! Called by the eye, which is single-threaded. The child lives for as long as that takes.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::{Route, Source};
use crate::kernel::chan::Channel;
use crate::kernel::proc::{PidDir, Procfs, seen};
use crate::kernel::sys::{self, Forked};
use crate::kernel::{calls, ns, pidfd};
use crate::model::net::Net;
use crate::model::{Errno, NsId, NsKind, NsLink, Seen};

/// How long the child may take.
const WITHIN: Duration = Duration::from_secs(2);
/// More namespaces than this no lesson has.
const MOST: usize = 16;

/// Sockets in the namespaces that were looked at last.
#[derive(Debug, Default)]
pub struct Away {
    sockets: BTreeMap<NsId, Route>,
}

impl Away {
    /// What is in the network namespaces of these processes, one answer a namespace. Sockets in
    /// others are closed: an open one would keep its namespace alive.
    pub fn look(&mut self, processes: &[BorrowedFd<'_>]) -> Vec<Seen<Net>> {
        let mut before = std::mem::take(&mut self.sockets);
        let mut found = Vec::new();
        for pidfd in processes.iter().take(MOST) {
            match self.one(*pidfd, &mut before) {
                Ok(None) => {}
                Ok(Some(net)) => found.push(Seen::Is(net)),
                Err(errno) => found.push(seen(Err(errno))),
            }
        }
        found
    }

    fn one(
        &mut self,
        process: BorrowedFd<'_>,
        before: &mut BTreeMap<NsId, Route>,
    ) -> Result<Option<Net>, Errno> {
        let (_, dir) = Procfs::open()?.process(process)?;
        let id = ns::id(dir.as_fd(), NsLink::Own(NsKind::Net))?;
        if self.sockets.contains_key(&id) {
            return Ok(None);
        }
        let socket = match before.remove(&id) {
            Some(socket) => socket,
            None => fetch(process)?,
        };
        let net = read(id, &socket, &dir);
        self.sockets.insert(id, socket);
        net.map(Some)
    }
}

fn read(id: NsId, socket: &Route, dir: &PidDir) -> Result<Net, Errno> {
    Source {
        ns: Some(id),
        socket,
        pid_dir: Some(dir.as_fd()),
    }
    .read()
}

/// A netlink socket in the network namespace of that process.
fn fetch(process: BorrowedFd<'_>) -> Result<Route, Errno> {
    let (ours, theirs) = Channel::pair().map_err(|_| Errno::EIO)?;
    match sys::fork()? {
        Forked::Child => {
            let result = go(process);
            let socket = result.as_ref().ok().map(AsFd::as_fd);
            let fds: Vec<BorrowedFd<'_>> = socket.into_iter().collect();
            let errno = result.as_ref().err().copied();
            // If nobody listens any more, there is nobody to tell.
            let _ = theirs.send(&errno, &fds);
            sys::leave(0)
        }
        Forked::Parent { pidfd: child, .. } => {
            drop(theirs);
            let answer = ours.recv::<Option<Errno>>(Some(WITHIN));
            if !pidfd::ended_within(&child, WITHIN) {
                pidfd::kill(&child);
                pidfd::ended_within(&child, WITHIN);
            }
            // ECHILD or still running (in D state): nothing more we could do about either.
            let _ = pidfd::reap(&child);
            arrived(answer.map_err(|_| Errno::EIO)?)
        }
    }
}

fn arrived((errno, fds): (Option<Errno>, Vec<OwnedFd>)) -> Result<Route, Errno> {
    match (errno, fds.into_iter().next()) {
        (Some(errno), _) => Err(errno),
        (None, Some(socket)) => Ok(Route::from(socket)),
        (None, None) => Err(Errno::EIO),
    }
}

/// In the child.
fn go(process: BorrowedFd<'_>) -> Result<Route, Errno> {
    calls::setns(process, &[NsKind::Net])?;
    Route::open()
}

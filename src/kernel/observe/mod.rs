//! `observe()`: everything one observer sees at one instant. The lab's sampler calls it on the host
//! and the eye inside a box: the same code from every vantage. It only reads.

mod believes;
mod census;
mod files;
mod held;
mod subject;
mod table;
mod world;

use std::collections::BTreeSet;
use std::os::fd::{AsFd, BorrowedFd};

pub use self::census::{Census, census};
use self::held::Held;
use self::table::Table;
use super::pidfd;
use super::proc::{PidDir, Procfs, RootId, seen};
use crate::model::files::Watched;
use crate::model::{Errno, Links, NsId, NsKind, NsLink, Process, Seen, Snapshot, Untrusted};

/// An observer, with what it remembers from one look to the next: rows of the process list, and a
/// descriptor on every namespace that it has named.
#[derive(Debug, Default)]
pub struct Observer {
    table: Table,
    held: Held,
    files: Vec<String>,
}

impl Observer {
    /// An observer that has seen nothing yet. Cannot fail: it opens `/proc` afresh for each look,
    /// because a lesson may mount another one there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on, looks at these paths, too.
    pub fn watch(&mut self, files: Vec<String>) {
        self.files = files;
    }

    /// Looks once. `subjects` are pidfds; `limit` caps the process list that is returned (the
    /// subjects, their ancestors and descendants come first), never what is counted.
    pub fn observe(&mut self, subjects: &[BorrowedFd<'_>], limit: Option<usize>) -> Snapshot {
        let proc = Procfs::open();
        let numbers: Vec<Seen<i32>> = subjects
            .iter()
            .map(|pidfd| seen(proc.as_ref().map_err(|e| *e).and_then(|p| p.number(*pidfd))))
            .collect();
        let roots: BTreeSet<i32> = numbers.iter().filter_map(|n| n.value().copied()).collect();
        let listed = match &proc {
            Ok(proc) => self.table.refresh(proc, &roots),
            Err(error) => Err(*error),
        };
        let subjects = subjects
            .iter()
            .map(|pidfd| {
                seen(proc.as_ref().map_err(|e| *e).and_then(|proc| {
                    let subject = subject::observe(proc, *pidfd, &mut self.held)?;
                    self.table.put(&subject.process);
                    Ok(subject)
                }))
            })
            .collect();
        // Without a subject the observer looks for itself.
        let own = || proc.as_ref().map_err(|e| *e)?.self_pid();
        let who = match numbers.first() {
            Some(Seen::Is(pid)) if *pid > 0 => Ok(*pid),
            Some(_) => Err(Errno::ESRCH),
            None => own(),
        };
        let count = *listed.as_ref().unwrap_or(&0);
        let processes = seen(listed.map(|_| self.table.rows(&roots, limit)));
        Snapshot {
            world: world::observe(proc.as_ref().ok(), who, processes, count, &self.files),
            subjects,
            networks: Vec::new(),
        }
    }

    /// Every namespace that was named since [`Observer::release`]. Each is held, so that its number
    /// cannot be that of another.
    #[must_use]
    pub fn named(&self) -> BTreeSet<NsId> {
        self.held.named()
    }

    /// Lets go of every namespace that was kept alive so that its number stays its own. To be called
    /// when the boxes are cleared, before anyone checks that nothing is left.
    pub fn release(&mut self) {
        self.held.clear();
    }
}

/// Number and start time of a process, as the visible `/proc` has them; ESRCH if it is not there.
pub fn identity(pidfd: BorrowedFd<'_>) -> Result<(i32, u64), Errno> {
    let (pid, dir) = Procfs::open()?.process(pidfd)?;
    Ok((pid, dir.stat()?.start))
}

/// The ten namespace links of a process.
pub fn links(pidfd: BorrowedFd<'_>) -> Result<Links, Errno> {
    directory(pidfd).map(|dir| super::ns::links(dir.as_fd()))
}

/// What the root directory of a process is: changes with chroot(2), pivot_root(2), or a mount over it.
pub fn root(pidfd: BorrowedFd<'_>) -> Result<RootId, Errno> {
    directory(pidfd)?.root()
}

/// These paths as they are below the root directory of that process, seen by us.
#[must_use]
pub fn files_below_root_of(pidfd: BorrowedFd<'_>, paths: &[String]) -> Vec<Watched> {
    match directory(pidfd) {
        Ok(dir) if !paths.is_empty() => files::from_root_of(dir.as_fd(), paths),
        _ => Vec::new(),
    }
}

/// The `/proc/PID` directory of just that process.
pub fn directory(pidfd: BorrowedFd<'_>) -> Result<PidDir, Errno> {
    Ok(Procfs::open()?.process(pidfd)?.1)
}

/// Numbers of the processes that are in this namespace, as far as we may look; zombies, which only
/// wait for their parent, left out.
#[must_use]
pub fn processes_in(kind: NsKind, namespace: NsId) -> Vec<i32> {
    let Ok(proc) = Procfs::open() else {
        return Vec::new();
    };
    let is_there = |pid: i32| {
        let dir = proc.pid(pid)?;
        let found = super::ns::id(dir.as_fd(), NsLink::Own(kind))?;
        Ok::<_, Errno>(found == namespace && !matches!(dir.stat()?.state, 'Z' | 'X'))
    };
    let numbers = proc.list().unwrap_or_default();
    let numbers = numbers.into_iter().map(|(pid, _)| pid);
    numbers
        .filter(|pid| is_there(*pid).unwrap_or(false))
        .collect()
}

/// The namespace of that kind that we are in; `None` if nobody says.
#[must_use]
pub fn own_namespace(kind: NsKind) -> Option<NsId> {
    super::ns::of_self(NsLink::Own(kind)).ok()
}

/// Ends every process that is in this namespace, as far as we may look. A number may have changed
/// hands since it was listed: each process is held first, and asked again where it is.
///
/// Does nothing if we are in it ourselves, or cannot tell: that would be the machine, or the learner's
/// whole session.
pub fn end_all_in(kind: NsKind, namespace: NsId) {
    if own_namespace(kind).is_none_or(|ours| ours == namespace) {
        return;
    }
    for pid in processes_in(kind, namespace) {
        let Ok(pidfd) = pidfd::open(pid) else {
            continue;
        };
        let there = directory(pidfd.as_fd())
            .and_then(|dir| super::ns::id(dir.as_fd(), NsLink::Own(kind)))
            .is_ok_and(|found| found == namespace);
        if there {
            pidfd::kill(&pidfd);
        }
    }
}

/// Numbers of the processes in a process group that live, the newest first.
#[must_use]
pub fn members_of_group(group: i32) -> Vec<i32> {
    let Ok(proc) = Procfs::open() else {
        return Vec::new();
    };
    let start = |pid: i32| {
        let stat = proc.pid(pid).ok()?.stat().ok()?;
        (stat.group == group && !matches!(stat.state, 'Z' | 'X')).then_some((stat.start, pid))
    };
    let numbers = proc.list().unwrap_or_default().into_iter();
    let mut found: Vec<(u64, i32)> = numbers.filter_map(|(pid, _)| start(pid)).collect();
    found.sort_unstable();
    found.into_iter().rev().map(|(_, pid)| pid).collect()
}

/// The process group in the foreground of a process's terminal, in the numbers of our /proc.
#[must_use]
pub fn foreground_of(pidfd: BorrowedFd<'_>) -> Option<i32> {
    let stat = directory(pidfd).ok()?.stat().ok()?;
    (stat.foreground > 0).then_some(stat.foreground)
}

/// The row of whoever has that number now.
pub fn process(pid: i32) -> Result<Process, Errno> {
    let dir = Procfs::open()?.pid(pid)?;
    row(pid, &dir).map(|(process, _)| process)
}

/// The name of a process: `comm`.
pub fn name(pidfd: BorrowedFd<'_>) -> Result<Untrusted, Errno> {
    Ok(directory(pidfd)?.stat()?.comm)
}

/// A row from the two files that have it.
fn row(pid: i32, dir: &PidDir) -> Result<(Process, super::proc::status::Status), Errno> {
    let stat = dir.stat()?;
    let status = dir.status()?;
    let process = Process {
        pid,
        ppid: stat.ppid,
        command: stat.comm,
        state: stat.state,
        start: stat.start,
        nspid: status.nspid.clone(),
        uid: status.uids[1],
        threads: stat.threads,
    };
    Ok((process, status))
}

#[cfg(test)]
mod tests;

//! Looks at the whole machine for the screens of `map` and `inspect`, and for what those commands
//! print. Called by the lab, by `run`, and by the broker where that is root. Only reads; between two
//! looks it holds no namespace open.

mod list;

use std::collections::BTreeMap;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::Instant;

use super::observe::{self, Observer};
use super::proc::{PidDir, seen, unseen};
use super::{cgroup, containers, net, ns, nsmap, paths, pidfd};
use crate::model::engine::list::{Found, Row, containers as among};
use crate::model::engine::{MASKED, READ_ONLY};
use crate::model::inspect::{Inspection, Named, Sight, Target};
use crate::model::look::{Look, Who};
use crate::model::{Errno, NsKind, NsLink, Process, Seen, Subject};

/// Processes of one container that are listed.
const FAMILY: usize = 512;
/// Processes of the host that are listed beside one.
const HOST: usize = 512;

/// Whoever looks, with what it remembers from one look to the next.
#[derive(Debug, Default)]
pub struct Watcher {
    observer: Observer,
    /// CPU time of each in the last list, and when that was.
    used: BTreeMap<(i32, u64, bool), u64>,
    at: Option<Instant>,
}

impl Watcher {
    /// Every namespace.
    #[must_use]
    pub fn map() -> Look {
        nsmap::survey().map_or_else(Look::no_proc, Look::Map)
    }

    /// One process or two, beside the host. The caller has found them, and holds them.
    pub fn inspect(&mut self, pidfds: &[BorrowedFd<'_>]) -> Look {
        let rows = containers::rows().unwrap_or_default();
        let found = among(&rows, &containers::records());
        let Ok(me) = pidfd::open(std::process::id().cast_signed()) else {
            return Look::no_proc(Errno::ESRCH);
        };
        let subjects: Vec<BorrowedFd<'_>> = std::iter::once(me.as_fd())
            .chain(pidfds.iter().copied())
            .collect();
        let mut host = self.observer.observe(&subjects, Some(HOST));
        self.observer.release();
        let mut subjects = std::mem::take(&mut host.subjects).into_iter();
        let host_self = subjects.next().unwrap_or_default();
        let each = subjects.zip(pidfds);
        let targets = each.map(|(subject, pidfd)| {
            let who = who(*pidfd);
            let sight = match subject {
                Seen::Is(subject) => sight(subject, *pidfd, &rows, &found).map(Box::new),
                Seen::Denied(errno) => Seen::Denied(errno),
                Seen::Missing => Seen::Missing,
            };
            Target { who, sight }
        });
        Look::Inspect(Box::new(Inspection {
            targets: targets.collect(),
            host,
            host_self,
            layout: cgroup::layout(),
            as_root: containers::as_root(),
        }))
    }
}

/// What is known of a process that may have ended.
fn who(pidfd: BorrowedFd<'_>) -> Who {
    let found = observe::identity(pidfd);
    Who {
        pid: found.map_or(0, |(pid, _)| pid),
        start: found.ok().map(|(_, start)| start),
    }
}

fn sight(subject: Subject, pidfd: BorrowedFd<'_>, rows: &[Row], found: &[Found]) -> Seen<Sight> {
    let dir = match observe::directory(pidfd) {
        Ok(dir) => dir,
        Err(errno) => return unseen(errno),
    };
    let pid = subject.process.pid;
    let container = found.iter().find(|it| it.members.contains(&pid));
    let groups = containers::groups(pid);
    let parent = observe::process(subject.process.ppid).ok();
    let covers = MASKED.iter().chain(&READ_ONLY).copied();
    let sight = Sight {
        parent,
        named: container.map(Named::from),
        family: family(&subject, container, rows),
        groups,
        net: other_net(&dir),
        covers: covers
            .filter(|path| paths::exists(path))
            .map(str::to_owned)
            .collect(),
        subject,
    };
    // Some of it was read by number: it is still this one's.
    if who(pidfd).start == Some(sight.subject.process.start) {
        Seen::Is(sight)
    } else {
        Seen::Missing
    }
}

/// The rows of its container, itself first.
fn family(subject: &Subject, container: Option<&Found>, rows: &[Row]) -> Vec<Process> {
    let own = subject.process.pid;
    let there = |pid: &i32| rows.binary_search_by_key(pid, |row| row.pid).is_ok();
    let others = container.into_iter().flat_map(|it| &it.members);
    let others = others.copied().filter(|pid| *pid != own).filter(there);
    let others = others.filter_map(|pid| observe::process(pid).ok());
    std::iter::once(subject.process.clone())
        .chain(others)
        .take(FAMILY)
        .collect()
}

/// Its network, where that is not ours.
fn other_net(dir: &PidDir) -> Seen<crate::model::net::Net> {
    let link = NsLink::Own(NsKind::Net);
    match (ns::id(dir.as_fd(), link), ns::of_self(link)) {
        (Ok(its), Ok(ours)) if its == ours => Seen::Missing,
        (Err(errno), _) => unseen(errno),
        _ => seen(net::outside::read(dir.as_fd())),
    }
}

/// Holds a process by its number, and makes sure that it is the one that is meant.
///
/// # Errors
/// ESRCH if there is no such process, or another one has its number.
pub fn hold(who: Who) -> Result<OwnedFd, Errno> {
    let pidfd = pidfd::open(who.pid)?;
    match who.start {
        Some(start) if observe::identity(pidfd.as_fd())?.1 != start => Err(Errno::ESRCH),
        _ => Ok(pidfd),
    }
}

//! What an observer sees about one given process. Everything is read below one directory descriptor
//! that belongs to that process for good, so a number that is used again is never mixed in.

use std::os::fd::{AsFd, BorrowedFd};

use super::held::Held;
use crate::kernel::proc::{PidDir, Procfs, lines, seen};
use crate::kernel::{clocks, mounts, ns};
use crate::model::mounts::Mounts;
use crate::model::snapshot::{IdRange, Subject};
use crate::model::user::Owners;
use crate::model::{Errno, Links, NsKind, NsLink, Seen, Untrusted};

/// Reads all of it; ESRCH or ENOENT if the process is not visible here or ended meanwhile.
pub(super) fn observe(
    proc: &Procfs,
    pidfd: BorrowedFd<'_>,
    held: &mut Held,
) -> Result<Subject, Errno> {
    let (pid, dir) = proc.process(pidfd)?;
    let (process, status) = super::row(pid, &dir)?;
    let links = links(&dir, held);
    let subject = Subject {
        process,
        owners: owners(&links, held),
        links,
        pid_chain: ns::open(dir.as_fd(), NsLink::Own(NsKind::Pid))
            .map(ns::chain)
            .unwrap_or_default(),
        uid_map: id_map(&dir, "uid_map"),
        gid_map: id_map(&dir, "gid_map"),
        setgroups: seen(dir.read("setgroups"))
            .map(|text| Untrusted::from(lines::first_line(&text, 16))),
        uids: status.uids,
        gids: status.gids,
        caps: status.caps,
        no_new_privs: status.no_new_privs,
        seccomp: status.seccomp,
        seccomp_filters: status.seccomp_filters,
        label: label(&dir),
        cgroup: seen(dir.read("cgroup")).map(Untrusted::from),
        sig_caught: status.sig_caught,
        sig_ignored: status.sig_ignored,
        sig_blocked: status.sig_blocked,
        timens_offsets: clocks::offsets(&dir),
        mounts: other_mounts(&dir),
    };
    // Files read after its end are missing, which must not pass for what it was like.
    proc.number(pidfd).map(|_| subject)
}

fn links(dir: &PidDir, held: &mut Held) -> Links {
    Links::read_with(|link| {
        seen(ns::id(dir.as_fd(), link)).map(|id| held.hold(dir.as_fd(), link, id))
    })
}

fn owners(links: &Links, held: &Held) -> Owners {
    Owners::read_with(|kind| match links.get(kind) {
        Seen::Is(id) => held.owners(*id),
        Seen::Denied(errno) => Seen::Denied(*errno),
        Seen::Missing => Seen::Missing,
    })
}

/// Its list of mounts, where it is not ours.
fn other_mounts(dir: &PidDir) -> Seen<Mounts> {
    let link = NsLink::Own(NsKind::Mnt);
    match (ns::id(dir.as_fd(), link), ns::of_self(link)) {
        (Ok(its), Ok(ours)) if its == ours => Seen::Missing,
        _ => seen(mounts::of(dir.as_fd())),
    }
}

/// EINVAL: no module that has a word for it.
fn label(dir: &PidDir) -> Seen<Untrusted> {
    match dir.read("attr/current") {
        Err(Errno::EINVAL) => Seen::Missing,
        text => seen(text).map(|text| {
            let text = text.strip_suffix(b"\0").unwrap_or(&text);
            Untrusted::from(lines::first_line(text, 128))
        }),
    }
}

fn id_map(dir: &PidDir, name: &str) -> Seen<Vec<IdRange>> {
    seen(
        dir.read(name)
            .and_then(|map| lines::id_map(&map).ok_or(Errno::EIO)),
    )
}

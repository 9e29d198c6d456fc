//! The end of a box: every process is ended and seen to have ended; what is left is named.

use std::collections::BTreeSet;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::boxes::{BoxHandle, Held};
use crate::kernel::chan::Channel;
use crate::kernel::{mounts, ns, observe, pidfd};
use crate::model::port::Proof;
use crate::model::sample::Role;
use crate::model::wire::{Reply, Request};
use crate::model::{NsId, NsKind, NsLink, Untrusted};

/// How long a killed process may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(2);

/// How long one process is waited for before the stage reaps again.
const AT_A_TIME: Duration = Duration::from_millis(10);

/// Has the stage reap its children; `false`: it does not answer.
fn reaped(stage: &Channel) -> bool {
    let asked = stage.send(&Request::News, &[]).is_ok();
    asked
        && stage
            .recv::<Reply>(Some(Duration::from_millis(500)))
            .is_ok()
}

/// Ends all processes of a box and adds to `proof` what happened.
pub(super) fn end(mut handle: BoxHandle, proof: &mut Proof) {
    handle.eye.take();
    handle.front.take();
    let shells = handle
        .held
        .iter()
        .filter(|held| held.member.role == Role::Shell);
    proof.ended += shells.filter(|held| pidfd::alive(&held.pidfd)).count();
    handle.shell.take();
    handle.retired.clear();
    let namespace = own_user_namespace(&handle);
    let (members, stage) = (handle.held.get(1..).unwrap_or_default(), &handle.held[..1]);
    for held in members {
        pidfd::kill(&held.pidfd);
    }
    // An init ends only when all in its namespace were reaped, and some are children of the stage:
    // zap_pid_ns_processes() in the kernel.
    let until = Instant::now() + GONE_WITHIN;
    let ended = |held: &Held| pidfd::ended_within(&held.pidfd, AT_A_TIME);
    while reaped(&handle.stage) && !members.iter().all(ended) && Instant::now() < until {}
    // Those that ended last have not to wait for whoever adopts them.
    reaped(&handle.stage);
    for held in stage {
        pidfd::kill(&held.pidfd);
    }
    for held in handle
        .held
        .iter()
        .filter(|held| !pidfd::ended_within(&held.pidfd, GONE_WITHIN))
    {
        let (name, pid) = (&held.member.name, held.member.host_pid);
        proof.left.push(Untrusted::from(format!(
            "process {pid} ({name}) does not end"
        )));
    }
    drop(handle);
    if let Some(namespace) = namespace {
        // Whoever a shell left behind whose keeper is dead: the namespace is the box's alone.
        observe::end_all_in(NsKind::User, namespace);
        for pid in still_in(namespace) {
            let what = format!("process {pid} is still in the box's user namespace");
            proof.left.push(Untrusted::from(what));
        }
    }
}

/// How many mounts a process sees in its mount namespace; 0 if it has ended.
pub(super) fn mounts_of(pidfd: impl AsFd) -> usize {
    let dir = observe::directory(pidfd.as_fd());
    let list = dir.and_then(|dir| mounts::of(dir.as_fd()));
    list.map_or(0, |list| usize::try_from(list.count).unwrap_or(usize::MAX))
}

/// How many mounts there are in mount namespaces that are not the host's.
pub(super) fn mounts_of_boxes(boxes: &[BoxHandle]) -> usize {
    let mut counted: BTreeSet<NsId> = ns::of_self(NsLink::Own(NsKind::Mnt)).into_iter().collect();
    let living = boxes.iter().flat_map(BoxHandle::living);
    let new = living.filter(|pidfd| {
        let links = observe::links(*pidfd).ok();
        let own = links.and_then(|links| links.get(NsKind::Mnt).value().copied());
        own.is_some_and(|own| counted.insert(own))
    });
    new.map(mounts_of).sum()
}

/// Nobody may be in a namespace that was `named` in the boxes, unless it is the host's as well.
pub(super) fn check(named: &BTreeSet<NsId>, proof: &mut Proof) {
    let own = ns::links_of_self();
    let hosts: BTreeSet<NsId> = own
        .iter()
        .filter_map(|(_, id)| id.value().copied())
        .collect();
    let theirs: BTreeSet<NsId> = named.difference(&hosts).copied().collect();
    proof.namespaces = theirs.len();
    if theirs.is_empty() {
        return;
    }
    let until = Instant::now() + GONE_WITHIN;
    let mut census = observe::census(&theirs);
    while !census.found.is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
        census = observe::census(&theirs);
    }
    (proof.looked_at, proof.hidden) = (census.looked_at, census.hidden);
    for (pid, kind) in census.found {
        let what = format!(
            "process {pid} is still in a {} namespace of a box",
            kind.name()
        );
        proof.left.push(Untrusted::from(what));
    }
}

/// Who is in the namespace although all that we knew of have ended. The dying get their time, too:
/// the eye's second process learns of the end of its first by a signal.
fn still_in(namespace: NsId) -> Vec<i32> {
    let until = Instant::now() + GONE_WITHIN;
    loop {
        let left = observe::processes_in(NsKind::User, namespace);
        if left.is_empty() || Instant::now() > until {
            return left;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The box's own user namespace: whoever is in it, the lab or a member put there. `None` where it has
/// none: in ours is everybody, the learner's own shell included.
fn own_user_namespace(handle: &BoxHandle) -> Option<NsId> {
    let stage = handle.held.first()?;
    let now = observe::links(stage.pidfd.as_fd()).ok();
    let seen = stage.member.from_host.value().map(|seen| &seen.links);
    let links = now.as_ref().or(seen)?;
    let found = links.get(NsKind::User).value().copied()?;
    let ours = observe::own_namespace(NsKind::User)?;
    // With `maps = "none"`, until a step makes one, it is the learner's: everybody is in there, the
    // learner's own shell included.
    (found != ours).then_some(found)
}

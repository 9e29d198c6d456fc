//! The end of a box: every process is ended and seen to have ended; what is left is named.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use super::boxes::BoxHandle;
use crate::kernel::observe;
use crate::kernel::pidfd;
use crate::model::port::Proof;
use crate::model::sample::Role;
use crate::model::wire::{Reply, Request};
use crate::model::{NsId, NsKind, Untrusted};

/// How long a killed process may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(2);

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
    for held in members {
        pidfd::ended_within(&held.pidfd, GONE_WITHIN);
    }
    // The stage reaps its own, so that they do not have to wait for whoever adopts them.
    if handle.stage.send(&Request::News, &[]).is_ok() {
        let _ = handle.stage.recv::<Reply>(Some(Duration::from_millis(500)));
    }
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
    (found != ours).then_some(found)
}

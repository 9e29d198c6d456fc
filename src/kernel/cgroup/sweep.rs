//! What a glassbox that was killed has left: found by its name and removed, if its maker is ours and lives
//! no longer. Called by the guardian at the end, and by whoever makes a subtree before that.

use std::os::fd::AsFd as _;

use rustix::fs::{FlockOperation, flock, fstat};

use super::base::DEPTH;
use super::dir::{Dir, Twig};
use super::find::Tree;
use super::{MARK, end};
use crate::model::Untrusted;
use crate::model::cgroup::Branch;

/// Directories that a sweep looks at, at most.
const MOST_LOOKED_AT: usize = 20_000;

/// Ends and removes what is left of the glassbox with that number: for the guardian, when all its
/// descendants have ended.
pub fn own(trees: &[Tree], number: i32) {
    sweep_where(trees, |name, _| *name == format!("{MARK}{number}"));
}

/// Ends and removes what others of this user left behind that live no longer: their lock is free.
pub fn dead(trees: &[Tree], uids: &[u32]) {
    sweep_where(trees, |_, twig| {
        let own = fstat(twig.as_fd()).is_ok_and(|stat| uids.contains(&stat.st_uid));
        own && flock(twig.as_fd(), FlockOperation::NonBlockingLockExclusive).is_ok()
    });
}

fn sweep_where(trees: &[Tree], chosen: impl Fn(&String, &Twig) -> bool) {
    for tree in trees {
        let Ok(fd) = tree.open(&tree.root) else {
            continue;
        };
        let branch = Branch {
            version: tree.version,
            place: tree.place.clone(),
            directory: Untrusted::from(&tree.target),
        };
        let mut left = MOST_LOOKED_AT;
        sweep_below(Twig::new(branch, fd), DEPTH, &mut left, &chosen);
    }
}

fn sweep_below(
    twig: Twig,
    depth: usize,
    left: &mut usize,
    chosen: &impl Fn(&String, &Twig) -> bool,
) {
    let names = twig.names().unwrap_or_default();
    let parent = Dir(vec![twig]);
    for name in names {
        let Some(rest) = left.checked_sub(1) else {
            return;
        };
        *left = rest;
        let Ok(child) = parent.0[0].child(&name) else {
            continue;
        };
        if name.starts_with(MARK) {
            if chosen(&name, &child) {
                let child = Dir(vec![child]);
                // What cannot be ended now is there for the next sweep.
                let _ = end::kill_and_wait(&child) && end::remove(&parent, &name).is_ok();
            }
        } else if depth > 0 {
            sweep_below(child, depth - 1, left, chosen);
        }
    }
}

//! Which namespaces a shell of the learner's has left the host for, and which its children are born in.
//! Kept by `by_hand` alone.

use std::collections::BTreeSet;

use super::Shell;
use crate::model::NsKind;

/// Kinds of namespaces in which a shell is no longer where the host is.
#[derive(Default, Clone)]
pub(super) struct Left {
    pub(super) itself: BTreeSet<NsKind>,
    pub(super) children: BTreeSet<NsKind>,
    /// Whether the next child is the first of a new PID namespace.
    pub(super) pending: bool,
    /// Number 1 of the PID namespace that it is in, and of the one that its children are in.
    pub(super) first: Option<Shell>,
    pub(super) first_below: Option<Shell>,
}

impl Left {
    pub(super) fn unshare(&mut self, kinds: &[NsKind]) {
        // For clocks, the shell is the child: it is started with --fork.
        let moves = |kind: &&NsKind| **kind != NsKind::Pid;
        self.itself.extend(kinds.iter().filter(moves));
        self.children.extend(kinds);
        self.pending |= kinds.contains(&NsKind::Pid);
    }

    pub(super) fn child(&self, kinds: &[NsKind]) -> Self {
        let mut itself = self.children.clone();
        itself.extend(kinds);
        let children = itself.clone();
        Self {
            itself,
            children,
            pending: false,
            first: self.first_below.clone(),
            first_below: self.first_below.clone(),
        }
    }
}

//! Keeps a descriptor on every namespace that an observer has named. A namespace's number is used
//! again after its end; while the descriptor is open it cannot end, so equal numbers mean the same.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::kernel::ns;
use crate::kernel::proc::seen;
use crate::model::{NsId, NsLink, Seen};

/// More than any lesson makes; a bound on descriptors, and on what outlives its last process.
const MOST: usize = 256;

/// The namespaces that are held, by identity.
#[derive(Debug, Default)]
pub(super) struct Held {
    open: BTreeMap<NsId, Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Only to be open.
    _namespace: OwnedFd,
    /// Its owner and those above; they never change, and live as long as it does.
    owners: Seen<Vec<NsId>>,
}

impl Held {
    /// Holds what `link` of that process points to, and says which namespace that is. The
    /// descriptor is asked, not the link again: the process may have moved on in between.
    pub(super) fn hold(&mut self, pid_dir: BorrowedFd<'_>, link: NsLink, id: NsId) -> NsId {
        if self.open.contains_key(&id) || self.open.len() >= MOST {
            return id;
        }
        let Ok(namespace) = ns::open(pid_dir, link) else {
            return id;
        };
        let id = ns::id_of(namespace.as_fd()).unwrap_or(id);
        let owners = seen(ns::owners(namespace.as_fd()));
        let kept = Kept {
            _namespace: namespace,
            owners,
        };
        self.open.entry(id).or_insert(kept);
        id
    }

    /// The user namespace that owns a namespace that is held, and those above.
    pub(super) fn owners(&self, id: NsId) -> Seen<Vec<NsId>> {
        let kept = self.open.get(&id);
        kept.map_or(Seen::Missing, |kept| kept.owners.clone())
    }

    pub(super) fn named(&self) -> BTreeSet<NsId> {
        self.open.keys().copied().collect()
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }
}

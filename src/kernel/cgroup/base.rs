//! Our own subtree: a directory `glassbox-PID` in each hierarchy, in it one cgroup for our helpers and
//! one for the lessons, which is capped. Made by the broker or by the lab, whoever may; its end
//! leaves nothing. A lock on the directory says that its maker lives.

use std::os::fd::AsFd as _;

use rustix::fs::{AtFlags, FlockOperation, Gid, Uid, chownat, flock};

use super::dir::{Dir, Twig};
use super::find::Tree;
use super::limits::{self, LimitError};
use super::site::{Site, available, hand_on};
use super::{KEEPER, LESSON, MARK, OWN, end};
use crate::model::Errno;
use crate::model::cgroup::{Branch, Version};

/// What of a v2 directory whoever gets it may write to; the limits stay its maker's.
const V2_FILES: [&str; 3] = ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control"];
const V1_FILES: [&str; 2] = ["cgroup.procs", "tasks"];
/// Nothing of ours is nested deeper.
pub(super) const DEPTH: usize = 8;

/// Why there is no subtree of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    /// No hierarchy is mounted that we could use.
    #[error("no cgroup filesystem is mounted that shows our own cgroup")]
    NoTree,
    /// A call failed.
    #[error("{call} {path}: {errno}")]
    Failed {
        /// Its name.
        call: &'static str,
        /// Where.
        path: String,
        /// The error number.
        errno: Errno,
    },
    /// The caps of the lessons do not hold.
    #[error(transparent)]
    Cap(#[from] LimitError),
}

/// The subtree.
#[derive(Debug)]
pub struct Base {
    name: String,
    /// The directory that the subtree lies in, in each hierarchy.
    parents: Dir,
    /// `glassbox-PID`.
    pub root: Dir,
    /// For our helpers.
    pub own: Dir,
    /// For the lessons.
    pub lesson: Dir,
    /// Controllers that we handed on in directories that are not ours: taken back at the end.
    handed_on: Vec<String>,
}

impl Base {
    /// Makes it; `for_whom` gets what systemd would give with a delegation: uid and gid.
    ///
    /// `number` is that of the outermost process of ours. `alone` is a process that has the cgroup
    /// it is in for itself, if there is one: it is moved into the subtree, since processes and
    /// controllers do not go together in one cgroup of v2.
    pub fn make(
        trees: &[Tree],
        number: i32,
        for_whom: Option<(u32, u32)>,
        alone: Option<i32>,
    ) -> Result<Self, BaseError> {
        let name = format!("{MARK}{number}");
        let (mut parents, mut roots, mut handed_on) = (Vec::new(), Vec::new(), Vec::new());
        for tree in trees {
            let site = Site::find(tree, &name, alone)?;
            parents.push(site.parent);
            roots.push(site.root);
            handed_on.extend(site.handed_on);
        }
        if roots.is_empty() {
            return Err(BaseError::NoTree);
        }
        Self::furnish(name, Dir(parents), Dir(roots), handed_on, for_whom)
    }

    fn furnish(
        name: String,
        parents: Dir,
        root: Dir,
        handed_on: Vec<String>,
        for_whom: Option<(u32, u32)>,
    ) -> Result<Self, BaseError> {
        for twig in &root.0 {
            // Advice to sweeps: if it cannot be had, they will see that somebody is in there.
            let _ = flock(twig.as_fd(), FlockOperation::NonBlockingLockExclusive);
        }
        let made = make_in(&root, OWN).and_then(|own| Ok((own, make_in(&root, LESSON)?)));
        let (own, lesson) = match made {
            Ok(made) => made,
            Err(error) => {
                let _ = end::remove(&parents, &name);
                return Err(error);
            }
        };
        let base = Self {
            name,
            parents,
            root,
            own,
            lesson,
            handed_on,
        };
        if let Some(twig) = base.root.v2() {
            hand_on(twig, &available(twig));
        }
        if let Some(twig) = base.lesson.v2() {
            hand_on(twig, &available(twig));
        }
        let furnished = limits::cap(&base.lesson)
            .map_err(BaseError::from)
            .and_then(|()| for_whom.map_or(Ok(()), |who| base.give_to(who)));
        match furnished {
            Ok(()) => Ok(base),
            Err(error) => {
                let _ = base.remove();
                Err(error)
            }
        }
    }

    /// As systemd does it: the directories and what moves processes, not the limits.
    fn give_to(&self, who: (u32, u32)) -> Result<(), BaseError> {
        for twig in [&self.root, &self.own, &self.lesson]
            .iter()
            .flat_map(|dir| &dir.0)
        {
            give(twig, who)?;
        }
        Ok(())
    }

    /// Ends everything in it, removes it, and takes back what was handed on. Whoever moved into it
    /// moves out again. Says whether nothing is left.
    #[must_use]
    pub fn remove(self) -> bool {
        let gone = end::kill_and_wait(&self.lesson) & end::kill_and_wait(&self.own);
        let mut removed = gone;
        for (parent, root) in self.parents.0.iter().zip(&self.root.0) {
            removed &= end::remove_twig(root, LESSON, DEPTH).is_ok();
            removed &= end::remove_twig(root, OWN, DEPTH).is_ok();
            if root.branch.version == Version::V2 {
                for name in &self.handed_on {
                    let _ = parent.write("cgroup.subtree_control", &format!("-{name}"));
                }
            }
            if let Ok(keeper) = root.child(KEEPER) {
                let me = crate::kernel::birth::me();
                if keeper.procs().is_ok_and(|procs| procs.contains(&me)) {
                    let _ = parent.write("cgroup.procs", "0");
                }
                let _ = end::retry_rmdir(root, KEEPER);
            }
            removed &= end::retry_rmdir(parent, &self.name).is_ok();
        }
        removed
    }

    /// What and where each of its directories is, for whoever gets them.
    #[must_use]
    pub fn branches(&self) -> Vec<Branch> {
        self.root.0.iter().map(|twig| twig.branch.clone()).collect()
    }
}

fn make_in(dir: &Dir, name: &str) -> Result<Dir, BaseError> {
    dir.make(name).map_err(|errno| BaseError::Failed {
        call: "mkdir",
        path: dir
            .0
            .first()
            .map(|twig| twig.path(name))
            .unwrap_or_default(),
        errno,
    })
}

fn give(twig: &Twig, (uid, gid): (u32, u32)) -> Result<(), BaseError> {
    let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
    let files = match twig.branch.version {
        Version::V2 => &V2_FILES[..],
        Version::V1 => &V1_FILES,
    };
    for file in std::iter::once(&".").chain(files) {
        match chownat(twig.as_fd(), *file, uid, gid, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => {}
            Err(errno) => {
                return Err(BaseError::Failed {
                    call: "chown",
                    path: twig.path(file),
                    errno: errno.into(),
                });
            }
        }
    }
    Ok(())
}

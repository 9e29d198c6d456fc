//! Our own subtree: a directory `glassbox-PID` in each hierarchy, in it one cgroup for our helpers and
//! one for the lessons, which is capped. Made by the broker or by the lab, whoever may; its end
//! leaves nothing. A lock on the directory says that its maker lives.

use std::os::fd::AsFd as _;

use rustix::fs::{AtFlags, FlockOperation, Gid, Uid, chownat, flock, fstat};

use super::dir::{Dir, Twig};
use super::find::{Tree, join};
use super::limits::{self, LimitError};
use super::{KEEPER, LESSON, MARK, OWN, end};
use crate::model::cgroup::{Branch, Version};
use crate::model::{Errno, Untrusted};

/// What lessons can use, by the names of v2.
const WANTED: [&str; 5] = ["cpu", "cpuset", "memory", "pids", "io"];
/// What of a v2 directory whoever gets it may write to; the limits stay its maker's.
const V2_FILES: [&str; 3] = ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control"];
const V1_FILES: [&str; 2] = ["cgroup.procs", "tasks"];
/// Cgroups are not nested deeper on any machine that we know.
const DEPTH: usize = 8;
/// Directories that a sweep looks at, at most.
const MOST_LOOKED_AT: usize = 20_000;

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
                base.remove();
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
    /// moves out again.
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

/// Controllers that a cgroup of v2 has and lessons can use.
fn available(twig: &Twig) -> Vec<String> {
    words(twig, "cgroup.controllers")
}

fn words(twig: &Twig, file: &str) -> Vec<String> {
    let text = twig.read(file).unwrap_or_default();
    let words = text.split_whitespace().filter(|name| WANTED.contains(name));
    words.map(str::to_owned).collect()
}

/// Hands controllers on, one by one: that one cannot be is no reason to go without the others.
/// Returns those that were not handed on before.
fn hand_on(twig: &Twig, names: &[String]) -> Vec<String> {
    let before = words(twig, "cgroup.subtree_control");
    let missing = names.iter().filter(|name| !before.contains(name));
    let added = missing.filter(|name| {
        let line = format!("+{name}");
        twig.write("cgroup.subtree_control", &line).is_ok()
    });
    added.cloned().collect()
}

fn take_back(twig: &Twig, names: &[String]) {
    for name in names {
        let _ = twig.write("cgroup.subtree_control", &format!("-{name}"));
    }
}

/// Where the subtree lies in one hierarchy.
struct Site {
    parent: Twig,
    root: Twig,
    handed_on: Vec<String>,
}

impl Site {
    /// Below our own cgroup; on v2 below the one around it, or below the root, where only there
    /// controllers can be handed on.
    fn find(tree: &Tree, name: &str, alone: Option<i32>) -> Result<Self, BaseError> {
        let own = tree.own();
        let places = match tree.version {
            Version::V1 => vec![own],
            Version::V2 => candidates(&own, &tree.root),
        };
        let mut best: Option<Self> = None;
        let mut refused = None;
        for place in &places {
            let alone = alone.filter(|_| Some(place) == places.first());
            match Self::try_place(tree, place, name, alone) {
                Ok(site) if site.is_better_than(best.as_ref()) => {
                    if let Some(worse) = best.replace(site) {
                        worse.give_up(name);
                    }
                }
                Ok(site) => site.give_up(name),
                Err(error) => {
                    refused.get_or_insert(error);
                }
            }
            if best
                .as_ref()
                .is_some_and(|site| available(&site.root).len() == WANTED.len())
            {
                break;
            }
        }
        best.ok_or(refused.unwrap_or(BaseError::NoTree))
    }

    fn is_better_than(&self, other: Option<&Self>) -> bool {
        other.is_none_or(|other| available(&self.root).len() > available(&other.root).len())
    }

    fn give_up(self, name: &str) {
        let _ = end::remove_twig(&self.parent, name, DEPTH);
        take_back(&self.parent, &self.handed_on);
    }

    fn try_place(
        tree: &Tree,
        place: &str,
        name: &str,
        alone: Option<i32>,
    ) -> Result<Self, BaseError> {
        let failed = |call, path: String| move |errno| BaseError::Failed { call, path, errno };
        let directory = tree.directory(place).ok_or(BaseError::NoTree)?;
        let fd = tree
            .open(place)
            .map_err(failed("open", directory.clone()))?;
        let mut branch = Branch {
            version: tree.version,
            place: tree.place.clone(),
            directory: Untrusted::from(&directory),
        };
        branch.place.path = Untrusted::from(place);
        let parent = Twig::new(branch, fd);
        let hands_on = tree.version == Version::V2 && !available(&parent).is_empty();
        if hands_on && alone.is_none() && is_in_the_way(&parent) {
            return Err(failed("write", parent.path("cgroup.subtree_control"))(
                Errno::EBUSY,
            ));
        }
        let path = join(&directory, name);
        let root = parent.make(name).map_err(failed("mkdir", path))?;
        let mut handed_on = Vec::new();
        if hands_on {
            if let Some(errno) = alone.and_then(|pid| keep(&root, pid).err()) {
                let _ = end::remove_twig(&parent, name, DEPTH);
                return Err(failed("write", root.path("cgroup.procs"))(errno));
            }
            handed_on = hand_on(&parent, &available(&parent));
        }
        Ok(Self {
            parent,
            root,
            handed_on,
        })
    }
}

/// Whether processes are in it, which only the root of a hierarchy can have beside controllers: it
/// alone has no `cgroup.type`.
fn is_in_the_way(twig: &Twig) -> bool {
    twig.has("cgroup.type") && twig.procs().map_or(true, |procs| !procs.is_empty())
}

/// Moves a process out of the way of the controllers.
fn keep(root: &Twig, pid: i32) -> Result<(), Errno> {
    let keeper = root.make(KEEPER)?;
    keeper.write("cgroup.procs", &pid.to_string()).map(|_| ())
}

/// Our own cgroup, the one around it, and the root: each once.
fn candidates(own: &str, root: &str) -> Vec<String> {
    let around = own.rsplit_once('/').map(|(around, _)| around);
    let around = around.map(|around| if around.is_empty() { "/" } else { around });
    let mut all = vec![own.to_owned()];
    for place in around.into_iter().chain([root]) {
        if !all.iter().any(|known| known == place) {
            all.push(place.to_owned());
        }
    }
    all
}

/// Ends and removes what is left of the glassbox with that number: for the guardian, when all its
/// descendants have ended.
pub fn sweep_own(trees: &[Tree], number: i32) {
    sweep_where(trees, |name, _| *name == format!("{MARK}{number}"));
}

/// Ends and removes what others of this user left behind that live no longer: their lock is free.
pub fn sweep(trees: &[Tree], uids: &[u32]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_may_lie_in_three_places() {
        assert_eq!(candidates("/", "/"), ["/"]);
        assert_eq!(candidates("/a", "/"), ["/a", "/"]);
        assert_eq!(candidates("/a/b/c", "/"), ["/a/b/c", "/a/b", "/"]);
        assert_eq!(candidates("/a/b/c", "/a"), ["/a/b/c", "/a/b", "/a"]);
    }
}

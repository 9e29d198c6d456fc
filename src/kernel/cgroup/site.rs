//! Where our subtree lies in one hierarchy, and how controllers get there. Called by `base`.

use super::base::{BaseError, DEPTH};
use super::dir::Twig;
use super::find::{Tree, join};
use super::{KEEPER, end};
use crate::model::cgroup::{Branch, Version};
use crate::model::{Errno, Untrusted};

/// What lessons can use, by the names of v2.
const WANTED: [&str; 5] = ["cpu", "cpuset", "memory", "pids", "io"];

/// Controllers that a cgroup of v2 has and lessons can use.
pub(super) fn available(twig: &Twig) -> Vec<String> {
    words(twig, "cgroup.controllers")
}

fn words(twig: &Twig, file: &str) -> Vec<String> {
    let text = twig.read(file).unwrap_or_default();
    let words = text.split_whitespace().filter(|name| WANTED.contains(name));
    words.map(str::to_owned).collect()
}

/// Hands controllers on, one by one: that one cannot be is no reason to go without the others.
/// Returns those that were not handed on before.
pub(super) fn hand_on(twig: &Twig, names: &[String]) -> Vec<String> {
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
pub(super) struct Site {
    pub(super) parent: Twig,
    pub(super) root: Twig,
    /// Controllers that were not handed on before.
    pub(super) handed_on: Vec<String>,
}

impl Site {
    /// Below our own cgroup; on v2 below the one around it, or below the root, where only there
    /// controllers can be handed on.
    pub(super) fn find(tree: &Tree, name: &str, alone: Option<i32>) -> Result<Self, BaseError> {
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
        let path = join(&directory, name);
        let root = parent.make(name).map_err(failed("mkdir", path))?;
        let hands_on = tree.version == Version::V2 && !available(&parent).is_empty();
        if hands_on && alone.is_none() && is_in_the_way(&parent) {
            let _ = end::remove_twig(&parent, name, DEPTH);
            return Err(failed("write", parent.path("cgroup.subtree_control"))(
                Errno::EBUSY,
            ));
        }
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

//! Cgroups that nobody asked us for: those that a learner makes by hand in a lesson's. They are looked
//! for anew with each sample, and shown as the lesson's are. Owned by `lab/cgroups.rs`.

use std::collections::BTreeMap;

use crate::kernel::cgroup::dir::Dir;
use crate::kernel::cgroup::read::Reader;
use crate::model::Untrusted;
use crate::model::cgroup::{Group, group};

/// More than these are not shown, or looked into; they are removed with the lesson's all the same.
const MOST: usize = 12;

/// What was found, by name: `jar/mine`.
#[derive(Debug, Default)]
pub(super) struct Found(BTreeMap<String, One>);

#[derive(Debug)]
struct One {
    reader: Reader,
    /// Which directory it is, in each hierarchy that has it: a name may be given anew.
    inodes: Vec<u64>,
}

impl Found {
    /// Looks in the lesson's top cgroup and in those that it made.
    pub(super) fn look(&mut self, top: &Dir, made: &BTreeMap<String, Reader>) {
        let mut search = Search {
            made,
            earlier: std::mem::take(&mut self.0),
            found: BTreeMap::new(),
            left: MOST,
        };
        search.within("", top);
        for (name, reader) in made {
            search.within(name, &reader.dir);
        }
        self.0 = search.found;
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Everything that they say.
    pub(super) fn read(&mut self) -> impl Iterator<Item = Group> {
        self.0.values_mut().map(|one| one.reader.read())
    }
}

struct Search<'m> {
    made: &'m BTreeMap<String, Reader>,
    earlier: BTreeMap<String, One>,
    found: BTreeMap<String, One>,
    /// How many more may be looked into.
    left: usize,
}

impl Search<'_> {
    fn within(&mut self, outer: &str, dir: &Dir) {
        for (leaf, inodes) in dir.children(MOST + self.made.len()) {
            let shown = Untrusted::from(&leaf).text();
            let name = match outer {
                "" => shown,
                _ => format!("{outer}/{shown}"),
            };
            let known = self.made.contains_key(&name) || [group::OWN, group::TOP].contains(&&*name);
            if known || self.left == 0 {
                continue;
            }
            self.left -= 1;
            let same = self
                .earlier
                .remove(&name)
                .filter(|one| one.inodes == inodes);
            let one = same.unwrap_or_else(|| One {
                reader: Reader::new(&name, dir.part(&leaf)),
                inodes,
            });
            self.within(&name, &one.reader.dir);
            self.found.insert(name, one);
        }
    }
}

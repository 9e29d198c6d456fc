//! The cgroups of a lesson: the way to a subtree of our own, the lesson's cgroups in it with their
//! readers, and their end. Owned by the lab; `lab/host.rs` carries out what steps ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::Spawner;
use super::found::Found;
use crate::kernel::cgroup::dir::{Dir, Twig};
use crate::kernel::cgroup::events::Events;
use crate::kernel::cgroup::read::Reader;
use crate::kernel::cgroup::{self, Base, LESSON, OWN, end, limits};
use crate::kernel::chan::Channel;
use crate::kernel::{birth, calls, observe};
use crate::model::Seen;
use crate::model::cage::Limits;
use crate::model::cgroup::{Group, Layout, Version, group};
use crate::model::wire::{Birth, BrokerReply, BrokerRequest};

/// How long the broker may take: systemd may be asked for a scope.
const ADMITTED_WITHIN: Duration = Duration::from_secs(20);

/// Our subtree, and what the lesson has made in it.
#[derive(Debug)]
pub(super) struct Cgroups {
    /// Ours to remove; `None` where the broker does that.
    base: Option<Base>,
    own: Reader,
    pub(super) lesson: Reader,
    /// The lesson's cgroups by name: each comes before those in it.
    pub(super) groups: BTreeMap<String, Reader>,
    /// A learner's, in those.
    found: Found,
    pub(super) layout: Layout,
    /// Names of those in which all were killed.
    pub(super) killed: BTreeSet<String>,
    /// CPU time that each had used when the last `observe` began.
    marks: BTreeMap<String, u64>,
}

impl Cgroups {
    /// By the broker, which is root: makes the subtree if need be, and moves the spawner into it.
    pub(super) fn by_broker(broker: &Channel, spawner: &Spawner) -> Result<Self, String> {
        let asked = broker.send(&BrokerRequest::Admit, &[spawner.pidfd()]);
        let answer = asked.and_then(|()| broker.recv(Some(ADMITTED_WITHIN)));
        let (branches, fds) = match answer {
            Ok((BrokerReply::Admitted { branches }, fds)) => (branches, fds),
            Ok((BrokerReply::Refused { why }, _)) => return Err(why),
            Ok((BrokerReply::Seen(_), _)) => return Err("it answers something else".to_owned()),
            Ok((BrokerReply::Disk { .. }, _)) => {
                return Err("the process that is root answered something else".to_owned());
            }
            Err(error) => return Err(format!("the process that is root: {error}")),
        };
        if branches.len() != fds.len() {
            return Err("a descriptor was lost on the way".to_owned());
        }
        let twigs = branches.into_iter().zip(fds);
        let root = Dir(twigs.map(|(branch, fd)| Twig::new(branch, fd)).collect());
        let child = |name| {
            root.child(name)
                .map_err(|errno| format!("open {name}: {errno}"))
        };
        Ok(Self::of(None, child(OWN)?, child(LESSON)?, false))
    }

    /// By ourselves, in a cgroup that we may write to: that of the spawner, if it has one for itself.
    pub(super) fn by_ourselves(spawner: &Spawner) -> Result<Self, String> {
        let (pid, _) = observe::identity(spawner.pidfd()).map_err(|errno| errno.to_string())?;
        let trees = cgroup::trees_of(pid).map_err(|errno| errno.to_string())?;
        cgroup::sweep::dead(&trees, &[calls::effective_ids().0]);
        let alone = spawner.is_alone().then_some(pid);
        let base = Base::make(&trees, birth::parent(), None, alone);
        let base = base.map_err(|error| error.to_string())?;
        let copy = |dir: &Dir| dir.try_clone().map_err(|errno| errno.to_string());
        base.own
            .attach(pid)
            .map_err(|errno| format!("write cgroup.procs: {errno}"))?;
        let (own, lesson) = (copy(&base.own)?, copy(&base.lesson)?);
        Ok(Self::of(Some(base), own, lesson, spawner.is_alone()))
    }

    fn of(base: Option<Base>, own: Dir, lesson: Dir, by_systemd_run: bool) -> Self {
        let layout = Layout {
            v2: lesson.v2().is_some(),
            controllers: limits::controllers(&lesson),
            by_systemd_run,
        };
        Self {
            base,
            own: Reader::new(group::OWN, own),
            lesson: Reader::new(group::TOP, lesson),
            groups: BTreeMap::new(),
            found: Found::default(),
            killed: BTreeSet::new(),
            marks: BTreeMap::new(),
            layout,
        }
    }

    /// Everything that all of them say.
    pub(super) fn read(&mut self) -> Vec<Group> {
        self.found.look(&self.lesson.dir, &self.groups);
        let top = [&mut self.own, &mut self.lesson].into_iter();
        let made = self.groups.values_mut().map(Reader::read);
        let mut inside: Vec<Group> = made.chain(self.found.read()).collect();
        inside.sort_by(|one, other| one.name.split('/').cmp(other.name.split('/')));
        let mut all: Vec<Group> = top.map(Reader::read).chain(inside).collect();
        for group in &mut all {
            if let (Seen::Is(cpu), Some(mark)) = (&mut group.cpu, self.marks.get(&group.name)) {
                cpu.observed_usec = cpu.usage_usec.map(|used| used.saturating_sub(*mark));
            }
        }
        all
    }

    /// From now on `observed_usec` counts.
    pub(super) fn mark(&mut self) {
        let all = self.read().into_iter();
        let used = all.filter_map(|it| Some((it.name, it.cpu.value()?.usage_usec?)));
        self.marks = used.collect();
    }

    /// A cgroup of the lesson.
    pub(super) fn find(&self, name: &str) -> Option<&Dir> {
        self.groups.get(name).map(|reader| &reader.dir)
    }

    /// The cgroup that one of this name would be made in, and the last part of the name.
    pub(super) fn around<'n>(&self, name: &'n str) -> Option<(&Dir, &'n str)> {
        match name.rsplit_once('/') {
            Some((outer, leaf)) => Some((self.find(outer)?, leaf)),
            None => Some((&self.lesson.dir, name)),
        }
    }

    /// Why nothing that could hurt the machine may start in a cgroup; `None`: limits hold it, which
    /// were read just now.
    pub(super) fn lacking(&mut self, name: &str) -> Option<String> {
        Limits::of(&self.read(), name).lack()
    }

    /// How a process comes into a cgroup.
    pub(super) fn birth_in(&self, name: &str) -> Birth {
        if self.killed.contains(name) {
            Birth::Moved
        } else {
            Birth::Inside
        }
    }

    /// Directories to hand to whoever starts a process in a cgroup.
    pub(super) fn handles(&self, name: &str) -> Option<Vec<OwnedFd>> {
        let twigs = self.find(name)?.0.iter();
        twigs
            .map(|twig| twig.as_fd().try_clone_to_owned().ok())
            .collect()
    }

    /// The version that an operation on whole cgroups is about.
    pub(super) fn version(&self) -> Version {
        let main = ["memory", "pids", "cpu"]
            .iter()
            .find_map(|name| self.layout.version_of(name));
        main.unwrap_or(if self.layout.v2 {
            Version::V2
        } else {
            Version::V1
        })
    }

    /// Ends everything in the lesson's cgroups and removes them; how many there were, and what stays.
    pub(super) fn clear(&mut self) -> (usize, Vec<String>) {
        self.found.look(&self.lesson.dir, &self.groups);
        let count = self.groups.len() + self.found.count();
        self.groups.clear();
        self.found = Found::default();
        self.marks.clear();
        let mut left = Vec::new();
        if !end::kill_and_wait(&self.lesson.dir) {
            left.push("processes in the lesson's cgroups do not end".to_owned());
        }
        let mut names: Vec<String> = Vec::new();
        for twig in &self.lesson.dir.0 {
            names.extend(twig.names().unwrap_or_default());
        }
        for name in names {
            if let Err(errno) = end::remove(&self.lesson.dir, &name) {
                left.push(format!("the cgroup {name} cannot be removed: {errno}"));
            }
        }
        left.sort_unstable();
        left.dedup();
        (count, left)
    }
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        self.clear();
        if let Some(base) = self.base.take() {
            // What stays is there for the guardian's sweep.
            let _ = base.remove();
        }
    }
}

/// The way to cgroups, and the subtree once there is one.
#[derive(Debug, Default)]
pub(super) struct Access {
    pub(super) broker: Option<Channel>,
    pub(super) cgroups: Option<Cgroups>,
}

impl Access {
    pub(super) fn new(broker: Option<Channel>) -> Self {
        Self {
            broker,
            cgroups: None,
        }
    }

    /// Makes sure that there is a subtree and that the spawner is in it. Where only systemd can give
    /// us one, the spawner is replaced by one in a scope.
    pub(super) fn enter(&mut self, spawner: &mut Spawner) -> Result<(), String> {
        let entered = match (self.cgroups.take(), &self.broker) {
            (Some(cgroups), _) => cgroups,
            (None, Some(broker)) => Cgroups::by_broker(broker, spawner)?,
            (None, None) => Self::without_root(spawner)?,
        };
        self.cgroups = Some(entered);
        Ok(())
    }

    fn without_root(spawner: &mut Spawner) -> Result<Cgroups, String> {
        if Spawner::systemd_runs() && !spawner.is_alone() {
            spawner.move_to_scope().map_err(|error| error.to_string())?;
        }
        Cgroups::by_ourselves(spawner)
    }

    /// Which interface is there for what: as we have it, else as it is mounted.
    pub(super) fn layout(&self) -> Layout {
        let ours = self.cgroups.as_ref().map(|cgroups| cgroups.layout.clone());
        ours.unwrap_or_else(cgroup::layout)
    }

    /// Everything that all of them say; nothing outside a lesson that wants any.
    pub(super) fn read(&mut self) -> Vec<Group> {
        self.cgroups.as_mut().map_or_else(Vec::new, Cgroups::read)
    }

    /// Kills what is in the lesson's cgroups; they stay.
    pub(super) fn kill(&mut self) {
        if let Some(cgroups) = &mut self.cgroups {
            // What does not end is told when they are removed.
            let _ = end::kill_and_wait(&cgroups.lesson.dir);
        }
    }

    /// Ends what a lesson has made; how many cgroups there were, and what stays.
    pub(super) fn clear(&mut self) -> (usize, Vec<String>) {
        let all = self.cgroups.as_mut();
        all.map_or_else(Default::default, Cgroups::clear)
    }

    /// What tells news of the lesson's cgroups.
    pub(super) fn events(&self) -> Events {
        let mut all = Events::default();
        for reader in self
            .cgroups
            .iter()
            .flat_map(|cgroups| cgroups.groups.values())
        {
            reader
                .dir
                .0
                .iter()
                .for_each(|twig| all.extend(Events::of(twig)));
        }
        all
    }

    /// Lets go of the subtree; the way to another.
    pub(super) fn give_up(&mut self) -> Option<Channel> {
        self.cgroups.take();
        self.broker.take()
    }

    /// The end of this channel is the end of what the broker has made.
    pub(super) fn holder(&self) -> Option<BorrowedFd<'_>> {
        let broker = self.broker.as_ref().filter(|_| self.cgroups.is_some());
        broker.map(Channel::as_fd)
    }

    /// Whether the broker has died, and with it what it had made.
    pub(super) fn is_lost(&self) -> bool {
        self.cgroups.is_some() && self.broker.as_ref().is_some_and(Channel::ended)
    }
}

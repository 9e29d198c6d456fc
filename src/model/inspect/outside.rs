//! A process that was looked at from outside, as panels want it: a sample with a box for each target,
//! filled with what can be told without going inside. What cannot is veiled, and said to be. Pure.

use super::{Inspection, Sight, Target};
use crate::model::cgroup::Group;
use crate::model::clocks::Ticking;
use crate::model::sample::{BoxView, Lead, Member, Role, Sample};
use crate::model::snapshot::{IdRange, Seen, Snapshot, Subject, World};
use crate::model::user::{UNMAPPED, called_inside};
use crate::model::{NsKind, Process};

/// What nobody can tell from outside, as far as it is not the host's: a namespace, and what it hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Veil {
    /// Its names.
    Hostname,
    /// Its System V objects and message queues.
    Ipc,
    /// Its clocks.
    Clocks,
    /// What it believes about the machine, and files in it.
    Inside,
}

impl Veil {
    /// The type of namespace that hides it; `None`: something does in any case.
    #[must_use]
    pub fn kind(self) -> Option<NsKind> {
        match self {
            Self::Hostname => Some(NsKind::Uts),
            Self::Ipc => Some(NsKind::Ipc),
            Self::Clocks => Some(NsKind::Time),
            Self::Inside => None,
        }
    }
}

/// What the boxes of the sample are called: one letter each.
#[must_use]
pub fn box_names(count: usize) -> Vec<String> {
    ('A'..='B').take(count).map(String::from).collect()
}

impl Inspection {
    /// As panels want it.
    #[must_use]
    pub fn sample(&self, seq: u64) -> Sample {
        let names = box_names(self.targets.len());
        let boxes = names.iter().zip(&self.targets);
        let boxes = boxes.map(|(name, target)| (name.clone(), self.view(target)));
        Sample {
            seq,
            host: self.host.clone(),
            host_self: self.host_self.clone(),
            boxes: boxes.collect(),
            cgroup_layout: self.layout.clone(),
            cgroups: self.cgroups(),
            cgroups_at: self.host.world.clocks.0.monotonic,
            latency: None,
        }
    }

    /// Whether a user would see no difference.
    #[must_use]
    pub fn shows_same(&self, other: &Self) -> bool {
        self.targets == other.targets
            && self.as_root == other.as_root
            && self.sample(0).shows_same(&other.sample(0))
    }

    /// The cgroups of all targets, outermost first, each once, named by their paths.
    fn cgroups(&self) -> Vec<Group> {
        let mut all: Vec<Group> = Vec::new();
        let sights = self.targets.iter().filter_map(|it| it.sight.value());
        for group in sights.flat_map(|sight| sight.groups.iter().rev()) {
            let mut group = group.clone();
            let longest = group.places.iter().map(|place| place.path.text());
            let longest = longest.max_by_key(String::len).unwrap_or_default();
            longest.trim_start_matches('/').clone_into(&mut group.name);
            if all.iter().all(|it| it.name != group.name) {
                all.push(group);
            }
        }
        all
    }

    fn view(&self, target: &Target) -> BoxView {
        let Seen::Is(sight) = &target.sight else {
            return BoxView {
                members: Vec::new(),
                lead: None,
                inside: target.sight.clone().map(|_| Snapshot::default()),
                files_from_host: Vec::new(),
            };
        };
        let subject = &sight.subject;
        let lead = (subject.process.pid, subject.process.start);
        let member = |process: &Process| Member {
            name: process.command.text(),
            role: Role::Workload,
            host_pid: process.pid,
            start: process.start,
            exit: None,
            said: None,
            tried: Vec::new(),
            from_host: if (process.pid, process.start) == lead {
                Seen::Is(subject.clone())
            } else {
                Seen::Missing
            },
        };
        BoxView {
            members: sight.family.iter().map(member).collect(),
            lead: Some(Lead {
                name: subject.process.command.text(),
                host_pid: subject.process.pid,
                from_host: Seen::Is(subject.clone()),
            }),
            inside: Seen::Is(self.inside(sight)),
            files_from_host: Vec::new(),
        }
    }

    /// Whether it shares that namespace with whoever looks.
    #[must_use]
    pub fn shares(&self, sight: &Sight, kind: NsKind) -> Option<bool> {
        let ours = self.host_self.value()?.links.get(kind).value()?;
        Some(sight.subject.links.get(kind).value()? == ours)
    }

    /// What it sees, as far as the host can tell.
    fn inside(&self, sight: &Sight) -> Snapshot {
        let host = &self.host.world;
        let shares = |kind| self.shares(sight, kind) == Some(true);
        let own = &sight.subject.process;
        let level = own.nspid.len().saturating_sub(1);
        let rows: Vec<Process> = sight
            .family
            .iter()
            .filter_map(|row| turned(row, &sight.family, level))
            .collect();
        let processes = if level == 0 {
            host.processes.clone()
        } else {
            Seen::Is(rows)
        };
        let count = processes.value().map_or(0, Vec::len);
        let mut world = World {
            self_pid: own.nspid.last().copied().unwrap_or(own.pid),
            proc_self: own.nspid.last().copied().map_or(Seen::Missing, Seen::Is),
            proc_level: Seen::Is(0),
            kernel: host.kernel.clone(),
            process_count: if level == 0 {
                host.process_count
            } else {
                u32::try_from(count).unwrap_or(u32::MAX)
            },
            processes,
            mounts: match &sight.subject.mounts {
                Seen::Missing => host.mounts.clone(),
                its => its.clone(),
            },
            net: if shares(NsKind::Net) {
                host.net.clone()
            } else {
                sight.net.clone()
            },
            clocks: Ticking(host.clocks.0.clone()),
            ..World::default()
        };
        if shares(NsKind::Uts) {
            world.hostname.clone_from(&host.hostname);
            world.domainname.clone_from(&host.domainname);
            world.proc_hostname = host.proc_hostname.clone();
        }
        if shares(NsKind::Ipc) {
            world.ipc = host.ipc.clone();
        }
        Snapshot {
            world,
            subjects: vec![self.seen_within(sight)],
            networks: Vec::new(),
        }
    }

    /// Its ids as its own user namespace calls them, and what is the same from anywhere.
    fn seen_within(&self, sight: &Sight) -> Seen<Subject> {
        let mut within = sight.subject.clone();
        if self.shares(sight, NsKind::User) != Some(true) {
            let (Some(uids), Some(gids)) = (within.uid_map.value(), within.gid_map.value()) else {
                return Seen::Missing;
            };
            let call = |map: &[IdRange], ids: [u32; 4]| {
                ids.map(|id| called_inside(map, id).unwrap_or(UNMAPPED))
            };
            (within.uids, within.gids) = (call(uids, within.uids), call(gids, within.gids));
            // Read from within, the second column of a map has other numbers.
            (within.uid_map, within.gid_map) = (Seen::Missing, Seen::Missing);
        }
        if self.shares(sight, NsKind::Cgroup) != Some(true) {
            within.cgroup = Seen::Missing;
        }
        Seen::Is(within)
    }
}

/// A row of the host as the pid namespace at that level numbers it; none if it is not in there.
fn turned(row: &Process, family: &[Process], level: usize) -> Option<Process> {
    let numbers = row.nspid.get(level..)?;
    let parent = family.iter().find(|other| other.pid == row.ppid);
    let parent = parent.and_then(|parent| parent.nspid.get(level).copied());
    Some(Process {
        pid: *numbers.first()?,
        ppid: parent.unwrap_or(0),
        nspid: numbers.to_vec(),
        ..row.clone()
    })
}

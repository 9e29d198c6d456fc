//! Which processes of the host belong to boxes, and which row of a box is which of them. Called by
//! `pairing` and `groups`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Member, NsKind, Process, Sample, Snapshot, Subject,
    sample::{BoxView, Role},
};

/// A process as the host knows it: number and start time.
pub(super) type Identity = (i32, u64);

/// The host processes that belong to boxes, with their letters.
pub(super) struct Ours<'a> {
    /// Letter, member and whether it is an eye or a keeper, by host identity.
    pub(super) known: BTreeMap<Identity, Known<'a>>,
    /// Host rows of `known`, for pairing.
    rows: Vec<&'a Process>,
    /// Numbers of the direct parents.
    pub(super) parents: BTreeSet<i32>,
}

#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// The box it belongs to.
    home: &'a str,
    pub(super) letter: Option<char>,
    pub(super) member: Option<&'a Member>,
    pub(super) eye: bool,
}

impl Known<'_> {
    /// It keeps a shell, and its children are what the learner started.
    fn keeps(&self) -> bool {
        self.member
            .is_some_and(|member| member.role == Role::Keeper)
    }
}

impl<'a> Ours<'a> {
    pub(super) fn of(sample: &'a Sample) -> Self {
        let mut letters = ('A'..='Z').chain('a'..='z');
        let mut known = BTreeMap::new();
        let members = sample.boxes.iter().flat_map(|(name, view)| {
            let home = name.as_str();
            view.members.iter().map(move |member| (home, member))
        });
        for (home, member) in members {
            let eye = member.role.is_hidden();
            let letter = if eye { None } else { letters.next() };
            let entry = Known {
                home,
                letter,
                member: Some(member),
                eye,
            };
            known.insert((member.host_pid, member.start), entry);
        }
        let mut ours = Self {
            known,
            rows: Vec::new(),
            parents: BTreeSet::new(),
        };
        ours.add_descendants(all_of(&sample.host), &mut letters);
        ours
    }

    /// Children of ours are ours: what a learner starts in a box, and the eye's second half.
    fn add_descendants(&mut self, all: &'a [Process], letters: &mut impl Iterator<Item = char>) {
        let by_pid: BTreeMap<i32, &Process> = all.iter().map(|row| (row.pid, row)).collect();
        let mut by_age: Vec<&Process> = all.iter().collect();
        by_age.sort_by_key(|row| (row.start, row.pid));
        for row in by_age {
            let parent = by_pid.get(&row.ppid);
            let inherited = parent.and_then(|up| self.known.get(&(up.pid, up.start)).copied());
            let id = (row.pid, row.start);
            match (self.known.contains_key(&id), inherited) {
                (true, None) => {
                    self.parents.extend(parent.map(|up| up.pid));
                }
                (false, Some(up)) => {
                    let eye = up.eye && !up.keeps();
                    let letter = if eye { None } else { letters.next() };
                    let entry = Known {
                        home: up.home,
                        letter,
                        member: None,
                        eye,
                    };
                    self.known.insert(id, entry);
                }
                (false, None) => continue,
                (true, Some(_)) => {}
            }
            self.rows.push(row);
        }
    }

    pub(super) fn get(&self, row: &Process) -> Option<Known<'a>> {
        self.known.get(&(row.pid, row.start)).copied()
    }

    /// Whether a process of the host's list belongs to a box and is no observer.
    pub(super) fn live_in(&self, row: &Process, box_name: &str) -> bool {
        let known = self.get(row);
        known.is_some_and(|known| known.home == box_name && !known.eye)
    }

    pub(super) fn lives(&self, id: Identity) -> bool {
        self.rows.iter().any(|row| (row.pid, row.start) == id)
    }

    /// The host's identity of the process that a box lists as `row`, if it is ours.
    pub(super) fn paired(&self, row: &Process, angle: &Angle<'_>) -> Option<(Identity, Known<'a>)> {
        let same = self.rows.iter().filter(|host| angle.is_same(host, row));
        let mut known = same.filter_map(|host| Some(((host.pid, host.start), self.get(host)?)));
        // Numbers inside are the same in every box: its own processes come first.
        let first = known.next()?;
        if first.1.home == angle.home {
            return Some(first);
        }
        Some(
            known
                .find(|(_, other)| other.home == angle.home)
                .unwrap_or(first),
        )
    }
}

/// How what a box sees must be turned to compare it with what the host sees.
pub(super) struct Angle<'n> {
    /// The box's name.
    home: &'n str,
    /// How many numbers of the host's NSpid the box's procfs does not show.
    skip: Option<usize>,
    /// The box has the host's clock. If not, its start times are shifted (time_namespaces(7)).
    same_clock: bool,
}

impl<'n> Angle<'n> {
    pub(super) fn of(sample: &Sample, home: &'n str) -> Self {
        let view = sample.boxes.get(home);
        let level = view.and_then(|view| {
            let world = &view.inside.value()?.world;
            usize::try_from(*world.proc_level.value()?).ok()
        });
        let depth = view.and_then(box_level);
        let clock = |subject: &Subject| subject.links.get(NsKind::Time).clone();
        let lead = view
            .and_then(|view| view.lead.as_ref()?.from_host.value())
            .map(clock);
        let host = sample.host_self.value().map(clock);
        Self {
            home,
            skip: level
                .zip(depth)
                .and_then(|(level, depth)| depth.checked_sub(level)),
            same_clock: lead.is_none() || lead == host,
        }
    }

    fn is_same(&self, host: &Process, inside: &Process) -> bool {
        let same_start = host.start == inside.start;
        if host.nspid.is_empty() || inside.nspid.is_empty() {
            return host.pid == inside.pid && same_start;
        }
        let same_numbers = match self.skip {
            Some(skip) => host.nspid.get(skip..) == Some(&inside.nspid[..]),
            None => host.nspid.ends_with(&inside.nspid),
        };
        same_numbers && (same_start || !self.same_clock)
    }
}

/// The position in `NSpid` that speaks of the pid namespace of the box's lead.
pub(super) fn box_level(view: &BoxView) -> Option<usize> {
    let lead = view.lead.as_ref()?.from_host.value()?;
    lead.process.nspid.len().checked_sub(1)
}

pub(super) fn all_of(seen: &Snapshot) -> &[Process] {
    seen.world.processes.value().map_or(&[], Vec::as_slice)
}

//! The process list seen twice: rows of the host and of a box that are one process share a letter.
//! Called by the processes panel and the app's cursor; it never reads a `/proc` itself.

use std::collections::{BTreeMap, BTreeSet};

use super::Change;
use crate::model::{
    Member, NsKind, Process, Sample, Snapshot,
    sample::{BoxView, Role},
};

/// One line of a process list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// What the observer saw; for a row that is gone, what it saw before.
    pub process: &'a Process,
    /// The same letter on both sides is the same process.
    pub mark: Option<char>,
    /// What the step did to it.
    pub change: Option<Change>,
    /// The member of a box that it is, if glassbox started it.
    pub member: Option<&'a Member>,
    /// Its number in the pid namespace of the box's lead; host side only.
    pub inside: Option<i32>,
}

/// One side's process list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side<'a> {
    /// Processes of boxes and their parents; everything where all were asked for.
    pub rows: Vec<Row<'a>>,
    /// How many processes are there that `rows` leaves out, without the eyes.
    pub others: usize,
    /// How many of glassbox's own eyes are there and left out.
    pub eyes: usize,
}

/// Both process lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Processes<'a> {
    /// What the host sees.
    pub host: Side<'a>,
    /// What the box sees; `None` where it sees no process list.
    pub inside: Option<Side<'a>>,
}

/// A process as the host knows it: number and start time.
type Identity = (i32, u64);

/// Both process lists of `now`, with marks against `before`; `all` lists the others, too.
#[must_use]
pub fn processes<'a>(
    now: &'a Sample,
    before: Option<&'a Sample>,
    box_name: &str,
    all: bool,
) -> Processes<'a> {
    let ours = Ours::of(now);
    let view = now.boxes.get(box_name);
    let level = view.and_then(box_level);
    let old = before.map(|sample| (sample, Ours::of(sample)));
    let host = host_side(now, &ours, old.as_ref(), level, all);
    let inside = view
        .and_then(|view| view.inside.value().map(|seen| (view, seen)))
        .map(|(view, seen)| {
            let was = old.as_ref().map(|(sample, ours)| {
                let view = sample.boxes.get(box_name);
                (view.and_then(|view| view.inside.value()), ours)
            });
            box_side(view, seen, &ours, was, all)
        });
    Processes { host, inside }
}

/// The position in `NSpid` that speaks of the pid namespace of the box's lead.
fn box_level(view: &BoxView) -> Option<usize> {
    let lead = view.lead.as_ref()?.from_host.value()?;
    lead.process.nspid.len().checked_sub(1)
}

/// The host processes that belong to boxes, with their letters.
struct Ours<'a> {
    /// Letter, member and whether it is an eye, by host identity.
    known: BTreeMap<Identity, Known<'a>>,
    /// Host rows of `known`, for pairing.
    rows: Vec<&'a Process>,
    /// Numbers of the direct parents.
    parents: BTreeSet<i32>,
}

#[derive(Clone, Copy)]
struct Known<'a> {
    letter: Option<char>,
    member: Option<&'a Member>,
    eye: bool,
}

impl<'a> Ours<'a> {
    fn of(sample: &'a Sample) -> Self {
        let mut letters = ('A'..='Z').chain('a'..='z');
        let mut known = BTreeMap::new();
        for member in sample.boxes.values().flat_map(|view| &view.members) {
            let eye = member.role == Role::Eye;
            let letter = if eye { None } else { letters.next() };
            let entry = Known {
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
                    let letter = if up.eye { None } else { letters.next() };
                    let entry = Known {
                        letter,
                        member: None,
                        eye: up.eye,
                    };
                    self.known.insert(id, entry);
                }
                (false, None) => continue,
                (true, Some(_)) => {}
            }
            self.rows.push(row);
        }
    }

    fn get(&self, row: &Process) -> Option<Known<'a>> {
        self.known.get(&(row.pid, row.start)).copied()
    }

    fn lives(&self, id: Identity) -> bool {
        self.rows.iter().any(|row| (row.pid, row.start) == id)
    }

    /// The host's identity of the process that a box lists as `row`, if it is ours.
    fn paired(&self, row: &Process, same_clock: bool) -> Option<(Identity, Known<'a>)> {
        let host = self
            .rows
            .iter()
            .find(|host| is_same(host, row, same_clock))?;
        Some(((host.pid, host.start), self.get(host)?))
    }
}

/// A box's number for a process is the tail of the host's NSpid. In a time namespace of its own
/// the box's start times are shifted and say nothing (time_namespaces(7)).
fn is_same(host: &Process, inside: &Process, same_clock: bool) -> bool {
    if same_clock && host.start != inside.start {
        return false;
    }
    if host.nspid.is_empty() || inside.nspid.is_empty() {
        return host.pid == inside.pid && host.start == inside.start;
    }
    host.nspid.ends_with(&inside.nspid)
}

fn all_of(seen: &Snapshot) -> &[Process] {
    seen.world.processes.value().map_or(&[], Vec::as_slice)
}

fn host_side<'a>(
    now: &'a Sample,
    ours: &Ours<'a>,
    old: Option<&(&'a Sample, Ours<'a>)>,
    level: Option<usize>,
    all: bool,
) -> Side<'a> {
    let before = old.map(|(sample, _)| all_of(&sample.host));
    let mut side = Side::default();
    for process in all_of(&now.host) {
        let known = ours.get(process);
        let eye = known.is_some_and(|known| known.eye);
        let listed = known.is_some() || ours.parents.contains(&process.pid);
        if !all && (eye || !listed) {
            side.eyes += usize::from(eye);
            continue;
        }
        side.rows.push(Row {
            process,
            mark: known.and_then(|known| known.letter),
            change: known.and_then(|_| change(process, before)),
            member: known.and_then(|known| known.member),
            inside: level.and_then(|level| number_at(process, level)),
        });
    }
    side.others = others(&now.host, &side);
    if let Some((sample, was_ours)) = old {
        let gone = all_of(&sample.host).iter().filter_map(|process| {
            let known = was_ours.get(process).filter(|known| !known.eye)?;
            Some((process, ours.get(process).unwrap_or(known)))
        });
        add_gone(&mut side, gone, all_of(&now.host));
    }
    side
}

fn box_side<'a>(
    view: &'a BoxView,
    seen: &'a Snapshot,
    ours: &Ours<'a>,
    old: Option<(Option<&'a Snapshot>, &Ours<'a>)>,
    all: bool,
) -> Side<'a> {
    let same_clock = has_hosts_clock(view, seen);
    let was = old.map(|(seen, _)| seen.map_or(&[][..], all_of));
    let pairs: Vec<_> = all_of(seen)
        .iter()
        .map(|process| {
            (
                process,
                ours.paired(process, same_clock).map(|(_, known)| known),
            )
        })
        .collect();
    let mut parents = BTreeSet::new();
    for (process, known) in &pairs {
        if known.is_some_and(|known| !known.eye) {
            parents.insert(process.ppid);
        }
    }
    let mut side = Side::default();
    for (process, known) in pairs {
        let eye = known.is_some_and(|known| known.eye);
        let listed = known.is_some() || parents.contains(&process.pid);
        if !all && (eye || !listed) {
            side.eyes += usize::from(eye);
            continue;
        }
        side.rows.push(Row {
            process,
            mark: known.and_then(|known| known.letter),
            change: known.and_then(|_| change(process, was)),
            member: known.and_then(|known| known.member),
            inside: None,
        });
    }
    side.others = others(seen, &side);
    if let Some((Some(was), was_ours)) = old {
        let gone = all_of(was).iter().filter_map(|process| {
            let (id, known) = was_ours.paired(process, same_clock)?;
            let known = ours.known.get(&id).copied().unwrap_or(known);
            // What lives on and is merely out of sight from here has not gone.
            (!known.eye && !ours.lives(id)).then_some((process, known))
        });
        add_gone(&mut side, gone, all_of(seen));
    }
    side
}

fn has_hosts_clock(view: &BoxView, seen: &Snapshot) -> bool {
    let host = view.lead.as_ref().and_then(|lead| lead.from_host.value());
    let inside = seen.subjects.first().and_then(|lead| lead.value());
    match (host, inside) {
        (Some(host), Some(inside)) => host.process.start == inside.process.start,
        _ => host.is_none_or(|lead| {
            let id = lead.links.get(NsKind::Time).value();
            id.is_none_or(|id| NsKind::Time.initial_ino() == Some(id.ino))
        }),
    }
}

/// The number of `process` in the pid namespace `level` steps below that of the host's procfs.
fn number_at(process: &Process, level: usize) -> Option<i32> {
    if level == 0 {
        return Some(process.pid);
    }
    process.nspid.get(level).copied()
}

fn change(process: &Process, before: Option<&[Process]>) -> Option<Change> {
    let old = before?
        .iter()
        .find(|old| (old.pid, old.start) == (process.pid, process.start));
    let Some(old) = old else {
        return Some(Change::New);
    };
    let same = old.ppid == process.ppid
        && old.command == process.command
        && old.nspid == process.nspid
        && old.uid == process.uid
        && (old.state == 'Z') == (process.state == 'Z');
    (!same).then_some(Change::Changed)
}

fn others(seen: &Snapshot, side: &Side<'_>) -> usize {
    let count = usize::try_from(seen.world.process_count).unwrap_or(usize::MAX);
    count.saturating_sub(side.rows.len() + side.eyes)
}

fn add_gone<'a>(
    side: &mut Side<'a>,
    candidates: impl Iterator<Item = (&'a Process, Known<'a>)>,
    now: &[Process],
) {
    for (process, known) in candidates {
        let id = (process.pid, process.start);
        if now.iter().all(|row| (row.pid, row.start) != id) {
            side.rows.push(Row {
                process,
                mark: known.letter,
                change: Some(Change::Gone),
                member: known.member,
                inside: None,
            });
        }
    }
}

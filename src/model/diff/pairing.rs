//! The process list seen twice: rows of the host and of a box that are one process share a letter.
//! Called by the processes panel and the app's cursor; it never reads a `/proc` itself.

use std::collections::BTreeSet;

use super::{
    Change,
    ours::{Angle, Known, Ours, all_of, box_level},
};
use crate::model::{Member, Process, Sample, Snapshot};

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
    /// Its numbers inside, one for each pid namespace from the outermost box to its own; empty
    /// where it has none there. Host side only.
    pub inside: Vec<i32>,
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
    let inside = view.and_then(|view| view.inside.value()).map(|seen| {
        let was = old.as_ref().map(|(sample, ours)| Was {
            seen: inside_of(sample, box_name),
            angle: Angle::of(sample, box_name),
            ours,
        });
        box_side(seen, &ours, &Angle::of(now, box_name), was.as_ref(), all)
    });
    Processes { host, inside }
}

fn inside_of<'a>(sample: &'a Sample, box_name: &str) -> Option<&'a Snapshot> {
    sample.boxes.get(box_name)?.inside.value()
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
            change: known
                .and_then(|_| change(process, before, |row| (row.ppid, row.nspid.clone()))),
            member: known.and_then(|known| known.member),
            inside: level.map_or_else(Vec::new, |level| numbers_inside(process, level)),
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

/// What a box saw before the step.
struct Was<'a, 'o> {
    seen: Option<&'a Snapshot>,
    ours: &'o Ours<'a>,
    angle: Angle<'o>,
}

fn box_side<'a>(
    seen: &'a Snapshot,
    ours: &Ours<'a>,
    angle: &Angle<'_>,
    old: Option<&Was<'a, '_>>,
    all: bool,
) -> Side<'a> {
    let was = old.map(|old| old.seen.map_or(&[][..], all_of));
    let pairs: Vec<_> = all_of(seen)
        .iter()
        .map(|process| (process, ours.paired(process, angle).map(|(_, known)| known)))
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
            change: known.and_then(|_| change(process, was, |row| row.ppid)),
            member: known.and_then(|known| known.member),
            inside: Vec::new(),
        });
    }
    side.others = others(seen, &side);
    if let Some((was, old)) = was.zip(old) {
        let gone = was.iter().filter_map(|process| {
            let (id, known) = old.ours.paired(process, &old.angle)?;
            let known = ours.known.get(&id).copied().unwrap_or(known);
            // What lives on and is merely out of sight from here has not gone.
            (!known.eye && !ours.lives(id)).then_some((process, known))
        });
        add_gone(&mut side, gone, all_of(seen));
    }
    side
}

/// The numbers that `process` has where the host has none. In a box without a pid namespace of its
/// own (level 0) there is but one number, and it is the host's.
fn numbers_inside(process: &Process, level: usize) -> Vec<i32> {
    match process.nspid.get(1..) {
        Some(below) if !below.is_empty() => below.to_vec(),
        _ if level == 0 => vec![process.pid],
        _ => Vec::new(),
    }
}

/// Compares what a row shows: name, state, and the numbers of its side. A change that nobody can
/// see, as of the uid by which a new observer knows it, would be a mark at nothing.
fn change<N: PartialEq>(
    process: &Process,
    before: Option<&[Process]>,
    numbers: fn(&Process) -> N,
) -> Option<Change> {
    let old = before?
        .iter()
        .find(|old| (old.pid, old.start) == (process.pid, process.start));
    let Some(old) = old else {
        return Some(Change::New);
    };
    let odd = |row: &Process| Some(row.state).filter(|state| matches!(state, 'Z' | 'T'));
    let same = old.command == process.command
        && numbers(old) == numbers(process)
        && odd(old) == odd(process);
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
                inside: Vec::new(),
            });
        }
    }
}

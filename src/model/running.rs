//! Boxes of running glassboxes, found in the host's process list by the names that hidden processes
//! give themselves. Called by `glassbox shell`, and by the lab to notice who came in that way.

use std::collections::BTreeMap;

use super::Process;

/// Names of processes are cut to so many bytes: proc_pid_comm(5).
const COMM: usize = 15;

/// A box that somebody may enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The number of the glassbox (its ui) that it belongs to.
    pub instance: i32,
    /// Its name.
    pub name: String,
    /// Number and start of the process to stand beside: the last started demo program, else the
    /// last started process of the box.
    pub beside: (i32, u64),
    /// The same of its helper, whose end is the box's.
    pub helper: (i32, u64),
}

/// The boxes of every glassbox of that user, or of all, the oldest first.
#[must_use]
pub fn boxes(rows: &[Process], uid: Option<u32>) -> Vec<Running> {
    let by_pid: BTreeMap<i32, &Process> = rows.iter().map(|row| (row.pid, row)).collect();
    let mut helpers: Vec<(&Process, String)> = rows
        .iter()
        .filter(|row| uid.is_none_or(|uid| row.uid == uid))
        .filter_map(|row| Some((row, box_of(row, "helper")?)))
        .collect();
    helpers.sort_by_key(|(row, _)| (row.start, row.pid));
    helpers
        .into_iter()
        .filter_map(|(helper, name)| {
            let spawner = by_pid.get(&helper.ppid)?;
            box_of(spawner, "spawner")?;
            let (_, beside) = members(rows, helper, &name).max()?;
            Some(Running {
                instance: spawner.ppid,
                name,
                beside: (beside.1, beside.0),
                helper: (helper.pid, helper.start),
            })
        })
        .collect()
}

/// The box and those it has started that live, each with its weight: a demo program, and the
/// younger, counts more.
fn members<'r>(
    rows: &'r [Process],
    helper: &'r Process,
    name: &str,
) -> impl Iterator<Item = (bool, (u64, i32))> + use<'r> {
    let own = format!("{name}:");
    let carries = move |row: &Process| row.command.as_bytes().starts_with(own.as_bytes());
    let by_helper = move |row: &&Process| row.ppid == helper.pid;
    let hands: Vec<i32> = rows
        .iter()
        .filter(by_helper)
        .filter(|row| carries(row))
        .map(|row| row.pid)
        .collect();
    let started = rows
        .iter()
        .filter(move |row| row.ppid == helper.pid || hands.contains(&row.ppid));
    started
        .chain(std::iter::once(helper))
        .filter(|row| row.state != 'Z')
        .map(move |row| {
            let weight = (row.start, row.pid);
            (row.pid != helper.pid && !carries(row), weight)
        })
}

/// The box that a hidden process of that role belongs to: `NAME:ROLE`, cut to fifteen bytes.
#[must_use]
pub fn box_of(row: &Process, role: &str) -> Option<String> {
    let comm = std::str::from_utf8(row.command.as_bytes()).ok()?;
    let (name, rest) = comm.split_once(':')?;
    let whole = if comm.len() == COMM {
        role.starts_with(rest)
    } else {
        role == rest
    };
    (whole && !name.is_empty()).then(|| name.to_owned())
}

/// What somebody is whom such a keeper has started: not a keeper, and below one.
#[must_use]
pub fn guests<'r>(rows: &'r [Process], name: &str) -> Vec<(&'r Process, &'r Process)> {
    let keeps = |row: &&Process| box_of(row, "keeper").as_deref() == Some(name);
    let keepers: Vec<&Process> = rows.iter().filter(keeps).collect();
    let below = |row: &&Process| keepers.iter().any(|keeper| keeper.pid == row.ppid);
    let all = rows.iter().filter(|row| !keeps(row)).filter(below);
    let keeper_of = |row: &Process| {
        let direct = *keepers.iter().find(|keeper| keeper.pid == row.ppid)?;
        let outer = keepers.iter().find(|keeper| keeper.pid == direct.ppid);
        Some(outer.copied().unwrap_or(direct))
    };
    all.filter_map(|row| Some((row, keeper_of(row)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Untrusted;

    fn row(pid: i32, parent: i32, command: &str) -> Process {
        Process {
            pid,
            ppid: parent,
            command: Untrusted::from(command),
            state: 'S',
            start: u64::from(pid.unsigned_abs()),
            nspid: Vec::new(),
            uid: 1000,
            threads: 1,
        }
    }

    #[test]
    fn boxes_are_found_with_whom_their_facts_speak_of() {
        let mut rows = vec![
            row(10, 1, "glassbox"),
            row(11, 10, "glassbox:ui"),
            row(12, 11, "box:spawner"),
            row(20, 12, "red:helper"),
            row(21, 20, "red:init"),
            row(22, 21, "ticker"),
            row(23, 22, "a child of it"),
            row(24, 20, "red:more"),
            row(30, 12, "abcdefghijkl:he"),
            row(40, 1, "fake:helper"),
        ];
        let found = boxes(&rows, Some(1000));
        let of = |name: &str| found.iter().find(|found| found.name == name);
        assert_eq!(of("red").map(|found| found.beside), Some((22, 22)));
        assert_eq!(of("red").map(|found| found.instance), Some(11));
        assert_eq!(of("red").map(|found| found.helper), Some((20, 20)));
        assert_eq!(of("abcdefghijkl").map(|found| found.beside), Some((30, 30)));
        assert_eq!(found.len(), 2, "who has no spawner is no box: {found:?}");
        assert_eq!(boxes(&rows, Some(7)), [], "somebody else's");
        rows[5].state = 'Z';
        let last = boxes(&rows, Some(1000));
        assert_eq!(
            last[0].beside,
            (24, 24),
            "the last member, without a program"
        );
    }

    #[test]
    fn guests_are_below_keepers() {
        let rows = [
            row(50, 9, "red:keeper"),
            row(51, 50, "bash"),
            row(60, 9, "red:keeper"),
            row(61, 60, "red:keeper"),
            row(62, 61, "sh"),
            row(70, 9, "blue:keeper"),
            row(71, 70, "sh"),
        ];
        let found: Vec<(i32, i32)> = guests(&rows, "red")
            .into_iter()
            .map(|(guest, keeper)| (guest.pid, keeper.pid))
            .collect();
        assert_eq!(found, [(51, 50), (62, 60)]);
    }
}

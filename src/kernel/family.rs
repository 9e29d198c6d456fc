//! Parents and children: adopting orphans, reaping, ending every descendant, dying with the
//! guardian, stopping the whole process group. Called by the guardian and the ui; signals nothing
//! but its own group and its own descendants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use nix::sys::prctl;
use nix::sys::signal::{self, Signal};
use nix::unistd::{self, Pid};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, WaitOptions, WaitStatus, pidfd_open, pidfd_send_signal, wait};

use crate::model::sample::Exit;

/// The name that ps(1) and `/proc/PID/comm` show; the kernel cuts it after 15 bytes.
pub fn call_ourselves(name: &std::ffi::CStr) {
    let _ = prctl::set_name(name);
}

/// Our number.
#[must_use]
pub fn own_pid() -> i32 {
    unistd::getpid().as_raw()
}

/// Makes every orphan among our descendants a child of ours: PR_SET_CHILD_SUBREAPER(2const).
pub fn adopt_orphans() -> io::Result<()> {
    Ok(prctl::set_child_subreaper(true)?)
}

/// Asks for SIGTERM when `parent` dies, and says whether it still lives: the request alone comes
/// too late for a parent that died before it.
pub fn die_with(parent: i32) -> io::Result<bool> {
    prctl::set_pdeathsig(Signal::SIGTERM)?;
    Ok(unistd::getppid().as_raw() == parent)
}

/// Sends a signal to ourselves, or to one child of ours, which is not reaped yet: its number is still its own.
pub fn signal_child(pid: i32, number: i32) {
    if let Ok(signal) = Signal::try_from(number) {
        let _ = signal::kill(Pid::from_raw(pid), signal);
    }
}

/// SIGKILL for one child of ours, which is not reaped yet.
pub fn kill_child(pid: i32) {
    let _ = signal::kill(Pid::from_raw(pid), Signal::SIGKILL);
}

/// Who was reaped, and whether any child is left.
#[derive(Debug, Default)]
pub struct Reaped {
    /// The dead and how they ended.
    pub dead: Vec<(i32, Exit)>,
    /// There is no child any more, and so no descendant.
    pub childless: bool,
}

/// Reaps every child that has ended, without waiting.
#[must_use]
pub fn reap() -> Reaped {
    let mut reaped = Reaped::default();
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => {
                reaped
                    .dead
                    .extend(exit_of(status).map(|exit| (pid.as_raw_pid(), exit)));
            }
            Ok(None) => return reaped,
            Err(Errno::INTR) => {}
            Err(_) => {
                reaped.childless = true;
                return reaped;
            }
        }
    }
}

fn exit_of(status: WaitStatus) -> Option<Exit> {
    let code = status.exit_status().map(Exit::Code);
    code.or_else(|| status.terminating_signal().map(Exit::Signal))
}

/// SIGKILL for every process that descends from us at this moment. Those that fork meanwhile need
/// another call; their orphans come to us.
pub fn kill_descendants() {
    kill_descendants_of(own_pid());
}

/// The same for every process that descends from `ancestor`, but for ourselves.
pub fn kill_descendants_of(ancestor: i32) {
    let all = every_process();
    for pid in descendants_of(ancestor, &all) {
        if pid != own_pid() {
            let _ = kill_if_same(pid, all[&pid].start);
        }
    }
}

/// Whether nobody but us descends from `ancestor`, our parent.
#[must_use]
pub fn is_alone(ancestor: i32) -> bool {
    let us = |pid: &i32| *pid == own_pid();
    descendants_of(ancestor, &every_process()).iter().all(us)
}

/// How many processes descend from us, the unreaped ones included.
#[must_use]
pub fn count_descendants() -> usize {
    descendants_of(own_pid(), &every_process()).len()
}

/// Ends the calling process by that signal, without a core file.
pub fn end_by(number: i32) -> ! {
    let _ = prctl::set_dumpable(false);
    signal_child(own_pid(), number);
    super::sys::leave(128 + number)
}

/// Stops our whole process group, as Ctrl-Z does; returns when somebody continued us.
pub fn stop_group() {
    let _ = signal::kill(Pid::from_raw(0), Signal::SIGSTOP);
}

/// Whether somebody could continue our group: a shell that is the parent of one of its members, in
/// the same session. A group without (POSIX: orphaned) must never be stopped.
#[must_use]
pub fn group_can_be_continued() -> bool {
    let Some(mut child) = stat(own_pid()) else {
        return false;
    };
    while let Some(parent) = stat(child.parent) {
        if parent.group != child.group {
            return parent.session == child.session;
        }
        child = parent;
    }
    false
}

/// What we need of proc_pid_stat(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: i32,
    group: i32,
    session: i32,
    start: u64,
}

fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// The second field is the name in parentheses; it may hold spaces and parentheses itself.
fn parse_stat(line: &[u8]) -> Option<Stat> {
    let name_end = line.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&line[name_end + 1..]).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
    })
}

fn every_process() -> BTreeMap<i32, Stat> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?)))
        .collect()
}

fn descendants_of(ancestor: i32, all: &BTreeMap<i32, Stat>) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut parents = vec![ancestor];
    while let Some(parent) = parents.pop() {
        for (pid, stat) in all {
            if stat.parent == parent && found.insert(*pid) {
                parents.push(*pid);
            }
        }
    }
    found
}

/// The number may have been given to another process since it was listed: hold the process first,
/// then compare when it started, then signal what is held.
fn kill_if_same(pid: i32, start: u64) -> io::Result<()> {
    let Some(number) = rustix::process::Pid::from_raw(pid) else {
        return Ok(());
    };
    let held = pidfd_open(number, PidfdFlags::empty())?;
    if stat(pid).is_some_and(|now| now.start == start) {
        pidfd_send_signal(&held, rustix::process::Signal::KILL)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_survives_a_hostile_name() {
        let line = b"42 (a) R 1 (b) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 777 1 2";
        let read = parse_stat(line).expect("parse");
        assert_eq!(
            read,
            Stat {
                parent: 7,
                group: 8,
                session: 9,
                start: 777
            }
        );
        assert_eq!(parse_stat(b"42 (cut"), None);
        assert_eq!(parse_stat(b"42 (cut) S 1 2"), None);
    }

    #[test]
    fn descendants_are_children_of_children_and_nobody_else() {
        let row = |parent| Stat {
            parent,
            group: 0,
            session: 0,
            start: 0,
        };
        let all = BTreeMap::from([
            (1, row(0)),
            (5, row(1)),
            (6, row(5)),
            (7, row(6)),
            (8, row(1)),
        ]);
        assert_eq!(descendants_of(5, &all), BTreeSet::from([6, 7]));
        assert_eq!(descendants_of(7, &all), BTreeSet::new());
    }

    #[test]
    fn our_own_stat_names_our_parent() {
        let own = stat(own_pid()).expect("own stat");
        assert_eq!(own.parent, unistd::getppid().as_raw());
        assert_eq!(own.group, unistd::getpgrp().as_raw());
    }
}

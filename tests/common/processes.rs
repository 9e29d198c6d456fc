//! Which processes are ours: started by this test, or left by a glassbox that it started.
//!
//! Called by the leak check. Reads /proc only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

/// One row of the process table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// `Z` for a zombie.
    pub(crate) state: char,
    /// Start time in clock ticks since boot: with the pid it tells two processes apart.
    pub(crate) start: u64,
    pub(crate) comm: String,
    /// The target of `/proc/PID/exe`; empty where it may not be read.
    pub(crate) exe: String,
    pub(crate) cmdline: String,
}

impl Row {
    pub(crate) fn read(pid: i32) -> Option<Self> {
        let folder = Path::new("/proc").join(pid.to_string());
        let stat = fs::read(folder.join("stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        // The name stands in parentheses and may itself contain any of these characters.
        let (head, tail) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        let link = fs::read_link(folder.join("exe")).unwrap_or_default();
        let cmdline = fs::read(folder.join("cmdline")).unwrap_or_default();
        Some(Self {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            state: fields.first()?.chars().next()?,
            start: fields.get(19)?.parse().ok()?,
            comm: head.split_once('(')?.1.to_owned(),
            exe: link.to_string_lossy().into_owned(),
            cmdline: String::from_utf8_lossy(&cmdline).replace('\0', " "),
        })
    }

    /// Whether it is a glassbox by name: the program itself, a hidden process of a box, or a demo
    /// program, which is executed from a memory file.
    fn is_glassbox(&self) -> bool {
        let hidden = [":spawner", ":helper", ":init", ":eye", ":keeper"];
        let program = self.exe.trim_end_matches(" (deleted)");
        self.comm == "glassbox"
            || self.comm.starts_with("glassbox:")
            || hidden.iter().any(|role| self.comm.ends_with(role))
            || program.ends_with("/glassbox")
            || program.starts_with("/memfd:glassbox")
    }

    /// Whether it was built from another checkout, or is dead and waits for a parent that is not
    /// us: several people may be testing on this machine.
    fn is_of_another_tree(&self) -> bool {
        let build = super::glassbox().parent().unwrap_or(Path::new("/"));
        let elsewhere = self.exe.contains("/target/") && !Path::new(&self.exe).starts_with(build);
        elsewhere || self.state == 'Z'
    }

    /// In words, and always in the same ones: parent and state may change between two looks.
    pub(crate) fn describe(&self) -> String {
        let Self {
            pid, comm, start, ..
        } = self;
        let cmdline: String = self.cmdline.trim_end().chars().take(100).collect();
        format!("process {pid} ({comm}), started at tick {start}: {cmdline}")
    }
}

/// The process table, by pid.
pub(crate) struct Table(BTreeMap<i32, Row>);

impl Table {
    pub(crate) fn read() -> Self {
        let entries = fs::read_dir("/proc").expect("list /proc");
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        Self::new(pids.filter_map(Row::read))
    }

    pub(crate) fn new(rows: impl IntoIterator<Item = Row>) -> Self {
        Self(rows.into_iter().map(|row| (row.pid, row)).collect())
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.0.values()
    }

    /// The processes that `harness` must not leave behind: its descendants, and every glassbox that
    /// has lost its parent. A glassbox below someone's shell is someone else's.
    pub(crate) fn ours(&self, harness: i32) -> Vec<&Row> {
        let below = |row: &&Row| self.is_descendant(row, harness);
        let lost = |row: &&Row| row.is_glassbox() && !row.is_of_another_tree() && self.is_lost(row);
        let ours = self.rows().filter(|row| row.pid != harness);
        ours.filter(|row| below(row) || lost(row)).collect()
    }

    /// Whether a glassbox of that number lives that is none of the harness's.
    pub(crate) fn is_of_another(&self, pid: i32, harness: i32) -> bool {
        let row = self.0.get(&pid).filter(|row| row.is_glassbox());
        let ours = self.ours(harness);
        row.is_some() && !ours.iter().any(|row| row.pid == pid)
    }

    fn parents(&self, row: &Row) -> impl Iterator<Item = i32> {
        let mut seen = BTreeSet::new();
        let mut next = Some(row.parent);
        std::iter::from_fn(move || {
            let pid = next.filter(|pid| seen.insert(*pid))?;
            next = self.0.get(&pid).map(|row| row.parent);
            Some(pid)
        })
    }

    fn is_descendant(&self, row: &Row, harness: i32) -> bool {
        self.parents(row).any(|pid| pid == harness)
    }

    /// Whether nothing but glassbox stands between it and PID 1.
    fn is_lost(&self, row: &Row) -> bool {
        let alien = |pid: &i32| !self.0.get(pid).is_some_and(Row::is_glassbox);
        self.parents(row).find(alien) == Some(1)
    }
}

/// Reaps children of this process that are dead: orphans that it adopted, and children of its own
/// that nobody waited for.
pub(crate) fn reap(harness: i32) {
    for row in Table::read().rows() {
        if row.parent == harness && row.state == 'Z' {
            let _ = waitpid(Pid::from_raw(row.pid), Some(WaitPidFlag::WNOHANG));
        }
    }
}

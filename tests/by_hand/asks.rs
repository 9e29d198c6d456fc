//! What can be asked about the processes of a desk: by the host, or by a command in one of its shells.
//! Used by the facts of lessons; types nothing of a lesson.

use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::Desk;
use crate::procs::{comes_true, descends, is_dead, link, numbers, processes, stat};

const KINDS: [&str; 8] = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

impl Desk {
    /// The host's number of a shell, or of a program that was started with &.
    pub(crate) fn shell(&self, name: &str) -> i32 {
        let shell = self.now.get(name).or(self.started.get(name));
        *shell.unwrap_or_else(|| panic!("no process {name}"))
    }

    /// What the line before the last `back` lines printed last.
    pub(crate) fn printed(&self, back: usize) -> &str {
        let (_, said) = &self.said[self.said.len() - 1 - back];
        said.trim().lines().last().unwrap_or_default().trim()
    }

    /// The label of a shell, as the host reads it.
    pub(crate) fn ns(&self, name: &str, kind: &str) -> PathBuf {
        link(&self.shell(name).to_string(), kind)
    }

    /// Asserts in which labels a shell differs from us.
    pub(crate) fn assert_own(&self, name: &str, wanted: &[&str]) {
        let own = KINDS
            .into_iter()
            .filter(|kind| self.ns(name, kind) != link("self", kind));
        assert_eq!(own.collect::<Vec<_>>(), wanted, "{name}");
    }

    /// Asserts what a shell takes itself for, user and group.
    pub(crate) fn assert_ids(&mut self, name: &str, wanted: u32) {
        let wanted = wanted.to_string();
        assert_eq!(self.answer(name, "id -u"), wanted, "{name}");
        assert_eq!(self.answer(name, "id -g"), wanted, "{name}");
    }

    /// A file of a shell, as we see it.
    pub(crate) fn seen_by_host(&self, name: &str, path: &str) -> fs::Metadata {
        let path = format!("/proc/{}/root{path}", self.shell(name));
        fs::metadata(path).expect("the file")
    }

    /// Whether something is mounted there for a shell.
    pub(crate) fn mounted(&self, name: &str, path: &str) -> bool {
        let mounts = fs::read_to_string(format!("/proc/{}/mountinfo", self.shell(name)));
        let mounts = mounts.expect("its mounts");
        mounts
            .lines()
            .any(|line| line.split(' ').nth(4) == Some(path))
    }

    /// What a bind mount shows: its path from the root of its filesystem.
    pub(crate) fn origin(&self, name: &str, target: &str) -> PathBuf {
        let mounts = fs::read_to_string(format!("/proc/{}/mountinfo", self.shell(name)));
        let mounts = mounts.expect("its mounts");
        let mount = mounts
            .lines()
            .rfind(|line| line.split(' ').nth(4) == Some(target));
        let path = mount.and_then(|line| line.split(' ').nth(3));
        let file_name = Path::new(path.expect("that mount")).file_name();
        Path::new("/var/tmp").join(file_name.expect("a name"))
    }

    /// Asserts how many PID namespaces below ours the deepest process of this desk lives.
    pub(crate) fn assert_deepest(&self, wanted: usize) {
        comes_true("the deepest process", || {
            let living = self.everybody().into_iter().filter(|pid| !is_dead(*pid));
            let levels = living.map(|pid| numbers(pid).len());
            levels.max() == Some(wanted + 1)
        });
    }

    /// Asserts that a process has so many dead children that nobody has waited for.
    pub(crate) fn assert_zombies(&self, parent: &str, wanted: usize) {
        let parent = self.shell(parent);
        comes_true("the zombies", || {
            let zombie = |pid: &i32| stat(*pid, 4) == Some(parent.into()) && is_dead(*pid);
            processes().filter(zombie).count() == wanted
        });
    }

    /// Asserts that a process comes to its end, or is there still.
    /// That it ends, and what was started as it: the shell that plays a number 1 now may die before
    /// number 1 does, which takes the others along.
    pub(crate) fn assert_ends(&self, name: &str) {
        let started = self.started.get(name).copied();
        let both = [Some(self.shell(name)), started];
        comes_true(name, || both.into_iter().flatten().all(is_dead));
    }

    pub(crate) fn assert_lives(&self, name: &str) {
        assert!(!is_dead(self.shell(name)), "{name}");
    }

    /// A line of /proc/PID/status as the host reads it.
    pub(crate) fn status(&self, name: &str, key: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.shell(name)));
        let status = status.expect("its status");
        let mut lines = status.lines().filter_map(|line| line.split_once(':'));
        let line = lines.find(|(found, _)| *found == key);
        line.expect("that line").1.trim().to_owned()
    }

    /// Asserts that so many of the last lines printed a time.
    pub(crate) fn assert_measured(&self, wanted: usize) {
        let times = self.said.iter().filter(|(_, said)| {
            let words = said.trim().strip_suffix(" us");
            words.is_some_and(|number| number.parse::<u64>().is_ok_and(|time| time > 0))
        });
        assert_eq!(times.count(), wanted, "{:?}", self.said);
    }

    /// All processes that came from our terminals.
    pub(crate) fn everybody(&self) -> Vec<i32> {
        let first: Vec<i32> = self
            .first
            .iter()
            .map(|child| child.id().cast_signed())
            .collect();
        let ours = |pid: &i32| first.iter().any(|first| descends(*pid, *first));
        first
            .iter()
            .copied()
            .chain(processes().filter(ours))
            .collect()
    }
}

//! What the host's /proc says of processes. Used by the test of the commands alone; starts nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::desk::DEADLINE;

pub(crate) fn link(pid: &str, kind: &str) -> PathBuf {
    fs::read_link(format!("/proc/{pid}/ns/{kind}")).expect("a label")
}

pub(crate) fn processes() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A field of `/proc/PID/stat` after the name, which is in parentheses: proc_pid_stat(5).
pub(crate) fn stat(pid: i32, field: usize) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?
        .1
        .split(' ')
        .nth(field - 3)?
        .parse()
        .ok()
}

pub(crate) fn start_time(pid: i32) -> (Option<i64>, i32) {
    (stat(pid, 22), pid)
}

pub(crate) fn descends(pid: i32, from: i32) -> bool {
    let parent = stat(pid, 4).and_then(|parent| i32::try_from(parent).ok());
    match parent {
        Some(parent) if parent == from => true,
        Some(parent) if parent > 1 => descends(parent, from),
        _ => false,
    }
}

pub(crate) fn parent(pid: i32) -> i32 {
    let parent = stat(pid, 4).and_then(|parent| i32::try_from(parent).ok());
    parent.expect("a parent")
}

/// As ps(1) shows it.
pub(crate) fn command_line(pid: i32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    line.trim_end_matches('\0').replace('\0', " ")
}

/// The numbers of a process, one for each PID namespace from the host's on.
pub(crate) fn numbers(pid: i32) -> Vec<i32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    let numbers = line.unwrap_or_default().split_whitespace();
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// The number of a process where another one is; 0 if it cannot be seen from there.
pub(crate) fn seen_from(pid: i32, reader: i32) -> i32 {
    let level = numbers(reader).len().saturating_sub(1);
    numbers(pid).get(level).copied().unwrap_or_default()
}

/// Gone, or a zombie.
pub(crate) fn is_dead(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}

/// Whether it is in this cgroup below the root of cgroup v2.
pub(crate) fn is_in(pid: i32, cgroup: &str) -> bool {
    let places = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    places.lines().any(|line| line == format!("0::/{cgroup}"))
}

/// Bit 14 of SigIgn stands for signal 15: proc_pid_status(5).
pub(crate) fn ignores_term(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:\t"));
    mask.and_then(|mask| u64::from_str_radix(mask, 16).ok())
        .is_some_and(|mask| mask >> 14 & 1 == 1)
}

pub(crate) fn child_of(parent: i32) -> i32 {
    let child = || processes().find(|pid| stat(*pid, 4) == Some(parent.into()));
    comes_true("a child", || child().is_some());
    child().expect("it was there")
}

/// What was started with & may need a moment.
pub(crate) fn comes_true(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < end, "{what}: not within {DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The root of the hierarchy has no such file.
pub(crate) fn can_kill_cgroups() -> bool {
    let groups = fs::read_dir("/sys/fs/cgroup").expect("cgroups").flatten();
    groups
        .into_iter()
        .any(|group| group.path().join("cgroup.kill").exists())
}

pub(crate) fn may_make_cgroups() -> bool {
    nix::unistd::getuid().is_root() && Path::new("/sys/fs/cgroup/cgroup.controllers").exists()
}

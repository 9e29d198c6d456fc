//! Finding processes by parent and name, and waiting for their end. Signals nothing.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::pty::DEADLINE;

/// The child of that name, as soon as there is one.
pub(crate) fn child_called(parent: i32, name: &str) -> i32 {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(child) = children(parent)
            .into_iter()
            .find(|child| called(*child) == name)
        {
            return child;
        }
        assert!(
            Instant::now() < deadline,
            "{parent} has no child called {name}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until job control has stopped the process.
pub(crate) fn wait_until_stopped(pid: i32) {
    let deadline = Instant::now() + DEADLINE;
    while stat(pid).is_some_and(|(state, _)| state != 'T') {
        assert!(Instant::now() < deadline, "{pid} does not stop");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Fails if the process does not go: is reaped, or a zombie that somebody else must reap. It says so
/// if that takes longer than promised.
pub(crate) fn gone_within(pid: i32, time: Duration, why: &str) {
    let start = Instant::now();
    while alive(pid) {
        assert!(
            start.elapsed() < DEADLINE,
            "{pid} ({}) is left after {why}",
            called(pid)
        );
        thread::sleep(Duration::from_millis(5));
    }
    super::promised(
        time,
        start.elapsed(),
        format_args!("{pid} goes after {why}"),
    );
}

/// Children, their children, and so on: at least a spawner and a helper.
pub(crate) fn descendants(ancestor: i32) -> Vec<i32> {
    let mut found = children(ancestor);
    let mut next = 0;
    while let Some(parent) = found.get(next) {
        found.extend(children(*parent));
        next += 1;
    }
    assert!(found.len() > 1, "{ancestor} has only {found:?}");
    found
}

fn children(parent: i32) -> Vec<i32> {
    let all = fs::read_dir("/proc").expect("/proc").flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| stat(*pid).is_some_and(|(_, its)| its == parent))
        .collect()
}

fn alive(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists() && stat(pid).is_some_and(|(state, _)| state != 'Z')
}

fn called(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm"))
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

/// State and parent.
fn stat(pid: i32) -> Option<(char, i32)> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = line.rsplit_once(')')?.1.split_ascii_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// Resident memory in KiB.
pub(crate) fn resident(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.expect("VmRSS").parse().expect("a number")
}

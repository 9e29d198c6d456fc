//! The end of cgroups: everything in them killed, and the directories removed, from the leaves up.

use std::time::{Duration, Instant};

use super::dir::{Dir, Twig};
use crate::kernel::pidfd;
use crate::model::Errno;

/// How long the killed may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(1);
/// Between two looks where the kernel cannot tell by itself.
const PAUSE: Duration = Duration::from_millis(5);
/// Nothing of ours is nested deeper.
const DEPTH: usize = 8;

/// How a whole cgroup was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By `cgroup.kill`, Linux 5.14.
    Kill,
    /// Frozen, each process killed, thawed.
    Freeze,
    /// Each process killed, again and again: there is no freezer.
    Each,
}

/// How killing works there.
#[must_use]
pub fn way(dir: &Dir) -> Way {
    if dir.with("cgroup.kill").is_some() {
        Way::Kill
    } else if dir
        .with("cgroup.freeze")
        .or_else(|| dir.with("freezer.state"))
        .is_some()
    {
        Way::Freeze
    } else {
        Way::Each
    }
}

/// Kills everything in a cgroup and below it. Those that were killed may still be dying.
pub fn kill(dir: &Dir) -> Result<(), Errno> {
    // On a hybrid machine a process may be in the v1 directories alone: those come after it. The file
    // may also be somebody else's, of the cgroup around those that were given to us.
    let killed = dir.with("cgroup.kill");
    let killed = killed.map(|twig| twig.write("cgroup.kill", "1"));
    if dir.0.len() == 1 && matches!(killed, Some(Ok(_))) {
        return Ok(());
    }
    let frozen = freeze(dir, true).is_ok();
    kill_each(dir);
    // Also where somebody else froze a part of it: SIGKILL waits for v1's thaw, not for that of v2.
    dir.0.iter().for_each(|twig| thaw(twig, DEPTH));
    if frozen {
        freeze(dir, false)?;
    }
    Ok(())
}

/// Thaws it and all below it in a freezer of v1, where each cgroup has a state of its own.
fn thaw(twig: &Twig, depth: usize) {
    if !twig.has("freezer.state") {
        return;
    }
    // What cannot be thawed now is tried again.
    let _ = twig.write("freezer.state", "THAWED");
    let names = twig.names().ok().filter(|_| depth > 0);
    for child in names.into_iter().flatten() {
        if let Ok(child) = twig.child(&child) {
            thaw(&child, depth - 1);
        }
    }
}

/// Freezes or thaws a cgroup, and does not wait for it.
pub fn freeze(dir: &Dir, frozen: bool) -> Result<(), Errno> {
    if let Some(twig) = dir.with("cgroup.freeze") {
        return twig
            .write("cgroup.freeze", if frozen { "1" } else { "0" })
            .map(|_| ());
    }
    let twig = dir.with("freezer.state").ok_or(Errno::ENOENT)?;
    let state = if frozen { "FROZEN" } else { "THAWED" };
    twig.write("freezer.state", state).map(|_| ())
}

/// Whether it is frozen; `None` where nothing says so.
#[must_use]
pub fn is_frozen(dir: &Dir) -> Option<bool> {
    if let Some(twig) = dir.with("cgroup.freeze") {
        let events = twig.read("cgroup.events").ok()?;
        return Some(events.lines().any(|line| line == "frozen 1"));
    }
    let state = dir.with("freezer.state")?.read("freezer.state").ok()?;
    Some(state.trim() == "FROZEN")
}

/// Waits until it is as wanted; says whether it came to that.
#[must_use]
pub fn wait_frozen(dir: &Dir, frozen: bool) -> bool {
    wait(dir, || is_frozen(dir) == Some(frozen))
}

fn kill_each(dir: &Dir) {
    for pid in everybody(dir, DEPTH) {
        // Held first, then looked at again: the number may be another's by now.
        let Ok(held) = pidfd::open(pid) else { continue };
        if everybody(dir, DEPTH).contains(&pid) {
            pidfd::kill(&held);
        }
    }
}

fn everybody(dir: &Dir, depth: usize) -> Vec<i32> {
    let mut all: Vec<i32> = dir.0.iter().flat_map(|twig| below(twig, depth)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn below(twig: &Twig, depth: usize) -> Vec<i32> {
    let mut all = twig.procs().unwrap_or_default();
    if depth > 0 {
        for name in twig.names().unwrap_or_default() {
            all.extend(
                twig.child(&name)
                    .iter()
                    .flat_map(|child| below(child, depth - 1)),
            );
        }
    }
    all.retain(|pid| *pid > 0);
    all
}

/// Whether no process is in it or below it. Zombies do not count.
#[must_use]
pub fn is_empty(dir: &Dir) -> bool {
    everybody(dir, DEPTH).is_empty()
}

/// Kills all that is in it and waits until they are gone; says whether they are.
#[must_use]
pub fn kill_and_wait(dir: &Dir) -> bool {
    let until = Instant::now() + GONE_WITHIN;
    while !is_empty(dir) {
        // What cannot be killed now is tried again.
        let _ = kill(dir);
        if Instant::now() > until {
            return false;
        }
        super::events::within(dir.v2(), PAUSE);
    }
    true
}

fn wait(dir: &Dir, done: impl Fn() -> bool) -> bool {
    let until = Instant::now() + GONE_WITHIN;
    while !done() {
        if Instant::now() > until {
            return false;
        }
        super::events::within(dir.v2(), PAUSE);
    }
    true
}

/// Removes the cgroup of that name in `parent` with all below it, which are empty. The dead leave
/// a moment after they are gone from every list: EBUSY is tried again for a second.
pub fn remove(parent: &Dir, name: &str) -> Result<(), Errno> {
    let each = parent.0.iter().map(|twig| remove_twig(twig, name, DEPTH));
    // All of them, also after one that cannot be removed.
    each.fold(Ok(()), Result::and)
}

/// The same in one hierarchy.
pub fn remove_twig(parent: &Twig, name: &str, depth: usize) -> Result<(), Errno> {
    let child = match parent.child(name) {
        Ok(child) => child,
        Err(Errno::ENOENT) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    for name in child.names()? {
        remove_twig(&child, &name, depth.checked_sub(1).ok_or(Errno::EINVAL)?)?;
    }
    retry_rmdir(parent, name)
}

/// rmdir(2), again for a second while it says EBUSY.
pub fn retry_rmdir(parent: &Twig, name: &str) -> Result<(), Errno> {
    let until = Instant::now() + GONE_WITHIN;
    loop {
        match parent.remove(name) {
            Err(Errno::EBUSY) if Instant::now() < until => std::thread::sleep(PAUSE),
            Err(Errno::ENOENT) => return Ok(()),
            other => return other,
        }
    }
}

//! The shell commands that do by hand what an operation does: util-linux and a POSIX shell. Used by
//! app and run to show and copy them; glassbox itself never runs one.
//!
//! By hand, each process that carries out operations is a shell: the helper is one in a user
//! namespace of its own, and `fork` or `clone` of an `init` or `helper` is one more inside it.

mod clocks;
mod files;
mod net;
mod programs;

use std::collections::BTreeSet;

use programs::program;

use super::op::{Clone_, Fork, Mount, STAGE, Workload};
use super::{NsKind, Op};

/// What stands for the demo program.
const PROGRAM: &str = "sleep 600";
const SHELL: &str = "sh";
/// How an ordinary user becomes root over namespaces to come.
const BECOME_ROOT: &str = "unshare --user --map-root-user";

/// For each of `ops`, the lines to type; `earlier` are the operations of the steps before, and
/// `pid_of` knows the number of a process of the box by its name, as whoever types it would see it.
#[must_use]
pub fn commands(
    earlier: &[Op],
    ops: &[Op],
    pid_of: impl Fn(&Op, &str) -> Option<i32>,
) -> Vec<Vec<String>> {
    let mut desk = Desk {
        roots: BTreeSet::new(),
        shared: false,
        last: STAGE.to_owned(),
        pid_of: &pid_of,
    };
    for op in earlier {
        desk.lines(op);
    }
    // Each step says anew where to type, unless there is only one shell.
    if earlier.iter().any(starts_shell) {
        desk.last.clear();
    } else {
        STAGE.clone_into(&mut desk.last);
    }
    ops.iter().map(|op| desk.lines(op)).collect()
}

/// The learner's shells so far.
struct Desk<'p> {
    /// Those that are root in a user namespace, by box and process.
    roots: BTreeSet<(String, String)>,
    /// A mount was made shared: unshare(1) must not undo that in the copy.
    shared: bool,
    /// Who did the operation before.
    last: String,
    pid_of: &'p dyn Fn(&Op, &str) -> Option<i32>,
}

impl Desk<'_> {
    fn lines(&mut self, op: &Op) -> Vec<String> {
        let actor = op.by().unwrap_or(STAGE);
        let mut lines = Vec::new();
        if actor != self.last {
            lines.push(format!("# in the shell that is {actor}:"));
            actor.clone_into(&mut self.last);
        }
        self.shared |= matches!(op, Op::Mount(mount) if mount.flags.iter().any(|f| f == "shared"));
        let is_root = self.roots.contains(&key(op, actor));
        match op {
            Op::Unshare(unshare) if unshare.ns.contains(&NsKind::User) => {
                if !is_root {
                    lines.push(format!("{BECOME_ROOT} {SHELL}"));
                    self.note_root(op, actor);
                }
                // unshare(1) executes the shell, and a uid without a map keeps nothing over that:
                // what the call itself gives is seen only if it is put into the ambient set.
                let options = options(&unshare.ns);
                lines.push(format!("unshare{options} --keep-caps {SHELL}"));
            }
            Op::Unshare(unshare) => {
                let become_root = if is_root { "unshare" } else { BECOME_ROOT };
                let (options, fork) = (self.unshared(&unshare.ns), clocks::fork(&unshare.ns));
                lines.push(format!("{become_root}{options}{fork} {SHELL}"));
                self.note_root(op, actor);
            }
            Op::Write(write) if clocks::offsets(write, is_root).is_some() => {
                lines.extend(clocks::offsets(write, is_root));
                self.note_root(op, actor);
            }
            Op::Clone(clone) => {
                let options = self.unshared(&clone.ns);
                lines.push(clone_line(clone, &options, is_root));
            }
            _ => {
                if !is_root && needs_root(op) {
                    lines.push(format!("{BECOME_ROOT} {SHELL}"));
                    self.note_root(op, actor);
                }
                lines.extend(files::lines(op));
                lines.extend(Some(self.plain_line(op)).filter(|line| !line.is_empty()));
            }
        }
        if let (Some(name), true) = (op.starts(), starts_shell(op)) {
            self.note_root(op, name);
        }
        lines
    }

    /// Options of unshare(1), which makes all mounts private unless it is told not to.
    fn unshared(&self, kinds: &[NsKind]) -> String {
        let options = options(kinds);
        if self.shared && kinds.contains(&NsKind::Mnt) {
            return format!("{options} --propagation unchanged");
        }
        options
    }

    fn note_root(&mut self, op: &Op, actor: &str) {
        self.roots.insert(key(op, actor));
    }

    fn plain_line(&self, op: &Op) -> String {
        match op {
            Op::Fork(Fork { workload, with, .. }) | Op::Spawn(Fork { workload, with, .. }) => {
                program(*workload, with)
            }
            Op::Setns(setns) => {
                let (pid, remark) = self.pid(op, &setns.to);
                format!(
                    "nsenter --target {pid}{} {SHELL}{remark}",
                    options(&setns.ns)
                )
            }
            Op::Mount(mount) => mount_line(mount),
            Op::Umount(umount) => {
                let lazy = if umount.detach { "--lazy " } else { "" };
                format!("umount {lazy}{}", quoted(&umount.target))
            }
            Op::Sethostname(set) => format!("hostname {}", quoted(&set.name)),
            Op::Setdomainname(set) => format!("domainname {}", quoted(&set.name)),
            Op::Write(write) => format!(
                "printf %s {} > {}",
                quoted(&write.text),
                quoted(&write.path)
            ),
            Op::Exec(_) => format!("exec setpriv --ambient-caps=-all {SHELL}"),
            Op::Signal(signal) => {
                let (pid, remark) = self.pid(op, &signal.to);
                let name = signal.name.strip_prefix("SIG").unwrap_or(&signal.name);
                format!("kill -s {} {pid}{remark}", quoted(name))
            }
            Op::Wait(wait) => {
                let (pid, remark) = self.pid(op, &wait.of);
                format!("wait {pid}{remark}")
            }
            Op::Link(link) => net::link_line(link),
            Op::Addr(addr) => net::addr_line(addr),
            Op::Route(route) => net::route_line(route),
            Op::Tbf(tbf) => net::tbf_line(tbf),
            _ => String::new(), // they have lines of their own above
        }
    }

    /// A process's number, or a word for it and a remark what to put there.
    fn pid(&self, op: &Op, name: &str) -> (String, String) {
        match (self.pid_of)(op, name) {
            Some(pid) => (pid.to_string(), String::new()),
            None if name == "host" => (
                "PID".to_owned(),
                "  # PID: any process of the host".to_owned(),
            ),
            None => ("PID".to_owned(), format!("  # PID: that of {name}")),
        }
    }
}

fn clone_line(clone: &Clone_, options: &str, is_root: bool) -> String {
    let become_root = if is_root { "unshare" } else { BECOME_ROOT };
    // unshare(1) itself stays outside; its child is the one that is born inside.
    let fork = if clone.ns.contains(&NsKind::Pid) {
        " --fork"
    } else {
        ""
    };
    format!(
        "{become_root}{options}{fork} {}",
        program(clone.workload, &clone.with)
    )
}

fn key(op: &Op, actor: &str) -> (String, String) {
    (
        op.box_name().unwrap_or_default().to_owned(),
        actor.to_owned(),
    )
}

/// Whether a command needs the box's user namespace around it: all do, but to be told of a process.
fn needs_root(op: &Op) -> bool {
    !matches!(op, Op::Signal(_) | Op::Wait(_))
}

fn starts_shell(op: &Op) -> bool {
    let workload = match op {
        Op::Clone(clone) => clone.workload,
        Op::Fork(fork) | Op::Spawn(fork) => fork.workload,
        _ => return false,
    };
    matches!(workload, Workload::Init | Workload::Helper)
}

/// ` --uts --pid`
fn options(kinds: &[NsKind]) -> String {
    kinds.iter().flat_map(|kind| [" ", kind.option()]).collect()
}

fn mount_line(mount: &Mount) -> String {
    let has = |flag: &str| mount.flags.iter().any(|known| known == flag);
    let recursive = if has("rec") { "r" } else { "" };
    let propagation = ["private", "slave", "shared"]
        .into_iter()
        .find(|kind| has(kind));
    if let Some(kind) = propagation {
        return format!("mount --make-{recursive}{kind} {}", quoted(&mount.target));
    }
    let mut words = vec!["mount".to_owned()];
    if let Some(fstype) = &mount.fstype {
        words.extend(["-t".to_owned(), quoted(fstype)]);
    }
    if has("bind") && !has("remount") {
        words.push(format!("--{recursive}bind"));
    }
    let in_options = ["remount", "ro", "nosuid", "nodev", "noexec"];
    let mut options: Vec<&str> = in_options.into_iter().filter(|flag| has(flag)).collect();
    if has("remount") && has("bind") {
        options.push("bind");
    }
    options.extend(mount.data.as_deref());
    if !options.is_empty() {
        words.extend(["-o".to_owned(), quoted(&options.join(","))]);
    }
    words.extend([quoted(&mount.source), quoted(&mount.target)]);
    words.join(" ")
}

/// A word that the shell takes as it is: sh(1), "Quoting".
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;

//! The shell commands that do by hand what an operation does: util-linux and a POSIX shell. Used by
//! app and run to show and copy them; glassbox itself never runs one.
//!
//! By hand, each process that carries out operations is a shell: the helper is one in a user
//! namespace of its own, and `fork` or `clone` of an `init` or `helper` is one more inside it.

mod cgroup;
mod clocks;
mod files;
mod mount;
mod net;
mod programs;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use programs::program;

use super::op::{Clone_, Fork, STAGE, Signal, Workload};
use super::{NsKind, Op};

/// What stands for the demo program.
const PROGRAM: &str = "sleep 600";
const SHELL: &str = "sh";
/// Stands for a shell, in `last`: the one outside every box that makes cgroups.
const CGROUPS: &str = "cgroups";
const CHILD: &str = "  # the child: a shell; echo $$ shows its number";
/// How an ordinary user becomes root over namespaces to come.
const BECOME_ROOT: &str = "unshare --user --map-root-user";

/// For each of `ops`, the lines to type; `earlier` are the operations of the steps before.
#[must_use]
pub fn commands(earlier: &[Op], ops: &[Op]) -> Vec<Vec<String>> {
    let mut desk = Desk {
        roots: BTreeMap::new(),
        parents: BTreeMap::new(),
        inits: BTreeMap::new(),
        entered: BTreeSet::new(),
        shared: false,
        cgroups: false,
        last: STAGE.to_owned(),
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

/// A shell of the learner's: the box and the process that it plays.
type Shell = (String, String);

/// The learner's shells so far.
struct Desk {
    /// Those that are root in a user namespace, and the other namespaces they have left the host for.
    roots: BTreeMap<Shell, Left>,
    /// Shells that were started in the foreground of another one, which waits for them.
    parents: BTreeMap<Shell, Shell>,
    /// By box, the shell that is its init.
    inits: BTreeMap<String, String>,
    /// Those that wait, but that a second terminal has joined.
    entered: BTreeSet<Shell>,
    /// A mount was made shared: unshare(1) must not undo that in the copy.
    shared: bool,
    /// It was said where cgroups can be made.
    cgroups: bool,
    /// Who did the operation before.
    last: String,
}

/// Kinds of namespaces in which a shell is no longer where the host is.
#[derive(Default, Clone)]
struct Left {
    itself: BTreeSet<NsKind>,
    children: BTreeSet<NsKind>,
    /// Whether the next child is the first of a new PID namespace.
    pending: bool,
    /// Number 1 of the PID namespace that it is in, and of the one that its children are in.
    first: Option<Shell>,
    first_below: Option<Shell>,
}

impl Left {
    fn unshare(&mut self, kinds: &[NsKind]) {
        // For clocks, the shell is the child: it is started with --fork.
        let moves = |kind: &&NsKind| **kind != NsKind::Pid;
        self.itself.extend(kinds.iter().filter(moves));
        self.children.extend(kinds);
        self.pending |= kinds.contains(&NsKind::Pid);
    }

    fn child(&self, kinds: &[NsKind]) -> Self {
        let mut itself = self.children.clone();
        itself.extend(kinds);
        let children = itself.clone();
        Self {
            itself,
            children,
            pending: false,
            first: self.first_below.clone(),
            first_below: self.first_below.clone(),
        }
    }
}

impl Desk {
    fn lines(&mut self, op: &Op) -> Vec<String> {
        match op {
            Op::Signal(signal) => return self.signal(op, signal),
            // A shell waits for its child by itself; for what was started with & it must be told to.
            _ if op.is_on_host() => return self.on_host(op),
            Op::Wait(wait) if self.roots.contains_key(&key(op, &wait.of)) => return Vec::new(),
            _ => {}
        }
        let actor = match op {
            // spawn is done by the box's init, if it has one.
            Op::Spawn(_) => self.inits.get(&key(op, "").0).cloned(),
            _ => op.by().map(str::to_owned),
        };
        let actor = &actor.unwrap_or_else(|| STAGE.to_owned());
        let mut lines = self.place(op, actor);
        self.shared |= matches!(op, Op::Mount(mount) if mount.flags.iter().any(|f| f == "shared"));
        let is_root = self.roots.contains_key(&key(op, actor));
        match op {
            Op::Unshare(unshare) if unshare.ns.contains(&NsKind::User) => {
                if !is_root {
                    lines.push(format!("{BECOME_ROOT} {SHELL}"));
                }
                self.root(op, actor).unshare(&unshare.ns);
                // unshare(1) executes the shell, and a uid without a map keeps nothing over that:
                // what the call itself gives is seen only if it is put into the ambient set.
                let options = options(&unshare.ns);
                lines.push(format!("unshare{options} --keep-caps {SHELL}"));
            }
            Op::Unshare(unshare) => {
                let become_root = if is_root { "unshare" } else { BECOME_ROOT };
                let (options, fork) = (self.unshared(&unshare.ns), clocks::fork(&unshare.ns));
                lines.push(format!("{become_root}{options}{fork} {SHELL}"));
                self.root(op, actor).unshare(&unshare.ns);
            }
            Op::Write(write) if clocks::offsets(write, is_root).is_some() => {
                lines.extend(clocks::offsets(write, is_root));
                self.root(op, actor).unshare(&[NsKind::Time]);
            }
            Op::Clone(clone) => {
                let options = self.unshared(&clone.ns);
                lines.push(clone_line(clone, &options, is_root));
            }
            _ => {
                if !is_root && needs_root(op) {
                    lines.push(format!("{BECOME_ROOT} {SHELL}"));
                    self.root(op, actor);
                }
                lines.extend(files::lines(op));
                lines.extend(Some(Self::plain_line(op)).filter(|line| !line.is_empty()));
            }
        }
        if op.fails().is_none()
            && let Some(name) = op.starts()
        {
            self.note_child(op, actor, name);
        }
        lines
    }

    /// What is done from outside, in a shell that may write to cgroups.
    fn on_host(&mut self, op: &Op) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        if !matches!(op, Op::Observe(_)) && self.last != CGROUPS {
            let first = !std::mem::replace(&mut self.cgroups, true);
            let place = if first {
                &cgroup::WHERE[..]
            } else {
                &["# where CG is set:"]
            };
            lines.extend(place.iter().map(|line| (*line).to_owned()));
            CGROUPS.clone_into(&mut self.last);
        }
        lines.extend(cgroup::lines(op));
        lines
    }

    fn note_child(&mut self, op: &Op, actor: &str, name: &str) {
        let child = key(op, name);
        let left = self.root(op, actor);
        let (kinds, first) = match op {
            Op::Clone(clone) => (&clone.ns[..], clone.ns.contains(&NsKind::Pid)),
            _ => (&[][..], left.pending),
        };
        let mut born = left.child(kinds);
        if first {
            born.first = Some(child.clone());
            born.first_below.clone_from(&born.first);
        }
        if left.pending && first {
            left.pending = false;
            left.first_below = Some(child.clone());
        }
        if starts_shell(op) {
            if workload(op) == Some(Workload::Init) {
                let (box_name, init) = child.clone();
                self.inits.entry(box_name).or_insert(init);
            }
            self.roots.insert(child.clone(), born);
            self.parents.insert(child, key(op, actor));
        }
    }

    /// Where to type, if it is not where the line before was typed.
    fn place(&mut self, op: &Op, actor: &str) -> Vec<String> {
        let shell = key(op, actor);
        let waits = self.parents.values().any(|parent| *parent == shell);
        if waits && self.entered.insert(shell) {
            actor.clone_into(&mut self.last);
            return self.join(op, actor);
        }
        if actor == self.last {
            return Vec::new();
        }
        actor.clone_into(&mut self.last);
        vec![format!("# in the shell that is {actor}:")]
    }

    /// How a second terminal gets to where `actor`'s shell is, or to where its next child would be.
    fn join(&mut self, op: &Op, actor: &str) -> Vec<String> {
        let left = self.root(op, actor);
        let below = op.starts().is_some() && left.children.len() > left.itself.len();
        let (kinds, whose) = if below {
            (&left.children, "the child of ")
        } else {
            (&left.itself, "")
        };
        let others = kinds.iter().filter(|kind| **kind != NsKind::User);
        let kinds: Vec<NsKind> = others.copied().collect();
        let options = options(&kinds);
        vec![
            format!("# elsewhere, join {whose}{actor}'s shell (PID: see ps -e):"),
            format!("nsenter --target PID --user{options} --preserve-credentials {SHELL}"),
        ]
    }

    /// A signal comes from outside, where the sender's shell may be waiting for its child, or from
    /// another process of the box.
    fn signal(&mut self, op: &Op, signal: &Signal) -> Vec<String> {
        let name = quoted(signal.name.strip_prefix("SIG").unwrap_or(&signal.name));
        let to = &signal.to;
        let target = key(op, to);
        let shell = if self.parents.contains_key(&target) {
            "'s shell"
        } else {
            ""
        };
        let remark = format!("PID  # PID: that of {to}{shell}, by ps -e");
        let is_first = |by: &str| {
            let sender = self.roots.get(&key(op, by));
            sender.is_some_and(|left| left.first.as_ref() == Some(&target))
        };
        let (mut lines, pid) = match op.by().filter(|by| *by != STAGE) {
            // Its own PID 1, if it is told.
            Some(by) if is_first(by) => (self.place(op, by), "1".to_owned()),
            Some(by) => (self.place(op, by), remark),
            None => {
                self.last.clear();
                (vec!["# in a terminal of your own:".to_owned()], remark)
            }
        };
        if name == "KILL" {
            self.parents.remove(&target);
        }
        lines.push(format!("kill -s {name} {pid}"));
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

    fn root(&mut self, op: &Op, actor: &str) -> &mut Left {
        self.roots.entry(key(op, actor)).or_default()
    }

    fn plain_line(op: &Op) -> String {
        match op {
            Op::Fork(Fork { workload, with, .. }) | Op::Spawn(Fork { workload, with, .. }) => {
                let remark = if starts_shell(op) { CHILD } else { "" };
                let line = program(*workload, with);
                match op.born_in() {
                    Some(name) => cgroup::born_in(name, &line),
                    None => format!("{line}{remark}"),
                }
            }
            Op::Setns(setns) => {
                let whose = match setns.to.as_str() {
                    // There, opening the link in /proc/PID/ns is refused already.
                    "host" => "any process of the host".to_owned(),
                    name => format!("echo $$ in {name}'s shell"),
                };
                let options = options(&setns.ns);
                format!("nsenter --target PID{options} {SHELL}  # PID: {whose}")
            }
            Op::Mount(mount) => mount::line(mount),
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
            Op::Wait(_) => "wait".to_owned(),
            Op::Link(link) => net::link_line(link),
            Op::Addr(addr) => net::addr_line(addr),
            Op::Route(route) => net::route_line(route),
            Op::Tbf(tbf) => net::tbf_line(tbf),
            _ => String::new(), // they have lines of their own above
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

fn key(op: &Op, actor: &str) -> Shell {
    (
        op.box_name().unwrap_or_default().to_owned(),
        actor.to_owned(),
    )
}

/// Whether a command needs the box's user namespace around it: all do, but to be told of a process.
fn needs_root(op: &Op) -> bool {
    !matches!(op, Op::Wait(_))
}

fn starts_shell(op: &Op) -> bool {
    matches!(workload(op), Some(Workload::Init | Workload::Helper))
}

fn workload(op: &Op) -> Option<Workload> {
    match op {
        Op::Clone(clone) => Some(clone.workload),
        Op::Fork(fork) | Op::Spawn(fork) => Some(fork.workload),
        _ => None,
    }
}

/// ` --uts --pid`
fn options(kinds: &[NsKind]) -> String {
    kinds.iter().flat_map(|kind| [" ", kind.option()]).collect()
}

/// A word that the shell takes as it is: sh(1), "Quoting".
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

//! The shell commands that do by hand what an operation does: util-linux and a POSIX shell. Used by
//! app and run to show and copy them; glassbox itself never runs one.
//!
//! By hand, each process that carries out operations is a shell: the helper is one in a user
//! namespace of its own, and `fork` or `clone` of an `init` or `helper` is one more inside it.

mod cgroup;
mod clocks;
mod files;
mod ids;
mod ipc;
mod keys;
mod left;
mod limits;
mod mount;
mod names;
mod net;
mod places;
mod programs;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use left::Left;

use super::op::{Clone_, Fork, STAGE, Workload};
use super::port::BoxSpec;
use super::{NsKind, Op};

const SHELL: &str = "sh";
/// Stands for a shell, in `last`: the one outside every box that makes cgroups.
const CGROUPS: &str = "cgroups";
/// A comment that tells the outcome begins so.
const OUTCOME: &str = "  # fails with ";
const CHILD: &str = "  # the child: echo $$ shows its number";
/// How an ordinary user becomes root over namespaces to come.
const BECOME_ROOT: &str = "unshare --user --map-root-user";

/// For each of `ops`, the lines to type; `earlier` are the operations of the steps before.
#[must_use]
pub fn commands(boxes: &[BoxSpec], earlier: &[Op], ops: &[Op]) -> Vec<Vec<String>> {
    let mut desk = Desk {
        bare: ids::bare(boxes),
        named: earlier.iter().chain(ops).any(ids::names_learner),
        cgroups: boxes.iter().any(|spec| spec.cgroups),
        ..Desk::default()
    };
    for op in earlier {
        desk.lines(op);
    }
    // Each step says anew where to type, unless there is only one shell.
    desk.last = None;
    let moved = |op: &Op| starts_shell(op) || ids::is_outside(op);
    if desk.cgroups && earlier.is_empty() {
        desk.last = Some((String::new(), CGROUPS.to_owned()));
    } else if !desk.cgroups && !earlier.iter().any(moved) {
        desk.last = Some((String::new(), STAGE.to_owned()));
    }
    let mut lines: Vec<_> = ops.iter().map(|op| desk.lines(op)).collect();
    if let Some(first) = lines
        .first_mut()
        .filter(|_| desk.cgroups && earlier.is_empty())
    {
        first.splice(0..0, cgroup::WHERE.map(str::to_owned));
    }
    lines
}

/// A shell of the learner's: the box and the process that it plays.
type Shell = (String, String);

/// A line without what its comment tells of the outcome: for those who are still to predict it.
#[must_use]
pub fn before_outcome(line: &str) -> &str {
    line.split_once(OUTCOME)
        .map_or(line, |(command, _)| command)
}

/// The learner's shells so far.
#[derive(Default)]
struct Desk {
    /// Boxes whose user namespace the steps make.
    bare: BTreeSet<String>,
    /// Some operation names the learner's ids.
    named: bool,
    /// Those that are root in a user namespace, and the other namespaces they have left the host for.
    roots: BTreeMap<Shell, Left>,
    /// Shells that wait, each for another one that was started in its foreground.
    waiting: BTreeMap<Shell, Shell>,
    /// By box, the shell that is its init.
    inits: BTreeMap<String, String>,
    /// Processes that are number 1 of a PID namespace.
    firsts: BTreeSet<Shell>,
    /// Who has started what, where it is still the same shell.
    starters: BTreeMap<Shell, String>,
    /// Those that have moved, by a shell that was started in a shell.
    nested: BTreeSet<Shell>,
    /// Helpers that have a terminal: of several boxes, or where cgroups are made in another one.
    opened: BTreeSet<Shell>,
    /// Those that another shell has joined, to go on as them.
    joined: BTreeSet<Shell>,
    /// Those of them that are where the children of the one that they have joined are.
    below: BTreeSet<Shell>,
    /// Shells that unshare(1) has forked; their parent is unshare(1).
    forked: BTreeSet<Shell>,
    /// Programs that sleep, by what tells them apart.
    sleepers: BTreeMap<Shell, String>,
    /// What each shell has started last with &.
    background: BTreeMap<Shell, Shell>,
    /// In which cgroup a process was born, if a step says so.
    born_in: BTreeMap<Shell, String>,
    /// Those that got something ambient, and those that lack what an execve(2) gives back.
    ambient: BTreeSet<Shell>,
    lacking: BTreeSet<Shell>,
    /// A mount was made shared: unshare(1) must not undo that in the copy.
    shared: bool,
    /// The steps make cgroups, in a shell outside of every box.
    cgroups: bool,
    /// Who did the operation before.
    last: Option<Shell>,
}

impl Desk {
    /// Who does it.
    fn actor(&self, op: &Op) -> String {
        let actor = match op {
            // spawn is done by the box's init, if it has one.
            Op::Spawn(_) => self.inits.get(&key(op, "").0).cloned(),
            // A parent waits.
            Op::Wait(wait) => self.starters.get(&key(op, &wait.of)).cloned(),
            _ => op.by().map(str::to_owned),
        };
        actor.unwrap_or_else(|| STAGE.to_owned())
    }

    fn lines(&mut self, op: &Op) -> Vec<String> {
        match op {
            Op::Signal(signal) => return self.signal(op, signal),
            op if ids::is_outside(op) => return self.outside(op),
            _ if op.is_on_host() => return self.on_host(op),
            // A shell waits for its child by itself, and for all others meanwhile; for what was
            // started with & it must be told to.
            Op::Wait(wait) if self.waits_by_itself(op, &wait.of) => return Vec::new(),
            _ => {}
        }
        let actor = &self.actor(op);
        let mut lines = self.place(op, actor);
        self.shared |= matches!(op, Op::Mount(mount) if mount.flags.iter().any(|f| f == "shared"));
        let is_root = self.roots.contains_key(&key(op, actor));
        if goes_on_in_another(op) {
            self.nested.insert(key(op, actor));
        }
        match op {
            Op::Unshare(unshare) if unshare.ns.contains(&NsKind::User) => {
                lines.extend(self.leaving_user(op, actor, unshare));
            }
            Op::Unshare(unshare) => {
                let become_root = if is_root { "unshare" } else { BECOME_ROOT };
                let (options, fork) = (self.unshared(&unshare.ns), clocks::fork(&unshare.ns));
                lines.push(format!("{become_root}{options}{fork} {SHELL}"));
                self.root(op, actor).unshare(&unshare.ns);
            }
            // A box without maps joins others from the host, and is root by that, if at all.
            Op::Setns(setns) if self.is_bare(op) => {
                lines.push(self.joining(op, setns));
                if setns.ns.contains(&NsKind::User) {
                    self.root(op, actor).unshare(&setns.ns);
                }
            }
            Op::Write(write) if clocks::offsets(write, is_root).is_some() => {
                lines.extend(clocks::offsets(write, is_root));
                self.root(op, actor).unshare(&[NsKind::Time]);
            }
            Op::Clone(clone) => {
                lines.push(self.clone_line(op, clone, is_root));
                // What is to fail must be seen to.
                in_foreground(op, &mut lines);
            }
            _ => {
                let on_host = self.is_on_host(op, actor);
                if !is_root && !on_host && needs_root(op) {
                    lines.push(format!("{BECOME_ROOT} {SHELL}"));
                    self.root(op, actor);
                }
                lines.extend(self.before_exec(op, actor));
                lines.extend(files::lines(op));
                lines.extend(limits::lines(op, on_host));
                lines.extend(keys::line(op));
                self.note_limits(op, actor);
                lines.extend(Some(self.plain_line(op)).filter(|line| !line.is_empty()));
                in_foreground(op, &mut lines);
            }
        }
        if op.fails().is_none()
            && let Some(name) = op.starts()
        {
            let background = lines.last().is_some_and(|line| line.ends_with(" &"));
            self.note_child(op, actor, name, background);
        }
        lines
    }

    /// What is done from outside, in a shell that may write to cgroups.
    fn on_host(&mut self, op: &Op) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let place = Some((String::new(), CGROUPS.to_owned()));
        if !matches!(op, Op::Observe(_)) && self.last != place {
            lines.push("# where CG is set:".to_owned());
            self.last = place;
        }
        if let Op::Killall(whole) = op {
            // The shell that started one of them goes on.
            let dead = |child: &Shell| self.born_in.get(child) == Some(&whole.cgroup);
            self.waiting.retain(|_, child| !dead(child));
        }
        let number = |who: &str| self.number_outside(op, who);
        lines.extend(cgroup::lines(op, number));
        lines
    }

    fn note_child(&mut self, op: &Op, actor: &str, name: &str, background: bool) {
        let child = key(op, name);
        if background {
            self.background.insert(key(op, actor), child.clone());
        }
        if let Some(cgroup) = op.born_in() {
            self.born_in.insert(child.clone(), cgroup.to_owned());
        }
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
        if first {
            self.firsts.insert(child.clone());
        }
        self.starters.insert(child.clone(), actor.to_owned());
        if starts_shell(op) {
            if matches!(op, Op::Clone(clone) if forks(clone)) {
                self.forked.insert(child.clone());
            }
            if workload(op) == Some(Workload::Init) {
                let (box_name, init) = child.clone();
                self.inits.entry(box_name).or_insert(init);
            }
            self.roots.insert(child.clone(), born);
            self.waiting.insert(key(op, actor), child);
        }
    }

    /// Options of unshare(1), which makes all mounts private unless it is told not to.
    fn unshared(&self, kinds: &[NsKind]) -> String {
        let options = options(kinds);
        if self.shared && kinds.contains(&NsKind::Mnt) {
            return format!("{options} --propagation unchanged");
        }
        options
    }

    fn clone_line(&mut self, op: &Op, clone: &Clone_, is_root: bool) -> String {
        let become_root = if is_root { "unshare" } else { BECOME_ROOT };
        let options = self.unshared(&clone.ns);
        let fork = if forks(clone) { " --fork" } else { "" };
        let started = self.started(op, clone.workload, &clone.with);
        let line = format!("{become_root}{options}{fork} {started}");
        match op.born_in() {
            Some(name) => cgroup::born_in(name, &line),
            None => line,
        }
    }

    fn root(&mut self, op: &Op, actor: &str) -> &mut Left {
        self.roots.entry(key(op, actor)).or_default()
    }

    fn plain_line(&mut self, op: &Op) -> String {
        match op {
            Op::Fork(Fork { workload, with, .. }) | Op::Spawn(Fork { workload, with, .. }) => {
                let remark = if starts_shell(op) { CHILD } else { "" };
                let line = self.started(op, *workload, with);
                let line = match op.born_in() {
                    Some(name) => cgroup::born_in(name, &line),
                    None => line,
                };
                format!("{line}{remark}")
            }
            Op::Setns(setns) => self.joining(op, setns),
            Op::Enter(enter) => {
                let option = enter.ns.option();
                format!("nsenter {option}={} {SHELL}", quoted(&enter.path))
            }
            Op::Mount(mount) => mount::line(mount),
            Op::Umount(umount) => {
                let lazy = if umount.detach { "--lazy " } else { "" };
                format!("umount {lazy}{}", quoted(&umount.target))
            }
            Op::Sethostname(set) => format!("hostname {}", quoted(&set.name)),
            Op::Setdomainname(set) => format!("domainname {}", quoted(&set.name)),
            Op::Write(_) | Op::Newuidmap(_) | Op::Newgidmap(_) | Op::Setids(_) => {
                ids::line(op, &self.number(op, ids::of(op)))
            }
            Op::Exec(exec) => self.exec_line(op, exec.path.as_deref()),
            Op::Wait(_) => "wait".to_owned(),
            Op::Link(link) => {
                let netns = link.netns.as_deref().map(|name| self.number(op, name));
                net::link_line(link, netns.as_deref())
            }
            Op::Addr(addr) => net::addr_line(addr),
            Op::Route(route) => net::route_line(route),
            Op::Tbf(tbf) => net::tbf_line(tbf),
            _ => String::new(), // they have lines of their own above
        }
    }
}

/// Whether unshare(1) itself stays outside, and its child is the one that is born inside.
fn forks(clone: &Clone_) -> bool {
    clone.ns.contains(&NsKind::Pid)
}

/// Whether its command starts a shell in the shell, which from then on plays the process.
fn goes_on_in_another(op: &Op) -> bool {
    matches!(
        op,
        Op::Unshare(_)
            | Op::Setns(_)
            | Op::Enter(_)
            | Op::Chroot(_)
            | Op::Breakout(_)
            | Op::Setids(_)
            | Op::Caps(_)
            | Op::NoNewPrivs(_)
            | Op::Seccomp(_)
            | Op::Keyring(_)
    )
}

fn in_foreground(op: &Op, lines: &mut [String]) {
    if op.fails().is_some()
        && let Some(last) = lines.last_mut()
        && let Some(line) = last.strip_suffix(" &")
    {
        *last = line.to_owned();
    }
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
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

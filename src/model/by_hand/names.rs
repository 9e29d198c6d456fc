//! What the shells and programs of a learner are called, and how to learn their numbers: each shell
//! gets its name, each sleeping program a time of its own, and ps(1) shows both. Called by `by_hand`
//! alone.

use super::programs::{program, sleeps};
use super::{Desk, Shell, key};
use crate::model::Op;
use crate::model::op::{STAGE, Workload};
use crate::model::with::With;

/// How long the first program sleeps that does; each other one sleeps a second longer.
const SLEEP: u32 = 600;

impl Desk {
    /// The command that starts what an operation starts.
    pub(super) fn started(&mut self, op: &Op, workload: Workload, with: &With) -> String {
        let process = key(op, op.starts().unwrap_or(workload.name()));
        let more = u32::try_from(self.sleepers.len()).unwrap_or_default();
        let seconds = SLEEP.saturating_add(more);
        let line = program(workload, with, &label(&process), seconds);
        if sleeps(workload) {
            let whose = match workload {
                Workload::Catcher => "the sh with ",
                _ => "",
            };
            let mark = format!("{whose}sleep {seconds}");
            self.sleepers.insert(process, mark);
        }
        line
    }

    /// What follows `sh` in an exec, so that the shell keeps its name. One that went on in another
    /// shell has it in that which waits.
    pub(super) fn kept_name(&self, shell: &Shell) -> String {
        let unnamed = ["", STAGE].contains(&shell.1.as_str());
        if unnamed || self.nested.contains(shell) {
            return String::new();
        }
        format!(" -s {}", label(shell))
    }

    /// The number of a process, learned by somebody on the host.
    pub(super) fn number_outside(&self, op: &Op, name: &str) -> String {
        let process = key(op, name);
        match self.last_in_background(&process) {
            Some(shell) => format!("echo $! in {}", self.which(&shell)),
            None => self.in_list(op, name),
        }
    }

    /// Its number by a list of processes.
    pub(super) fn in_list(&self, op: &Op, name: &str) -> String {
        let process = key(op, name);
        if name == STAGE {
            return self.number(op, name);
        }
        if self.roots.contains_key(&process) {
            return in_ps(&process);
        }
        let tool = if self.firsts.contains(&process) {
            "lsns -t pid"
        } else {
            "ps -ef"
        };
        let mark = self.sleepers.get(&process);
        let mark = mark.map_or_else(String::new, |mark| format!(" ({mark})"));
        format!("that of {}{mark}, by {tool}", called(&process))
    }

    /// The shell that has started it last of all with &, and that can be asked: it waits for nobody,
    /// and counts as the host does.
    fn last_in_background(&self, process: &Shell) -> Option<Shell> {
        let starter = self.starters.get(process)?;
        let shell = (process.0.clone(), starter.clone());
        let is_last = self.background.get(&shell) == Some(process);
        let inside = self.roots.get(&shell).is_some_and(|l| l.first.is_some());
        let asked = is_last
            && !self.firsts.contains(process)
            && !self.waiting.contains_key(&shell)
            && !inside
            && !self.below.contains(&shell);
        asked.then_some(shell)
    }

    /// The number of a shell that started another one in its foreground.
    pub(super) fn parent(&self, parent: &Shell, child: &Shell) -> String {
        let first = |shell| self.roots.get(shell).and_then(|left| left.first.as_ref());
        let name = label(child);
        if self.forked.contains(child) {
            return format!("the PPID of the unshare above sh -s {name}, by ps -efH");
        }
        // A parent in another PID namespace has no number there: getppid(2). And a shell in which
        // `child` went on has another parent.
        if first(parent) != first(child) || self.nested.contains(child) {
            return format!("the PPID of sh -s {name}, by ps -ef");
        }
        format!("echo $PPID in {}", self.which(child))
    }

    /// The number of the shell that plays a process: of this box, or of another one by `BOX.NAME`.
    pub(super) fn number(&self, op: &Op, name: &str) -> String {
        let shell = match name.split_once('.') {
            Some((box_name, process)) => (box_name.to_owned(), process.to_owned()),
            None => key(op, name),
        };
        match self.waiting.get(&shell) {
            Some(child) => self.parent(&shell, child),
            // What it calls itself is 1; outside it has another number.
            None if self.firsts.contains(&shell) => in_ps(&shell),
            None => format!("echo $$ in {}", self.which(&shell)),
        }
    }

    /// The shell that plays a process: where another one has joined it, that one does.
    pub(super) fn which(&self, shell: &Shell) -> String {
        let newest = if self.joined.contains(shell) {
            "newest "
        } else {
            ""
        };
        format!("the {newest}shell that is {}", called(shell))
    }
}

/// How to find a shell among all processes.
pub(super) fn in_ps(shell: &Shell) -> String {
    format!("that of sh -s {}, by ps -ef", label(shell))
}

/// What a shell is called: by its process, and by the box where there are several.
pub(super) fn called((box_name, process): &Shell) -> String {
    if box_name.is_empty() {
        return process.clone();
    }
    format!("{box_name}'s {process}")
}

/// The same as a word of the shell.
fn label((box_name, process): &Shell) -> String {
    if box_name.is_empty() {
        return process.clone();
    }
    format!("{box_name}.{process}")
}

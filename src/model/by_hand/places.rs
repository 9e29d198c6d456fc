//! Where each command is to be typed: by hand every process of a lesson is a shell, and a shell that
//! has started another one waits for it. Called by `by_hand` alone.

use super::names::{called, in_ps};
use super::{BECOME_ROOT, Desk, SHELL, Shell, ids, key, options, quoted};
use crate::model::op::{STAGE, Setns, Signal, Unshare};
use crate::model::{NsKind, Op};

impl Desk {
    /// Where to type, if it is not where the line before was typed.
    pub(super) fn place(&mut self, op: &Op, actor: &str) -> Vec<String> {
        let shell = key(op, actor);
        let known = self.last.as_ref() == Some(&shell);
        self.last = Some(shell.clone());
        if let Some(child) = self.waiting.remove(&shell) {
            return self.join(op, &shell, &child);
        }
        // Where there are several boxes, each helper has a terminal of its own.
        let several = op.box_name().is_some();
        if (several || self.cgroups) && actor == STAGE && self.opened.insert(shell.clone()) {
            return vec![format!("# in a new terminal, to be {}:", called(&shell))];
        }
        if known {
            return Vec::new();
        }
        vec![format!("# in {}:", self.which(&shell))]
    }

    /// How a second terminal gets to where a shell is, or to where its next child would be.
    fn join(&mut self, op: &Op, shell: &Shell, child: &Shell) -> Vec<String> {
        // What it has started goes on being waited for by the shell that started it.
        self.starters
            .retain(|started, by| started.0 != shell.0 || *by != shell.1);
        let parent = self.parent(shell, child);
        let left = self.root(op, &shell.1);
        let below = op.starts().is_some() && left.children.len() > left.itself.len();
        let kinds = if below { &left.children } else { &left.itself };
        let (what, number) = if below {
            ("a child of ", in_ps(child))
        } else {
            ("", parent)
        };
        let others = kinds.iter().filter(|kind| **kind != NsKind::User);
        let kinds: Vec<NsKind> = others.copied().collect();
        let options = options(&kinds);
        if below {
            self.below.insert(shell.clone())
        } else {
            self.below.remove(shell)
        };
        let which = if self.joined.insert(shell.clone()) {
            "a second"
        } else {
            "one more"
        };
        vec![
            format!("# in {which} terminal, to be {what}{}:", called(shell)),
            format!(
                "nsenter --target PID --user{options} --preserve-credentials {SHELL}  # PID: {number}"
            ),
        ]
    }

    /// Whether the box's user namespace is left to the steps.
    pub(super) fn is_bare(&self, op: &Op) -> bool {
        self.bare.contains(op.box_name().unwrap_or_default())
    }

    /// A new user namespace for a shell.
    pub(super) fn leaving_user(&mut self, op: &Op, actor: &str, unshare: &Unshare) -> Vec<String> {
        let mut lines = Vec::new();
        let is_root = self.roots.contains_key(&key(op, actor));
        if self.is_bare(op) && !is_root && self.named {
            lines.push(ids::EXPORT.to_owned());
        } else if !self.is_bare(op) && !is_root {
            lines.push(format!("{BECOME_ROOT} {SHELL}"));
        }
        self.root(op, actor).unshare(&unshare.ns);
        // unshare(1) executes the shell, and a uid without a map keeps nothing over that: what the
        // call itself gives is seen only if it is put into the ambient set.
        let options = options(&unshare.ns);
        lines.push(format!("unshare{options} --keep-caps {SHELL}"));
        lines
    }

    /// nsenter(1), and how to learn whom it joins.
    pub(super) fn joining(&self, op: &Op, setns: &Setns) -> String {
        let whose = match setns.to.as_str() {
            // open(2) of the link asks for the right to trace that process: namespaces(7).
            "host" => "any of the host; open(2) of its label is EACCES already".to_owned(),
            name => self.number(op, name),
        };
        let mut options = options(&setns.ns);
        if setns.ns.contains(&NsKind::User) {
            // With setgroups denied, nobody can drop groups there.
            options.push_str(" --preserve-credentials");
        }
        format!("nsenter --target PID{options} {SHELL}  # PID: {whose}")
    }

    /// A signal comes from outside, where the sender's shell may be waiting for its child, or from
    /// another process of the box.
    pub(super) fn signal(&mut self, op: &Op, signal: &Signal) -> Vec<String> {
        let name = quoted(signal.name.strip_prefix("SIG").unwrap_or(&signal.name));
        let target = key(op, &signal.to);
        let remark = |whose: String| format!("PID  # PID: {whose}");
        let is_first = |by: &str| {
            let sender = self.roots.get(&key(op, by));
            sender.is_some_and(|left| left.first.as_ref() == Some(&target))
        };
        let (mut lines, pid) = match op.by().filter(|by| *by != STAGE) {
            // Its own PID 1, if it is told.
            Some(by) if is_first(by) => (self.place(op, by), "1".to_owned()),
            Some(by) => (self.place(op, by), remark(self.in_list(op, &signal.to))),
            None => (
                self.own_terminal(),
                remark(self.number_outside(op, &signal.to)),
            ),
        };
        if name == "KILL" {
            self.waiting.retain(|_, child| *child != target);
        }
        lines.push(format!("kill -s {name} {pid}"));
        lines
    }

    /// What nobody in a box may do.
    pub(super) fn outside(&mut self, op: &Op) -> Vec<String> {
        let number = self.number(op, ids::of(op));
        let mut lines = self.own_terminal();
        lines.push(ids::line(op, &number));
        lines
    }

    fn own_terminal(&mut self) -> Vec<String> {
        // `host` is nobody's name in a box.
        let own = Some((String::new(), "host".to_owned()));
        if self.last == own {
            return Vec::new();
        }
        self.last = own;
        vec!["# in a terminal of your own:".to_owned()]
    }

    /// Whether nothing needs to be typed to have the end of `name` noticed.
    pub(super) fn waits_by_itself(&self, op: &Op, name: &str) -> bool {
        let child = key(op, name);
        let starter = self.starters.get(&child);
        let waits = |starter: &String| self.waiting.contains_key(&key(op, starter));
        self.roots.contains_key(&child) || starter.is_none_or(waits)
    }
}

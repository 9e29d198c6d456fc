//! Cgroups: which a lesson has made at each step, what may be written to their files, and what the
//! lesson must name in `needs`.

use super::Findings;
use super::names::is_name;
use crate::lesson::parts::CGROUPS;
use crate::lesson::{Lesson, Span};
use crate::model::Op;
use crate::model::cgroup::group::{OWN, TOP};
use crate::model::cgroup::knobs::{all_settable, settable};
use crate::model::op::cgroup::{Enable, Limit, MOST_SECONDS};

/// Names of all cgroups that a lesson makes, or has a learner make.
pub(super) fn made(lesson: &Lesson) -> Vec<&str> {
    let challenges = lesson.steps.iter().filter_map(|it| it.challenge.as_ref());
    let by_hand = challenges.flat_map(|challenge| &challenge.makes);
    let ops = lesson.steps.iter().flat_map(|step| &step.ops);
    let made = ops.filter_map(|op| match op {
        Op::Cgroup(op) => Some(op.name.as_str()),
        _ => None,
    });
    made.chain(by_hand.map(String::as_str)).collect()
}

/// Deeper trees than this say nothing more.
const MOST_LEVELS: usize = 3;
/// More cgroups at a time are more than a screen shows.
const MOST_CGROUPS: usize = 8;
/// What a cgroup can hand on.
const CONTROLLERS: [&str; 5] = ["cpu", "cpuset", "memory", "pids", "io"];

pub(super) fn check(lesson: &Lesson, findings: &mut Findings<'_>) {
    let known = Vec::new();
    let mut check = Check {
        lesson,
        known,
        findings,
    };
    for step in &lesson.steps {
        for (op, at) in step.ops.iter().zip(&step.at.ops) {
            check.op(op, at);
        }
        if let Some(challenge) = &step.challenge {
            for (name, at) in challenge.makes.iter().zip(&challenge.makes_at) {
                check.make(name, false, at);
            }
        }
    }
}

struct Check<'l, 'f, 's> {
    lesson: &'l Lesson,
    /// The cgroups that are there.
    known: Vec<&'l str>,
    findings: &'f mut Findings<'s>,
}

impl<'l> Check<'l, '_, '_> {
    fn op(&mut self, op: &'l Op, at: &Span) {
        if op.is_on_host() {
            let by = "glassbox itself does this; expected no `by`";
            self.findings.add_if(op.by().is_some(), at, by);
        }
        if let Some(name) = op.born_in() {
            self.needs(CGROUPS, at);
            self.is_there(name, at);
        }
        self.nasty(op, at);
        match op {
            Op::Observe(op) => {
                let many = !(1..=MOST_SECONDS).contains(&op.seconds);
                let message = format!("expected `seconds` from 1 to {MOST_SECONDS}");
                self.findings.add_if(many, at, message);
                return;
            }
            Op::Cgroup(make) => self.make(&make.name, op.fails().is_none(), at),
            Op::Enable(op) => self.enable(op, at),
            Op::Limit(op) => self.limit(op, at),
            Op::Move(op) => self.is_there(&op.cgroup, at),
            Op::Freeze(whole) | Op::Thaw(whole) => {
                self.is_there(&whole.cgroup, at);
                self.needs("cgroup:freezer", at);
            }
            Op::Killall(whole) => self.is_there(&whole.cgroup, at),
            Op::Rmcgroup(whole) => {
                self.is_there(&whole.cgroup, at);
                if op.fails().is_none() {
                    self.known.retain(|name| *name != whole.cgroup);
                }
            }
            _ => return,
        }
        self.needs(CGROUPS, at);
    }

    /// What could hurt the machine starts only where limits hold it.
    fn nasty(&mut self, op: &Op, at: &Span) {
        let workload = match op {
            Op::Clone(op) => op.workload,
            Op::Fork(op) | Op::Spawn(op) => op.workload,
            _ => return,
        };
        let free = workload.is_nasty() && op.born_in().is_none();
        let message = format!(
            "`{}` starts only in a cgroup with limits; expected `cgroup = \"...\"`",
            workload.name()
        );
        self.findings.add_if(free, at, message);
    }

    fn make(&mut self, name: &'l str, succeeds: bool, at: &Span) {
        let parts: Vec<&str> = name.split('/').collect();
        let odd = parts.len() > MOST_LEVELS || !parts.iter().all(|part| is_name(part));
        let message = "a cgroup's name is `[a-z][a-z0-9]{0,11}`, with the names of those around it \
                       before it: `jar/left`; at most three";
        self.findings.add_if(odd, at, message);
        let taken = [OWN, TOP].contains(&name) || self.known.contains(&name);
        let message = "a second cgroup of that name; expected another";
        self.findings.add_if(taken && succeeds, at, message);
        if let Some((outer, _)) = name.rsplit_once('/') {
            self.is_there(outer, at);
        }
        if succeeds {
            self.known.push(name);
        }
        let message = format!("expected at most {MOST_CGROUPS} cgroups at a time");
        self.findings
            .add_if(self.known.len() > MOST_CGROUPS, at, message);
    }

    fn enable(&mut self, op: &Enable, at: &Span) {
        self.is_there(&op.cgroup, at);
        let known = |name: &String| CONTROLLERS.contains(&name.as_str());
        let wrong = op.controllers.is_empty() || !op.controllers.iter().all(known);
        let message = format!("expected some of {}", CONTROLLERS.join(", "));
        self.findings.add_if(wrong, at, message);
    }

    fn limit(&mut self, op: &Limit, at: &Span) {
        self.is_there(&op.cgroup, at);
        let Some(knob) = settable(&op.file) else {
            let all: Vec<&str> = all_settable().collect();
            let message = format!("unknown `file`; expected one of {}", all.join(", "));
            return self.findings.add(at, message);
        };
        self.needs(&format!("cgroup:{}", knob.controller), at);
        if knob.v1.is_empty() && op.on.is_none() {
            self.needs("cgroup:v2", at);
        }
        let shape = knob.takes.filter(|shape| !shape.fits(&op.value));
        if let Some(shape) = shape {
            let message = format!("unknown `value`; expected {}", shape.words());
            self.findings.add(at, message);
        }
    }

    fn is_there(&mut self, name: &str, at: &Span) {
        let message = format!("no cgroup `{name}` has been made; expected one that is there");
        let missing = !self.known.contains(&name);
        self.findings.add_if(missing, at, message);
    }

    fn needs(&mut self, need: &str, at: &Span) {
        let missing = !self.lesson.needs.iter().any(|known| known == need);
        let message = format!("without `{need}` in `needs`; expected it there");
        self.findings.add_if(missing, at, message);
    }
}

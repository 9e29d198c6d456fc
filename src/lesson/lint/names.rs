//! Names: those in expressions, resolved against the specimen, and those of boxes, needs and manual
//! pages.

use super::Findings;
use crate::lesson::Reads;
use crate::lesson::convert::{Variables, variables};
use crate::lesson::parts::CGROUPS;
use crate::lesson::shape::Resolver;
use crate::lesson::specimen::{self, Cast};
use crate::lesson::{Expr, Facts, Lesson, Prose, Step, values};
use crate::model::{NsKind, Op};

/// What doctor knows, `cmd:` with any name after it.
pub(in crate::lesson) const NEEDS: [&str; 33] = [
    "cgroup",
    "ipc",
    "mnt",
    "net",
    "pid",
    "time",
    "user",
    "uts",
    "userns",
    "nested-userns",
    "veth",
    "bridge",
    "tbf",
    "proc-mount",
    "overlay",
    "cgroup-path",
    "mqueue",
    "keys",
    "newuidmap",
    CGROUPS,
    "cgroup:cpu",
    "cgroup:cpuset",
    "cgroup:memory",
    "cgroup:pids",
    "cgroup:io",
    "cgroup:freezer",
    "cgroup:v1",
    "cgroup:v2",
    "psi",
    "two-cpus",
    "disk",
    "disk-limit",
    COMMAND,
];
const COMMAND: &str = "cmd:NAME";
/// Variables of ours, and words that CEL keeps for itself.
#[rustfmt::skip]
const RESERVED: [&str; 36] = [
    "host", "before", "calls", "cgroups", "values", "true", "false", "null", "in", "as", "break",
    "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return",
    "var", "void", "while", "bool", "bytes", "double", "dyn", "int", "list", "map", "string",
    "type", "uint",
];
const MAX_NAME: usize = 12;
const NESTED: &str = "a box cannot be inside another one; expected no `inside`. A process of the box that unshares \
                      `user` is one level further in: the panel `idmap` then has three numbers";

pub(super) fn check(lesson: &Lesson, findings: &mut Findings<'_>) {
    findings.add_if(
        !is_lesson_id(&lesson.id),
        &(0..0),
        "expected a file name of the form NN-name.toml",
    );
    boxes(lesson, findings);
    panes(lesson, findings);
    needs(lesson, findings);
    for (page, at) in lesson.man.iter().zip(&lesson.at.man) {
        findings.add_if(
            !is_manual_page(page),
            at,
            "no manual page; expected `name(section)`",
        );
    }
    let scopes = Scopes::new(lesson, Variables::new());
    for step in &lesson.steps {
        match &step.challenge {
            Some(challenge) if !challenge.declared.is_empty() => {
                Scopes::new(lesson, values::variable(&challenge.declared)).step(step, findings);
            }
            _ => scopes.step(step, findings),
        }
    }
}

/// Whether a name has the form `[a-z][a-z0-9]{0,11}`.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(plain)
}

fn is_lesson_id(id: &str) -> bool {
    let Some((number, name)) = id.split_once('-') else {
        return false;
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let digits = number.len() == 2 && number.chars().all(|c| c.is_ascii_digit());
    digits && !name.is_empty() && id.len() <= 32 && name.chars().all(plain)
}

fn boxes(lesson: &Lesson, findings: &mut Findings<'_>) {
    for (position, (spec, at)) in lesson.boxes.iter().zip(&lesson.at.boxes).enumerate() {
        let earlier = &lesson.boxes[..position];
        let known = |name: &str| earlier.iter().any(|other| other.name == name);
        findings.add_if(
            !is_name(&spec.name),
            at,
            "a box's name is `[a-z][a-z0-9]{0,11}`",
        );
        let reserved = RESERVED.contains(&spec.name.as_str());
        findings.add_if(reserved, at, "this name is taken; expected another");
        findings.add_if(known(&spec.name), at, "a second box of that name");
        findings.add_if(spec.inside.is_some(), at, NESTED);
    }
}

fn panes(lesson: &Lesson, findings: &mut Findings<'_>) {
    for step in &lesson.steps {
        for (position, (name, at)) in step.panes.iter().zip(&step.at.panes).enumerate() {
            let known = lesson.boxes.iter().any(|spec| spec.name == *name);
            findings.add_if(!known, at, "`panes` names no box of this lesson");
            let again = step.panes[..position].contains(name);
            findings.add_if(again, at, "this box is shown already");
            findings.add_if(position > 1, at, "more than two boxes; expected one or two");
        }
    }
}

fn needs(lesson: &Lesson, findings: &mut Findings<'_>) {
    for (need, at) in lesson.needs.iter().zip(&lesson.at.needs) {
        findings.add_if(
            !is_need(need),
            at,
            "doctor does not know this; expected a kind of namespace, userns, proc-mount or cmd:NAME",
        );
    }
    for step in &lesson.steps {
        for (op, at) in step.ops.iter().zip(&step.at.ops) {
            let kinds = kinds(op).iter().filter(|kind| **kind != NsKind::User);
            for kind in kinds.filter(|kind| !lesson.needs.iter().any(|need| need == kind.name())) {
                let message = format!("a new {0} namespace without `{0}` in `needs`", kind.name());
                findings.add(at, message);
            }
            let range = matches!(op, Op::Newuidmap(_) | Op::Newgidmap(_));
            let told = lesson.needs.iter().any(|need| need == "newuidmap");
            findings.add_if(range && !told, at, "a range without `newuidmap` in `needs`");
        }
    }
}

fn kinds(op: &Op) -> &[NsKind] {
    match op {
        Op::Unshare(op) => &op.ns,
        Op::Clone(op) => &op.ns,
        _ => &[],
    }
}

fn is_need(need: &str) -> bool {
    let command = |name: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        !name.is_empty() && name.len() <= 32 && name.chars().all(plain)
    };
    match need.strip_prefix("cmd:") {
        Some(name) => command(name),
        None => NEEDS.contains(&need),
    }
}

fn is_manual_page(page: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let Some((name, section)) = page.strip_suffix(')').and_then(|page| page.split_once('(')) else {
        return false;
    };
    !name.is_empty() && name.chars().all(plain) && matches!(section.as_bytes(), [b'1'..=b'8'])
}

/// Which variables an expression may use depends on where it stands.
struct Scopes {
    /// After a step.
    all: Variables,
    /// In a challenge, and in what is said before a step runs: no calls.
    now: Variables,
    /// In a question and its choices.
    before: Variables,
    specimen: Facts,
}

impl Scopes {
    fn new(lesson: &Lesson, values: Variables) -> Self {
        let sample = specimen::sample(&cast(lesson), &super::cgroup::made(lesson));
        let calls = specimen::calls();
        let mut all = variables(Some(&sample), &sample, &calls, &Reads::EVERYTHING);
        all.extend(values);
        let without = |kept: &dyn Fn(&str) -> bool| {
            let variables = all.iter().filter(|(name, _)| kept(name));
            variables
                .map(|(name, fact)| (name.clone(), fact.clone()))
                .collect()
        };
        Self {
            now: without(&|name| name != "calls"),
            before: without(&|name| name == "before"),
            specimen: Facts::of(all.clone()),
            all,
        }
    }

    fn step(&self, step: &Step, findings: &mut Findings<'_>) {
        self.prose(&self.now, &step.say, findings);
        self.prose(&self.all, &step.explain, findings);
        for expr in step.expect.iter().chain(&step.keeps) {
            self.condition(&self.all, expr, findings);
        }
        if let Some(predict) = &step.predict {
            self.prose(&self.before, &predict.ask, findings);
            for choice in &predict.choices {
                self.prose(&self.before, &choice.say, findings);
                self.condition(&self.all, &choice.when, findings);
                self.prose(&self.all, &choice.because, findings);
            }
        }
        if let Some(challenge) = &step.challenge {
            self.prose(&self.now, &challenge.task, findings);
            for line in &challenge.solution {
                self.prose(&self.now, line, findings);
            }
            for done in &challenge.done {
                self.prose(&self.now, &done.say, findings);
                self.condition(&self.now, &done.when, findings);
            }
            for hint in &challenge.hints {
                self.prose(&self.now, &hint.say, findings);
                if let Some(when) = &hint.when {
                    self.condition(&self.now, when, findings);
                }
            }
        }
    }

    fn prose(&self, known: &Variables, prose: &Prose, findings: &mut Findings<'_>) {
        for expr in prose.exprs() {
            self.resolve(known, expr, findings);
        }
    }

    fn condition(&self, known: &Variables, expr: &Expr, findings: &mut Findings<'_>) {
        if self.resolve(known, expr, findings)
            && let Some(message) = expr.misfit(&self.specimen)
        {
            findings.at_node(expr, &expr.tree, message);
        }
    }

    fn resolve(&self, known: &Variables, expr: &Expr, findings: &mut Findings<'_>) -> bool {
        let unknown = Resolver::check(known, expr);
        for (node, message) in &unknown {
            let elsewhere = root(node)
                .is_some_and(|name| self.all.contains_key(name) && !known.contains_key(name));
            let why = if elsewhere {
                " here: it would not be there yet, or give the answer away"
            } else {
                ""
            };
            findings.at_node(expr, node, format!("{message}{why}"));
        }
        unknown.is_empty()
    }
}

fn root(node: &cel::IdedExpr) -> Option<&str> {
    match &node.expr {
        cel::common::ast::Expr::Ident(name) => Some(name),
        _ => None,
    }
}

fn cast(lesson: &Lesson) -> Cast<'_> {
    let mut cast: Cast<'_> = lesson
        .boxes
        .iter()
        .map(|spec| (spec.name.as_str(), Vec::new()))
        .collect();
    let only = lesson.boxes.first().map_or("", |spec| spec.name.as_str());
    for op in lesson.steps.iter().flat_map(|step| &step.ops) {
        let names = cast.get_mut(op.box_name().unwrap_or(only));
        if let (Some(names), Some(name)) = (names, op.starts()) {
            names.push(name);
        }
    }
    cast
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::{Done, library};

    /// A challenge is graded by facts that it reads, and no others: they say the same as all of them.
    #[test]
    fn what_is_not_read_is_not_missed() {
        for mut lesson in library::embedded().expect("our own lessons") {
            lesson.draw(7);
            let sample = specimen::sample(&cast(&lesson), &super::super::cgroup::made(&lesson));
            let all = Facts::new(Some(&sample), &sample, &[]);
            let id = &lesson.id;
            for challenge in lesson.steps.iter().filter_map(|it| it.challenge.as_ref()) {
                let some = Facts::read_by(&challenge.graded_by(), Some(&sample), &sample);
                let told = |facts: &Facts, done: &Done| {
                    let parts = done.when.conjuncts();
                    let parts = parts.iter().chain([&done.when]).map(|part| {
                        let value = part.eval_bool(facts).map_err(|error| error.to_string());
                        (value, part.sentence(facts), part.facts_named(facts))
                    });
                    (parts.collect::<Vec<_>>(), done.say.line(facts))
                };
                for done in &challenge.done {
                    assert_eq!(
                        told(&some, done),
                        told(&all, done),
                        "{id}: {}",
                        done.when.text()
                    );
                }
            }
        }
    }
}

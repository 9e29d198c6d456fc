//! Everything about a lesson that can be proved without a kernel. Called by `glassbox lessons lint`,
//! by whoever loads a lesson, and by the tests.

mod cgroup;
mod files;
mod leaks;
mod limits;
mod names;
mod ops;
mod powers;
mod values;

#[cfg(test)]
pub(super) use names::NEEDS;
#[cfg(test)]
pub(super) use ops::{FILESYSTEMS, MOUNT_FLAGS};

use super::expr::Expr;
use super::{Diagnostic, Lesson, Source, Span};

/// What is wrong with a lesson, in the order of its text; empty when all is well.
#[must_use]
pub fn lint(lesson: &Lesson) -> Vec<Diagnostic> {
    let mut findings = Findings::new(&lesson.source);
    limits::check(lesson, &mut findings);
    ops::check(lesson, &mut findings);
    files::boxes(lesson, &mut findings);
    cgroup::check(lesson, &mut findings);
    names::check(lesson, &mut findings);
    values::check(lesson, &mut findings);
    leaks::check(lesson, &mut findings);
    findings.all.sort_by_key(|found| (found.line, found.column));
    findings.all
}

/// What was found so far.
struct Findings<'s> {
    source: &'s Source,
    all: Vec<Diagnostic>,
}

impl<'s> Findings<'s> {
    fn new(source: &'s Source) -> Self {
        let all = Vec::new();
        Self { source, all }
    }

    fn add(&mut self, at: &Span, message: impl Into<String>) {
        self.all.push(self.source.diagnostic(at, message));
    }

    fn add_if(&mut self, wrong: bool, at: &Span, message: impl Into<String>) {
        if wrong {
            self.add(at, message);
        }
    }

    fn at_node(&mut self, expr: &Expr, node: &cel::IdedExpr, message: impl Into<String>) {
        let at = expr.place(self.source, node);
        self.add(&at, message);
    }
}

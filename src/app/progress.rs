//! How far a learner got. Changed by the app, kept in a file by `run`; never scored.

use std::collections::BTreeMap;

/// How far a learner got, by lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// By the lesson's id; a lesson never opened is not here.
    pub lessons: BTreeMap<String, Reached>,
    /// The id of the lesson that was opened last.
    pub last: Option<String>,
    /// Challenges solved, by the lesson's id and the step, from 0.
    pub solved: BTreeMap<(String, usize), Solved>,
}

/// How a challenge was solved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Solved {
    /// Hints that were given.
    pub hints: usize,
    /// The solution was shown.
    pub solution: bool,
    /// The facts that its conditions name, with their values then.
    pub facts: BTreeMap<String, String>,
    /// When, in seconds since 1970; an older glassbox did not keep it, nor what follows.
    pub at: Option<i64>,
    /// Seconds from the opening of its shell until then.
    pub seconds: Option<u64>,
    /// Inode numbers of namespaces: `host.ns.pid`, `box.ns.pid`.
    pub namespaces: BTreeMap<String, u64>,
    /// Counters of the lesson's cgroups: `web.memory.events.oom_kill`.
    pub counters: BTreeMap<String, u64>,
}

/// How far a learner got in one lesson.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reached {
    /// The step to go on with, from 0.
    pub step: usize,
    /// The last step was finished once.
    pub done: bool,
}

/// The state of a lesson in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Never opened.
    New,
    /// Opened; the step to go on with, from 0.
    Started(usize),
    /// Finished.
    Done,
}

impl Progress {
    /// The state of a lesson in the list.
    #[must_use]
    pub fn state(&self, lesson: &str) -> State {
        match self.lessons.get(lesson) {
            None => State::New,
            Some(Reached { done: true, .. }) => State::Done,
            Some(Reached { step, .. }) => State::Started(*step),
        }
    }

    /// Where to open a lesson: at the step left, or at the start once it is done.
    #[must_use]
    pub fn resume(&self, lesson: &str) -> usize {
        match self.state(lesson) {
            State::Started(step) => step,
            State::New | State::Done => 0,
        }
    }

    /// Notes that `step` is the one to go on with. A lesson that is done stays done.
    pub(super) fn reach(&mut self, lesson: &str, step: usize) {
        self.lessons.entry(lesson.to_owned()).or_default().step = step;
        self.last = Some(lesson.to_owned());
    }

    /// Notes that the challenge of `step` is solved.
    pub(super) fn solve(&mut self, lesson: &str, step: usize, how: Solved) {
        self.solved.insert((lesson.to_owned(), step), how);
    }

    /// Notes that the last step is finished.
    pub(super) fn finish(&mut self, lesson: &str) {
        let reached = Reached {
            step: 0,
            done: true,
        };
        self.lessons.insert(lesson.to_owned(), reached);
    }
}

//! A challenge as it is played: its start, what the kernel's state says of each condition, hints, and
//! when it is solved. Called by the keys of [`super::App::update`] and for each sample; it asks no clock.

use std::collections::BTreeMap;

use super::{App, Effect, Play, Side, Solved, evidence};
use crate::lesson::{Challenge, Done, Expr, Facts, Hint, Lesson};
use crate::model::Sample;
use crate::model::port::{Command, Place};

/// What is done must still be so in a sample that is this much younger, in nanoseconds.
const STAYS_FOR: i64 = 300_000_000;
/// Nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// What the kernel's state says of one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The condition in words (safe text); what the lesson joins with `&&` are several.
    pub text: String,
    /// Whether it is true now.
    pub holds: bool,
    /// The facts that it names, with their values (safe text).
    pub values: Vec<(String, String)>,
    /// Why it has no value, if so.
    pub error: Option<String>,
}

/// What was said to help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Help {
    /// A hint.
    Hint {
        /// Which it is, from 1.
        number: usize,
        /// In Markdown.
        text: String,
        /// The solution comes next.
        is_last: bool,
    },
    /// Lines that solve it.
    Solution(Vec<String>),
}

/// The challenge of the step that is played.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// Its shell was opened.
    pub(crate) started: bool,
    /// It is to be started as soon as the boxes stand.
    pub(super) waits: bool,
    /// What it began with: `before`.
    base: Option<Sample>,
    /// What the latest sample says; of a solved one, what the sample said that solved it.
    pub(crate) conditions: Vec<Condition>,
    /// The monotonic clock of the first of the latest samples that all say that it is done.
    done_since: Option<i64>,
    pub(crate) solved: bool,
    /// Hints given, by their places in the lesson.
    given: Vec<usize>,
    /// What was said last.
    pub(crate) help: Option<Help>,
}

impl Attempt {
    /// It begins with this state.
    pub(super) fn begin(&mut self, now: &Sample) {
        self.base = Some(now.clone());
        self.done_since = None;
    }

    /// Its shell is opened; in this state, if nobody has typed in the boxes before.
    pub(super) fn start(&mut self, now: Option<&Sample>) {
        if let (false, Some(now)) = (self.started, now) {
            self.begin(now);
        }
        self.started = true;
    }

    /// Nobody has begun with it, and it is not solved.
    pub(super) fn is_new(&self) -> bool {
        !self.started && !self.solved
    }

    /// There is something to say that was not said yet.
    pub(super) fn has_hint(&self) -> bool {
        self.started && !matches!(self.help, Some(Help::Solution(_)))
    }

    /// What it began with.
    #[must_use]
    pub fn base(&self) -> Option<&Sample> {
        self.base.as_ref()
    }

    fn facts(&self, now: &Sample) -> Facts {
        Facts::new(self.base.as_ref(), now, &[])
    }

    /// Takes in what a sample says. `true`: it is done for the first time, so look again.
    /// `shell` names the box that its shell is in, if it is in one.
    fn grade(&mut self, challenge: &Challenge, shell: Option<&str>, now: &Sample) -> bool {
        if self.solved || self.base.is_none() {
            return false;
        }
        let facts = Facts::read_by(&challenge.graded_by(), self.base.as_ref(), now);
        self.conditions.clear();
        let parts = challenge.done.iter();
        for part in parts.flat_map(|it| Condition::of(it, &facts, shell)) {
            // What two lines of the lesson want is said once.
            if !self.conditions.contains(&part) {
                self.conditions.push(part);
            }
        }
        let holds = |done: &Done| done.when.eval_bool(&facts) == Ok(true);
        if !challenge.done.iter().all(holds) {
            self.done_since = None;
            return false;
        }
        let clock = now.host.world.clocks.0.monotonic;
        let Some(since) = self.done_since else {
            self.done_since = Some(clock);
            return true;
        };
        self.solved = clock.saturating_sub(since) >= STAYS_FOR;
        false
    }

    /// The first hint for this state that was not given yet; then the solution.
    fn give(&mut self, challenge: &Challenge, now: &Sample) {
        let facts = self.facts(now);
        let fits = |hint: &Hint| {
            let when = hint.when.as_ref();
            when.is_none_or(|when| when.eval_bool(&facts) == Ok(true))
        };
        let hints = challenge.hints.iter().enumerate();
        let mut left = hints.filter(|(at, hint)| !self.given.contains(at) && fits(hint));
        let (next, is_last) = (left.next(), left.next().is_none());
        self.help = Some(match next {
            Some((at, hint)) => {
                self.given.push(at);
                Help::Hint {
                    number: self.given.len(),
                    text: hint.say.render(&facts),
                    is_last,
                }
            }
            None => Help::Solution(challenge.to_type(&facts)),
        });
    }

    /// What is to be kept of it, solved in this state.
    fn record(&self, now: &Sample) -> Solved {
        let values = self.conditions.iter().flat_map(|part| &part.values);
        let clocks = &now.host.world.clocks.0;
        let began = self
            .base
            .as_ref()
            .map(|base| base.host.world.clocks.0.monotonic);
        let took = began.map(|began| clocks.monotonic.saturating_sub(began) / SECOND);
        Solved {
            at: Some(clocks.realtime / SECOND),
            seconds: took.and_then(|took| u64::try_from(took).ok()),
            namespaces: evidence::namespaces(now),
            counters: evidence::counters(now),
            hints: self.given.len(),
            solution: matches!(self.help, Some(Help::Solution(_))),
            facts: values.cloned().collect::<BTreeMap<_, _>>(),
        }
    }
}

impl Condition {
    /// In the lesson's words, if it has some; else each part of the expression in words of ours.
    fn of(done: &Done, facts: &Facts, shell: Option<&str>) -> Vec<Self> {
        if done.say.is_empty() {
            let parts = done.when.conjuncts();
            let part = |part: &Expr| Self::generated(part, facts, shell);
            return parts.iter().map(part).collect();
        }
        let text = done.say.line(facts);
        vec![Self {
            text,
            error: None,
            ..Self::generated(&done.when, facts, shell)
        }]
    }

    fn generated(expression: &Expr, facts: &Facts, shell: Option<&str>) -> Self {
        let value = expression.eval_bool(facts);
        let words = expression.words(facts, shell);
        // Words say themselves what has no value.
        let error = value.as_ref().err().filter(|_| words.is_none());
        Self {
            error: error.map(ToString::to_string),
            text: words.unwrap_or_else(|| expression.sentence(facts)),
            holds: value == Ok(true),
            values: expression.facts_named(facts),
        }
    }
}

impl App {
    fn lesson_played(&mut self) -> Option<(&Lesson, &mut Play)> {
        let play = self.play.as_mut()?;
        Some((self.lessons.get(play.lesson)?, play))
    }

    /// Something was typed into the boxes for a challenge that is not solved.
    pub(super) fn has_begun(&self) -> bool {
        let play = self.play.as_ref();
        let tried = |play: &Play| {
            play.attempt
                .as_ref()
                .is_some_and(|it| it.started && !it.solved)
        };
        play.is_some_and(|play| play.shells.touched && tried(play))
    }

    /// `t`: starts the challenge in a shell where the lesson wants it, or goes on in that shell.
    pub(super) fn try_challenge(&mut self) -> Vec<Effect> {
        let alive = self.lost.is_none();
        let Some((lesson, play)) = self.lesson_played() else {
            return Vec::new();
        };
        let Some(challenge) = &lesson.steps[play.step].challenge else {
            self.say("this step has no challenge".to_owned());
            return Vec::new();
        };
        let place = challenge.spot(lesson).place;
        play.go_to_side(&place);
        let touched = play.shells.touched;
        if let Some(attempt) = &mut play.attempt
            && touched
            && !attempt.started
            && alive
        {
            attempt.waits = true;
            let rebuild = self.rebuild();
            self.say("the boxes were made anew; their shells are closed".to_owned());
            return vec![rebuild];
        }
        self.open_shell(false)
    }

    /// `i`: a hint for the state that is there; after the last one, the solution.
    pub(super) fn hint(&mut self) {
        let Some((lesson, play)) = self.lesson_played() else {
            return;
        };
        let challenge = lesson.steps[play.step].challenge.as_ref();
        let (Some(challenge), Some(attempt)) = (challenge, &mut play.attempt) else {
            self.say("hints are for challenges; this step has none".to_owned());
            return;
        };
        play.scroll = 0;
        match &play.now {
            _ if attempt.solved => self.say("it is solved already".to_owned()),
            // A hint is for what the shell is, and before it is open others stand in its place.
            _ if attempt.is_new() => self.say("press t first: hints look at your shell".to_owned()),
            None => self.say("wait until the boxes stand".to_owned()),
            Some(now) => attempt.give(challenge, now),
        }
    }

    /// The challenge of this step is tried in a shell that is not ours, from another terminal.
    pub fn try_elsewhere(&mut self) {
        let Some((_, play)) = self.lesson_played() else {
            return;
        };
        if let Some(attempt) = &mut play.attempt {
            attempt.start(play.now.as_ref());
        }
    }

    /// The solution, whatever hints there are yet.
    pub fn show_solution(&mut self) {
        let Some((lesson, play)) = self.lesson_played() else {
            return;
        };
        let challenge = lesson.steps[play.step].challenge.as_ref();
        if let (Some(challenge), Some(attempt), Some(now)) =
            (challenge, &mut play.attempt, &play.now)
        {
            let lines = challenge.to_type(&attempt.facts(now));
            attempt.help = Some(Help::Solution(lines));
        }
    }

    /// A challenge is solved when the kernel's state says so, and still does a little later. An
    /// unchanged state is told only if asked for.
    pub(super) fn grade(&mut self) -> Vec<Effect> {
        let Some((lesson, play)) = self.lesson_played() else {
            return Vec::new();
        };
        let challenge = lesson.steps[play.step].challenge.as_ref();
        let (Some(challenge), Some(attempt), Some(now)) = (challenge, &mut play.attempt, &play.now)
        else {
            return Vec::new();
        };
        let was_solved = attempt.solved;
        let shell = match challenge.spot(lesson).place {
            Place::Host => None,
            Place::Box(name) => Some(name),
        };
        let holds = |attempt: &Attempt| -> Vec<bool> {
            attempt.conditions.iter().map(|it| it.holds).collect()
        };
        let held = holds(attempt);
        let look_again = attempt.grade(challenge, shell.as_deref(), now);
        if attempt.solved != was_solved || holds(attempt) != held {
            // The verdicts stand above what was scrolled to.
            play.scroll = 0;
        }
        if look_again {
            return vec![Effect::Lab(Command::LookAgain)];
        }
        if was_solved || !attempt.solved {
            return Vec::new();
        }
        let (id, step, record) = (lesson.id.clone(), play.step, attempt.record(now));
        self.progress.solve(&id, step, record);
        self.say("solved: the kernel says so".to_owned());
        vec![Effect::Save(self.progress.clone())]
    }
}

impl Play {
    fn go_to_side(&mut self, place: &Place) {
        match place {
            Place::Host => self.side = Side::Host,
            Place::Box(name) => {
                self.side = Side::Box;
                if *name != self.box_name {
                    self.other = std::mem::replace(&mut self.box_name, name.clone());
                }
            }
        }
    }
}

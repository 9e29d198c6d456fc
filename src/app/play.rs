//! A lesson as it is played: which step, which phase, and what the kernel has said so far. Changed
//! by `steps`, `select` and `lab`; drawn by `ui`.

use super::{Answer, Attempt, History, Reveal, Shells, Why, shuffle};
use crate::{
    lesson::{Lesson, Panel},
    model::{BoxView, Call, Fault, Sample, diff, sample::Role},
};

/// The phases of a step, one Enter each; what does not apply is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The text.
    Read,
    /// The question.
    Predict,
    /// The lab works.
    Run,
    /// What happened.
    Watch,
    /// Why.
    Explain,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Predict,
        Self::Run,
        Self::Watch,
        Self::Explain,
    ];

    /// The word in the title line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Predict => "predict",
            Self::Run => "run",
            Self::Watch => "watch",
            Self::Explain => "why",
        }
    }
}

/// What the lab is doing for this lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lab {
    /// It makes the boxes and repeats the earlier steps.
    Opening,
    /// It waits for us.
    Ready,
    /// It carries out the step.
    Running,
}

/// Which pane the cursor is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The host's.
    Host,
    /// The box's.
    Box,
}

/// Why the panels stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// A question is open.
    Before,
    /// The learner froze them.
    Frozen,
}

/// What a step did.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was called.
    pub calls: Vec<Call>,
    /// Both sides before the first call.
    pub before: Sample,
    /// Why it stopped early, if it did.
    pub fault: Option<Fault>,
    /// What came of the prediction.
    pub reveal: Option<Reveal>,
}

/// The step's texts in Markdown, values filled in.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// The text of the step.
    pub say: String,
    /// The question, if there is one.
    pub ask: String,
    /// The answers in the order of the lesson.
    pub choices: Vec<String>,
    /// Why it came out that way.
    pub explain: String,
    /// The commands that do it by hand.
    pub by_hand: Vec<String>,
    /// What docker(1) has for it.
    pub docker: String,
}

/// A lesson as it is played.
#[derive(Debug)]
pub struct Play {
    pub(crate) lesson: usize,
    pub(crate) step: usize,
    pub(crate) phase: Phase,
    pub(crate) lab: Lab,
    /// A reset is under way: what is left is to be shown.
    pub(super) resetting: bool,
    /// How the boxes were made.
    pub(crate) opening: Vec<Call>,
    /// Why they could not be made as the lesson wants.
    pub(crate) opening_fault: Option<Fault>,
    /// The latest sample.
    pub(crate) now: Option<Sample>,
    /// The sample that the panels show instead of the latest.
    pub(crate) held: Option<(Hold, Sample)>,
    pub(crate) outcome: Option<Outcome>,
    /// The step's challenge, if it has one.
    pub(crate) attempt: Option<Attempt>,
    pub(crate) texts: Texts,
    /// The order in which the answers are shown.
    pub(crate) order: Vec<usize>,
    pub(crate) answer: Option<Answer>,
    /// The panel that is shown first.
    pub(crate) panel: Panel,
    /// The learner chose it.
    pub(crate) picked: bool,
    pub(crate) side: Side,
    /// The names of the lesson's boxes, in its order.
    pub(crate) boxes: Vec<String>,
    /// The name of the box that the box pane shows.
    pub(crate) box_name: String,
    /// Show two boxes at once.
    pub(crate) two: bool,
    /// The name of the other one.
    pub(super) other: String,
    /// The row under the cursor, on the side that has it; none until it is moved.
    pub(crate) cursor: Option<usize>,
    /// List the processes that are not in a box, too.
    pub(crate) others: bool,
    /// Lines that the text is scrolled down by.
    pub(crate) scroll: usize,
    /// The learner's shells.
    pub(crate) shells: Shells,
    /// What the lesson's cgroups used so far.
    pub(crate) history: History,
}

impl Play {
    /// The sample that the panels show.
    #[must_use]
    pub fn shown(&self) -> Option<&Sample> {
        match &self.held {
            Some((_, sample)) => Some(sample),
            None => self.now.as_ref(),
        }
    }

    /// What the marks compare with: only while the step's result is watched.
    #[must_use]
    pub fn marks_against(&self) -> Option<&Sample> {
        let outcome = self.outcome.as_ref()?;
        (self.phase == Phase::Watch).then_some(&outcome.before)
    }

    /// The box that the box pane shows.
    #[must_use]
    pub fn shown_box(&self) -> Option<&BoxView> {
        self.shown()?.boxes.get(&self.box_name)
    }

    /// Both process lists as they are shown.
    #[must_use]
    pub fn processes(&self) -> diff::Processes<'_> {
        self.shown().map_or_else(diff::Processes::default, |now| {
            diff::processes(now, self.marks_against(), &self.box_name, self.others)
        })
    }

    /// Both lists of mounts as they are shown.
    #[must_use]
    pub fn mounts(&self) -> diff::MountLists {
        self.shown().map_or_else(diff::MountLists::default, |now| {
            diff::mounts(now, self.marks_against(), &self.box_name, self.others)
        })
    }

    /// The watched files as they are shown.
    #[must_use]
    pub fn files(&self) -> Vec<diff::FileRow> {
        self.shown().map_or_else(Vec::new, |now| {
            diff::files(now, self.marks_against(), &self.box_name)
        })
    }

    /// The directories of the box's overlay as they are shown.
    #[must_use]
    pub fn layers(&self) -> Option<diff::Layers> {
        diff::overlay(self.shown()?, self.marks_against(), &self.box_name)
    }

    /// Both sides' networks as they are shown.
    #[must_use]
    pub fn networks(&self) -> diff::Networks {
        self.shown().map_or_else(diff::Networks::default, |now| {
            diff::networks(now, self.marks_against(), &self.box_name)
        })
    }

    /// Whether somebody has been in a box with a shell since the boxes were made.
    pub(super) fn was_entered(&self) -> bool {
        let views = self.now.iter().flat_map(|sample| sample.boxes.values());
        let mut members = views.flat_map(|view| &view.members);
        members.any(|member| member.role == Role::Shell)
    }

    /// The calls of the step; before it has run, those that made the boxes.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        match &self.outcome {
            Some(outcome) => &outcome.calls,
            None => &self.opening,
        }
    }

    /// Whether a process of the lesson lives, glassbox's own observers aside.
    #[must_use]
    pub fn lives(&self) -> bool {
        let member = |sample: &Sample| {
            let mut all = sample.boxes.values().flat_map(|view| &view.members);
            all.any(|member| member.exit.is_none() && !member.role.is_hidden())
        };
        self.now.as_ref().is_some_and(member)
    }
}

impl Play {
    pub(super) fn new(position: usize, lesson: &Lesson) -> Self {
        let boxes = lesson.boxes.iter().map(|spec| spec.name.clone());
        Self::of_boxes(position, boxes.collect())
    }

    /// Without a lesson, on the desk, the position is nobody's.
    pub(super) fn of_boxes(position: usize, boxes: Vec<String>) -> Self {
        let box_name = boxes.first().cloned().unwrap_or_default();
        Self {
            lesson: position,
            step: 0,
            phase: Phase::Read,
            lab: Lab::Opening,
            resetting: false,
            opening: Vec::new(),
            opening_fault: None,
            now: None,
            held: None,
            outcome: None,
            attempt: None,
            texts: Texts::default(),
            order: Vec::new(),
            answer: None,
            panel: Panel::Processes,
            picked: false,
            side: Side::Host,
            boxes,
            box_name,
            two: false,
            other: String::new(),
            cursor: None,
            others: false,
            scroll: 0,
            shells: Shells::default(),
            history: History::default(),
        }
    }

    /// Keeps what charts need of a sample.
    pub(super) fn remember(&mut self, sample: &Sample, why: Why) {
        let ran = self.lab == Lab::Running || self.outcome.is_some();
        let step = if ran {
            Some(self.step)
        } else {
            self.step.checked_sub(1)
        };
        self.history.push(sample, step, why);
    }

    /// Everything that belongs to one step starts anew; the sample stays.
    pub(super) fn begin(&mut self, lesson: &Lesson, step: usize, seed: u64) {
        let data = &lesson.steps[step];
        let choices = data.predict.as_ref().map_or(0, |ask| ask.choices.len());
        let salt = (self.lesson as u64) << 32 | step as u64;
        self.step = step;
        self.order = shuffle::order(choices, seed ^ salt.wrapping_mul(0xff51_afd7_ed55_8ccd));
        self.answer = None;
        self.outcome = None;
        self.attempt = data.challenge.as_ref().map(|_| Attempt::default());
        self.held = None;
        self.texts = Texts::default();
        let state = data.panels.iter().find(|panel| **panel != Panel::Calls);
        self.panel = state.copied().unwrap_or(Panel::Processes);
        self.picked = false;
        self.show_boxes(data);
        self.enter(Phase::Read);
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.scroll = 0;
        self.cursor = None;
    }

    /// The panels stand still until the answer is out.
    pub(super) fn enter_question(&mut self) {
        self.held = self.now.clone().map(|sample| (Hold::Before, sample));
        self.enter(Phase::Predict);
    }
}

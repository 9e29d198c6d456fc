//! The parts of a lesson. Made by [`super::parse`] alone; read by run, app and ui.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::values::Declared;
use super::{Expr, Facts, Prose, Reads, Source, Span};
use crate::model::op::{Workload, cgroup::Observe};
use crate::model::{
    Op,
    port::{BoxSpec, Place, Spot},
    support::Probe,
    support::Support,
};

/// What a lesson needs that makes cgroups.
pub(super) const CGROUPS: &str = "cgroups";

/// One lesson, parsed.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The file's name without `.toml`: `02-pid`.
    pub id: String,
    /// Its title in the list.
    pub title: String,
    /// How long it takes, roughly.
    pub minutes: u32,
    /// Part of the core course; the rest is marked *more*.
    pub core: bool,
    /// What it needs of the machine, by the names that doctor knows.
    pub needs: Vec<String>,
    /// Manual pages to read on: `pid_namespaces(7)`.
    pub man: Vec<String>,
    /// The boxes it opens, in this order.
    pub boxes: Vec<BoxSpec>,
    /// Its steps, in order; at least one.
    pub steps: Vec<Step>,
    /// The text that it was parsed from.
    pub source: Arc<Source>,
    pub(super) at: LessonAt,
}

/// Where things stand in the file; for lint.
#[derive(Debug, Clone, Default)]
pub(super) struct LessonAt {
    pub(super) title: Span,
    pub(super) minutes: Span,
    pub(super) needs: Vec<Span>,
    pub(super) man: Vec<Span>,
    pub(super) boxes: Vec<Span>,
}

impl Lesson {
    /// What this machine lacks for the lesson; empty when it can run.
    #[must_use]
    pub fn missing(&self, support: &Support) -> Vec<Probe> {
        support.missing(&self.needs)
    }

    /// The operations of all steps before the one at `step` (from 0), as a replay needs them: nobody
    /// looks on for long at what was seen before.
    #[must_use]
    pub fn replay(&self, step: usize) -> Vec<Op> {
        let earlier = self.steps.iter().take(step);
        earlier
            .flat_map(|step| step.ops.iter())
            .map(|op| match op {
                Op::Observe(look) => Op::Observe(Observe {
                    seconds: 0,
                    ..look.clone()
                }),
                op => at_once(op.clone()),
            })
            .collect()
    }
}

/// A hog takes its memory in one step instead of many with pauses between them; a writer writes as much
/// as the lesson says for that.
fn at_once(mut op: Op) -> Op {
    let (workload, with) = match &mut op {
        Op::Clone(it) => (it.workload, &mut it.with),
        Op::Fork(it) | Op::Spawn(it) => (it.workload, &mut it.with),
        _ => return op,
    };
    let (from, to) = match workload {
        Workload::Hog => ("mb", "step"),
        Workload::Writer => ("again", "mb"),
        _ => return op,
    };
    if let Some(number) = with.number(from) {
        with.set_number(to, number);
    }
    op
}

/// One step of a lesson.
#[derive(Debug, Clone)]
pub struct Step {
    /// Shown after the reveal; before it, a step with a prediction shows its question instead.
    pub title: String,
    /// The text of the step, at most 60 words.
    pub say: Prose,
    /// For the speaker's second screen; may be empty.
    pub note: String,
    /// Seconds that a talk gives it; 0 where it is not part of one.
    pub talk: u32,
    /// What docker(1) has for it; empty where the lesson does not say.
    pub docker: String,
    /// One or two panels; never empty.
    pub panels: Vec<Panel>,
    /// The boxes whose panes are shown; one or two, or none where the step does not mind.
    pub panes: Vec<String>,
    /// What happens, in order; empty in a step that only talks, and in a challenge.
    pub ops: Vec<Op>,
    /// False before the step, true after it.
    pub expect: Vec<Expr>,
    /// True before the step and after it.
    pub keeps: Vec<Expr>,
    /// Why it came out that way, at most 40 words.
    pub explain: Prose,
    /// The question before it runs.
    pub predict: Option<Predict>,
    /// A task for the learner's own hands.
    pub challenge: Option<Challenge>,
    pub(super) at: StepAt,
}

/// Where the plain values of a step stand in the file; for lint.
#[derive(Debug, Clone, Default)]
pub(super) struct StepAt {
    pub(super) title: Span,
    pub(super) talk: Span,
    pub(super) docker: Span,
    pub(super) panels: Vec<Span>,
    pub(super) panes: Vec<Span>,
    pub(super) ops: Vec<Span>,
}

/// A question that is asked before a step runs.
#[derive(Debug, Clone)]
pub struct Predict {
    /// The question; its `{expr}` may use `before` alone.
    pub ask: Prose,
    /// Three or four; exactly one of them comes true.
    pub choices: Vec<Choice>,
}

/// One answer to choose.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What it says; its `{expr}` may use `before` alone.
    pub say: Prose,
    /// Whether it came true, asked after the step.
    pub when: Expr,
    /// What is behind this answer when it is wrong; empty only for the right one.
    pub because: Prose,
}

/// A task that the kernel's state grades.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// What to do.
    pub task: Prose,
    /// Where its shell stands: `host`, `BOX`, or `BOX.NAME`; in the only box if left out.
    pub shell: Option<String>,
    pub(super) shell_at: Option<Span>,
    /// All true when it is solved, at least one false before.
    pub done: Vec<Done>,
    /// In order: an observation, a question, the first command.
    pub hints: Vec<Hint>,
    /// Lines that solve it when typed into that shell, see [`Challenge::to_type`].
    pub solution: Vec<Prose>,
    /// Cgroups that the learner makes.
    pub makes: Vec<String>,
    pub(super) makes_at: Vec<Span>,
    /// Values that are still to be drawn.
    pub(super) declared: Declared,
    /// Those that [`Lesson::draw`] has drawn, by name.
    pub values: BTreeMap<String, String>,
}

/// What the kernel shall say in the end.
#[derive(Debug, Clone)]
pub struct Done {
    /// Whether it says so.
    pub when: Expr,
    /// The same in words; empty where they are made from the expression.
    pub say: Prose,
}

/// In `shell`: on the host.
pub(super) const HOST: &str = "host";

impl Challenge {
    /// Where its shell stands.
    #[must_use]
    pub fn spot(&self, lesson: &Lesson) -> Spot {
        let only = lesson.boxes.first().map(|spec| spec.name.as_str());
        let name = match self.shell.as_deref().or(only) {
            Some(HOST) | None => return Place::Host.into(),
            Some(name) => name,
        };
        let (name, beside) = match name.split_once('.') {
            Some((name, member)) => (name, Some(member.to_owned())),
            None => (name, None),
        };
        let place = Place::Box(name.to_owned());
        Spot { place, beside }
    }

    /// The facts that decide, and tell in words, whether it is solved.
    #[must_use]
    pub fn graded_by(&self) -> Reads {
        let when = self.done.iter().map(|done| &done.when);
        Reads::by(when.chain(self.done.iter().flat_map(|done| done.say.exprs())))
    }

    /// The lines of its solution, with what `facts` say: the state in which they are to be typed.
    #[must_use]
    pub fn to_type(&self, facts: &Facts) -> Vec<String> {
        self.solution.iter().map(|line| line.line(facts)).collect()
    }
}

/// What is said while a challenge is not solved yet.
#[derive(Debug, Clone)]
pub struct Hint {
    /// The state it is for; `None` fits always.
    pub when: Option<Expr>,
    /// The hint.
    pub say: Prose,
}

/// A view that a step opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Panel {
    /// The process list.
    Processes,
    /// The namespace matrix.
    Namespaces,
    /// Host and domain names.
    Hostname,
    /// The calls of the step.
    Calls,
    /// The lists of mounts.
    Mounts,
    /// The files that the lesson watches.
    Files,
    /// The directories of an overlay.
    Layers,
    /// Signals that processes block, ignore and catch.
    Signals,
    /// Four clocks.
    Clocks,
    /// Interfaces, routes, who listens.
    Network,
    /// Who is who: ids and maps.
    Idmap,
    /// Capability sets, and what they count over.
    Capabilities,
    /// Paths in the cgroup hierarchies.
    Cgroup,
    /// System V objects and message queues.
    Ipc,
    /// The lesson's cgroups as a tree, with their members.
    Cgroups,
    /// Usage, limits and events of cgroups.
    Counters,
    /// Usage over time.
    Charts,
    /// Time lost by waiting.
    Pressure,
    /// The files of cgroup v1 and v2 beside each other.
    Knobs,
    /// What a box believes about the machine, and what limits it.
    Believes,
    /// What processes tried, and who said no.
    Grid,
}

impl Panel {
    /// All panels, in the order in which help lists their keys.
    pub const ALL: [Self; 21] = [
        Self::Processes,
        Self::Namespaces,
        Self::Hostname,
        Self::Calls,
        Self::Mounts,
        Self::Files,
        Self::Signals,
        Self::Clocks,
        Self::Network,
        Self::Idmap,
        Self::Capabilities,
        Self::Cgroup,
        Self::Layers,
        Self::Ipc,
        Self::Cgroups,
        Self::Counters,
        Self::Charts,
        Self::Pressure,
        Self::Knobs,
        Self::Believes,
        Self::Grid,
    ];

    /// Those that say something in any lesson: a huge screen shows them unasked.
    pub const GENERAL: [Self; 4] = [
        Self::Processes,
        Self::Namespaces,
        Self::Hostname,
        Self::Calls,
    ];

    /// The name in lessons.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Processes => "processes",
            Self::Namespaces => "namespaces",
            Self::Hostname => "hostname",
            Self::Signals => "signals",
            Self::Clocks => "clocks",
            Self::Ipc => "ipc",
            Self::Calls => "calls",
            Self::Mounts => "mounts",
            Self::Files => "files",
            Self::Network => "network",
            Self::Idmap => "idmap",
            Self::Capabilities => "capabilities",
            Self::Cgroup => "cgroup",
            Self::Layers => "layers",
            Self::Cgroups => "cgroups",
            Self::Counters => "counters",
            Self::Charts => "charts",
            Self::Pressure => "pressure",
            Self::Knobs => "knobs",
            Self::Believes => "believes",
            Self::Grid => "grid",
        }
    }

    /// The key that shows it: a digit, or a letter that no other key has.
    #[must_use]
    pub fn key(self) -> char {
        match self {
            Self::Processes => '1',
            Self::Namespaces => '2',
            Self::Hostname => '3',
            Self::Calls => '4',
            Self::Mounts => '5',
            Self::Files => '6',
            Self::Signals => '7',
            Self::Clocks => '8',
            Self::Network => '9',
            Self::Idmap => 'u',
            Self::Capabilities => 'c',
            Self::Cgroup => 'g',
            Self::Layers => 'd',
            Self::Ipc => 'p',
            Self::Cgroups => 'r',
            Self::Counters => 'n',
            Self::Charts => 'a',
            Self::Pressure => 'z',
            Self::Knobs => 'v',
            Self::Believes => 'e',
            Self::Grid => 'l',
        }
    }

    /// The panel of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|panel| panel.name() == name)
    }
}

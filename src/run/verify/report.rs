//! The report of `verify` as text and as JSON: pure. The JSON object is an interface that stays.

use serde::Serialize;

use super::super::exit::Exit;
use super::grade::Step;
use crate::lesson::Lesson;
use crate::model::Untrusted;
use crate::model::expect::Check;

/// How a lesson ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Pass,
    Fail,
    Skip,
}

/// One lesson in the report.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Outcome {
    id: String,
    verdict: Verdict,
    reason: Option<String>,
    steps: Vec<Line>,
    #[serde(skip)]
    title: String,
    /// What is wrong with the lesson as a whole.
    #[serde(skip)]
    complaints: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Line {
    title: String,
    checks: Vec<Check>,
    #[serde(skip)]
    complaints: Vec<String>,
}

impl Outcome {
    pub(super) fn skip(lesson: &Lesson, reason: String) -> Self {
        Self {
            id: lesson.id.clone(),
            verdict: Verdict::Skip,
            reason: Some(reason),
            steps: Vec::new(),
            title: lesson.title.clone(),
            complaints: Vec::new(),
        }
    }

    /// `complaints` are those about the lesson as a whole.
    pub(super) fn of(lesson: &Lesson, steps: Vec<Step>, complaints: Vec<String>) -> Self {
        let steps: Vec<Line> = steps.into_iter().map(Line::from).collect();
        let of_steps = steps.iter().enumerate().flat_map(|(at, step)| {
            step.complaints
                .iter()
                .map(move |what| format!("step {}: {what}", at + 1))
        });
        let reason = of_steps.chain(complaints.iter().cloned()).next();
        Self {
            id: lesson.id.clone(),
            verdict: if reason.is_none() {
                Verdict::Pass
            } else {
                Verdict::Fail
            },
            reason,
            steps,
            title: lesson.title.clone(),
            complaints,
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let verdict = match self.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "FAIL",
            Verdict::Skip => "skip",
        };
        push(
            &mut text,
            &format!("{verdict}  {}  {}", self.id, self.title),
        );
        if self.verdict == Verdict::Skip {
            push(
                &mut text,
                &format!("      {}", self.reason.as_deref().unwrap_or_default()),
            );
        }
        for (at, step) in self.steps.iter().enumerate() {
            let mark = if step.complaints.is_empty() {
                "ok"
            } else {
                "NO"
            };
            push(&mut text, &format!("  {mark}  {}  {}", at + 1, step.title));
            for what in &step.complaints {
                push(&mut text, &format!("         {what}"));
            }
        }
        for what in &self.complaints {
            push(&mut text, &format!("  NO     {what}"));
        }
        text
    }
}

impl From<Step> for Line {
    fn from(step: Step) -> Self {
        let complaints = step.complaints();
        Self {
            title: step.title,
            checks: step.checks,
            complaints,
        }
    }
}

/// A line, safe to write: titles and expressions may come from a file that is not ours.
fn push(text: &mut String, line: &str) {
    text.push_str(&Untrusted::from(line).text());
    text.push('\n');
}

/// The whole report.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Summary {
    passed: usize,
    failed: usize,
    skipped: usize,
    lessons: Vec<Outcome>,
}

impl Summary {
    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome.verdict {
            Verdict::Pass => self.passed += 1,
            Verdict::Fail => self.failed += 1,
            Verdict::Skip => self.skipped += 1,
        }
        self.lessons.push(outcome);
    }

    pub(super) fn exit(&self) -> Exit {
        match (self.failed, self.passed) {
            (0, 0) => Exit::CannotHere,
            (0, _) => Exit::Ok,
            _ => Exit::CheckFailed,
        }
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{} passed, {} failed, {} skipped\n",
            self.passed, self.failed, self.skipped
        )
    }

    pub(super) fn json(&self) -> String {
        super::super::json::line(self)
    }
}

//! The report of `verify` as text and as JSON: pure. The JSON object is an interface that stays.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::exit::Exit;
use super::grade::{Solution, Step};
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
    /// What came of a challenge's solution; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    solution: Option<Told>,
    /// What was drawn for a challenge, by name; absent where nothing was.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, String>,
    #[serde(skip)]
    complaints: Vec<String>,
}

/// A solution in the report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    /// It was typed.
    Typed,
    /// It was not, for this reason.
    Skipped(String),
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
            if let Some(Told::Skipped(why)) = &step.solution {
                push(
                    &mut text,
                    &format!("         the solution was not typed: {why}"),
                );
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
        let checks = step.final_checks();
        let solution = step.solution.map(|solution| match solution {
            Solution::Skipped(why) => Told::Skipped(why),
            Solution::Typed(_) | Solution::Stuck(..) => Told::Typed,
        });
        Self {
            title: step.title,
            checks,
            solution,
            values: step.values,
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
    solutions: Solutions,
    lessons: Vec<Outcome>,
}

/// How many solutions of challenges were typed, and how many were not.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Solutions {
    typed: usize,
    skipped: usize,
}

impl Summary {
    pub(super) fn add(&mut self, outcome: Outcome) {
        for told in outcome
            .steps
            .iter()
            .filter_map(|step| step.solution.as_ref())
        {
            match told {
                Told::Typed => self.solutions.typed += 1,
                Told::Skipped(_) => self.solutions.skipped += 1,
            }
        }
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
        let Solutions { typed, skipped } = self.solutions;
        let total = format!("{} passed, {} failed", self.passed, self.failed);
        format!(
            "{total}, {} skipped; solutions: {typed} typed, {skipped} skipped\n",
            self.skipped
        )
    }

    pub(super) fn json(&self) -> String {
        super::super::json::line(self)
    }
}

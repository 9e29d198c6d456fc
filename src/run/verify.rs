//! `glassbox verify`: lessons without a terminal, graded by the kernel. Drives the lab directly, in
//! the order of the course; prints one line a step, or one JSON object.

mod grade;
mod play;
mod report;
mod solve;

use std::io::{self, Write as _};
use std::process::ExitCode;

use self::play::play;
use self::report::{Outcome, Summary};
use super::exit;
use crate::kernel::chan::Channel;
use crate::kernel::support;
use crate::lab::{Lab, LabError, Spawner};
use crate::lesson::Lesson;
use crate::model::support::Support;

/// Runs the lessons named in `only`, or all. Exit code 0: all that ran passed; 4: one failed; 3:
/// nothing ran; 2: no lesson of that name; 1: no lab could be set up.
#[must_use]
pub(super) fn verify(
    lessons: &[Lesson],
    only: &[String],
    json: bool,
    mut broker: Option<Channel>,
) -> ExitCode {
    let chosen = match choose(lessons, only) {
        Ok(chosen) => chosen,
        Err(message) => return exit::usage(&message),
    };
    let needs: Vec<String> = chosen
        .iter()
        .flat_map(|lesson| lesson.needs.clone())
        .collect();
    let support = support::survey(&needs, broker.as_ref());
    let mut summary = Summary::default();
    let mut lab = None;
    for lesson in chosen {
        let outcome = match run(lesson, &support, &mut lab, &mut broker) {
            Ok(outcome) => outcome,
            Err(error) => return exit::failure(&format!("the lab cannot be set up: {error}")),
        };
        if !json {
            print(&outcome.text());
        }
        summary.add(outcome);
    }
    print(&if json { summary.json() } else { summary.text() });
    summary.exit().into()
}

/// One lesson, or the reason why it is skipped. A lab whose spawner has died is replaced.
fn run(
    lesson: &Lesson,
    support: &Support,
    lab: &mut Option<Lab>,
    broker: &mut Option<Channel>,
) -> Result<Outcome, LabError> {
    let missing = lesson.missing(support);
    if let Some(first) = missing.first() {
        let reason = format!("needs {}: {}. {}", first.name, first.detail, first.remedy);
        return Ok(Outcome::skip(lesson, reason));
    }
    if lab.as_ref().is_none_or(Lab::is_lost) {
        let earlier = lab.take().and_then(|mut lab| lab.take_broker());
        let broker = earlier.or_else(|| broker.take());
        *lab = Some(Lab::new(Spawner::start()?, broker)?);
    }
    Ok(match lab {
        Some(lab) => play(lab, lesson),
        None => Outcome::skip(lesson, "there is no lab".to_owned()),
    })
}

/// The lessons that were asked for, in the order of the course.
fn choose<'a>(lessons: &'a [Lesson], only: &[String]) -> Result<Vec<&'a Lesson>, String> {
    let known = |name: &&String| lessons.iter().any(|lesson| lesson.id == **name);
    if let Some(unknown) = only.iter().find(|name| !known(name)) {
        let unknown = crate::model::Untrusted::from(unknown).text();
        return Err(format!(
            "there is no lesson `{unknown}`; `glassbox lessons list` has them all"
        ));
    }
    let wanted = |lesson: &&Lesson| only.is_empty() || only.contains(&lesson.id);
    Ok(lessons.iter().filter(wanted).collect())
}

/// Whoever closed the pipe has read enough; the exit code still tells the result.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

//! One lesson played through the lab: the boxes opened, every step carried out between two samples,
//! everything ended again. Decides nothing about right and wrong; `grade` does.

use super::grade::{Step, grade};
use super::report::Outcome;
use super::solve::solve;
use crate::lab::Lab;
use crate::lesson::Lesson;
use crate::model::{Fault, Sample};

/// Plays it up to its end or to the first fault, and makes sure that nothing of it is left.
pub(super) fn play(lab: &mut Lab, lesson: &Lesson) -> Outcome {
    let opened = lab.open(&lesson.boxes);
    let (steps, fault) = match opened.fault {
        None => (steps(lab, lesson), None),
        Some(fault) => (Vec::new(), Some(words(&fault))),
    };
    let proof = lab.clear();
    let left = proof
        .left
        .iter()
        .map(|what| format!("left behind: {}", what.text()));
    Outcome::of(lesson, steps, fault.into_iter().chain(left).collect())
}

fn steps(lab: &mut Lab, lesson: &Lesson) -> Vec<Step> {
    let mut done = Vec::new();
    for step in &lesson.steps {
        let before = lab.observe();
        let report = lab.run(&step.ops, &mut |_| {});
        let after = lab.observe();
        let fault = report.fault.as_ref().map(words);
        let stopped = fault.is_some();
        let samples: (&Sample, &Sample) = (&before, &after);
        let mut graded = grade(step, samples, &report.calls, fault);
        if let Some(challenge) = step.challenge.as_ref().filter(|_| !stopped) {
            graded.solution = Some(solve(lab, &challenge.spot(lesson), challenge, &before));
        }
        done.push(graded);
        if stopped {
            break;
        }
    }
    done
}

fn words(fault: &Fault) -> String {
    fault.message.text()
}

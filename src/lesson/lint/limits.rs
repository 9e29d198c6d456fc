//! Counts and widths: what keeps a lesson short enough for one screen and one breath.

use unicode_width::UnicodeWidthStr as _;

use super::Findings;
use crate::lesson::parts::HOST;
use crate::lesson::{Challenge, Done, Lesson, Predict, Prose, Span, Step};

const MAX_STEPS: usize = 6;
const MAX_PREDICTIONS: usize = 2;
const MAX_PANELS: usize = 2;
const MAX_OPS: usize = 8;
const MAX_CHECKS: usize = 8;
const MAX_HINTS: usize = 5;
const MAX_BOXES: usize = 4;
const MAX_MINUTES: u32 = 60;
const MAX_TALK: u32 = 600;
const SAY_WORDS: usize = 60;
const EXPLAIN_WORDS: usize = 40;
const NOTE_WORDS: usize = 120;
/// Beside the step count and the five phases, on a line of 80.
const LESSON_TITLE_CELLS: usize = 36;
/// A line of 80 with its margins.
const TITLE_CELLS: usize = 76;
/// Two such lines.
const ASK_CELLS: usize = 150;
/// A line of 80 with margins, mark and number.
const CHOICE_CELLS: usize = 70;
/// Two lines of 80, behind their label.
const DONE_CELLS: usize = 130;
/// A line of 80, behind its label.
const DOCKER_CELLS: usize = 67;
/// What stands for `{expr}` when prose is measured: a pid, a name.
const VALUE: &str = "12345";

pub(super) fn check(lesson: &Lesson, findings: &mut Findings<'_>) {
    let at = &lesson.at;
    title(&lesson.title, &at.title, LESSON_TITLE_CELLS, findings);
    between(
        lesson.minutes,
        1,
        MAX_MINUTES,
        "minutes",
        &at.minutes,
        findings,
    );
    let whole = 0..0;
    at_most(lesson.boxes.len(), MAX_BOXES, "boxes", &whole, findings);
    at_most(lesson.steps.len(), MAX_STEPS, "steps", &whole, findings);
    findings.add_if(
        lesson.steps.is_empty(),
        &whole,
        "no step; expected at least one",
    );
    let predictions = lesson.steps.iter().filter(|step| step.predict.is_some());
    if let Some(one_too_many) = predictions.skip(MAX_PREDICTIONS).last() {
        let message = format!("expected at most {MAX_PREDICTIONS} predictions in a lesson");
        findings.add(&one_too_many.at.title, message);
    }
    for step in &lesson.steps {
        check_step(step, findings);
        if let Some(challenge) = &step.challenge {
            check_shell(lesson, challenge, &step.at.title, findings);
        }
    }
}

fn check_step(step: &Step, findings: &mut Findings<'_>) {
    let at = &step.at.title;
    title(&step.title, at, TITLE_CELLS, findings);
    between(
        step.talk,
        0,
        MAX_TALK,
        "seconds of talk",
        &step.at.talk,
        findings,
    );
    at_most(
        step.at.panels.len(),
        MAX_PANELS,
        "panels in a step",
        at,
        findings,
    );
    findings.add_if(step.panels.is_empty(), at, "no panels; expected one or two");
    at_most(
        step.ops.len(),
        MAX_OPS,
        "operations in a step",
        at,
        findings,
    );
    at_most(
        step.expect.len(),
        MAX_CHECKS,
        "expectations in a step",
        at,
        findings,
    );
    at_most(
        step.keeps.len(),
        MAX_CHECKS,
        "`keeps` in a step",
        at,
        findings,
    );
    if !step.docker.is_empty() {
        title(&step.docker, &step.at.docker, DOCKER_CELLS, findings);
    }
    words(&step.say, SAY_WORDS, "say", findings);
    words(&step.explain, EXPLAIN_WORDS, "explain", findings);
    at_most(
        step.note.split_whitespace().count(),
        NOTE_WORDS,
        "words in a note",
        at,
        findings,
    );
    what_belongs_together(step, findings);
    if let Some(predict) = &step.predict {
        check_predict(predict, findings);
    }
    if let Some(challenge) = &step.challenge {
        check_challenge(challenge, at, findings);
    }
}

fn what_belongs_together(step: &Step, findings: &mut Findings<'_>) {
    let at = &step.at.title;
    let runs = !step.ops.is_empty();
    findings.add_if(
        runs && step.expect.is_empty(),
        at,
        "`do` without `expect`; expected something that is false before and true after",
    );
    findings.add_if(
        !runs && !step.expect.is_empty(),
        at,
        "`expect` without `do`; expected operations that make it true",
    );
    findings.add_if(
        !runs && step.predict.is_some(),
        at,
        "a prediction without `do`; expected operations that answer it",
    );
    findings.add_if(
        runs && step.explain.is_empty(),
        at,
        "`do` without `explain`; expected a word on why it came out that way",
    );
    findings.add_if(
        !runs && !step.docker.is_empty(),
        &step.at.docker,
        "`docker` without `do`; expected operations that it stands for",
    );
    findings.add_if(
        step.say.is_empty() && step.challenge.is_none(),
        at,
        "neither `say` nor a challenge; expected one of them",
    );
    findings.add_if(
        runs && step.challenge.is_some(),
        at,
        "`do` in a step with a challenge; expected a step of its own",
    );
}

fn check_predict(predict: &Predict, findings: &mut Findings<'_>) {
    let at = &predict.ask.at;
    cells(&predict.ask, ASK_CELLS, findings);
    findings.add_if(predict.ask.is_empty(), at, "an empty question");
    let count = predict.choices.len();
    if !(3..=4).contains(&count) {
        findings.add(at, format!("{count} choices; expected three or four"));
    }
    let mut unexplained = predict
        .choices
        .iter()
        .filter(|choice| choice.because.is_empty());
    if let Some(second) = unexplained.nth(1) {
        findings.add(
            &second.say.at,
            "a second choice without `because`; expected one for each wrong choice",
        );
    }
    for (position, choice) in predict.choices.iter().enumerate() {
        cells(&choice.say, CHOICE_CELLS, findings);
        words(&choice.because, EXPLAIN_WORDS, "because", findings);
        let text = choice.say.fill(|expr| expr.text().to_owned());
        let mut earlier = predict.choices.iter().take(position);
        let twice = earlier.any(|other| other.say.fill(|expr| expr.text().to_owned()) == text);
        findings.add_if(
            twice || text.trim().is_empty(),
            &choice.say.at,
            "the same choice twice, or an empty one",
        );
    }
}

fn check_challenge(challenge: &Challenge, at: &Span, findings: &mut Findings<'_>) {
    words(&challenge.task, SAY_WORDS, "task", findings);
    findings.add_if(challenge.task.is_empty(), at, "an empty task");
    findings.add_if(
        challenge.done.is_empty(),
        at,
        "a challenge without `done`; expected what the kernel shall say",
    );
    findings.add_if(
        challenge.solution.is_empty(),
        at,
        "a challenge without `solution`; expected lines to type",
    );
    at_most(
        challenge.done.len(),
        MAX_CHECKS,
        "conditions in `done`",
        at,
        findings,
    );
    for done in &challenge.done {
        check_done(done, findings);
    }
    at_most(challenge.hints.len(), MAX_HINTS, "hints", at, findings);
    for hint in &challenge.hints {
        words(&hint.say, EXPLAIN_WORDS, "hint", findings);
    }
    match challenge.hints.last() {
        Some(last) => {
            if let Some(when) = &last.when {
                findings.add(
                    &when.at,
                    "`when` in the last hint; expected none, so that it always fits",
                );
            }
        }
        None => findings.add(at, "a challenge without hints; expected up to five"),
    }
}

/// In which of several boxes it is must be said, and the box must be one of them.
fn check_shell(lesson: &Lesson, challenge: &Challenge, at: &Span, findings: &mut Findings<'_>) {
    let names = lesson.boxes.iter().map(|spec| spec.name.as_str());
    let names: Vec<&str> = std::iter::once(HOST).chain(names).collect();
    let expected = names.join(", ");
    match &challenge.shell {
        None => findings.add_if(
            lesson.boxes.len() > 1,
            at,
            format!("a challenge without `shell` among several boxes; expected one of {expected}"),
        ),
        Some(name) => findings.add_if(
            !names.contains(&name.split_once('.').map_or(name.as_str(), |(name, _)| name)),
            challenge.shell_at.as_ref().unwrap_or(at),
            format!("unknown place for a shell; expected one of {expected}"),
        ),
    }
}

fn title(text: &str, at: &Span, most: usize, findings: &mut Findings<'_>) {
    findings.add_if(text.trim().is_empty(), at, "an empty title");
    let lines = text.contains('\n');
    findings.add_if(lines, at, "a title of more than one line");
    too_wide(text, most, at, findings);
}

fn cells(prose: &Prose, most: usize, findings: &mut Findings<'_>) {
    let text = prose.fill(|_| VALUE.to_owned());
    too_wide(&text, most, &prose.at, findings);
}

fn too_wide(text: &str, most: usize, at: &Span, findings: &mut Findings<'_>) {
    let width = text.width();
    findings.add_if(
        width > most,
        at,
        format!("{width} columns wide; expected at most {most}"),
    );
}

/// Shown as it is, without Markdown.
fn check_done(done: &Done, findings: &mut Findings<'_>) {
    let text = done.say.fill(|_| VALUE.to_owned());
    let message = format!("expected one line of at most {DONE_CELLS} columns");
    let long = text.width() > DONE_CELLS || text.contains('\n');
    findings.add_if(long, &done.say.at, message);
    findings.add_if(
        text.contains(['`', '*']),
        &done.say.at,
        "a mark of Markdown; expected plain words",
    );
}

fn words(prose: &Prose, most: usize, what: &str, findings: &mut Findings<'_>) {
    let text = prose.fill(|_| VALUE.to_owned());
    let count = text
        .split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric))
        .count();
    findings.add_if(
        count > most,
        &prose.at,
        format!("{count} words in `{what}`; expected at most {most}"),
    );
}

fn at_most(count: usize, most: usize, what: &str, at: &Span, findings: &mut Findings<'_>) {
    findings.add_if(
        count > most,
        at,
        format!("{count} {what}; expected at most {most}"),
    );
}

fn between(value: u32, least: u32, most: u32, what: &str, at: &Span, findings: &mut Findings<'_>) {
    let outside = !(least..=most).contains(&value);
    findings.add_if(
        outside,
        at,
        format!("{value} {what}; expected {least} to {most}"),
    );
}

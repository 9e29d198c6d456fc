//! Nothing gives the answer away: until the reveal, no text on the screen holds a choice.

use super::Findings;
use crate::lesson::{Lesson, Prose, Span};

/// Shorter answers (`1`, `yes`) stand in every other sentence.
const SHORTEST: usize = 4;

pub(super) fn check(lesson: &Lesson, findings: &mut Findings<'_>) {
    for step in &lesson.steps {
        let Some(predict) = &step.predict else {
            continue;
        };
        let shown: [(&str, String, &Span); 4] = [
            ("title", plain(&step.title), &step.at.title),
            ("say", written(&step.say), &step.say.at),
            ("docker", plain(&step.docker), &step.at.docker),
            ("ask", written(&predict.ask), &predict.ask.at),
        ];
        for choice in &predict.choices {
            let answer = written(&choice.say);
            if answer.chars().count() < SHORTEST {
                continue;
            }
            for (what, _, at) in shown.iter().filter(|(_, text, _)| holds(text, &answer)) {
                findings.add(
                    at,
                    format!(
                        "`{what}` holds the choice \"{answer}\"; it would give the answer away"
                    ),
                );
            }
        }
    }
}

fn written(prose: &Prose) -> String {
    plain(&prose.fill(|expr| expr.text().to_owned()))
}

/// Lower case, one space between words, no marks of Markdown.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '*' | '`')).collect();
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Whether the answer stands there as words of its own.
fn holds(text: &str, answer: &str) -> bool {
    text.match_indices(answer).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        [before, after]
            .iter()
            .flatten()
            .all(|c| !c.is_alphanumeric())
    })
}

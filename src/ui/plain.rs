//! The lesson as plain lines: no cells, no colours, nothing that moves. Called by `run::play`, which
//! prints them; good for screen readers, pipes and terminals that can do nothing.
//!
//! Each function tells one part of the step that is played, folded at `width`.

use ratatui::text::Line;

use super::{
    calls,
    panels::changes::changes,
    prose,
    story::Story,
    theme::{Role, Theme},
};
use crate::{
    app::{App, Play},
    lesson::{Lesson, Panel, Step},
    model::{Call, Outcome, Untrusted, port::Place},
};

type Lines = Vec<Line<'static>>;

/// Of more of the same call in a row, all of which went well, the first is told and the rest counted.
const MANY: usize = 3;

/// What every part looks at.
struct Page<'a> {
    lesson: &'a Lesson,
    step: &'a Step,
    play: &'a Play,
    story: Story<'a>,
}

/// The lesson's name and title, how long it takes, and what it says of the boxes if they cannot be
/// made as it wants.
#[must_use]
pub fn beginning(app: &App, width: u16) -> Vec<String> {
    tell(app, width, |page| {
        let lesson = page.lesson;
        let title = Untrusted::from(&lesson.title).text();
        let head = format!("{}: {title}", Untrusted::from(&lesson.id).text());
        let count = lesson.steps.len();
        let length = format!("{count} steps, about {} minutes", lesson.minutes);
        vec![[page.plain(&head), page.plain(&length)].concat()]
    })
}

/// Which step it is, and its text. The title of a step with a question would tell the answer.
#[must_use]
pub fn heading(app: &App, width: u16) -> Vec<String> {
    tell(app, width, |page| {
        let title = Untrusted::from(&page.step.title).text();
        let title = match &page.step.predict {
            Some(_) => String::new(),
            None => format!(": {title}"),
        };
        let (number, count) = (page.play.step + 1, page.lesson.steps.len());
        let head = page.plain(&format!("Step {number} of {count}{title}"));
        let text = page.story.markdown(&page.play.texts.say);
        let fault = page.play.opening_fault.as_ref();
        let fault = fault.map_or_else(Vec::new, |fault| page.fault(&fault.message.text()));
        vec![[head, text].concat(), fault]
    })
}

/// The question and its answers, numbered as they are to be answered.
#[must_use]
pub fn question(app: &App, width: u16) -> Vec<String> {
    tell(app, width, |page| {
        let ask = format!("Question: {}", page.play.texts.ask);
        vec![[page.story.markdown(&ask), page.story.choices()].concat()]
    })
}

/// What the step did: calls, commands, changes, what came of the answer, and the title.
#[must_use]
pub fn outcome(app: &App, width: u16) -> Vec<String> {
    tell(app, width, |page| {
        let Some(outcome) = &page.play.outcome else {
            return Vec::new();
        };
        let reveal = outcome.reveal.as_ref();
        let mut verdict = page.story.reveal(reveal);
        if let Some(reveal) = reveal {
            verdict.extend(page.story.markdown(&reveal.because));
            verdict.extend(reveal.doubts().iter().flat_map(|it| page.fault(it)));
            let title = Untrusted::from(&page.step.title).text();
            verdict.extend(page.plain(&format!("So: {title}.")));
        }
        let fault = outcome.fault.as_ref();
        let fault = fault.map_or_else(Vec::new, |fault| page.fault(&fault.message.text()));
        vec![
            page.calls(),
            page.commands(),
            page.docker(),
            page.changes(),
            fault,
            verdict,
        ]
    })
}

/// Why it came out that way; at the end of a lesson, where to read on.
#[must_use]
pub fn why(app: &App, width: u16) -> Vec<String> {
    tell(app, width, |page| {
        let why = format!("Why: {}", page.play.texts.explain);
        let last = page.play.step + 1 == page.lesson.steps.len();
        let man = if last { &page.lesson.man[..] } else { &[] };
        vec![page.story.markdown(&why), page.story.man(man)]
    })
}

/// Where a challenge is to be tried, and how.
#[must_use]
pub fn place(app: &App, width: u16) -> Vec<String> {
    tell(app, width, |page| {
        let Some(challenge) = &page.step.challenge else {
            return Vec::new();
        };
        let words = match challenge.spot(page.lesson).place {
            Place::Host => {
                "Do it in a shell of your own on this machine, in another terminal; then \
                            come back here."
                    .to_owned()
            }
            Place::Box(name) => format!(
                "Do it in another terminal: `glassbox shell {name}` opens a shell in the box there. \
                 Then come back here, and leave that shell open."
            ),
        };
        let words = format!(
            "{words} check asks the kernel whether it is done, hint helps, solution tells, skip goes \
             on without."
        );
        vec![page.plain(&words)]
    })
}

/// What the kernel's state says of a challenge, condition by condition.
#[must_use]
pub fn verdict(app: &App, width: u16) -> Vec<String> {
    tell(app, width, |page| {
        let Some(attempt) = &page.play.attempt else {
            return Vec::new();
        };
        let words = if attempt.solved {
            "Solved: the kernel says so, and said it again a little later."
        } else {
            "Not solved yet."
        };
        let conditions = attempt.conditions.iter();
        let conditions = conditions.flat_map(|it| page.story.condition(it));
        vec![[page.plain(words), conditions.collect()].concat()]
    })
}

/// The last hint, or the solution.
#[must_use]
pub fn help(app: &App, width: u16) -> Vec<String> {
    tell(app, width, |page| {
        let attempt = page.play.attempt.as_ref();
        let help = attempt.map_or_else(Vec::new, |attempt| page.story.help(attempt));
        vec![help]
    })
}

/// Any sentence, safe and folded; an empty one is an empty line.
#[must_use]
pub fn sentence(text: &str, width: u16) -> Vec<String> {
    if text.is_empty() {
        return vec![String::new()];
    }
    let style = ratatui::style::Style::new();
    let lines = prose::plain(text, width, style);
    lines.iter().map(ToString::to_string).collect()
}

/// Parts, with an empty line between two and one before the first; nothing where there is none.
fn tell(app: &App, width: u16, parts: impl FnOnce(&Page<'_>) -> Vec<Lines>) -> Vec<String> {
    let Some(play) = &app.play else {
        return Vec::new();
    };
    let theme = &Theme::of(&app.options);
    let lesson = &app.lessons[play.lesson];
    let story = Story { play, theme, width };
    let page = Page {
        lesson,
        step: &lesson.steps[play.step],
        play,
        story,
    };
    let parts = parts(&page).into_iter().filter(|part| !part.is_empty());
    let lines = parts.flat_map(|part| std::iter::once(Line::default()).chain(part));
    let text = |line: Line<'_>| line.to_string().trim_end().to_owned();
    lines.map(text).collect()
}

impl Page<'_> {
    fn plain(&self, text: &str) -> Lines {
        self.story.plain(text, Role::Plain)
    }

    fn fault(&self, text: &str) -> Lines {
        self.plain(&format!("! {text}"))
    }

    fn calls(&self) -> Lines {
        let (width, theme) = (self.story.width, self.story.theme);
        let calls: Vec<&Call> = self.play.calls().iter().collect();
        let alike =
            |a: &&Call, b: &&Call| (&a.actor, &a.name) == (&b.actor, &b.name) && both_ok(a, b);
        let lines = calls.chunk_by(alike).flat_map(|run| {
            let (told, rest) = run.split_at(if run.len() > MANY { 1 } else { run.len() });
            let told = told
                .iter()
                .flat_map(|call| calls::whole(self.play, call, "", width - 2, theme));
            let rest = rest.first().map(|call| {
                let name = Untrusted::from(&call.name).text();
                Line::raw(format!("    and {} more times {name}, all ok", rest.len()))
            });
            told.chain(rest).collect::<Lines>()
        });
        under("Asked:", lines)
    }

    /// Not folded: whoever copies a command wants it in one piece.
    fn commands(&self) -> Lines {
        let commands = self.play.texts.by_hand.iter();
        under("By hand:", commands.map(|it| Line::raw(prose::safe(it))))
    }

    fn docker(&self) -> Lines {
        match self.play.texts.docker.as_str() {
            "" => Vec::new(),
            words => self.plain(&format!("With docker: {}", Untrusted::from(words).text())),
        }
    }

    fn changes(&self) -> Lines {
        if self.step.ops.is_empty() {
            return Vec::new();
        }
        let panels = self.panels();
        let each = panels.iter().copied();
        let all = each.flat_map(|panel| changes(panel, self.play, self.story.theme));
        let lines: Lines = all
            .flat_map(|changes| {
                let style = self.story.theme.style(Role::Plain);
                let head = format!("{}:", changes.head);
                let head = prose::plain(&head, self.story.width - 2, style);
                let lines = changes.lines.into_iter();
                head.into_iter()
                    .chain(lines.flat_map(|line| self.row(&line)))
            })
            .collect();
        if lines.is_empty() {
            let names: Vec<&str> = panels.iter().map(|panel| panel.name()).collect();
            return self.plain(&format!("Nothing changed in {}.", names.join(", ")));
        }
        under("What changed:", lines)
    }

    /// A row as it is where there is room for it, else folded.
    fn row(&self, text: &str) -> Lines {
        let room = self.story.width - 4;
        let line = Line::raw(format!("  {text}"));
        if line.width() <= usize::from(room) + 2 {
            return vec![line];
        }
        let style = self.story.theme.style(Role::Plain);
        let lines = prose::plain(text, room, style);
        let lines = lines.iter().map(|line| Line::raw(format!("  {line}")));
        lines.collect()
    }

    /// Namespaces, and the panels of the step; numbers in the place of charts.
    fn panels(&self) -> Vec<Panel> {
        let mut panels = vec![Panel::Namespaces];
        for panel in &self.step.panels {
            let panel = match panel {
                Panel::Charts => Panel::Counters,
                panel => *panel,
            };
            if panel != Panel::Calls && !panels.contains(&panel) {
                panels.push(panel);
            }
        }
        panels
    }
}

fn both_ok(a: &Call, b: &Call) -> bool {
    matches!((&a.outcome, &b.outcome), (Outcome::Ok(_), Outcome::Ok(_)))
}

/// Lines below a label, indented; nothing without lines.
fn under(label: &str, lines: impl IntoIterator<Item = Line<'static>>) -> Lines {
    let indented = lines.into_iter().map(|line| {
        let mut spans = vec!["  ".into()];
        spans.extend(line.spans);
        Line::from(spans)
    });
    let mut all: Lines = indented.collect();
    if !all.is_empty() {
        all.insert(0, Line::raw(label.to_owned()));
    }
    all
}

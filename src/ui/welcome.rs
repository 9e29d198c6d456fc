//! The first screen of a first start, and the page that says why lessons cannot run here. What they
//! say is computed by [`crate::app`]; nothing here is about one machine.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    overlay::{self, entry},
    prose,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Remedy, WORDS},
    model::{Untrusted, support::Lack},
};

/// Longer lines are hard to read.
const MEASURE: u16 = 76;
/// Columns of the words at the left of what they mean.
const MARGIN: u16 = 7;

const ABOUT: &str = "You predict what a system call will do. glassbox makes the call for real, and the \
    kernel shows who was right. Nothing on the screen is simulated.";
const STUCK: &str = "Then start glassbox again. Until then there is nothing to watch: this glassbox \
    has no recordings of lessons that it could show instead.";

/// Draws the first screen into `area`, whose last row is the footer's.
pub(super) fn draw(app: &App, scroll: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let page = page(app, theme, area);
    let inner = overlay::frame(" glassbox ", theme, page.place, buf);
    overlay::scrolled(&page.lines, scroll, theme, inner, buf);
    if let Some(notice) = &app.notice {
        let text = write::cut(&format!(" * {notice}"), area.width.into(), theme);
        let line = Line::styled(text, theme.style(Role::Title));
        write::line(&line, area.height.saturating_sub(2), area, buf);
    }
}

/// What it says, and where.
pub(super) struct Page {
    place: Rect,
    pub(super) lines: Vec<Line<'static>>,
}

impl Page {
    /// Rows for its lines.
    pub(super) fn rows(&self) -> u16 {
        self.place.height.saturating_sub(2)
    }
}

pub(super) fn page(app: &App, theme: &Theme, area: Rect) -> Page {
    // The footer, and the row of a notice.
    let body = Rect {
        height: area.height.saturating_sub(2),
        ..area
    };
    let width = (MEASURE + 4).min(body.width);
    let lines = lines(app, theme, width.saturating_sub(4));
    let place = overlay::middle(body, width, lines.len() + 2);
    Page { place, lines }
}

fn lines(app: &App, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let plain = |words: &str, role| prose::plain(words, width, theme.style(role));
    let mut lines = plain(
        "A container is a process. glassbox lets you watch it become one.",
        Role::Title,
    );
    let gap = |lines: &mut Vec<Line<'static>>| lines.push(Line::default());
    gap(&mut lines);
    let (running, all) = (app.running(), app.lessons.len());
    // What is to be done takes its place.
    if running > 0 {
        lines.extend(plain(ABOUT, Role::Plain));
        gap(&mut lines);
    }
    for (word, role) in [("host", Role::Host), ("box", Role::Box)] {
        let meaning = WORDS.iter().find(|(name, _)| *name == word);
        let meaning = meaning.map_or("", |(_, meaning)| meaning);
        lines.extend(term(word, role, &format!("{meaning}."), theme, width));
    }
    gap(&mut lines);
    let track = app.options.track.as_ref();
    let track = track.map_or_else(String::new, |track| format!(" of the track {}", track.name));
    let count = format!("{running} of {all} lessons{track} run here.");
    lines.extend(plain(&count, Role::Title));
    if running == 0 {
        lines.extend(what_to_do(app, theme, width));
    }
    gap(&mut lines);
    for (key, words) in ways(app, all - running) {
        lines.extend(entry(key, MARGIN, &words, theme, width));
    }
    lines
}

fn term(word: &str, role: Role, meaning: &str, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let mut lines = entry(&word.to_uppercase(), MARGIN, meaning, theme, width);
    let first = lines.first_mut().and_then(|line| line.spans.first_mut());
    if let Some(span) = first {
        span.style = theme.style(role);
    }
    lines
}

/// The keys, and what they lead to.
fn ways(app: &App, lacking: usize) -> Vec<(&'static str, String)> {
    let first = app.first_that_runs().and_then(|at| app.lessons.get(at));
    let mut ways = Vec::new();
    if let Some(lesson) = first {
        let number = lesson.id.split('-').next().unwrap_or_default();
        let title = Untrusted::from(&lesson.title).text();
        ways.push(("Enter", format!("start with lesson {number}: {title}")));
    }
    match lacking {
        0 => {}
        1 => ways.push(("d", "why the other one does not, and what to do".to_owned())),
        _ if first.is_none() => ways.push(("d", "all reasons, one by one".to_owned())),
        many => ways.push(("d", format!("why the other {many} do not, and what to do"))),
    }
    let list = if first.is_some() { "Esc" } else { "Enter" };
    ways.push((list, "the list of all lessons".to_owned()));
    ways.push(("q", "quit".to_owned()));
    ways
}

/// Where nothing runs: the cause, and the remedies in their order.
fn what_to_do(app: &App, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let remedies = app.remedies();
    let plain = |words: &str, role| prose::plain(words, width, theme.style(role));
    let cause = remedies.first().and_then(|remedy| remedy.lacks.first());
    let mut lines = cause.map_or_else(Vec::new, |lack| plain(&words_of(lack), Role::Fault));
    lines.push(Line::default());
    lines.extend(plain("What to do, in this order:", Role::Plain));
    for (number, remedy) in remedies.iter().enumerate() {
        lines.extend(numbered(number + 1, remedy, theme, width));
    }
    lines.extend(plain(STUCK, Role::Plain));
    lines
}

fn numbered(number: usize, remedy: &Remedy<'_>, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let what = Untrusted::from(&remedy.what).text();
    entry(&format!("{number}."), 4, &what, theme, width)
}

fn words_of(lack: &Lack<'_>) -> String {
    let words = format!("{}: {}", lack.probe.name, lack.probe.detail);
    Untrusted::from(words).text()
}

/// Why lessons cannot run here: each thing to do, what is lacking, and which lessons wait for it.
pub(super) fn lacks(app: &App, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let (running, all) = (app.running(), app.lessons.len());
    let count = match all - running {
        0 => format!("All {all} lessons run here."),
        1 => format!("One of {all} lessons does not run here."),
        many => format!("{many} of {all} lessons do not run here. What to do, in this order:"),
    };
    let mut lines = prose::plain(&count, width, theme.style(Role::Title));
    for (number, remedy) in app.remedies().iter().enumerate() {
        lines.push(Line::default());
        lines.extend(numbered(number + 1, remedy, theme, width));
        for cause in causes(remedy) {
            lines.extend(indented(&cause, Role::Fault, theme, width));
        }
        let waiting = waiting(remedy, all);
        lines.extend(indented(&waiting, Role::Dim, theme, width));
    }
    lines.push(Line::default());
    let more = "`glassbox doctor` tells all that was tried on this machine; `--json` for programs.";
    lines.extend(prose::plain(more, width, theme.style(Role::Dim)));
    lines
}

/// One cause often has many names: a namespace that is refused takes others with it.
fn causes(remedy: &Remedy<'_>) -> Vec<String> {
    let mut causes: Vec<(&Lack<'_>, Vec<&str>)> = Vec::new();
    for lack in &remedy.lacks {
        let known = causes
            .iter_mut()
            .find(|(first, _)| first.probe.detail == lack.probe.detail);
        match known {
            Some((_, others)) => others.push(&lack.probe.name),
            None => causes.push((lack, Vec::new())),
        }
    }
    let words = |(first, others): (&Lack<'_>, Vec<&str>)| {
        let others = Untrusted::from(others.join(", ")).text();
        if others.is_empty() {
            return words_of(first);
        }
        format!("{}; for the same reason: {others}", words_of(first))
    };
    causes.into_iter().map(words).collect()
}

fn indented(words: &str, role: Role, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let lines = prose::plain(words, width.saturating_sub(4), theme.style(role));
    let shift = |line: Line<'static>| {
        let mut spans = vec![Span::styled("    ", Style::new())];
        spans.extend(line.spans);
        Line::from(spans)
    };
    lines.into_iter().map(shift).collect()
}

fn waiting(remedy: &Remedy<'_>, all: usize) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for id in remedy.lacks.iter().flat_map(|lack| &lack.lessons) {
        if !ids.contains(id) {
            ids.push(id);
        }
    }
    if ids.len() == all {
        return "all lessons wait for it".to_owned();
    }
    let ids: Vec<String> = ids
        .into_iter()
        .map(|id| Untrusted::from(id).text())
        .collect();
    format!("waiting for it: {}", ids.join(", "))
}

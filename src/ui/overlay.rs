//! What lies over the screen: help and glossary from the keymap, messages, yes or no questions.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Block, Widget},
};

use super::{
    palette, proof, prose, steps,
    theme::{Role, Theme},
    welcome, write,
};
use crate::app::{self, App, Overlay, Question, WORDS};

/// Keys and words stand side by side from this width on.
const TWO_COLUMNS: u16 = 120;

/// Draws the overlay, if there is one, above the footer of `area`.
pub(super) fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = Rect {
        height: area.height.saturating_sub(1),
        ..area
    };
    match app.overlay {
        None => {}
        Some(Overlay::Help(scroll)) => help(theme, scroll, area, buf),
        Some(Overlay::Log(scroll)) => log(app, theme, scroll, area, buf),
        Some(Overlay::Confirm(question)) => confirm(app, theme, question, area, buf),
        Some(Overlay::Steps(at)) => steps::draw(app, theme, at, area, buf),
        Some(Overlay::Proof) => proof::draw(app, theme, area, buf),
        Some(Overlay::Lacks(scroll)) => {
            let inner = frame(" why not ", theme, area, buf);
            let lines = welcome::lacks(app, theme, inner.width);
            scrolled(&lines, scroll, theme, inner, buf);
        }
    }
    if let Some(open) = &app.palette {
        palette::draw(app, open, theme, area, buf);
    }
}

/// Where the page on the screen ends, in lines to scroll, if it is scrolled beyond that.
pub(super) fn beyond(app: &App, theme: &Theme, area: Rect) -> Option<usize> {
    let rows = area.height.saturating_sub(3);
    let width = area.width.saturating_sub(4);
    let (scroll, lines, rows) = match (app.overlay, app.welcome) {
        (Some(Overlay::Help(scroll)), _) if width < TWO_COLUMNS => {
            let lines = keys(theme, width).len() + 1 + words(theme, width).len();
            (scroll, lines, rows)
        }
        (Some(Overlay::Help(scroll)), _) => {
            let half = width / 2;
            let left = keys(theme, half - 2).len();
            let lines = left.max(words(theme, width - half).len());
            (scroll, lines, rows)
        }
        (Some(Overlay::Log(scroll)), _) => (scroll, messages(app, width).len(), rows),
        (Some(Overlay::Lacks(scroll)), _) => {
            let lines = welcome::lacks(app, theme, width).len();
            (scroll, lines, rows)
        }
        (None, Some(scroll)) => {
            let page = welcome::page(app, theme, area);
            (scroll, page.lines.len(), page.rows())
        }
        _ => return None,
    };
    let end = match lines.checked_sub(rows.into()) {
        None | Some(0) => 0,
        // One row says that there is more.
        Some(more) => more + 1,
    };
    (scroll > end).then_some(end)
}

/// Clears `area`, draws a frame, and gives its inside.
pub(super) fn frame(title: &'static str, theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    write::clear(area, buf);
    let block = Block::bordered()
        .border_set(theme.single())
        .title_top(Line::styled(title, theme.style(Role::Title)));
    let inner = block.inner(area);
    block.render(area, buf);
    Rect {
        x: inner.x + 1.min(inner.width),
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

fn help(theme: &Theme, scroll: usize, area: Rect, buf: &mut Buffer) {
    let place = frame(" keys and words ", theme, area, buf);
    if place.width < TWO_COLUMNS {
        let mut lines = keys(theme, place.width);
        lines.push(Line::default());
        lines.extend(words(theme, place.width));
        scrolled(&lines, scroll, theme, place, buf);
        return;
    }
    let half = place.width / 2;
    let left = Rect {
        width: half - 2,
        ..place
    };
    let right = Rect {
        x: place.x + half,
        width: place.width - half,
        ..place
    };
    scrolled(&keys(theme, left.width), scroll, theme, left, buf);
    scrolled(&words(theme, right.width), scroll, theme, right, buf);
}

fn keys(theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("KEYS", theme.style(Role::Dim))];
    for (keys, words) in app::help() {
        lines.extend(entry(keys, 12, words, theme, width));
    }
    lines
}

fn words(theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("WORDS", theme.style(Role::Dim))];
    for (word, meaning) in WORDS {
        lines.extend(entry(word, 17, meaning, theme, width));
    }
    lines
}

/// A term, and its meaning in a column of its own.
pub(super) fn entry(
    term: &str,
    margin: u16,
    words: &str,
    theme: &Theme,
    width: u16,
) -> Vec<Line<'static>> {
    let wrapped = prose::plain(words, width.saturating_sub(margin), Style::new());
    let margin = usize::from(margin);
    let terms = std::iter::once(term).chain(std::iter::repeat(""));
    let line = |(term, line): (&str, Line<'static>)| {
        let term = Span::styled(format!("{term:<margin$}"), theme.style(Role::Key));
        let mut spans = vec![term];
        spans.extend(line.spans);
        Line::from(spans)
    };
    terms.zip(wrapped).map(line).collect()
}

/// Lines from the one at `scroll` on; where they do not fit, the last row says how many follow.
pub(super) fn scrolled(
    lines: &[Line<'static>],
    scroll: usize,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) {
    let height = usize::from(area.height);
    if lines.len() <= height {
        write::lines(lines, area, buf);
        return;
    }
    let room = height.saturating_sub(1);
    let start = scroll.min(lines.len() - room);
    write::lines(&lines[start..start + room], area, buf);
    let left = lines.len() - room - start;
    let words = match left {
        0 => "(the end)".to_owned(),
        left => format!("... {left} lines more (Down)"),
    };
    let line = Line::styled(words, theme.style(Role::Dim)).right_aligned();
    write::line(&line, area.height.saturating_sub(1), area, buf);
}

fn log(app: &App, theme: &Theme, scroll: usize, area: Rect, buf: &mut Buffer) {
    let place = frame(" messages, the newest last ", theme, area, buf);
    let mut lines = messages(app, place.width);
    if lines.is_empty() {
        lines.push(Line::styled("there are none", theme.style(Role::Dim)));
    }
    let end = lines.len().saturating_sub(scroll).max(1);
    let start = end.saturating_sub(place.height.into());
    write::lines(&lines[start..end], place, buf);
}

fn messages(app: &App, width: u16) -> Vec<Line<'static>> {
    let lines = app.log.iter();
    lines
        .flat_map(|line| prose::plain(line, width, Style::new()))
        .collect()
}

/// A place in the middle of `area`, as large as asked for if there is room.
pub(super) fn middle(area: Rect, width: u16, rows: usize) -> Rect {
    let width = width.min(area.width);
    let height = u16::try_from(rows).unwrap_or(u16::MAX).min(area.height);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

fn confirm(app: &App, theme: &Theme, question: Question, area: Rect, buf: &mut Buffer) {
    let (title, words) = match question {
        Question::Quit => (" quit? ", "Leave glassbox?"),
        Question::Leave => (
            " leave? ",
            "Leave this lesson? You can go on with this step later.",
        ),
        Question::Reset => (
            " reset? ",
            "End all of this lesson, its shells too, and start this step again with new boxes?",
        ),
    };
    let running = app.play.as_ref().is_some_and(app::Play::lives);
    let ends = match question {
        Question::Quit | Question::Leave if running => " All that runs in this lesson ends.",
        _ => "",
    };
    let width = 56.min(area.width);
    let text = format!("{words}{ends}");
    let lines = prose::plain(&text, width.saturating_sub(4), Style::new());
    let inner = frame(title, theme, middle(area, width, lines.len() + 4), buf);
    write::lines(&lines, inner, buf);
    let answers = Line::from(vec![
        Span::styled("Enter", theme.style(Role::Key)),
        Span::raw(" yes    "),
        Span::styled("Esc", theme.style(Role::Key)),
        Span::raw(" no"),
    ]);
    write::line(&answers, inner.height.saturating_sub(1), inner, buf);
}

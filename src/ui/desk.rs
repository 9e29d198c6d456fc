//! The mixing desk: switches at the left, panels of both sides at the right, and below them what the
//! last start has changed, or the line under the cursor. Shells in view are below all of that.

mod about;
mod rows;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    palette, panels, prose, sheet, shell,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Desk, Lab, Play, Row},
    lesson::Panel,
    model::port::{ShellId, Size},
    model::recipe::Recipe,
};
use rows::text;

/// Columns of the switches.
const SWITCHES: u16 = 31;
/// Rows for words below the panels, of a small screen and of a large one.
const WORDS: (u16, u16) = (7, 12);
/// From so many rows on, two panels stand one below the other.
const TALL: u16 = 34;

const LINE: &str = "Type or paste a line such as `docker run -m 64m --cap-drop ALL alpine`. Enter sets \
    the switches as it says, and names what has none; no image is fetched.";
const VALUE: &str = "Type the value, then Enter. Nothing typed switches it off.";
const ENTER: &str = "s opens a shell in it, held to all switches; so is `glassbox shell box` in another \
    terminal, but to the limits only if root types it.";
/// A shell with its frame wants at least so many rows.
const SHELL: u16 = 12;
/// And so much of a tall screen.
const FIFTHS: u16 = 2;

/// Draws it into `area`, whose last row is the footer's.
pub(super) fn draw(app: &App, desk: &Desk, theme: &Theme, area: Rect, buf: &mut Buffer) {
    heading(app, desk, theme, area, buf);
    let (body, below) = halves(app.play.as_ref(), area);
    if let Some(play) = &app.play {
        shell::draw(play, theme, below, buf);
    }
    let left = Rect {
        width: SWITCHES.min(body.width),
        ..body
    };
    switches(desk, theme, left, buf);
    let right = Rect {
        x: left.right(),
        width: body.width - left.width,
        ..body
    };
    let words = if body.height >= TALL {
        WORDS.1
    } else {
        WORDS.0
    };
    let words = words.min(right.height / if below.is_empty() { 2 } else { 3 });
    let views = Rect {
        height: right.height - words,
        ..right
    };
    show(app, theme, views, buf);
    let below = Rect {
        x: right.x + 1,
        y: views.bottom(),
        width: right.width.saturating_sub(2),
        height: words,
    };
    let mut lines = said(desk, theme, below.width);
    let room = usize::from(words);
    if lines.len() > room && room > 0 {
        lines.truncate(room - 1);
        let style = theme.style(Role::Dim);
        lines.push(Line::styled("(more: m has all of it)", style));
    }
    write::lines(&lines, below, buf);
    last_line(app, desk, theme, area, buf);
}

/// Shells in view whose terminals have another size than there is room for, and that size.
pub(super) fn rooms(play: &Play, area: Rect) -> Vec<(ShellId, Size)> {
    shell::sizes(play, halves(Some(play), area).1)
        .filter(|(shell, size)| shell.wants(*size))
        .map(|(shell, size)| (shell.id(), size))
        .collect()
}

/// The desk, and the shells in view.
fn halves(play: Option<&Play>, area: Rect) -> (Rect, Rect) {
    let body = Rect {
        y: area.y + 1.min(area.height),
        height: area.height.saturating_sub(3),
        ..area
    };
    let rows = match play.map(|play| &play.shells) {
        Some(shells) if shells.is_large() => body.height,
        Some(shells) if shells.in_view().next().is_some() => {
            SHELL.max(body.height * FIFTHS / 5).min(body.height)
        }
        _ => 0,
    };
    let upper = Rect {
        height: body.height - rows,
        ..body
    };
    let below = Rect {
        y: upper.bottom(),
        height: rows,
        ..body
    };
    (upper, below)
}

fn heading(app: &App, desk: &Desk, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let title = Span::styled(" The mixing desk", theme.style(Role::Title));
    let state = match (&app.play, &desk.started) {
        (Some(play), _) if play.lab != Lab::Ready => "the box is being made",
        (_, None) => "no box yet: Enter starts one",
        _ if desk.fault.is_some() => "there is no such box: turn a switch, Enter tries again",
        (_, Some(started)) if *started != desk.recipe => "switches changed: Enter starts again",
        _ => "the box is as the switches say",
    };
    let state = Span::styled(format!("{state} "), theme.style(Role::Dim));
    write::line(
        &write::spread(vec![title], vec![state], area.width),
        0,
        area,
        buf,
    );
}

/// A notice, or the line that is being typed.
fn last_line(app: &App, desk: &Desk, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let line = match (&app.notice, &desk.line) {
        (Some(notice), _) => {
            let text = write::cut(&format!(" * {notice}"), area.width.into(), theme);
            Line::styled(text, theme.style(Role::Title))
        }
        (None, Some(line)) => {
            palette::typed_in(rows::sign(line.of), &line.typed, area.width, theme)
        }
        (None, None) => return,
    };
    let place = Rect {
        y: area.bottom().saturating_sub(2),
        height: 1.min(area.height),
        ..area
    };
    write::clear(place, buf);
    write::line(&line, 0, place, buf);
}

fn show(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else {
        let words = "Each switch is one isolation of Linux. Set some with Space and the arrow keys; \
                     Enter makes a box of real processes with exactly these. Then change one switch \
                     and start again: here you see what comes through. i reads a `docker run` line and \
                     sets the switches as it says.";
        let place = Rect {
            x: area.x + 1,
            width: area.width.saturating_sub(2),
            ..area
        };
        let lines = prose::plain(words, place.width, theme.style(Role::Plain));
        write::lines(&lines, place, buf);
        return;
    };
    if area.height < TALL / 2 || play.panel == Panel::Namespaces {
        panels::view(play.panel).draw(app, area, buf);
        return;
    }
    let lower = area.height / 2;
    let upper = Rect {
        height: area.height - lower,
        ..area
    };
    panels::view(play.panel).draw(app, upper, buf);
    let lower = Rect {
        y: upper.bottom(),
        height: lower,
        ..area
    };
    panels::view(Panel::Namespaces).draw(app, lower, buf);
}

fn switches(desk: &Desk, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let first = sheet::first_row(desk.at, area.height.into());
    let rows = desk.rows().into_iter().enumerate().skip(first);
    for (line, (position, row)) in (0..area.height).zip(rows) {
        let changed = desk.started.as_ref().is_some_and(|started| {
            let is = |recipe: &Recipe| text(recipe, row);
            is(started) != is(&desk.recipe)
        });
        let sign = if changed { "*" } else { " " };
        let cursor = if position == desk.at { ">" } else { " " };
        let text = format!(" {cursor}{sign}{}", text(&desk.recipe, row));
        let text = write::fit(&text, usize::from(area.width), theme);
        let role = if position == desk.at {
            Role::Cursor
        } else {
            Role::Plain
        };
        write::line(&Line::styled(text, theme.style(role)), line, area, buf);
    }
}

fn said(desk: &Desk, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut add = |words: &str, role| lines.extend(prose::plain(words, width, theme.style(role)));
    if let Some(line) = &desk.line {
        let words = if line.of.is_some() { VALUE } else { LINE };
        add(words, Role::Plain);
        return lines;
    }
    for why in &desk.said {
        add(why, Role::Title);
    }
    if desk.moved && desk.said.is_empty() {
        add(&about::about(&desk.recipe, desk.row()), Role::Dim);
    }
    if let Row::Line(at) = desk.row() {
        let line = &desk.lines()[at];
        add(&line.text, Role::Code);
        for how in &line.differs {
            add(&format!("but: {how}"), Role::Dim);
        }
    } else if let Some(fault) = &desk.fault {
        add(&format!("There is no such box: {fault}"), Role::Fault);
        if let Some(remedy) = &desk.remedy {
            add(&format!("What to do: {remedy}"), Role::Plain);
        }
    } else {
        for sentence in &desk.news {
            add(&format!("+ {sentence}"), Role::Plain);
        }
        if desk.started.is_some() {
            add(ENTER, Role::Dim);
        }
    }
    lines
}

//! The mixing desk: switches at the left, panels of both sides at the right, and below them what the
//! last start has changed, or the line under the cursor.

mod about;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    palette, panels, prose, sheet,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Desk, Lab, Row},
    lesson::Panel,
    model::{
        Untrusted,
        recipe::{Recipe, TOOLS},
    },
};

/// Columns of the switches.
const SWITCHES: u16 = 31;
/// Rows for words below the panels, of a small screen and of a large one.
const WORDS: (u16, u16) = (7, 12);
/// From so many rows on, two panels stand one below the other.
const TALL: u16 = 34;

const LINE: &str = "Type or paste a line such as `docker run -m 64m --cap-drop ALL alpine`. Enter sets \
    the switches as it says, and names what has none; no image is fetched.";
const ENTER: &str = "`glassbox shell box` in another terminal enters it.";

/// Draws it into `area`, whose last row is the footer's.
pub(super) fn draw(app: &App, desk: &Desk, theme: &Theme, area: Rect, buf: &mut Buffer) {
    heading(app, desk, theme, area, buf);
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(3),
        ..area
    };
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
    let words = if area.height >= TALL {
        WORDS.1
    } else {
        WORDS.0
    };
    let words = words.min(right.height / 2);
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
        (None, Some(line)) => palette::typed_in("docker line:", line, area.width, theme),
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
    let rows = Row::ALL.into_iter().enumerate().skip(first);
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

/// A row in words: the same words, the same setting.
fn text(recipe: &Recipe, row: Row) -> String {
    let switch = |on: bool| if on { "[x]" } else { "[ ]" };
    let value = |name: &str, value: Option<String>| {
        let value = value.unwrap_or_else(|| "off".to_owned());
        format!("{name:<10} < {value} >")
    };
    match row {
        Row::Ns(kind) => format!(
            "{} {} namespace",
            switch(recipe.ns.contains(&kind)),
            kind.name()
        ),
        Row::Root => value("root", Some(recipe.root.name().to_owned())),
        Row::ReadOnly => format!("{} read-only /", switch(recipe.read_only)),
        Row::Hostname => match &recipe.hostname {
            Some(name) => format!("[x] hostname {}", Untrusted::from(name).text()),
            None => "[ ] hostname".to_owned(),
        },
        Row::Memory => value(
            "memory",
            recipe.memory.map(|it| format!("{} MiB", it >> 20)),
        ),
        Row::Cpu => value(
            "cpus",
            recipe
                .cpu
                .map(|it| format!("{}.{:02}", it / 1000, it % 1000 / 10)),
        ),
        Row::Pids => value("processes", recipe.pids.map(|it| it.to_string())),
        Row::Caps => {
            let left = recipe
                .caps
                .as_ref()
                .map_or_else(|| "all".to_owned(), |caps| caps.len().to_string());
            value("caps left", Some(left))
        }
        Row::NoNewPrivs => format!("{} no_new_privs", switch(recipe.no_new_privs)),
        Row::Seccomp => value("seccomp", recipe.seccomp.map(|it| it.name().to_owned())),
        Row::Line(at) => format!("line: {}", TOOLS.get(at).unwrap_or(&"")),
    }
}

fn said(desk: &Desk, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut add = |words: &str, role| lines.extend(prose::plain(words, width, theme.style(role)));
    if desk.line.is_some() {
        add(LINE, Role::Plain);
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

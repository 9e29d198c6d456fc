//! One process beside the host, or two: a panel of the lessons, and below it what the process shares
//! and may do.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    panels, prose,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Inspect},
    lesson::Panel,
    model::inspect::{box_names, text},
};

/// From this height on the namespaces have a panel of their own.
const TALL: u16 = 34;
/// Rows of a pane with all namespace links.
const LINKS: u16 = 13;
/// Rows that the report has below the panels: of a small screen, and of a tall one.
const REPORT: (u16, u16) = (8, 12);

/// Draws all of it into `area`, whose last row is the footer's.
pub(super) fn draw(app: &App, view: &Inspect, theme: &Theme, area: Rect, buf: &mut Buffer) {
    title(app, view, theme, area, buf);
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(2),
        ..area
    };
    if view.whole {
        report(&whole(view), view, theme, body, buf);
    } else {
        let wanted = if area.height >= TALL {
            REPORT.1
        } else {
            REPORT.0
        };
        let below = wanted.min(body.height / 2);
        let upper = Rect {
            height: body.height - below,
            ..body
        };
        show(app, upper, buf);
        let lower = Rect {
            y: upper.bottom(),
            height: below,
            ..body
        };
        report(&short(view), view, theme, lower, buf);
    }
}

fn title(app: &App, view: &Inspect, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let names = box_names(view.who.len());
    let titles: Vec<String> = names
        .iter()
        .filter_map(|name| app.target_title(name))
        .collect();
    let left = vec![
        Span::styled(" inspect ", theme.style(Role::Title)),
        Span::raw(write::cut(
            &titles.join("  and  "),
            usize::from(area.width).saturating_sub(30),
            theme,
        )),
    ];
    let right = vec![Span::styled("reads only ", theme.style(Role::Dim))];
    write::line(&write::spread(left, right, area.width), 0, area, buf);
}

fn show(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    if area.height < TALL / 2 {
        panels::view(play.panel).draw(app, area, buf);
        return;
    }
    let first = match play.panel {
        Panel::Namespaces => Panel::Processes,
        other => other,
    };
    let lower = LINKS.min(area.height * 3 / 5);
    let upper = Rect {
        height: area.height - lower,
        ..area
    };
    panels::view(first).draw(app, upper, buf);
    let lower = Rect {
        y: upper.bottom(),
        height: lower,
        ..area
    };
    panels::view(Panel::Namespaces).draw(app, lower, buf);
}

/// Everything, as `glassbox inspect --plain` prints it.
fn whole(view: &Inspect) -> Vec<String> {
    if let Some(compared) = view.compared() {
        return compared.text().lines().map(str::to_owned).collect();
    }
    let names = box_names(view.who.len());
    let reports = names.iter().map(|name| match view.report(name) {
        Some(report) => text::report(&report),
        None => view.why_not(name).unwrap_or_default(),
    });
    let all: Vec<String> = reports.collect();
    all.join("\n").lines().map(str::to_owned).collect()
}

/// What there is room for below the panels.
fn short(view: &Inspect) -> Vec<String> {
    if view.who.len() > 1 {
        return whole(view);
    }
    let Some(report) = view.report("A") else {
        return whole(view);
    };
    let mut lines = Vec::new();
    if !report.denied.is_empty() {
        lines.push(format!("denied: {}", report.denied.join("; ")));
    }
    let sudo = report.sudo.iter();
    lines.extend(sudo.map(|line| format!("root may see it: {line}")));
    lines.push(text::FINDINGS.to_owned());
    let found = text::findings(&report);
    lines.extend(found.iter().map(|line| format!("  {line}")));
    lines
}

fn report(text: &[String], view: &Inspect, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let place = Rect {
        x: area.x + 1.min(area.width),
        width: area.width.saturating_sub(2),
        ..area
    };
    let lines: Vec<Line> = text
        .iter()
        .flat_map(|line| wrapped(line, theme, place.width))
        .collect();
    let room = usize::from(place.height);
    if lines.len() <= room {
        write::lines(&lines, place, buf);
        return;
    }
    let room = room.saturating_sub(1);
    let first = view.scroll.min(lines.len() - room);
    write::lines(&lines[first..first + room], place, buf);
    let left = lines.len() - room - first;
    let words = match left {
        0 => "(the end)".to_owned(),
        left => format!("... {left} lines more (PgDn), i: all of it"),
    };
    let line = Line::styled(words, theme.style(Role::Dim)).right_aligned();
    write::line(&line, place.height.saturating_sub(1), place, buf);
}

/// A line in as many as it takes: what follows a label, or a margin, stays behind it.
fn wrapped(line: &str, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let role = if line == text::FINDINGS {
        Role::Title
    } else {
        Role::Plain
    };
    if line.chars().count() <= usize::from(width) {
        return vec![Line::styled(line.to_owned(), theme.style(role))];
    }
    let (head, rest) = text::label(line).unwrap_or_else(|| {
        let margin = line.len() - line.trim_start().len();
        line.split_at(margin)
    });
    let hanging = if head.trim().is_empty() {
        head.len() + 2
    } else {
        head.len()
    };
    let room = width.saturating_sub(u16::try_from(hanging).unwrap_or(0));
    let parts = prose::plain(rest, room, theme.style(role)).into_iter();
    let heads = std::iter::once(head.to_owned()).chain(std::iter::repeat(" ".repeat(hanging)));
    let whole = |(head, part): (String, Line<'static>)| {
        let mut spans = vec![Span::raw(head)];
        spans.extend(part.spans);
        Line::from(spans)
    };
    heads.zip(parts).map(whole).collect()
}

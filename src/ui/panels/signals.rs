//! Signals: what each process of the box has a handler for, and the three masks of its lead bit by
//! bit. Both come from /proc/PID/status, one read by the host, the other inside.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::super::{
    pane,
    theme::{Role, Theme},
    write,
};
use super::processes;
use crate::{
    app::{App, Play, Side},
    lesson::Panel,
    model::{
        Untrusted,
        diff::{self, Masks, SignalRow},
        signal,
    },
};

const PID: usize = 8;
const NAME: usize = 13;
/// As many bits have a line each; more are listed by name.
const SINGLE_BITS: usize = 4;

/// Draws both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let panes = pane::frames(app, play, &theme, Panel::Signals, area, buf);
    let Some(now) = play.shown() else { return };
    if let Some(place) = panes.host {
        let rows = diff::signals(now, play.marks_against());
        members(play, &theme, &rows, place, buf);
    }
    if let Some(place) = panes.inside {
        let lines = lead(play, &theme, place.width);
        write::lines(&lines, place, buf);
    }
}

/// Rows of the longer side, heading included.
pub(super) fn rows(play: &Play) -> usize {
    let shown = play.shown();
    let members = shown.map_or(0, |now| diff::signals(now, None).len());
    let masks = shown.and_then(|now| diff::lead_masks(now, &play.box_name));
    let bits = |mask: u64| (mask.count_ones() as usize).min(SINGLE_BITS);
    let details = masks.map_or(0, |masks| {
        bits(masks.blocked) + bits(masks.ignored) + bits(masks.caught)
    });
    (members + 1).max(details + 6)
}

/// The host's side: who catches what, and who has ended how.
fn members(play: &Play, theme: &Theme, rows: &[SignalRow<'_>], place: Rect, buf: &mut Buffer) {
    let head = format!(" {:<PID$}{:<NAME$}CATCHES", "PID", "PROCESS");
    write::line(&Line::styled(head, theme.style(Role::Dim)), 0, place, buf);
    let room = usize::from(place.height.saturating_sub(1));
    let changed = rows.iter().rposition(|row| row.changed);
    let window = pane::Window::new(play, Side::Host, room, rows.len(), changed);
    pane::in_view(window.first, room, rows.len(), place, theme, buf);
    let several = rows.iter().any(|row| row.box_name != rows[0].box_name);
    for (line, (position, row)) in (1..).zip(rows.iter().enumerate().skip(window.first).take(room))
    {
        let style = if row.changed {
            theme.style(Role::Changed)
        } else {
            Style::new()
        };
        let sign = if row.changed { "+" } else { " " };
        let name = write::fit(&name(row, several), NAME - 1, theme);
        let numbers = format!("{sign}{:<PID$}{name} ", row.member.host_pid);
        let rest = usize::from(place.width).saturating_sub(PID + NAME + 1);
        let text = numbers + &write::fit(&catches(row), rest, theme);
        let under = window.style(position, theme);
        write::line(
            &Line::from(Span::styled(text, style)).style(under),
            line,
            place,
            buf,
        );
    }
}

/// With its box where there are several.
fn name(row: &SignalRow<'_>, several: bool) -> String {
    let name = Untrusted::from(&row.member.name).text();
    if several {
        format!("{}:{name}", row.box_name)
    } else {
        name
    }
}

fn catches(row: &SignalRow<'_>) -> String {
    match (row.member.exit, row.masks) {
        (Some(exit), _) => format!("(ended: {})", processes::ended(exit)),
        (None, Some(masks)) => short(masks.caught),
        (None, None) => "?".to_owned(),
    }
}

/// `INT TERM`, as kill(1) calls them.
fn short(mask: u64) -> String {
    if mask == 0 {
        return "nothing".to_owned();
    }
    let names = signal::names(mask);
    let names: Vec<&str> = names
        .iter()
        .map(|name| name.strip_prefix("SIG").unwrap_or(name))
        .collect();
    names.join(" ")
}

/// The box's side: three masks, and what their bits mean.
fn lead(play: &Play, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let dim = theme.style(Role::Dim);
    let view = play.shown_box();
    let masks = play
        .shown()
        .and_then(|now| diff::lead_masks(now, &play.box_name));
    let (Some(view), Some(masks)) = (view, masks) else {
        return vec![Line::styled(
            " nobody can look from inside any more",
            theme.style(Role::Title),
        )];
    };
    let before = play
        .marks_against()
        .and_then(|was| diff::lead_masks(was, &play.box_name));
    let marked = play.marks_against().is_some();
    let lead = view.lead.as_ref();
    let name = lead.map_or_else(String::new, |lead| Untrusted::from(&lead.name).text());
    let nspid = lead.and_then(|lead| lead.from_host.value());
    let number = nspid.and_then(|subject| subject.process.nspid.last().copied());
    let title = match number {
        Some(number) => format!(" {name}, PID {number} to itself"),
        None => format!(" {name}"),
    };
    let mut lines = vec![Line::styled(title, theme.style(Role::Title))];
    for (label, mask) in PICKS {
        let changed = marked && before.as_ref().map(mask) != Some(mask(&masks));
        let style = if changed {
            theme.style(Role::Changed)
        } else {
            Style::new()
        };
        lines.extend(decoded(label, mask(&masks), changed, style, width, theme));
    }
    if number == Some(1) {
        lines.push(Line::styled(" from inside, only what number 1", dim));
        lines.push(Line::styled(" catches can reach it", dim));
    }
    lines
}

/// Takes one mask of the three.
type Pick = fn(&Masks) -> u64;

const PICKS: [(&str, Pick); 3] = [
    ("SigBlk", |masks| masks.blocked),
    ("SigIgn", |masks| masks.ignored),
    ("SigCgt", |masks| masks.caught),
];

/// A line of proc_pid_status(5), and below it what the bits say.
fn decoded(
    label: &str,
    mask: u64,
    changed: bool,
    style: Style,
    width: u16,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let sign = if changed { "+" } else { " " };
    let remark = match (label, mask) {
        ("SigBlk", 0) => "blocks none",
        ("SigIgn", 0) => "ignores none",
        (_, 0) => "catches none",
        _ => "",
    };
    let first = format!("{sign}{label}: {mask:016x} {remark}");
    let mut lines = vec![Line::styled(first, style)];
    let count = mask.count_ones() as usize;
    if count > SINGLE_BITS {
        let names = format!("   {}", short(mask));
        lines.push(Line::styled(
            write::cut(&names, usize::from(width), theme),
            style,
        ));
        return lines;
    }
    for number in signal::numbers(mask) {
        let text = format!(
            "   bit {:<2} = {} ({number})",
            number - 1,
            signal::name(number)
        );
        lines.push(Line::styled(text, style));
    }
    lines
}

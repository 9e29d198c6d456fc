//! The ten links of `/proc/PID/ns`, host and box, with their inode numbers.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::super::{
    matrix, pane,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play, Side},
    lesson::Panel,
    model::{
        NsId, NsKind, NsLink, Seen,
        diff::{self, LinkRow, Verdict},
    },
};

const LINK: usize = 18;
const INODE: usize = 12;

/// Draws the links of both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let panes = pane::frames(app, play, &theme, Panel::Namespaces, area, buf);
    let Some(now) = play.shown() else { return };
    let links = diff::links(now, play.marks_against(), &play.box_name);
    if let Some(place) = panes.host {
        let rows = links.clone().unwrap_or_else(|| host_only(play));
        column(play, &theme, Side::Host, &rows, place, buf);
    }
    let Some(place) = panes.inside else { return };
    if let Some(rows) = links {
        column(play, &theme, Side::Box, &rows, place, buf);
    } else {
        let words = Line::styled(" no process of the box is left", theme.style(Role::Title));
        write::line(&words, 0, place, buf);
    }
}

/// Ten links and a heading.
pub(super) fn rows(_: &Play) -> usize {
    NsLink::all().len() + 1
}

/// The host's links where the box has nobody to compare with.
fn host_only(play: &Play) -> Vec<LinkRow> {
    let host = play.shown().and_then(|now| now.host_self.value());
    let row = |link| LinkRow {
        link,
        host: host.map_or(Seen::Missing, |subject| subject.links.link(link).clone()),
        inside: Seen::Missing,
        verdict: Verdict::Unknown,
        changed: false,
    };
    NsLink::all().into_iter().map(row).collect()
}

fn column(play: &Play, theme: &Theme, side: Side, rows: &[LinkRow], place: Rect, buf: &mut Buffer) {
    let last = match side {
        Side::Host => "",
        Side::Box => "vs host",
    };
    let head = format!(" {:<LINK$}{:<INODE$}{last}", "LINK", "INODE");
    write::line(&Line::styled(head, theme.style(Role::Dim)), 0, place, buf);
    let room = usize::from(place.height.saturating_sub(1));
    let changed = rows.iter().rposition(|row| row.changed);
    let window = pane::Window::new(play, side, room, rows.len(), changed);
    pane::in_view(window.first, room, rows.len(), place, theme, buf);
    for (line, (position, row)) in (1..).zip(rows.iter().enumerate().skip(window.first).take(room))
    {
        let style = window.style(position, theme);
        let spans = match side {
            Side::Host => host_row(row),
            Side::Box => box_row(row, theme),
        };
        let mut line_text = Line::from(spans);
        let rest = usize::from(place.width).saturating_sub(line_text.width());
        line_text.push_span(Span::raw(" ".repeat(rest)));
        write::line(&line_text.style(style), line, place, buf);
    }
}

fn host_row(row: &LinkRow) -> Vec<Span<'static>> {
    let known = if is_initial(row.link, &row.host) {
        "initial"
    } else {
        ""
    };
    let text = format!(
        " {:<LINK$}{:<INODE$}{known}",
        row.link.name(),
        matrix::inode(&row.host)
    );
    vec![Span::raw(text)]
}

fn box_row(row: &LinkRow, theme: &Theme) -> Vec<Span<'static>> {
    let sign = if row.changed { "+" } else { " " };
    let pending = row.link == NsLink::PidForChildren && row.inside == Seen::Missing;
    let inode = if pending {
        "no child yet".to_owned()
    } else {
        matrix::inode(&row.inside)
    };
    let word = match (row.verdict, row.changed) {
        _ if pending => "",
        (Verdict::Same, false) => "same",
        (Verdict::Same, true) => "SAME+",
        (Verdict::Differs, false) => "diff",
        (Verdict::Differs, true) => "DIFF+",
        (Verdict::Unknown, _) => "?",
    };
    let style = if row.changed {
        theme.style(Role::Changed)
    } else if row.link == NsLink::Own(NsKind::User) {
        theme.style(Role::Dim)
    } else {
        Style::new()
    };
    let text = format!("{sign}{:<LINK$}{inode:<INODE$}{word}", row.link.name());
    vec![Span::styled(text, style)]
}

/// The kernel gives the first namespaces the same numbers on every machine.
fn is_initial(link: NsLink, seen: &Seen<NsId>) -> bool {
    let kind = match link {
        NsLink::Own(kind) => kind,
        NsLink::PidForChildren => NsKind::Pid,
        NsLink::TimeForChildren => NsKind::Time,
    };
    let ino = seen.value().map(|id| id.ino);
    ino.is_some() && ino == kind.initial_ino()
}

//! What the IPC namespaces of host and box hold: System V objects, POSIX message queues where they are
//! mounted, and whether /dev/shm is the same filesystem, which no IPC namespace covers.

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
use crate::{
    app::{App, Play, Side},
    lesson::Panel,
    model::{
        diff::{self, Change, IpcItem, IpcRow},
        ipc::{Kind, Object},
    },
};

/// Draws both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let panes = pane::frames(app, play, &theme, Panel::Ipc, area, buf);
    let Some(now) = play.shown() else { return };
    let (host, inside) = diff::ipc(now, play.marks_against(), &play.box_name);
    if let Some(place) = panes.host {
        column(play, &theme, Side::Host, &host, place, buf);
    }
    let Some(place) = panes.inside else { return };
    let Some(rows) = inside else {
        let words = " nobody can look from inside any more";
        let line = Line::styled(words, theme.style(Role::Title));
        write::line(&line, 0, place, buf);
        return;
    };
    column(play, &theme, Side::Box, &rows, place, buf);
    let whose = |shared| match shared {
        Some(true) => "host's",
        Some(false) => "own",
        None => "?",
    };
    // The first is a matter of the IPC namespace, the second one of mounts.
    let words = format!(
        "tables: {}, /dev/shm: {} ",
        whose(diff::shares_ipc_tables(now, &play.box_name)),
        whose(diff::shares_dev_shm(now, &play.box_name))
    );
    let note = Line::styled(words, theme.style(Role::Dim)).right_aligned();
    write::line(&note, place.height.saturating_sub(1), place, buf);
}

/// Rows of the longer side, heading and note included.
pub(super) fn rows(play: &Play) -> usize {
    let lists = play
        .shown()
        .map(|now| diff::ipc(now, play.marks_against(), &play.box_name));
    let (host, inside) = lists.unwrap_or_default();
    host.len().max(inside.map_or(0, |rows| rows.len())).max(3) + 2
}

fn column(play: &Play, theme: &Theme, side: Side, rows: &[IpcRow], place: Rect, buf: &mut Buffer) {
    let dim = theme.style(Role::Dim);
    let head = format!(
        " {:<5}{:<12}{:<6}{:<7}{}",
        "WHAT", "KEY", "ID", "SIZE", "USED"
    );
    write::line(&Line::styled(head, dim), 0, place, buf);
    if rows.is_empty() {
        write::line(&Line::styled(" nothing in it", dim), 1, place, buf);
        return;
    }
    let room = usize::from(place.height.saturating_sub(2));
    let changed = rows.iter().rposition(|row| row.change.is_some());
    let window = pane::Window::new(play, side, room, rows.len(), changed);
    pane::in_view(window.first, room, rows.len(), place, theme, buf);
    for (line, (position, row)) in (1..).zip(rows.iter().enumerate().skip(window.first).take(room))
    {
        let (sign, style) = match row.change {
            Some(Change::New | Change::Changed) => ("+", theme.style(Role::Changed)),
            Some(Change::Gone) => ("-", dim),
            None => (" ", Style::new()),
        };
        let text = write::fit(
            &format!("{sign}{}", shown(&row.item)),
            place.width.into(),
            theme,
        );
        let under = window.style(position, theme);
        write::line(
            &Line::from(Span::styled(text, style)).style(under),
            line,
            place,
            buf,
        );
    }
}

fn shown(item: &IpcItem) -> String {
    match item {
        IpcItem::Queue(name) => format!("mq   /{}", name.text()),
        IpcItem::Object(kind, object) => {
            let Object { key, id, size, .. } = object;
            let used = match kind {
                Kind::Sem => String::new(),
                Kind::Shm | Kind::Msg => object.used.to_string(),
            };
            format!(
                "{:<5}{:<12}{id:<6}{size:<7}{used}",
                kind.name(),
                format!("{key:#010x}")
            )
        }
    }
}

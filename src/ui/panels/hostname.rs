//! The names of the system: what uname(2) says, and the files that repeat it, or do not.

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
        Seen, Untrusted,
        diff::{self, NAMES, NameRow},
    },
};

/// Width of the sources, and from which width of a pane on they are written in full.
const SOURCE: usize = 26;
const SHORT: usize = 19;
const FULL: u16 = 48;

/// Draws the names of both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let panes = pane::frames(app, play, &theme, Panel::Hostname, area, buf);
    let Some(now) = play.shown() else { return };
    let names = diff::names(now, play.marks_against(), &play.box_name);
    for (side, place) in [(Side::Host, panes.host), (Side::Box, panes.inside)] {
        let Some(place) = place else { continue };
        column(play, &theme, side, &names, place, buf);
    }
}

/// One row a name, and a heading.
pub(super) fn rows(_: &Play) -> usize {
    NAMES + 1
}

fn column(
    play: &Play,
    theme: &Theme,
    side: Side,
    names: &[NameRow],
    place: Rect,
    buf: &mut Buffer,
) {
    let width = if place.width < FULL { SHORT } else { SOURCE };
    let head = format!(" {:<width$}SAYS", "SOURCE");
    write::line(&Line::styled(head, theme.style(Role::Dim)), 0, place, buf);
    let room = usize::from(place.height.saturating_sub(1));
    let changed = names
        .iter()
        .rposition(|name| name.host_changed || name.inside_changed);
    let window = pane::Window::new(play, side, room, names.len(), changed);
    pane::in_view(window.first, room, names.len(), place, theme, buf);
    for (line, (position, name)) in
        (1..).zip(names.iter().enumerate().skip(window.first).take(room))
    {
        let (value, changed) = match side {
            Side::Host => (&name.host, name.host_changed),
            Side::Box => (&name.inside, name.inside_changed),
        };
        let sign = if changed { "+" } else { " " };
        let style = if changed {
            theme.style(Role::Changed)
        } else {
            Style::new()
        };
        let source = match name.source.len() {
            long if long >= width => "/proc/.../hostname",
            _ => name.source,
        };
        let rest = usize::from(place.width).saturating_sub(width + 1);
        let text = format!(
            "{sign}{source:<width$}{}",
            write::fit(&shown(value), rest, theme)
        );
        let row = Line::from(Span::styled(text, style));
        let under = window.style(position, theme);
        write::line(&row.style(under), line, place, buf);
    }
}

fn shown(value: &Seen<Untrusted>) -> String {
    match value {
        Seen::Is(text) if text.as_bytes().is_empty() => "(empty)".to_owned(),
        Seen::Is(text) => text.text(),
        Seen::Denied(errno) => errno.to_string(),
        Seen::Missing => "(none)".to_owned(),
    }
}

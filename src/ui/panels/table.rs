//! A panel that is a table of values: label, value, and a word about it where there is room. Called
//! by the panels that have nothing more to show.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::super::{
    pane,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play, Side},
    lesson::Panel,
    model::{Sample, diff::TableRow},
};

/// How to get the rows: now, before, box.
pub(super) type Read = fn(&Sample, Option<&Sample>, &str) -> Vec<TableRow>;

/// A table.
pub(super) struct Table {
    pub(super) panel: Panel,
    /// Headings of label and value.
    pub(super) head: [&'static str; 2],
    pub(super) read: Read,
}

impl Table {
    pub(super) fn draw(&self, app: &App, area: Rect, buf: &mut Buffer) {
        let Some(play) = &app.play else { return };
        let theme = Theme::of(&app.options);
        let panes = pane::frames(app, play, &theme, self.panel, area, buf);
        let rows = self.rows(play);
        if rows.is_empty() && play.shown().is_some() {
            let words = Line::styled(" no process of the box is left", theme.style(Role::Title));
            write::line(&words, 0, panes.inside.unwrap_or_default(), buf);
            return;
        }
        for (side, place) in [(Side::Host, panes.host), (Side::Box, panes.inside)] {
            if let Some(place) = place {
                self.column(play, &theme, side, &rows, place, buf);
            }
        }
    }

    pub(super) fn rows(&self, play: &Play) -> Vec<TableRow> {
        play.shown().map_or_else(Vec::new, |now| {
            (self.read)(now, play.marks_against(), &play.box_name)
        })
    }

    fn column(
        &self,
        play: &Play,
        theme: &Theme,
        side: Side,
        rows: &[TableRow],
        place: Rect,
        buf: &mut Buffer,
    ) {
        let [label, value] = self.head;
        let widest = rows.iter().map(|row| row.label.width()).max().unwrap_or(0);
        let width = widest.max(label.len()) + 2;
        let head = format!(" {label:<width$}{value}");
        write::line(&Line::styled(head, theme.style(Role::Dim)), 0, place, buf);
        let room = usize::from(place.height.saturating_sub(1));
        let changed = changed(rows, room);
        let window = pane::Window::new(play, side, room, rows.len(), changed);
        pane::in_view(window.first, room, rows.len(), place, theme, buf);
        let visible = rows.iter().enumerate().skip(window.first).take(room);
        for (line, (position, row)) in (1..).zip(visible) {
            let text = one_row(row, side, width, usize::from(place.width), theme);
            let under = window.style(position, theme);
            write::line(&text.style(under), line, place, buf);
        }
    }
}

/// The last row that the step changed, or the first where not all of them can be in view: what
/// matters most stands above.
fn changed(rows: &[TableRow], room: usize) -> Option<usize> {
    let is_new = |row: &TableRow| row.host_changed || row.inside_changed;
    let (first, last) = (
        rows.iter().position(is_new)?,
        rows.iter().rposition(is_new)?,
    );
    Some(if last - first < room { last } else { first })
}

fn one_row(row: &TableRow, side: Side, width: usize, cells: usize, theme: &Theme) -> Line<'static> {
    let (cell, changed) = match side {
        Side::Host => (&row.host, row.host_changed),
        Side::Box => (&row.inside, row.inside_changed),
    };
    let (sign, style) = if changed {
        ("+", theme.style(Role::Changed))
    } else {
        (" ", Style::new())
    };
    let rest = cells.saturating_sub(width + 1);
    let value = write::cut(&cell.value, rest, theme);
    let room = rest.saturating_sub(value.width() + 2);
    let label = Span::styled(format!("{sign}{:<width$}", row.label), style);
    let mut line = Line::from(vec![label, Span::styled(value, style)]);
    if !cell.note.is_empty() && cell.note.width() <= room {
        let note = format!("  {}", cell.note);
        line.push_span(Span::styled(note, theme.style(Role::Dim)));
    }
    let missing = cells.saturating_sub(line.width());
    line.push_span(Span::raw(" ".repeat(missing)));
    line
}

//! A panel that is a table of values: label, value, and a word about it where there is room. Called
//! by the panels that have nothing more to show.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use crate::{
    app::Side,
    model::{Sample, diff::TableRow},
};

/// How to get the rows: now, before, box.
pub(super) type Read = fn(&Sample, Option<&Sample>, &str) -> Vec<TableRow>;

/// As many lines has a value at most that is longer than a line.
const LINES: usize = 3;

/// The table that `read` makes, with headings of label and value.
pub(super) fn sheet(look: &Look<'_>, [label, value]: [&str; 2], read: Read) -> Sheet {
    let rows = read(look.now, look.before, look.seat.box_name);
    if rows.is_empty() {
        return Sheet::says(" no process of the box is left", look.theme);
    }
    let widest = rows.iter().map(|row| row.label.width()).max().unwrap_or(0);
    let width = widest.max(label.width()) + 2;
    Sheet {
        head: Some(format!(" {label:<width$}{value}")),
        rows: rows.iter().map(|row| entry(look, row, width)).collect(),
        ..Sheet::default()
    }
}

fn entry(look: &Look<'_>, row: &TableRow, width: usize) -> Entry {
    let (cell, other, changed) = match look.seat.side {
        Side::Host => (&row.host, &row.inside, row.host_changed),
        Side::Box => (&row.inside, &row.host, row.inside_changed),
    };
    let rest = look.width.saturating_sub(width + 1);
    let fold = |value: &str| match value {
        // The names in front are the same for many; the last one tells.
        path if path.starts_with('/') => vec![write::path(path, rest, look.theme)],
        value => write::fold(value, rest, LINES, look.theme),
    };
    let mut values = fold(&cell.value);
    // Both sides have as many, so that their rows stand beside each other.
    let height = values.len().max(fold(&other.value).len());
    let value = values.remove(0);
    let room = rest.saturating_sub(value.width() + 2);
    let mut line = Line::from(format!("{:<width$}{value}", row.label));
    if !cell.note.is_empty() && cell.note.width() <= room {
        let note = format!("  {}", cell.note);
        line.push_span(Span::styled(note, look.theme.style(Role::Dim)));
    }
    let role = if changed { Role::Changed } else { Role::Plain };
    let style = look.theme.style(role);
    let more = values
        .into_iter()
        .map(|value| format!(" {:width$}{value}", ""));
    let mut entry = Entry::changed(changed, line);
    entry.more = more.map(|text| Line::styled(text, style)).collect();
    entry.more.resize(height - 1, Line::default());
    entry
}

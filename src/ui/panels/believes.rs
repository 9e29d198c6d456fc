//! What the host enforces for the box's lead, beside what the box is told when it asks.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use crate::{
    app::Side,
    model::diff::{self, TableRow},
};

const LABEL: usize = 10;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let rows = diff::believes(look.now, look.before, look.seat.box_name);
    let head = match look.seat.side {
        Side::Host => "ENFORCED",
        Side::Box => "BELIEVED",
    };
    Sheet {
        head: Some(format!(" {:<LABEL$}{head}", "WHAT")),
        rows: rows.iter().map(|row| entry(look, row)).collect(),
        ..Sheet::default()
    }
}

/// Where the value and its note do not fit into one line, the note is left out.
fn entry(look: &Look<'_>, row: &TableRow) -> Entry {
    let (cell, changed) = match look.seat.side {
        Side::Host => (&row.host, row.host_changed),
        Side::Box => (&row.inside, row.inside_changed),
    };
    let rest = look.width.saturating_sub(LABEL + 1);
    // Of a path the end tells more.
    let value = match cell.value.strip_prefix('/') {
        Some(_) => write::tail(&cell.value, rest, look.theme),
        None => write::cut(&cell.value, rest, look.theme),
    };
    let room = rest.saturating_sub(value.width() + 2);
    let mut line = Line::from(format!("{:<LABEL$}{value}", row.label));
    if !cell.note.is_empty() && cell.note.width() <= room {
        let note = format!("  {}", cell.note);
        line.push_span(Span::styled(note, look.theme.style(Role::Dim)));
    }
    Entry::changed(changed, line)
}

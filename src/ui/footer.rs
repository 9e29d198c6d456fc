//! The last line: what the keys do now, from the keymap. Called last, so that nothing covers it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    theme::{Role, Theme},
    write,
};
use crate::app::{self, App};

/// Draws the footer into the last row of `area`.
pub(super) fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let row = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1.min(area.height),
        ..area
    };
    write::clear(row, buf);
    let entries: Vec<_> = app::footer(app.mode(), app.has()).collect();
    let mut line = Line::default();
    for (position, (keys, word)) in chosen(&entries, row.width).into_iter().enumerate() {
        line.push_span(Span::raw(if position == 0 { " " } else { "  " }));
        line.push_span(Span::styled(keys, theme.style(Role::Key)));
        line.push_span(Span::raw(" "));
        line.push_span(Span::styled(word, theme.style(Role::Plain)));
    }
    write::line(&line, 0, row, buf);
}

type Entry = (&'static str, &'static str);

/// The entries that fit, in their order: the last one, which is the way out, comes first, then the
/// first one, which is the way on, then help, then the others from the left.
fn chosen(entries: &[Entry], width: u16) -> Vec<Entry> {
    let count = entries.len();
    let mut by_weight: Vec<usize> = (0..count).collect();
    by_weight.sort_by_key(|at| match *at {
        at if at + 1 == count => 0,
        0 => 1,
        at if at + 2 == count => 2,
        at => at + 3,
    });
    let mut room = usize::from(width);
    let mut shown: Vec<usize> = by_weight
        .into_iter()
        .map_while(|at| {
            let (keys, word) = entries[at];
            room = room.checked_sub(keys.len() + word.len() + 3)?;
            Some(at)
        })
        .collect();
    shown.sort_unstable();
    shown.into_iter().map(|at| entries[at]).collect()
}

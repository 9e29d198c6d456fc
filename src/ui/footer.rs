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

/// How many entries at the end of the keymap's list are kept before any other.
const KEPT: usize = 2;

/// Draws the footer into the last row of `area`.
pub(super) fn draw(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let row = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1.min(area.height),
        ..area
    };
    write::clear(row, buf);
    let entries: Vec<_> = app::footer(app.mode()).collect();
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

/// The entries that fit, in their order: first `q`, then `?`, then the others from the left.
fn chosen(entries: &[Entry], width: u16) -> Vec<Entry> {
    let (first, kept) = entries.split_at(entries.len().saturating_sub(KEPT));
    let mut room = usize::from(width);
    let mut fits = |entry: &Entry| {
        let needed = entry.0.len() + entry.1.len() + 3;
        let fits = needed <= room;
        room -= if fits { needed } else { 0 };
        fits
    };
    let mut last: Vec<Entry> = kept.iter().rev().filter(|e| fits(e)).copied().collect();
    last.reverse();
    let mut all: Vec<Entry> = first.iter().take_while(|e| fits(e)).copied().collect();
    all.extend(last);
    all
}

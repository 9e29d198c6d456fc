//! Who the lead is for host and box, and the maps that say so.

use ratatui::{buffer::Buffer, layout::Rect};

use super::table::Table;
use crate::{
    app::{App, Play},
    lesson::Panel,
    model::diff,
};

const TABLE: Table = Table {
    panel: Panel::Idmap,
    head: ["WHAT", "READS"],
    read: diff::ids,
};

/// Draws both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    TABLE.draw(app, area, buf);
}

/// The rows and a heading.
pub(super) fn rows(play: &Play) -> usize {
    TABLE.rows(play).len() + 1
}

//! The capability sets of the host's process and of the lead, and what they count over.

use ratatui::{buffer::Buffer, layout::Rect};

use super::table::Table;
use crate::{
    app::{App, Play},
    lesson::Panel,
    model::diff,
};

const TABLE: Table = Table {
    panel: Panel::Capabilities,
    head: ["WHAT", "IS"],
    read: diff::capabilities,
};

/// Draws both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    TABLE.draw(app, area, buf);
}

/// The rows and a heading.
pub(super) fn rows(play: &Play) -> usize {
    TABLE.rows(play).len() + 1
}

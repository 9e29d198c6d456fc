//! The cgroups of the lead and of PID 1, as each side reads them.

use ratatui::{buffer::Buffer, layout::Rect};

use super::table::Table;
use crate::{
    app::{App, Play},
    lesson::Panel,
    model::diff,
};

const TABLE: Table = Table {
    panel: Panel::Cgroup,
    head: ["HIERARCHY", "PATH"],
    read: diff::cgroups,
};

/// Draws both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    TABLE.draw(app, area, buf);
}

/// The rows and a heading.
pub(super) fn rows(play: &Play) -> usize {
    TABLE.rows(play).len() + 1
}

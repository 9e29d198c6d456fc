//! The tree of the lesson's cgroups with their members. Not drawn yet: empty frames.

use ratatui::{buffer::Buffer, layout::Rect};

use super::super::{pane, theme::Theme};
use crate::{
    app::{App, Play},
    lesson::Panel,
};

/// Draws both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    pane::frames(
        app,
        play,
        &Theme::of(&app.options),
        Panel::Cgroups,
        area,
        buf,
    );
}

/// How many rows there are.
pub(super) fn rows(_: &Play) -> usize {
    1
}

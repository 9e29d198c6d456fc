//! Draws the [`App`]: pure functions from state to cells. Called by `run` for each frame and by the
//! screen tests.
//!
//! Nothing here reads a file or a clock, and nothing changes the state. Text from the kernel or a
//! lesson reaches a cell only through [`write`](mod@write).

mod calls;
mod desk;
mod footer;
mod header;
mod inspect;
mod layout;
mod lesson;
mod list;
mod map;
mod matrix;
mod overlay;
mod page;
mod palette;
mod pane;
mod panels;
mod picker;
pub mod plain;
mod plot;
mod proof;
mod prose;
mod sheet;
mod shell;
mod steps;
mod story;
mod theme;
mod welcome;
mod window;
mod write;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::app::{App, View};
use crate::model::port::{ShellId, Size};
use theme::Theme;

/// The screen that shows everything without reflowing.
const WHOLE: (u16, u16) = (80, 24);
/// Below this there is only room to say so.
const SMALLEST: (u16, u16) = (20, 6);

/// Draws the whole screen into `area`.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let theme = Theme::of(&app.options);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(app, area, buf);
        return;
    }
    if let Some(view) = app.top() {
        match view {
            View::Map(view) => map::draw(view, &theme, area, buf),
            View::Picker(view) => picker::draw(view, &theme, area, buf),
            View::Inspect(view) => inspect::draw(app, view, &theme, area, buf),
        }
        notice(app, &theme, area, buf);
        overlay::draw(app, &theme, area, buf);
        footer::draw(app, &theme, area, buf);
        return;
    }
    match (&app.desk, &app.play) {
        _ if app.welcome.is_some() => {
            welcome::draw(app, app.welcome.unwrap_or(0), &theme, area, buf);
        }
        (Some(desk), _) => desk::draw(app, desk, &theme, area, buf),
        (None, Some(play)) => lesson::draw(app, play, &theme, area, buf),
        (None, None) => list::draw(app, &theme, area, buf),
    }
    overlay::draw(app, &theme, area, buf);
    footer::draw(app, &theme, area, buf);
}

/// Shells in view whose terminals have another size than there is room for in `area`, and that size.
/// To be told to the app before [`draw`], until there are none.
#[must_use]
pub fn rooms(app: &App, area: Rect) -> Vec<(ShellId, Size)> {
    let small = area.width < SMALLEST.0 || area.height < SMALLEST.1;
    match &app.play {
        Some(play) if small || play.shells.in_view().next().is_none() => Vec::new(),
        Some(play) if app.desk.is_some() => desk::rooms(play, area),
        Some(play) => lesson::rooms(app, play, &Theme::of(&app.options), area),
        _ => Vec::new(),
    }
}

/// What is to be told once, in the row above the footer.
fn notice(app: &App, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if let Some(notice) = &app.notice {
        let text = write::cut(&format!(" * {notice}"), area.width.into(), theme);
        let row = area.height.saturating_sub(2);
        let place = Rect {
            y: area.y + row,
            height: 1.min(area.height),
            ..area
        };
        write::clear(place, buf);
        let line = ratatui::text::Line::styled(text, theme.style(theme::Role::Title));
        write::line(&line, 0, place, buf);
    }
}

/// Where the page on the screen ends, in lines to scroll, if it is scrolled beyond that. To be told to
/// the app, which does not know how text is wrapped.
#[must_use]
pub fn beyond(app: &App, area: Rect) -> Option<usize> {
    overlay::beyond(app, &Theme::of(&app.options), area)
}

fn too_small(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = Theme::of(&app.options);
    let words = format!(
        "too small: {}x{}, glassbox needs {}x{}",
        area.width, area.height, SMALLEST.0, SMALLEST.1
    );
    let lines = prose::plain(&words, area.width, ratatui::style::Style::new());
    write::lines(
        &lines,
        Rect {
            height: area.height.saturating_sub(1),
            ..area
        },
        buf,
    );
    footer::draw(app, &theme, area, buf);
}

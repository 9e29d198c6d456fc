//! The steps of the lesson, to choose one. Called by the overlay; a title that would answer a question
//! is not shown before its step has run.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{
    overlay, prose, sheet,
    theme::{Role, Theme},
    write,
};
use crate::app::{App, StepRow};
use crate::model::Untrusted;

/// Longer rows are hard to follow.
const MEASURE: u16 = 84;
const ABOUT: &str = "Enter, or its number, goes there: the boxes are made anew, and what comes before is done again.";

/// Draws the list into `area`, the step at `chosen` under the cursor.
pub(super) fn draw(app: &App, theme: &Theme, chosen: usize, area: Rect, buf: &mut Buffer) {
    let rows = app.step_rows();
    let width = MEASURE.min(area.width);
    let about = prose::plain(ABOUT, width.saturating_sub(4), theme.style(Role::Dim));
    let place = overlay::middle(area, width, rows.len() + about.len() + 3);
    let inner = overlay::frame(" steps of this lesson ", theme, place, buf);
    let below = u16::try_from(about.len() + 1).unwrap_or(u16::MAX);
    let list = Rect {
        height: inner.height.saturating_sub(below).max(inner.height.min(1)),
        ..inner
    };
    let first = sheet::first_row(chosen, list.height.into());
    let visible = rows.iter().enumerate().skip(first);
    for (line, (at, row)) in (0..list.height).zip(visible) {
        let style = theme.style(if at == chosen {
            Role::Cursor
        } else {
            Role::Plain
        });
        let text = write::fit(&words(at, row), list.width.into(), theme);
        write::line(&Line::styled(text, style), line, list, buf);
    }
    let rest = Rect {
        y: list.bottom() + 1,
        height: inner.bottom().saturating_sub(list.bottom() + 1),
        ..inner
    };
    write::lines(&about, rest, buf);
}

/// `> 3 The first child is number 1  (challenge, solved)`
fn words(at: usize, row: &StepRow<'_>) -> String {
    let here = if row.here { ">" } else { " " };
    let title = row.title.map_or_else(
        || "(a question)".to_owned(),
        |title| Untrusted::from(title).text(),
    );
    let challenge = match row.challenge {
        None => "",
        Some(false) => "  (challenge)",
        Some(true) => "  (challenge, solved)",
    };
    format!("{here} {} {title}{challenge}", at + 1)
}

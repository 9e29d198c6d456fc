//! The palette: what was typed, and the actions that have it, each with its key.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    overlay, sheet,
    theme::{Role, Theme},
    write,
};
use crate::app::{App, Palette, Typed};
use crate::model::Untrusted;

const MEASURE: u16 = 84;
/// Columns of the keys.
const KEYS: usize = 11;

/// Draws it above the footer of `area`.
pub(super) fn draw(app: &App, palette: &Palette, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let entries = app.palette_entries();
    let width = MEASURE.min(area.width);
    // Of one height whatever is typed: a list that jumps cannot be read.
    let place = overlay::middle(area, width, area.height.saturating_sub(2).min(24).into());
    let inner = overlay::frame(" what can be done here ", theme, place, buf);
    write::line(&typed(":", &palette.typed, theme), 0, inner, buf);
    let list = Rect {
        y: inner.y + 2.min(inner.height),
        height: inner.height.saturating_sub(2),
        ..inner
    };
    let first = sheet::first_row(palette.at, list.height.into());
    let rows = entries.iter().enumerate().skip(first);
    for (line, (at, entry)) in (0..list.height).zip(rows) {
        let words = Untrusted::from(&entry.words).text();
        let text = format!(" {:<KEYS$}{words}", entry.keys);
        let text = write::fit(&text, list.width.into(), theme);
        let role = if at == palette.at {
            Role::Cursor
        } else {
            Role::Plain
        };
        write::line(&Line::styled(text, theme.style(role)), line, list, buf);
    }
    if entries.is_empty() {
        let none = Line::styled(" nothing here has these words", theme.style(Role::Dim));
        write::line(&none, 0, list, buf);
    }
    if let Some(notice) = &app.notice {
        let text = write::cut(&format!(" * {notice}"), inner.width.into(), theme);
        let line = Line::styled(text, theme.style(Role::Title));
        write::line(&line, 1, inner, buf);
    }
}

/// The same in so many columns: of a longer line its end.
pub(super) fn typed_in(
    sign: &'static str,
    text: &Typed,
    width: u16,
    theme: &Theme,
) -> Line<'static> {
    let room = usize::from(width).saturating_sub(sign.len() + 4);
    let mut line = typed(sign, text, theme);
    if let Some(shown) = line.spans.get_mut(1) {
        shown.content = write::tail(&shown.content, room, theme).into();
    }
    line
}

/// A line that is being typed, with its cursor.
pub(super) fn typed(sign: &'static str, typed: &Typed, theme: &Theme) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!(" {sign} "), theme.style(Role::Key)),
        Span::raw(Untrusted::from(typed.text()).text()),
        Span::styled(" ", theme.style(Role::Cursor)),
    ])
}

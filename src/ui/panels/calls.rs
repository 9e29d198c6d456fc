//! All calls of the step, word for word, with advice and the commands that do the same by hand.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::Line,
    widgets::{Block, Widget},
};

use super::super::{
    calls, sheet,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play},
    lesson::Panel,
};

/// Draws the calls over the width of both panes: they belong to no side.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let title = match &play.outcome {
        Some(_) => " CALLS  what this step asked the kernel ",
        None => " CALLS  how the boxes were made ",
    };
    let block = Block::bordered()
        .border_set(theme.single())
        .title_top(Line::styled(title, theme.style(Role::Title)))
        .title_bottom(super::name(Panel::Calls, &theme));
    let place = block.inner(area);
    block.render(area, buf);
    let (lines, chosen) = content(play, &theme, place.width);
    let room = usize::from(place.height);
    let first = sheet::first_row(chosen, room);
    write::lines(lines.get(first..).unwrap_or_default(), place, buf);
    sheet::in_view(first, room, lines.len(), place, &theme, buf);
}

/// The calls, and the commands.
pub(super) fn rows(play: &Play, theme: &Theme, width: u16) -> usize {
    let (lines, _) = content(play, theme, width.saturating_sub(2));
    lines.len().max(3)
}

/// The lines, and the last line of the call under the cursor.
fn content(play: &Play, theme: &Theme, width: u16) -> (Vec<Line<'static>>, usize) {
    let mut lines = Vec::new();
    let mut chosen = 0;
    // The same reason is told once, until a call fails for another one.
    let mut told = String::new();
    for (position, call) in play.calls().iter().enumerate() {
        let under = play.cursor == Some(position);
        let whole = calls::whole(play, call, &told, width.saturating_sub(2), theme);
        let reason = calls::reason(call);
        if !reason.is_empty() {
            told = reason;
        }
        for line in whole {
            let sign = if under { ">" } else { " " };
            let mut spans = vec![sign.into()];
            spans.extend(line.spans);
            lines.push(Line::from(spans));
        }
        if under {
            chosen = lines.len().saturating_sub(1);
        }
    }
    if lines.is_empty() {
        lines.push(Line::styled(" nothing was asked", theme.style(Role::Dim)));
    }
    let commands = calls::all_commands(play, theme, width);
    if !commands.is_empty() {
        lines.push(Line::default());
        lines.extend(commands);
    }
    if play.cursor.is_some_and(|row| row + 1 == play.calls().len()) {
        chosen = lines.len().saturating_sub(1);
    }
    (lines, chosen)
}

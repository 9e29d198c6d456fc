//! All calls of the step, word for word, with advice and the commands that do the same by hand.

use std::ops::Range;

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
    model::{Call, Outcome},
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

/// So many calls that only differ in an argument after the first, and all succeeded, are a run.
const RUN: usize = 5;

/// Of each run what lies between its first and its last call.
fn runs(calls: &[Call]) -> Vec<Range<usize>> {
    let alike = |one: &Call, other: &Call| {
        let same = one.name == other.name && one.actor == other.actor;
        same && one.args.first() == other.args.first() && succeeded(one) && succeeded(other)
    };
    let mut runs = Vec::new();
    let mut start = 0;
    for run in calls.chunk_by(alike) {
        if run.len() >= RUN {
            runs.push(start + 1..start + run.len() - 1);
        }
        start += run.len();
    }
    runs
}

fn succeeded(call: &Call) -> bool {
    matches!(call.outcome, Outcome::Ok(_))
}

/// The lines, and the last line of the call under the cursor.
fn content(play: &Play, theme: &Theme, width: u16) -> (Vec<Line<'static>>, usize) {
    let mut lines = Vec::new();
    let mut chosen = 0;
    // The same reason is told once, until a call fails for another one.
    let mut told = String::new();
    let all = play.calls();
    let runs = runs(all);
    let run = |at: usize| runs.iter().find(|run| run.contains(&at));
    for (position, call) in all.iter().enumerate() {
        let under = play.cursor == Some(position);
        // Of a run the first and the last say it all, unless the cursor wants one between.
        if let Some(run) = run(position)
            && !play.cursor.is_some_and(|at| run.contains(&at))
        {
            if position == run.start {
                let words = format!("    ... {} more like these, all ok", run.len());
                lines.push(Line::styled(words, theme.style(Role::Dim)));
            }
            continue;
        }
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
        // Without a cursor what came last is in view: the calls before lead to it.
        if under || (play.cursor.is_none() && play.outcome.is_some()) {
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

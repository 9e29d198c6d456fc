//! What a step changed in a panel, as plain lines: for `glassbox play`, which draws no panes.
//! Called by `plain`; panels that are drawn over all panes tell it themselves.

use super::super::{
    pane,
    sheet::{Look, Seat, Sheet},
    theme::Theme,
};
use super::{Kind, view};
use crate::{
    app::{Play, Side},
    lesson::Panel,
    model::diff::Change,
};

/// Wide enough that nothing is cut; lines are folded later.
const WIDE: usize = 160;

/// What changed, from one vantage.
pub(in crate::ui) struct Changes {
    /// The panel, whose view it is, and what the columns are.
    pub(in crate::ui) head: String,
    /// A line each, with a word for what happened.
    pub(in crate::ui) lines: Vec<String>,
}

/// What the step changed in a panel, from each vantage that saw a change.
pub(in crate::ui) fn changes(panel: Panel, play: &Play, theme: &Theme) -> Vec<Changes> {
    let all: Vec<Changes> = match &view(panel).kind {
        Kind::Sides(sheet) => pane::all_seats(play)
            .into_iter()
            .filter_map(|seat| of_seat(panel, *sheet, seat, play, theme))
            .collect(),
        Kind::Whole { changes, .. } => {
            let lines = changes(play, theme);
            vec![Changes {
                head: panel.name().to_owned(),
                lines: lines.iter().map(|line| squeeze(line)).collect(),
            }]
        }
    };
    all.into_iter()
        .filter(|changes| !changes.lines.is_empty())
        .collect()
}

fn of_seat(
    panel: Panel,
    sheet: fn(&Look<'_>) -> Sheet,
    seat: Seat<'_>,
    play: &Play,
    theme: &Theme,
) -> Option<Changes> {
    let look = Look {
        play,
        theme,
        now: play.shown()?,
        before: play.marks_against(),
        seat,
        width: WIDE,
        height: None,
    };
    let now = sheet(&look);
    let mut lines = marked(&now);
    if let (Side::Box, true, Some(now_before)) = (seat.side, now.rows.is_empty(), look.before) {
        // No list any more: the sentence in its place, if it is new.
        let was = sheet(&Look {
            now: now_before,
            before: None,
            ..look
        });
        if words(&was) != words(&now) {
            lines.extend(words(&now));
        }
    }
    let whose = squeeze(&pane::title(play, theme, panel, seat));
    let columns = now.head.as_deref().map(squeeze).unwrap_or_default();
    let head = match columns.as_str() {
        "" => format!("{}, {whose}", panel.name()),
        columns => format!("{}, {whose} ({columns})", panel.name()),
    };
    Some(Changes { head, lines })
}

fn marked(sheet: &Sheet) -> Vec<String> {
    let line = |row: &super::super::sheet::Entry| {
        let word = word(row.change?);
        Some(format!("{word}: {}", squeeze(&row.line.to_string())))
    };
    sheet.rows.iter().filter_map(line).collect()
}

/// What happened to a row.
pub(super) fn word(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Changed => "now",
        Change::Gone => "gone",
    }
}

fn words(sheet: &Sheet) -> Vec<String> {
    let lines = sheet.below.iter();
    lines.map(|line| squeeze(&line.to_string())).collect()
}

/// Without what aligns columns: two spaces stay between them.
fn squeeze(text: &str) -> String {
    let parts = text.split("  ").map(str::trim).filter(|it| !it.is_empty());
    parts.collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::squeeze;

    #[test]
    fn columns_stay_apart_and_no_more() {
        let cases = [
            (" 4723    1          init   <-A", "4723  1  init  <-A"),
            ("one word", "one word"),
            ("   ", ""),
        ];
        for (text, squeezed) in cases {
            assert_eq!(squeeze(text), squeezed);
        }
    }
}

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
    /// The panel, and whose view it is.
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
    let head = format!("{}, {whose}", panel.name());
    Some(Changes { head, lines })
}

fn marked(sheet: &Sheet) -> Vec<String> {
    let line = |row: &super::super::sheet::Entry| {
        let (word, row) = (word(row.change?), row.line.to_string());
        Some(match &sheet.head {
            Some(head) => format!("{word}: {}", said(head, &row)),
            None => format!("{word}: {}", squeeze(&row)),
        })
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

/// Without what aligns columns, and without bars: two spaces stay between what is left.
fn squeeze(text: &str) -> String {
    let parts = text.split("  ").map(without_bar);
    let parts: Vec<&str> = parts.filter(|it| !it.is_empty()).collect();
    parts.join("  ")
}

/// A bar says to the eye what the numbers before it say to the ear.
fn without_bar(cell: &str) -> &str {
    let cell = cell.trim();
    let is_bar = |text: &str| text.bytes().all(|byte| b"#.".contains(&byte));
    match cell.rsplit_once('[') {
        Some((before, bar)) if bar.strip_suffix(']').is_some_and(is_bar) => before.trim_end(),
        _ => cell,
    }
}

/// A row cell by cell, each with the name of its column, since nobody hears what stands above what.
fn said(head: &str, row: &str) -> String {
    // Above the signs of change there is nothing.
    let head: Vec<char> = head.chars().skip(1).collect();
    let cells = cells(row);
    let next = cells.iter().skip(1).map(|(at, _)| *at);
    let ends = next.chain([usize::MAX]);
    let told = cells.iter().zip(ends).map(|((at, cell), end)| {
        let cell = in_words(cell);
        match column(&head, *at, end) {
            Some(name) => format!("{name} {cell}"),
            None => cell,
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

/// The cells of a row, two spaces apart or more, and where each begins.
fn cells(row: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut spaces = 2;
    for (at, c) in row.chars().enumerate() {
        match (c, spaces) {
            (' ', _) => spaces += 1,
            (c, 0 | 1) => {
                if let Some((_, cell)) = found.last_mut() {
                    cell.extend(std::iter::repeat_n(' ', spaces).chain([c]));
                }
                spaces = 0;
            }
            (c, _) => {
                found.push((at, c.to_string()));
                spaces = 0;
            }
        }
    }
    found
}

/// The name of the column that begins there, and ends before the next; none, where the first cell names
/// a thing by itself.
fn column(head: &[char], at: usize, end: usize) -> Option<String> {
    let begins_at = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| head.get(before));
        head.get(at).is_some_and(|c| *c != ' ') && before.is_none_or(|c| *c == ' ')
    };
    let begins = begins_at(at);
    let end = if begins_at(end) { end } else { head.len() };
    let rest: String = head.get(at..end)?.iter().collect();
    let name = rest.split("  ").next()?.trim();
    let named = at > 0 || name == "PID";
    let words = name.split(' ').map(|word| match word {
        "PID" => word.to_owned(),
        word => word.to_lowercase(),
    });
    (begins && named).then(|| words.collect::<Vec<_>>().join(" "))
}

/// Signs that are drawn, in words.
fn in_words(cell: &str) -> String {
    match (cell, cell.strip_prefix("<-")) {
        (_, Some(mark)) => format!("mark {mark}"),
        ("DIFF" | "DIFF+" | "diff", _) => "differs".to_owned(),
        ("SAME" | "SAME+", _) => "same".to_owned(),
        ("-", _) => "none".to_owned(),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{said, squeeze};

    #[test]
    fn columns_stay_apart_and_no_more() {
        let cases = [
            (" 4723    1          init   <-A", "4723  1  init  <-A"),
            ("one word", "one word"),
            (
                "memory  1M of 64M [#...]  so far",
                "memory  1M of 64M  so far",
            ),
            ("/etc  ext4 [/etc]", "/etc  ext4 [/etc]"),
            ("   ", ""),
        ];
        for (text, squeezed) in cases {
            assert_eq!(squeeze(text), squeezed);
        }
    }

    #[test]
    fn a_cell_is_told_with_its_column() {
        let host = " PID   PID in box COMMAND";
        let cases = [
            (
                host,
                "4723  1          box:init            <-B",
                "PID 4723, PID in box 1, command box:init, mark B",
            ),
            (
                host,
                "4725  -          a b",
                "PID 4725, PID in box none, command a b",
            ),
            (
                " LINK              INODE       vs host",
                "pid               4026532178  DIFF+",
                "pid, inode 4026532178, vs host differs",
            ),
            (
                " WHAT              READS",
                "uid for helper    0  between",
                "uid for helper, reads 0, between",
            ),
            // Too long for its column, so that the next has none.
            (
                " PID   PARENT  COMMAND",
                "4194304  1  x",
                "PID 4194304, 1, x",
            ),
        ];
        for (head, row, told) in cases {
            assert_eq!(said(head, row), told);
        }
    }
}

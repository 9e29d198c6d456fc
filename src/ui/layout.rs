//! Who gets which rows of a lesson's screen. Called by the lesson screen; it knows numbers only and
//! draws nothing.

use ratatui::layout::Rect;

/// From this width on, the words have a column of their own, and namespaces show their numbers.
pub(super) const WIDE: u16 = 110;

/// Panes are at least this high, or not there.
const LEAST: u16 = 5;
/// Beside a shell they want more, if they have more to show.
const BESIDE: u16 = 7;

/// How many rows each part would like to have.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wants {
    pub(super) story: u16,
    /// The least of it, if it wants as much.
    pub(super) words: u16,
    pub(super) panels: u16,
    pub(super) matrix: u16,
    /// What of the matrix comes before the other strips.
    pub(super) verdicts: u16,
    pub(super) calls: u16,
    pub(super) by_hand: u16,
    /// What of it comes before more words.
    pub(super) commands: u16,
    /// The least that a shell wants; 0 where none is in view.
    pub(super) shell: u16,
}

/// Where each part is; an empty area where there was no room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) story: Rect,
    pub(super) panels: Rect,
    pub(super) matrix: Rect,
    pub(super) calls: Rect,
    pub(super) by_hand: Rect,
    pub(super) shell: Rect,
}

impl Plan {
    /// Whether everybody got what they want.
    pub(super) fn gives(&self, wants: Wants) -> bool {
        self.story.height >= wants.story
            && self.panels.height >= wants.panels
            && self.matrix.height >= wants.matrix
            && self.calls.height >= wants.calls
            && self.by_hand.height >= wants.by_hand
            && self.shell.height >= wants.shell
    }
}

/// The width of the words' own column.
pub(super) fn column(width: u16) -> u16 {
    (width / 3).clamp(36, 60)
}

/// Shares out `body`; with `aside` the words stand beside the panels, else above them.
pub(super) fn plan(body: Rect, aside: bool, wants: Wants) -> Plan {
    if !aside {
        return stack(body, body, wants);
    }
    let column = column(body.width);
    let right = Rect {
        x: body.x + column,
        width: body.width - column,
        ..body
    };
    let wants_right = Wants { story: 0, ..wants };
    let mut plan = stack(right, body, wants_right);
    plan.story = Rect {
        width: column - 1,
        height: plan.panels.height + plan.shell.height,
        ..body
    };
    plan
}

/// One below the other: words and panels in `upper`, the strips below them in `whole`.
fn stack(upper: Rect, whole: Rect, wants: Wants) -> Plan {
    let Wants {
        story,
        words,
        panels,
        matrix,
        verdicts,
        calls,
        by_hand,
        commands,
        shell,
    } = wants;
    let mut room = whole.height;
    // In the order in which a small screen serves them: a part's least, then all that it wants.
    let mut shell_rows = take(&mut room, shell.min(LEAST));
    let mut story_rows = take(&mut room, story.min(words));
    // Less than a heading and two rows in a frame shows nothing; beside a shell, that is where its
    // deeds are seen.
    let least = match room {
        ..LEAST => 0,
        LEAST..=9 if shell > 0 => LEAST,
        _ if shell > 0 => panels.clamp(LEAST, BESIDE),
        _ => LEAST,
    };
    let mut panel_rows = take(&mut room, least);
    shell_rows += take(&mut room, shell - shell_rows);
    // Less than that is a heading above nothing.
    let mut matrix_rows = take_whole(&mut room, matrix.min(verdicts));
    let mut calls_rows = take(&mut room, calls.min(1));
    let mut hand_rows = take(&mut room, by_hand.min(commands));
    story_rows += take(&mut room, story - story_rows);
    if panel_rows > 0 {
        panel_rows += take(&mut room, panels.saturating_sub(panel_rows));
    }
    calls_rows += take(&mut room, calls - calls_rows);
    hand_rows += take(&mut room, by_hand - hand_rows);
    if matrix_rows > 0 {
        matrix_rows += take(&mut room, matrix - matrix_rows);
    }
    let gap = u16::from(story > 0 && room > 2);
    if shell_rows > 0 {
        shell_rows += room - gap;
    } else if panel_rows == 0 {
        story_rows += room - gap;
    } else {
        panel_rows += room - gap;
    }

    let mut y = whole.y;
    let mut place = |area: Rect, height: u16| {
        let place = Rect { y, height, ..area };
        y += height;
        place
    };
    let story = place(upper, story_rows);
    place(upper, gap);
    Plan {
        story,
        panels: place(upper, panel_rows),
        shell: place(upper, shell_rows),
        matrix: place(whole, matrix_rows),
        calls: place(whole, calls_rows),
        by_hand: place(whole, hand_rows),
    }
}

/// All of `wanted` rows, or none.
fn take_whole(room: &mut u16, wanted: u16) -> u16 {
    if wanted > *room {
        return 0;
    }
    take(room, wanted)
}

/// As many of `wanted` rows as there is room for.
fn take(room: &mut u16, wanted: u16) -> u16 {
    let taken = wanted.min(*room);
    *room -= taken;
    taken
}

/// Parts of `area` for panels of these heights, from the top: the first always, each other one
/// while there is room. What remains goes to the first.
pub(super) fn pile(area: Rect, heights: &[u16]) -> Vec<Rect> {
    let mut room = area.height;
    let mut rows: Vec<u16> = Vec::new();
    for (position, height) in heights.iter().enumerate() {
        if position > 0 && *height > room {
            break;
        }
        let taken = (*height).min(room);
        room -= taken;
        rows.push(taken);
    }
    if let Some(first) = rows.first_mut() {
        *first += room;
    }
    let mut y = area.y;
    rows.into_iter()
        .map(|height| {
            let part = Rect { y, height, ..area };
            y += height;
            part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_overlap_and_never_leave_the_body() {
        let wants = Wants {
            story: 7,
            words: 6,
            panels: 9,
            matrix: 3,
            verdicts: 2,
            calls: 4,
            by_hand: 2,
            commands: 1,
            shell: 0,
        };
        for width in [20, 80, 110, 200] {
            for height in 0..60 {
                let body = Rect::new(0, 1, width, height);
                let plan = plan(body, width >= WIDE, wants);
                let parts = [
                    plan.story,
                    plan.panels,
                    plan.matrix,
                    plan.calls,
                    plan.by_hand,
                ];
                for (position, part) in parts.iter().enumerate() {
                    assert_eq!(part.intersection(body), *part, "{plan:?} in {body:?}");
                    let rest = &parts[position + 1..];
                    assert!(
                        rest.iter().all(|other| !part.intersects(*other)),
                        "{plan:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn at_80x24_every_part_has_a_place() {
        let wants = Wants {
            story: 5,
            words: 6,
            panels: 7,
            matrix: 3,
            verdicts: 2,
            calls: 2,
            by_hand: 1,
            commands: 1,
            shell: 0,
        };
        let plan = plan(Rect::new(0, 1, 80, 21), false, wants);
        assert_eq!(plan.story.height, 5);
        assert!(plan.panels.height >= 7, "{plan:?}");
        assert_eq!(plan.matrix.height, 3);
        assert_eq!(plan.calls.height, 2);
        assert_eq!(plan.by_hand.height, 1);
    }

    #[test]
    fn a_pile_shows_the_first_and_what_else_fits() {
        let heights = |rows, wants: &[u16]| -> Vec<u16> {
            let area = Rect::new(0, 0, 80, rows);
            pile(area, wants).iter().map(|part| part.height).collect()
        };
        assert_eq!(heights(4, &[9, 6]), [4]);
        assert_eq!(heights(16, &[9, 6]), [10, 6]);
        assert_eq!(heights(14, &[9, 6]), [14]);
    }
}

//! The two panes: their frames and titles, side by side, one below the other, or as tabs. Called by
//! the panels, which fill them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols::border,
    text::{Line, Span},
    widgets::{Block, Widget},
};

use super::{
    panels,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{self, App, Hold, Play, Side},
    lesson::Panel,
    model::{Lead, Untrusted, diff::GROUND},
};

/// Two panes stand side by side from this width on.
const TWO: u16 = 60;
/// Two panes stand one below the other from this height on.
const STACKED: u16 = 10;

/// The inside of the frames; `None` where there is no room for both.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Panes {
    pub(super) host: Option<Rect>,
    pub(super) inside: Option<Rect>,
}

/// Draws the frames for `panel`.
pub(super) fn frames(
    app: &App,
    play: &Play,
    theme: &Theme,
    panel: Panel,
    area: Rect,
    buf: &mut Buffer,
) -> Panes {
    let (host, inside) = places(play.side, area);
    let lone = host.is_none() || inside.is_none();
    let frame = Frame {
        app,
        play,
        theme,
        panel,
        lone,
    };
    Panes {
        host: host.map(|place| frame.draw(Side::Host, place, buf)),
        inside: inside.map(|place| frame.draw(Side::Box, place, buf)),
    }
}

fn places(side: Side, area: Rect) -> (Option<Rect>, Option<Rect>) {
    if area.width >= TWO {
        let half = area.width / 2;
        let left = Rect {
            width: half,
            ..area
        };
        let right = Rect {
            x: area.x + half,
            width: area.width - half,
            ..area
        };
        return (Some(left), Some(right));
    }
    if area.height >= STACKED {
        let half = area.height / 2;
        let upper = Rect {
            height: half,
            ..area
        };
        let lower = Rect {
            y: area.y + half,
            height: area.height - half,
            ..area
        };
        return (Some(upper), Some(lower));
    }
    match side {
        Side::Host => (Some(area), None),
        Side::Box => (None, Some(area)),
    }
}

struct Frame<'a> {
    app: &'a App,
    play: &'a Play,
    theme: &'a Theme,
    panel: Panel,
    lone: bool,
}

impl Frame<'_> {
    fn draw(&self, side: Side, place: Rect, buf: &mut Buffer) -> Rect {
        let (border, role, title) = match side {
            Side::Host => (self.theme.single(), Role::Host, self.host_title()),
            Side::Box => (self.theme.double(), Role::Box, self.box_title()),
        };
        let title = match (self.lone, side) {
            (false, _) => title,
            (true, Side::Host) => " HOST (Tab: the box) ".to_owned(),
            (true, Side::Box) => " BOX (Tab: the host) ".to_owned(),
        };
        let focused = self.play.side == side;
        let strong = if focused { Role::Title } else { Role::Plain };
        let style = self.theme.style(role);
        let title = write::cut(
            &title,
            usize::from(place.width.saturating_sub(2)),
            self.theme,
        );
        let title = Span::styled(title, style.patch(self.theme.style(strong)));
        self.block(side, border, style, title).render(place, buf);
        Rect {
            x: place.x + 1,
            y: place.y + 1,
            width: place.width.saturating_sub(2),
            height: place.height.saturating_sub(2),
        }
    }

    fn block<'b>(
        &self,
        side: Side,
        set: border::Set<'b>,
        style: Style,
        title: Span<'b>,
    ) -> Block<'b> {
        let name = format!(" {} {} ", panels::number(self.panel), self.panel.name());
        let mut block = Block::bordered()
            .border_set(set)
            .border_style(style)
            .title_top(Line::from(title))
            .title_bottom(Line::styled(name, self.theme.style(Role::Dim)));
        if let Some(word) = self.corner(side) {
            block = block.title_bottom(word.right_aligned());
        }
        block
    }

    /// What must be known about the view: that it stands still, or whose view it is.
    fn corner(&self, side: Side) -> Option<Line<'static>> {
        let word = match (held_word(self.play), side) {
            (Some(word), _) => word,
            (None, Side::Host) => return None,
            (None, Side::Box) => {
                let lead = self.play.shown_box()?.lead.as_ref()?;
                let name = Untrusted::from(&lead.name).text();
                let (sign, role) = if self.moved(lead) {
                    ("+", Role::Changed)
                } else {
                    ("", Role::Dim)
                };
                let words = format!(" {sign}seen from {name} ");
                return Some(Line::styled(words, self.theme.style(role)));
            }
        };
        Some(Line::styled(word, self.theme.style(Role::Title)))
    }

    /// Whether the step made another process the one that the box is seen from.
    fn moved(&self, lead: &Lead) -> bool {
        let before = self.play.marks_against().and_then(|sample| {
            let view = sample.boxes.get(&self.play.box_name)?;
            view.lead.as_ref()
        });
        before.is_some_and(|before| before.host_pid != lead.host_pid)
    }

    fn host_title(&self) -> String {
        if self.panel == Panel::Mounts && self.play.box_name == GROUND {
            return " GROUND  stands in for the host ".to_owned();
        }
        let name = self.play.shown().map(|now| now.host.world.hostname.text());
        match name {
            Some(name) => format!(" HOST  this machine ({name}) "),
            None => " HOST  this machine ".to_owned(),
        }
    }

    fn box_title(&self) -> String {
        if self.panel == Panel::Network && self.play.box_name == GROUND {
            return " GROUND  stands in for the host ".to_owned();
        }
        let names = app::box_names(&self.app.lessons[self.play.lesson]);
        if names.len() < 2 {
            return " BOX  inside the container ".to_owned();
        }
        format!(" BOX {}  inside the container ", self.play.box_name)
    }
}

/// Why the view stands still, if it does.
pub(super) fn held_word(play: &Play) -> Option<&'static str> {
    play.held.as_ref().map(|(hold, _)| match hold {
        Hold::Before => " as it is before ",
        Hold::Frozen => " frozen (f) ",
    })
}

/// The rows of one side's list that are in view, and the one among them that is chosen.
pub(super) struct Window {
    /// The first row in view.
    pub(super) first: usize,
    chosen: Option<usize>,
    cursor: bool,
}

/// Where a list begins so that the chosen row is in view.
pub(super) fn first_row(chosen: usize, room: usize) -> usize {
    (chosen + 1).saturating_sub(room)
}

impl Window {
    /// The window on the list of `side`, `count` rows long: around the cursor, on the other side
    /// around the row that is the same thing, and without a cursor around what the step changed.
    pub(super) fn new(
        play: &Play,
        side: Side,
        room: usize,
        count: usize,
        changed: Option<usize>,
    ) -> Self {
        let cursor = play.side == side;
        let chosen = if cursor {
            play.cursor
        } else {
            play.paired_row()
        };
        let anchor = chosen.or(changed).unwrap_or(0);
        let last = count.saturating_sub(room);
        Self {
            first: first_row(anchor, room).min(last),
            chosen,
            cursor,
        }
    }

    /// The style that lies over a row.
    pub(super) fn style(&self, row: usize, theme: &Theme) -> Style {
        match self.cursor {
            _ if self.chosen != Some(row) => Style::new(),
            true => theme.style(Role::Cursor),
            false => theme.style(Role::Pair),
        }
    }
}

/// Says in the frame above `place` which rows of a list are in view, if not all of them are.
pub(super) fn in_view(
    first: usize,
    room: usize,
    count: usize,
    place: Rect,
    theme: &Theme,
    buf: &mut Buffer,
) {
    if count <= room || room == 0 || place.y == 0 {
        return;
    }
    let last = (first + room).min(count);
    let words = format!(" {}-{last} of {count} ", first + 1);
    let line = Line::styled(words, theme.style(Role::Dim)).right_aligned();
    let width = u16::try_from(line.width()).unwrap_or(place.width);
    let width = width.min(place.width);
    let corner = Rect {
        x: place.right() - width,
        y: place.y - 1,
        width,
        height: 1,
    };
    write::line(&line, 0, corner, buf);
}

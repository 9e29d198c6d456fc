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
    app::{App, Hold, Play, Side},
    lesson::Panel,
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
        let mut title = title;
        if self.lone {
            title.push_str("(Tab: other side) ");
        }
        let focused = self.play.side == side;
        let strong = if focused { Role::Title } else { Role::Plain };
        let style = self.theme.style(role);
        let title = write::cut(
            &title,
            usize::from(place.width.saturating_sub(2)),
            self.theme,
        );
        let title = Span::styled(title, style.patch(self.theme.style(strong)));
        self.block(border, style, title).render(place, buf);
        Rect {
            x: place.x + 1,
            y: place.y + 1,
            width: place.width.saturating_sub(2),
            height: place.height.saturating_sub(2),
        }
    }

    fn block<'b>(&self, set: border::Set<'b>, style: Style, title: Span<'b>) -> Block<'b> {
        let name = format!(" {} {} ", panels::number(self.panel), self.panel.name());
        let mut block = Block::bordered()
            .border_set(set)
            .border_style(style)
            .title_top(Line::from(title))
            .title_bottom(Line::styled(name, self.theme.style(Role::Dim)));
        if let Some((hold, _)) = &self.play.held {
            let word = match hold {
                Hold::Before => " as it is before ",
                Hold::Frozen => " frozen (f) ",
            };
            let word = Line::styled(word, self.theme.style(Role::Title)).right_aligned();
            block = block.title_bottom(word);
        }
        block
    }

    fn host_title(&self) -> String {
        let name = self.play.shown().map(|now| now.host.world.hostname.text());
        match name {
            Some(name) => format!(" HOST  this machine ({name}) "),
            None => " HOST  this machine ".to_owned(),
        }
    }

    fn box_title(&self) -> String {
        let names = self.play.box_names(&self.app.lessons[self.play.lesson]);
        if names.len() < 2 {
            return " BOX  inside the container ".to_owned();
        }
        format!(" BOX {}  inside the container ", self.play.box_name)
    }
}

/// Where a list begins so that the chosen row is in view.
pub(super) fn first_row(chosen: usize, room: usize) -> usize {
    (chosen + 1).saturating_sub(room)
}

/// The style of a row: under the cursor, the same thing as that, or neither.
pub(super) fn row_style(play: &Play, side: Side, row: usize, theme: &Theme) -> Style {
    if play.side == side && play.cursor == row {
        theme.style(Role::Cursor)
    } else if play.side != side && play.paired_row() == Some(row) {
        theme.style(Role::Pair)
    } else {
        Style::new()
    }
}

//! The shells' terminals: where they are on the screen, their frames, their cells. Called by the
//! lesson screen; and by `run`, before each frame, for how much room there is.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Widget},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{Play, Shell, Sketch},
    model::{
        Untrusted,
        port::{Place, Size},
        text,
    },
};

/// Two terminals stand side by side from this width on.
const TWO: u16 = 60;
/// A frame leaves nothing of anything smaller.
const FRAMED: u16 = 3;

/// Draws those in view into `area`.
pub(super) fn draw(play: &Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    for (place, shell, outer) in frames(play, area) {
        write::clear(outer, buf);
        let focused = play.shells.focus() == Some(place);
        let sketch = shell.emulator.sketch();
        if is_framed(outer) {
            let frame = Frame {
                place,
                shell,
                focused,
                scrolled: sketch.scrolled,
            };
            frame.draw(theme, outer, buf);
        }
        cells(&sketch, focused, theme, inside(outer), buf);
    }
}

/// How large the terminals in view would be in `area`.
pub(super) fn sizes(play: &Play, area: Rect) -> impl Iterator<Item = (&Shell, Size)> {
    let inner = frames(play, area).map(|(_, shell, outer)| (shell, inside(outer)));
    inner
        .filter(|(_, inner)| !inner.is_empty())
        .map(|(shell, inner)| {
            let size = Size {
                rows: inner.height,
                columns: inner.width,
            };
            (shell, size)
        })
}

/// Those in view with their places: side by side, or one below the other, or the one with the keys.
fn frames(play: &Play, area: Rect) -> impl Iterator<Item = (&Place, &Shell, Rect)> {
    let all: Vec<_> = play.shells.in_view().collect();
    let (half, below) = (area.width / 2, area.height / 2);
    let parts = match all.len() {
        0 => Vec::new(),
        1 => vec![area],
        _ if area.width >= TWO => vec![
            Rect {
                width: half,
                ..area
            },
            Rect {
                x: area.x + half,
                width: area.width - half,
                ..area
            },
        ],
        _ => vec![
            Rect {
                height: below,
                ..area
            },
            Rect {
                y: area.y + below,
                height: area.height - below,
                ..area
            },
        ],
    };
    let pairs = all.into_iter().zip(parts);
    pairs.map(|((place, shell), part)| (place, shell, part))
}

fn is_framed(outer: Rect) -> bool {
    outer.width >= FRAMED && outer.height >= FRAMED
}

fn inside(outer: Rect) -> Rect {
    if !is_framed(outer) {
        return outer;
    }
    Rect {
        x: outer.x + 1,
        y: outer.y + 1,
        width: outer.width - 2,
        height: outer.height - 2,
    }
}

struct Frame<'a> {
    place: &'a Place,
    shell: &'a Shell,
    focused: bool,
    scrolled: usize,
}

impl Frame<'_> {
    fn draw(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let (border, role, whose) = match self.place {
            Place::Host => (theme.single(), Role::Host, "on the host".to_owned()),
            Place::Box(name) => {
                let name = Untrusted::from(name).text();
                let beside = self.shell.neighbour.as_ref();
                let beside = beside.map_or_else(String::new, |who| format!(", beside {who}"));
                (theme.double(), Role::Box, format!("in {name}{beside}"))
            }
        };
        let title = match &self.shell.program {
            Some(program) => format!(" SHELL {whose}: {program} "),
            None => format!(" SHELL {whose}: it is being started "),
        };
        let (strong, way) = if self.focused {
            (Role::Title, " Ctrl-] leaves the shell ")
        } else {
            (Role::Plain, " s goes on here; L: large ")
        };
        let style = theme.style(role);
        let width = usize::from(area.width - 2);
        let title = write::cut(&title, width, theme);
        let way = write::cut(way, width, theme);
        let mut block = Block::bordered()
            .border_set(border)
            .border_style(style)
            .title_top(Span::styled(title, style.patch(theme.style(strong))))
            .title_bottom(Span::styled(way, theme.style(strong)));
        if self.scrolled > 0 {
            let words = format!(" {} lines up ", self.scrolled);
            let line = Line::styled(words, theme.style(Role::Title));
            block = block.title_bottom(line.right_aligned());
        }
        block.render(area, buf);
    }
}

fn cells(sketch: &Sketch<'_>, focused: bool, theme: &Theme, area: Rect, buf: &mut Buffer) {
    for row in 0..area.height {
        let cursor = sketch.cursor.filter(|(at, _)| focused && *at == row);
        let column = cursor.map(|(_, column)| column.min(area.width.saturating_sub(1)));
        let line = line(sketch, row, column, theme, area.width);
        write::line(&line, row, area, buf);
    }
}

/// One line of cells; those of the same look are one span.
fn line(
    sketch: &Sketch<'_>,
    row: u16,
    cursor: Option<u16>,
    theme: &Theme,
    width: u16,
) -> Line<'static> {
    let mut line = Line::default();
    let mut column = 0;
    while column < width {
        let cell = sketch.screen.cell(row, column);
        let (mut shown, mut taken) = (String::from(" "), 1);
        let mut style = Style::new();
        if let Some(cell) = cell {
            style = look(cell, theme);
            taken = if cell.is_wide() { 2 } else { 1 };
            shown = symbol(cell, (width - column).min(taken));
        }
        if cursor.is_some_and(|at| (column..column + taken).contains(&at)) {
            style = style.patch(theme.style(Role::Cursor));
        }
        match line.spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push_str(&shown),
            _ => line.push_span(Span::styled(shown, style)),
        }
        column += taken;
    }
    line
}

/// What stands in a cell, exactly `width` wide: what would take more or less room on the learner's
/// terminal than it has here would move everything behind it.
fn symbol(cell: &vt100::Cell, width: u16) -> String {
    let shown = text::cell(cell.contents());
    let width = usize::from(width);
    if shown.width() == width {
        return shown;
    }
    let first = shown.chars().next();
    match first.filter(|first| first.width() == Some(width)) {
        Some(first) => first.to_string(),
        None => " ".repeat(width),
    }
}

fn look(cell: &vt100::Cell, theme: &Theme) -> Style {
    let mut style = Style::new();
    let modifiers = [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ];
    for (_, modifier) in modifiers.into_iter().filter(|(set, _)| *set) {
        style = style.add_modifier(modifier);
    }
    if theme.has_color() {
        style.fg = color(cell.fgcolor());
        style.bg = color(cell.bgcolor());
    }
    style
}

/// One of the 256 that every terminal has: not every one has all.
fn color(color: vt100::Color) -> Option<Color> {
    match color {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(Color::Indexed(index)),
        vt100::Color::Rgb(red, green, blue) => {
            let level = |part: u8| u16::from(part) * 5 / 255;
            let index = 16 + 36 * level(red) + 6 * level(green) + level(blue);
            u8::try_from(index).ok().map(Color::Indexed)
        }
    }
}

//! What the processes of the lesson tried, and who said no: a row for each thing, a column for each
//! process, the host's among them. One frame over both sides.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Block, Widget},
};

use super::super::{
    pane, prose, sheet,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play},
    lesson::Panel,
    model::{
        diff::{self, Grid, GridColumn, GridRow},
        tries::{Layer, Tried},
    },
};

/// Columns of what is tried, of the capability that the kernel asks for, and of each answer with its mark:
/// four answers, or three and the capability, fit into 80.
const WHAT: usize = 10;
const ASKS: usize = 12;
const CELL: usize = 17;
/// Lines above the rows.
const HEAD: u16 = 2;
/// Columns of the panel's name in the lower edge.
const EDGE: usize = 10;

/// Draws the table.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let place = frame(play, &theme, area, buf);
    let Some(grid) = grid_of(play) else { return };
    if grid.columns.is_empty() {
        let words = Line::styled(" nobody has tried anything yet", theme.style(Role::Dim));
        write::line(&words, 0, place, buf);
        return;
    }
    let table = Table::new(&grid, &theme, place.width.into());
    for (row, line) in (0..).zip(table.head()) {
        write::line(&line, row, place, buf);
    }
    let room = usize::from(place.height.saturating_sub(HEAD));
    let first = sheet::first_row(play.cursor.unwrap_or(0), room);
    let rows: Vec<Line<'_>> = (0..)
        .zip(&grid.rows)
        .map(|(position, row)| {
            let line = table.row(row);
            match play.cursor {
                Some(cursor) if cursor == position => line.style(theme.style(Role::Cursor)),
                _ => line,
            }
        })
        .collect();
    for (line, text) in (HEAD..place.height).zip(rows.get(first..).unwrap_or_default()) {
        write::line(text, line, place, buf);
    }
    sheet::in_view(first, room, rows.len(), place, &theme, buf);
    // Below the rows, with a free one between, where there is room for all of it.
    let legend = legend(&grid, &theme, place.width);
    let free = place
        .height
        .saturating_sub(height(grid.rows.len() + 1) + HEAD);
    if height(legend.len()) > free {
        let words = Line::styled(in_short(&grid), theme.style(Role::Dim)).right_aligned();
        let edge = Rect {
            y: place.bottom(),
            height: 1,
            ..place
        };
        if usize::from(edge.width) >= words.width() + EDGE {
            write::line(&words, 0, edge, buf);
        }
    } else {
        let below = Rect {
            y: place.bottom() - free,
            height: free,
            ..place
        };
        write::lines(&legend, below, buf);
    }
}

fn height(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// The same for the lower edge: the words that do not speak for themselves.
fn in_short(grid: &Grid) -> String {
    let tried = || grid.rows.iter().flat_map(|row| row.cells.iter().flatten());
    let occurs = |layer: Option<Layer>| tried().any(|it| !it.allowed && it.layer == layer);
    let all = [
        (Some(Layer::Owner), "owner: held, but not over this"),
        (Some(Layer::Map), "map: id not in it"),
        (Some(Layer::Lsm), "lsm: security module"),
        (None, "?: unknown"),
    ];
    let words = all.into_iter().filter(|(layer, _)| occurs(*layer));
    let words: Vec<&str> = words.map(|(_, words)| words).collect();
    match words.as_slice() {
        [] => String::new(),
        words => format!(" {} ", words.join("; ")),
    }
}

/// What the words mean that occur in the table.
fn legend(grid: &Grid, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let tried = || grid.rows.iter().flat_map(|row| row.cells.iter().flatten());
    let occurs = |layer: &Layer| tried().any(|it| it.layer == Some(*layer));
    let layers = Layer::ALL.into_iter().filter(occurs);
    let mut words: Vec<String> = layers
        .map(|layer| format!("{}: {}", layer.name(), layer.means()))
        .collect();
    if tried().any(|it| !it.allowed && it.layer.is_none()) {
        words.push("?: nothing here tells which".to_owned());
    }
    let words = match words.as_slice() {
        [] => return Vec::new(),
        words => format!("Who said no. {}.", words.join("; ")),
    };
    prose::remark(&words, width.into(), theme)
}

/// One line a thing that was tried, and the heads.
pub(super) fn rows(play: &Play, _: &Theme, _: u16) -> usize {
    grid_of(play).map_or(1, |grid| usize::from(HEAD) + grid.rows.len())
}

/// What was tried in this step.
pub(super) fn changes(play: &Play, _: &Theme) -> Vec<String> {
    let calls = play.calls().iter();
    let lines = calls.filter_map(|call| {
        let tried = call.tried?;
        let crate::model::Actor::Member(_, name) = &call.actor else {
            return None;
        };
        Some(format!("{name}, {}: {}", tried.what.name(), tried.words()))
    });
    lines.collect()
}

fn grid_of(play: &Play) -> Option<Grid> {
    Some(diff::grid(play.shown()?, &play.boxes))
}

fn frame(play: &Play, theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    let title = " HOST AND BOX  who may do what, and who says no ";
    let title = write::cut(title, usize::from(area.width.saturating_sub(2)), theme);
    let mut block = Block::bordered()
        .border_set(theme.single())
        .title_top(Line::styled(title, theme.style(Role::Title)))
        .title_bottom(super::name(Panel::Grid, theme));
    if let Some(word) = pane::held_word(play) {
        let word = Line::styled(word, theme.style(Role::Title)).right_aligned();
        block = block.title_bottom(word);
    }
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// How much of the grid fits into a width: the first column and the last ones, and what is asked for if
/// there is room.
struct Table<'g> {
    grid: &'g Grid,
    theme: &'g Theme,
    shown: Vec<usize>,
    asks: bool,
}

impl<'g> Table<'g> {
    fn new(grid: &'g Grid, theme: &'g Theme, width: usize) -> Self {
        let room = width.saturating_sub(WHAT);
        let all = grid.columns.len();
        let count = (room / CELL).clamp(1, all);
        let last = all + 1 - count..all;
        Self {
            grid,
            theme,
            shown: std::iter::once(0).chain(last).collect(),
            asks: room >= ASKS + count * CELL,
        }
    }

    fn head(&self) -> [Line<'static>; 2] {
        let names = |column: &GridColumn| {
            let (place, side) = if column.on_host {
                ("on HOST".to_owned(), Role::Host)
            } else {
                (format!("in {}", column.box_name), Role::Box)
            };
            let style = self.theme.style(side).patch(self.theme.style(Role::Title));
            (format!("{} {place}", column.name), style)
        };
        let dim = self.theme.style(Role::Dim);
        let hidden = match self.grid.columns.len() - self.shown.len() {
            0 => String::new(),
            more => format!("+{more} more"),
        };
        [
            self.head_line(("TRIED", "NEEDS CAP_"), names),
            self.head_line((&hidden, ""), |column| (column.limits.clone(), dim)),
        ]
    }

    fn head_line(
        &self,
        (what, asks): (&str, &str),
        text: impl Fn(&GridColumn) -> (String, Style),
    ) -> Line<'static> {
        let left = self.left(what, asks);
        let mut spans = vec![Span::styled(left, self.theme.style(Role::Dim))];
        spans.extend(self.shown.iter().map(|column| {
            let (text, style) = text(&self.grid.columns[*column]);
            let text = write::fit(&format!(" {text}"), CELL, self.theme);
            Span::styled(text, style)
        }));
        Line::from(spans)
    }

    fn left(&self, what: &str, asks: &str) -> String {
        let what = write::fit(&format!(" {what}"), WHAT, self.theme);
        if self.asks {
            return what + &write::fit(&format!(" {asks}"), ASKS, self.theme);
        }
        what
    }

    fn row(&self, row: &GridRow) -> Line<'static> {
        let asks = row.what.asks_for().map_or("", |(cap, _)| cap);
        let asks = asks.strip_prefix("CAP_").unwrap_or("-");
        let mut spans = vec![Span::raw(self.left(row.what.name(), asks))];
        let cells = self.shown.iter().enumerate().map(|(place, column)| {
            let differs = row.differs(*column, &self.shown[..place]);
            self.cell(row.cells[*column], differs)
        });
        spans.extend(cells);
        Line::from(spans)
    }

    fn cell(&self, tried: Option<Tried>, differs: bool) -> Span<'static> {
        let (words, role) = match tried {
            None => ("-".to_owned(), Role::Dim),
            Some(tried) if tried.allowed => (tried.words(), Role::Changed),
            Some(tried) => (tried.words(), Role::Plain),
        };
        let sign = if differs { self.theme.differs() } else { " " };
        let text = write::fit(&format!("{sign}{words}"), CELL, self.theme);
        Span::styled(text, self.theme.style(role))
    }
}

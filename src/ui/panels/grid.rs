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
    pane, sheet,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play},
    lesson::Panel,
    model::{
        diff::{self, Grid, GridColumn, GridRow},
        tries::Tried,
    },
};

/// Columns of what is tried, of the capability that the kernel asks for, and of each answer with its mark:
/// four answers, or three and the capability, fit into 80.
const WHAT: usize = 10;
const ASKS: usize = 12;
const CELL: usize = 17;
/// Lines above the rows.
const HEAD: u16 = 2;

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

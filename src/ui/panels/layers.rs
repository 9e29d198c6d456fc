//! The directories of an overlay as four columns, name by name. One frame, the box's: the layers are
//! what the box sees of them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Widget},
};

use super::super::{
    pane, sheet,
    theme::{Role, Theme},
    write,
};
use super::{changes, files};
use crate::{
    app::{App, Attempt, Play},
    lesson::Panel,
    model::{
        Seen,
        diff::{self, COLUMNS, Change, LayerRow, Layers},
        files::File,
    },
};

/// What a name is in one column, and what the step did to it.
type Cell = (Seen<File>, Option<Change>);

/// With less than so many rows inside, paths make way for names.
const LOW: u16 = 6;

/// What each column is for.
const ROLES: [&str; 4] = ["only read", "written to", "scratch", "the view"];

/// Draws the columns.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let place = frame(play, &theme, area, buf);
    match play.layers() {
        Some(layers) => columns(play, &theme, &layers, place, buf),
        None if play.shown().is_some() => {
            let line = " no overlay is mounted";
            let line = Line::styled(line, theme.style(Role::Dim));
            write::line(&line, 0, place, buf);
        }
        None => {}
    }
}

/// One row a name, and two of headings.
pub(super) fn rows(play: &Play, _: &Theme, _: u16) -> usize {
    let names = play.layers().map_or(0, |layers| layers.rows.len());
    names.max(4) + 2
}

/// What the step changed, column by column.
pub(super) fn changes(play: &Play, _: &Theme) -> Vec<String> {
    let layers = play.layers();
    let rows = layers.iter().flat_map(|layers| &layers.rows);
    let cells = rows.flat_map(|row| {
        let cells = COLUMNS.iter().zip(&row.cells);
        cells.filter_map(|(column, cell)| {
            let word = changes::word(cell.1?);
            let what = cell_text(row, cell);
            // Without the sign: the word says it.
            Some(format!("{word} in {column}: {}", what.get(1..)?))
        })
    });
    cells.collect()
}

fn frame(play: &Play, theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    let style = theme.style(Role::Box);
    let title = write::cut(
        " BOX  an overlay, as the container sees it ",
        usize::from(area.width.saturating_sub(2)),
        theme,
    );
    let mut block = Block::bordered()
        .border_set(theme.double())
        .border_style(style)
        .title_top(Line::from(Span::styled(
            title,
            style.patch(theme.style(Role::Title)),
        )))
        .title_bottom(super::name(Panel::Layers, theme));
    if let Some(word) = pane::held_word(play) {
        let word = Line::styled(word, theme.style(Role::Title)).right_aligned();
        block = block.title_bottom(word);
    }
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

fn columns(play: &Play, theme: &Theme, layers: &Layers, place: Rect, buf: &mut Buffer) {
    let width = usize::from(place.width / 4).max(1);
    let cell = |text: &str| write::fit(text, width, theme);
    let heads = COLUMNS.iter().zip(ROLES);
    let head: String = heads
        .map(|(name, role)| match *name {
            "merged" if !layers.mounted => ("merged", "not mounted"),
            name => (name, role),
        })
        .map(|(name, role)| cell(&format!(" {} {role}", name.to_uppercase())))
        .collect();
    let paths: String = layers
        .paths
        .iter()
        .map(|path| cell(&format!(" {}", write::path(&path.text(), width - 1, theme))))
        .collect();
    write::line(&Line::styled(head, theme.style(Role::Title)), 0, place, buf);
    let heads = if place.height < LOW { 1 } else { 2 };
    if heads == 2 {
        write::line(&Line::styled(paths, theme.style(Role::Dim)), 1, place, buf);
    }
    let room = usize::from(place.height.saturating_sub(heads));
    let chosen = play.cursor.or_else(|| last_changed(play)).unwrap_or(0);
    let first = sheet::first_row(chosen, room);
    sheet::in_view(first, room, layers.rows.len(), place, theme, buf);
    let rows = layers.rows.iter().enumerate().skip(first).take(room);
    for (line, (position, row)) in (heads..).zip(rows) {
        let mut text = cells(row, width, theme);
        if play.cursor == Some(position) {
            text = text.style(theme.style(Role::Cursor));
        }
        write::line(&text, line, place, buf);
    }
}

/// The last row that the step changed, or the learner in a challenge.
fn last_changed(play: &Play) -> Option<usize> {
    let base = play.attempt.as_ref().and_then(Attempt::base);
    let before = play.marks_against().or(base)?;
    let layers = diff::overlay(play.shown()?, Some(before), &play.box_name)?;
    let changed = |row: &LayerRow| row.cells.iter().any(|(_, change)| change.is_some());
    layers.rows.iter().rposition(changed)
}

fn cells(row: &LayerRow, width: usize, theme: &Theme) -> Line<'static> {
    let cell = |cell: &Cell| {
        let role = match cell.1 {
            Some(Change::New | Change::Changed) => Role::Changed,
            Some(Change::Gone) => Role::Dim,
            None => Role::Plain,
        };
        let text = cell_text(row, cell);
        // The last cell of a column stays free, so that columns do not touch.
        let text = write::fit(&write::cut(&text, width - 1, theme), width, theme);
        Span::styled(text, theme.style(role))
    };
    Line::from(row.cells.iter().map(cell).collect::<Vec<_>>())
}

fn cell_text(row: &LayerRow, (file, change): &Cell) -> String {
    let name = row.name.text();
    let sign = match change {
        Some(Change::New | Change::Changed) => "+",
        Some(Change::Gone) => "-",
        None => " ",
    };
    match (file, change) {
        (Seen::Missing, Some(Change::Gone)) => format!("{sign}{name} gone"),
        (Seen::Missing, _) => String::new(),
        (file, _) => format!("{sign}{}", files::name_and_what(&name, file)),
    }
}

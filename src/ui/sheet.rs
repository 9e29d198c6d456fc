//! What a panel shows on one side, as data, and how it comes to the screen: heading, rows with their
//! marks, the part of a long list that is in view, a note. Panels make sheets; `pane` draws them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    theme::{Role, Theme},
    window, write,
};
use crate::{
    app::{Attempt, Phase, Play, Side},
    model::{Sample, diff::Change},
};

/// One vantage: whose pane it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat<'a> {
    pub(super) side: Side,
    /// The box; on the host's side the one that it is compared with.
    pub(super) box_name: &'a str,
}

impl Seat<'_> {
    /// Whether the cursor is in this pane.
    pub(super) fn has_cursor(&self, play: &Play) -> bool {
        self.side == play.side && (self.side == Side::Host || self.box_name == play.box_name)
    }
}

/// All that a panel may look at to fill one pane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) play: &'a Play,
    pub(super) theme: &'a Theme,
    pub(super) now: &'a Sample,
    /// What marks compare with; `None` while nothing is marked.
    pub(super) before: Option<&'a Sample>,
    pub(super) seat: Seat<'a>,
    /// Columns inside the frame.
    pub(super) width: usize,
    /// Rows inside the frame; `None` while it is asked how many there should be.
    pub(super) height: Option<usize>,
}

/// A row of a list.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What the step did to it: `+`, `-` or nothing is put before the line.
    pub(super) change: Option<Change>,
    pub(super) line: Line<'static>,
    /// Lines below it that belong to it.
    pub(super) more: Vec<Line<'static>>,
}

impl Entry {
    pub(super) fn new(change: Option<Change>, line: impl Into<Line<'static>>) -> Self {
        Self {
            change,
            line: line.into(),
            more: Vec::new(),
        }
    }

    /// For what can only be other than it was.
    pub(super) fn changed(changed: bool, line: impl Into<Line<'static>>) -> Self {
        Self::new(changed.then_some(Change::Changed), line)
    }
}

/// What a pane shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    /// What must not be missed, above all else.
    pub(super) alarm: Option<String>,
    /// The dim line above the rows.
    pub(super) head: Option<String>,
    pub(super) rows: Vec<Entry>,
    /// Right below the rows.
    pub(super) below: Vec<Line<'static>>,
    /// In the last row, at the right: in full, and short.
    pub(super) note: Option<[String; 2]>,
    /// Below all that, with a free row before it, where there is room for all of it.
    pub(super) extra: Vec<Line<'static>>,
    /// The row to keep in view where there is no cursor; else the last that the step changed.
    pub(super) anchor: Option<usize>,
    /// The row of the box's lead, to keep in view where nothing else is.
    pub(super) lead: Option<usize>,
}

impl Sheet {
    /// Nothing but a sentence.
    pub(super) fn says(words: &str, theme: &Theme) -> Self {
        Self {
            below: vec![Line::styled(words.to_owned(), theme.style(Role::Title))],
            ..Self::default()
        }
    }

    /// Rows that it would like to have, the extra not counted.
    pub(super) fn height(&self) -> usize {
        let rows: usize = self.rows.iter().map(|row| 1 + row.more.len()).sum();
        let below = self.below.len();
        let lists = if below > 0 { rows + below } else { rows.max(3) };
        usize::from(self.alarm.is_some())
            + usize::from(self.head.is_some())
            + lists
            + usize::from(self.note.is_some())
    }

    /// The first and the last row that the step changed.
    fn changes(&self) -> Option<(usize, usize)> {
        let changed = |row: &Entry| row.change.is_some();
        let first = self.rows.iter().position(changed)?;
        Some((first, self.rows.iter().rposition(changed)?))
    }

    /// The same in a list without the rows that are gone.
    fn changes_that_stayed(&self) -> Option<(usize, usize)> {
        let (first, last) = self.changes()?;
        let gone = |row: &&Entry| row.change == Some(Change::Gone);
        let before = |end: usize| end - self.rows[..end].iter().filter(gone).count();
        Some((before(first), before(last)))
    }
}

/// A sheet on its way to the screen.
pub(super) struct Drawn<'a> {
    pub(super) look: &'a Look<'a>,
    pub(super) sheet: &'a Sheet,
    /// The rows to keep in view where there is no cursor.
    pub(super) anchor: Option<(usize, usize)>,
}

impl Drawn<'_> {
    /// Draws it into `place`, the inside of a frame.
    pub(super) fn draw(&self, place: Rect, buf: &mut Buffer) {
        let (sheet, theme) = (self.sheet, self.look.theme);
        let dim = theme.style(Role::Dim);
        let height = usize::from(place.height);
        let mut line = 0;
        let alarm = sheet
            .alarm
            .iter()
            .map(|words| (words, theme.style(Role::Fault)));
        for (words, style) in alarm.chain(sheet.head.iter().map(|words| (words, dim))) {
            let words = write::cut(words, place.width.into(), theme);
            write::line(&Line::styled(words, style), line, place, buf);
            line += 1;
        }
        let noted = u16::from(sheet.note.is_some());
        let free = height.saturating_sub(usize::from(line + noted));
        let heights: Vec<usize> = sheet.rows.iter().map(|row| 1 + row.more.len()).collect();
        let window = self.window(&heights, free);
        let rows = window::count(&heights, window.first, free);
        in_view(window.first, rows, heights.len(), place, theme, buf);
        let lines = self.lines(&window);
        for text in lines.iter().take(free) {
            write::line(text, line, place, buf);
            line += 1;
        }
        let last = place.height.saturating_sub(noted);
        for text in &sheet.below {
            if line < last {
                write::line(text, line, place, buf);
                line += 1;
            }
        }
        if let Some([full, short]) = &sheet.note {
            let fits = full.len() <= place.width.into();
            let note = if fits { full } else { short };
            let note = Line::styled(note.clone(), dim).right_aligned();
            write::line(&note, place.height.saturating_sub(1), place, buf);
        }
        // With a free row between the list and the extra.
        let extra = u16::try_from(sheet.extra.len()).unwrap_or(u16::MAX);
        if line.saturating_add(extra) < last {
            for (row, text) in (line + 1..last).zip(&sheet.extra) {
                write::line(text, row, place, buf);
            }
        }
    }

    /// The rows from the first in view on, each with its mark and what belongs to it.
    fn lines(&self, window: &Window) -> Vec<Line<'static>> {
        let theme = self.look.theme;
        let visible = self.sheet.rows.iter().enumerate().skip(window.first);
        let mut lines = Vec::new();
        for (position, row) in visible {
            let (sign, role) = match row.change {
                Some(Change::New | Change::Changed) => ("+", Role::Changed),
                Some(Change::Gone) => ("-", Role::Dim),
                None => (" ", Role::Plain),
            };
            let style = theme.style(role).patch(row.line.style);
            let mut spans = vec![Span::raw(sign)];
            spans.extend(row.line.spans.iter().cloned());
            let under = window.style(position, theme);
            lines.push(Line::from(spans).style(style.patch(under)));
            lines.extend(row.more.iter().cloned());
        }
        lines
    }

    /// Around the cursor, on another side around the row that is the same thing, and without a
    /// cursor around what the step changed.
    fn window(&self, heights: &[usize], room: usize) -> Window {
        let (play, seat) = (self.look.play, self.look.seat);
        let own = seat.has_cursor(play);
        // Rows are paired between the host and the box that was looked at last.
        let paired = seat.side == Side::Host || seat.box_name == play.box_name;
        let chosen = match own {
            true => play.cursor,
            false if paired => play.paired_row(),
            false => None,
        };
        let chosen = chosen.filter(|row| *row < self.sheet.rows.len());
        let wanted = chosen.map(|row| (row, row)).or(self.anchor);
        Window {
            first: window::first(heights, wanted.unwrap_or((0, 0)), room),
            chosen,
            own,
        }
    }
}

/// The rows of a list that are in view, and the one among them that is chosen.
struct Window {
    first: usize,
    chosen: Option<usize>,
    /// The cursor is on this side.
    own: bool,
}

impl Window {
    /// The style that lies over a row.
    fn style(&self, row: usize, theme: &Theme) -> Style {
        match self.own {
            _ if self.chosen != Some(row) => Style::new(),
            true => theme.style(Role::Cursor),
            false => theme.style(Role::Pair),
        }
    }
}

/// Where a list begins so that the chosen row is in view.
pub(super) fn first_row(chosen: usize, room: usize) -> usize {
    (chosen + 1).saturating_sub(room)
}

/// The rows to keep in view. In the last phase nothing is marked any more, but the place stays.
pub(super) fn anchor(
    look: &Look<'_>,
    sheet: &Sheet,
    of: fn(&Look<'_>) -> Sheet,
) -> Option<(usize, usize)> {
    let play = look.play;
    let outcome = play.outcome.as_ref();
    let begun = play.attempt.as_ref().filter(|it| it.started);
    if let Some(base) = begun.and_then(Attempt::base) {
        // What the learner did is not marked, but kept in view, if nothing else is.
        let before = Some(base);
        let done = || of(&Look { before, ..*look }).changes_that_stayed();
        let kept = sheet.lead.or(sheet.anchor).map(|row| (row, row));
        return kept.or_else(done);
    }
    match outcome.filter(|_| play.phase == Phase::Explain) {
        Some(outcome) => {
            let before = Some(&outcome.before);
            of(&Look { before, ..*look }).changes_that_stayed()
        }
        None if sheet.anchor.is_some() => sheet.anchor.map(|row| (row, row)),
        None => sheet.changes(),
    }
    .or(sheet.lead.map(|row| (row, row)))
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

//! The lists of mounts of host (or ground) and box, as trees: what is on one side alone, to which peer
//! group a mount belongs, and which way mounts travel between the sides.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::super::{
    pane,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play, Side},
    lesson::Panel,
    model::diff::{self, Change, MountLists, MountRow, MountSide, Travel},
};

/// Most columns that the tags of propagation get.
const TAGS: usize = 22;
/// From this width of a pane on, source and options are shown, too.
const FULL: u16 = 70;

/// Draws both lists.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let panes = pane::frames(app, play, &theme, Panel::Mounts, area, buf);
    if play.shown().is_none() {
        return;
    }
    let lists = play.mounts();
    let sides = [
        (Side::Host, panes.host, &lists.left),
        (Side::Box, panes.inside, &lists.inside),
    ];
    for (side, place, list) in sides {
        let Some(place) = place else { continue };
        let pane = Pane {
            play,
            theme: &theme,
            side,
            place,
        };
        if let Some(list) = list {
            pane.draw(list, &note(play, &lists, side), buf);
        } else {
            let line = Line::styled(" no list of mounts from here", theme.style(Role::Dim));
            write::line(&line, 0, place, buf);
        }
    }
}

/// Rows of the longer list with the layers of overlays, heading and note included.
pub(super) fn rows(play: &Play) -> usize {
    let lists = play.mounts();
    let length = |side: &Option<MountSide>| {
        let rows = side.iter().flat_map(|side| &side.rows);
        rows.map(|row| 1 + diff::layers(&row.mount).len())
            .sum::<usize>()
    };
    let longer: usize = length(&lists.left).max(length(&lists.inside));
    longer.max(3) + 2
}

/// What is not listed; on the ground's side also that this is not the host.
fn note(play: &Play, lists: &MountLists, side: Side) -> String {
    let list = match side {
        Side::Host => lists.left.as_ref(),
        Side::Box => lists.inside.as_ref(),
    };
    let others = match list.map_or(0, |list| list.others) {
        0 => String::new(),
        1 => "1 more, as on the host (o) ".to_owned(),
        count => format!("{count} more, as on the host (o) "),
    };
    match (side, lists.ground, play.others) {
        (Side::Host, true, false) => "the real host has none of these ".to_owned(),
        (Side::Host, ..) => others.replace("as on the host", "also in the box"),
        (Side::Box, ..) => others,
    }
}

struct Pane<'a> {
    play: &'a Play,
    theme: &'a Theme,
    side: Side,
    place: Rect,
}

impl Pane<'_> {
    fn draw(&self, list: &MountSide, note: &str, buf: &mut Buffer) {
        let dim = self.theme.style(Role::Dim);
        let (where_, tags) = self.widths(list);
        let what = usize::from(self.place.width).saturating_sub(where_ + tags + 2);
        let head = format!(" {:<where_$}{:<what$} PEERS", "MOUNTED ON", "TYPE");
        let head = write::cut(&head, usize::from(self.place.width), self.theme);
        write::line(&Line::styled(head, dim), 0, self.place, buf);
        let room = usize::from(self.place.height.saturating_sub(2));
        let layers: usize = list
            .rows
            .iter()
            .map(|row| diff::layers(&row.mount).len())
            .sum();
        let room_for_rows = room.saturating_sub(layers).max(1);
        let changed = list.rows.iter().rposition(|row| row.change.is_some());
        let count = list.rows.len();
        let window = pane::Window::new(self.play, self.side, room_for_rows, count, changed);
        pane::in_view(
            window.first,
            room_for_rows,
            count,
            self.place,
            self.theme,
            buf,
        );
        let mut lines = Vec::new();
        for (position, row) in list.rows.iter().enumerate().skip(window.first) {
            let style = window.style(position, self.theme);
            lines.push(self.row(row, where_, what).style(style));
            lines.extend(self.layers(row));
        }
        for (line, text) in (1..).zip(lines.iter().take(room)) {
            write::line(text, line, self.place, buf);
        }
        let line = Line::styled(note.to_owned(), dim).right_aligned();
        write::line(&line, self.place.height.saturating_sub(1), self.place, buf);
    }

    /// Columns for the place and for the tags: as much as they need and no more.
    fn widths(&self, list: &MountSide) -> (usize, usize) {
        let longest = |of: &dyn Fn(&MountRow) -> usize, least: usize| {
            list.rows.iter().map(of).max().unwrap_or(0).max(least)
        };
        let tags = longest(&|row| self.tags(row).chars().count(), 5).min(TAGS);
        let where_ = longest(&|row| place_of(row).chars().count() + 1, 11);
        let most = usize::from(self.place.width).saturating_sub(tags + 9);
        (where_.min(most), tags)
    }

    fn row(&self, row: &MountRow, where_: usize, what: usize) -> Line<'static> {
        let (sign, role) = match row.change {
            Some(Change::New | Change::Changed) => ("+", Role::Changed),
            Some(Change::Gone) => ("-", Role::Dim),
            None if row.hidden => (" ", Role::Dim),
            None => (" ", Role::Plain),
        };
        let style = self.theme.style(role);
        let place = write::fit(&place_of(row), where_.saturating_sub(1), self.theme);
        let what = write::fit(&self.what(row), what, self.theme);
        let mut line = vec![
            Span::styled(format!("{sign}{place} "), style),
            Span::styled(format!("{what} "), style),
        ];
        let tags = match self.tags(row) {
            tags if tags.is_empty() => Span::styled("-", self.theme.style(Role::Dim)),
            tags => Span::styled(tags, style.patch(self.theme.style(Role::Title))),
        };
        line.push(tags);
        Line::from(line)
    }

    /// The type, a word on what is odd, and where there is room also the source.
    fn what(&self, row: &MountRow) -> String {
        let mount = &row.mount;
        let mut what = mount.fstype.text();
        if row.change == Some(Change::Gone) {
            return format!("{what} gone");
        }
        if row.hidden {
            return format!("{what} covered");
        }
        let read_only = mount
            .options
            .as_bytes()
            .split(|b| *b == b',')
            .any(|o| o == b"ro");
        if read_only {
            what.push_str(" ro");
        }
        if mount.source.text() != mount.fstype.text()
            && mount.source.as_bytes().first() != Some(&b'/')
        {
            what = format!("{what} {}", mount.source.text());
        }
        if self.place.width >= FULL && mount.root.as_bytes() != b"/" {
            what = format!("{what} [{}]", mount.root.text());
        }
        what
    }

    /// `shared:3 -->`, `--> master:3`: the tag as mountinfo has it, and the way between the panes.
    fn tags(&self, row: &MountRow) -> String {
        let tags = row.mount.propagation.tags();
        let arrow = match (row.travel, self.side) {
            (Travel::None, _) => return tags,
            (Travel::Both, _) => "<->",
            (Travel::There, Side::Host) | (Travel::Here, Side::Box) => "-->",
            (Travel::Here, Side::Host) | (Travel::There, Side::Box) => "<--",
        };
        match self.side {
            Side::Host => format!("{tags} {arrow}"),
            Side::Box => format!("{arrow} {tags}"),
        }
    }

    fn layers(&self, row: &MountRow) -> Vec<Line<'static>> {
        let style = self.theme.style(Role::Dim);
        let indent = " ".repeat(row.depth.min(4) + 3);
        let layers = diff::layers(&row.mount).into_iter();
        let line = |(word, path): (&str, crate::model::Untrusted)| {
            let text = format!("{indent}{word:<6}{}", path.text());
            let text = write::cut(&text, usize::from(self.place.width), self.theme);
            Line::styled(text, style)
        };
        layers.map(line).collect()
    }
}

/// The whole path, indented by its depth in the tree.
fn place_of(row: &MountRow) -> String {
    format!(
        "{}{}",
        " ".repeat(row.depth.min(4)),
        row.mount.target.text()
    )
}

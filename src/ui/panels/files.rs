//! The files that a lesson watches. On the host's side: what the host has at the same path, and whom
//! the host sees as the owner of the box's file. On the box's side: what the box sees.

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
    model::{
        Seen, Untrusted,
        diff::{Change, FileRow},
        files::{File, Kind},
    },
};

/// Columns of an owner's number, and of what the host has.
const OWNER: usize = 7;
const HERE: usize = 8;
/// From this width of a pane on, the host's side shows what the box's file is, too.
const FULL: u16 = 60;

/// Draws both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let panes = pane::frames(app, play, &theme, Panel::Files, area, buf);
    if play.shown().is_none() {
        return;
    }
    let rows = play.files();
    for (side, place) in [(Side::Host, panes.host), (Side::Box, panes.inside)] {
        let Some(place) = place else { continue };
        Pane {
            play,
            theme: &theme,
            side,
            place,
        }
        .draw(&rows, buf);
    }
}

/// One row a file, and a heading.
pub(super) fn rows(play: &Play) -> usize {
    play.files().len().max(2) + 1
}

struct Pane<'a> {
    play: &'a Play,
    theme: &'a Theme,
    side: Side,
    place: Rect,
}

impl Pane<'_> {
    fn draw(&self, rows: &[FileRow], buf: &mut Buffer) {
        let dim = self.theme.style(Role::Dim);
        let path = self.path_width(rows);
        let head = match self.side {
            Side::Host => format!(" {:<path$}{:<HERE$}IN BOX", "PATH", "HERE"),
            Side::Box => format!(" {:<path$}{:<OWNER$}IS", "PATH", "OWNER"),
        };
        let head = write::cut(&head, usize::from(self.place.width), self.theme);
        write::line(&Line::styled(head, dim), 0, self.place, buf);
        if rows.is_empty() {
            let line = Line::styled(" this lesson watches no files", dim);
            write::line(&line, 1, self.place, buf);
        }
        let room = usize::from(self.place.height.saturating_sub(1));
        // Both sides have the same rows, and are in view together.
        let changed = rows
            .iter()
            .rposition(|row| row.host_change.is_some() || row.inside_change.is_some());
        let window = pane::Window::new(self.play, self.side, room, rows.len(), changed);
        pane::in_view(window.first, room, rows.len(), self.place, self.theme, buf);
        for (line, (position, row)) in
            (1..).zip(rows.iter().enumerate().skip(window.first).take(room))
        {
            let style = window.style(position, self.theme);
            write::line(&self.row(row, path).style(style), line, self.place, buf);
        }
    }

    fn path_width(&self, rows: &[FileRow]) -> usize {
        let longest = rows.iter().map(|row| name(row).chars().count()).max();
        let most = usize::from(self.place.width).saturating_sub(HERE + 14);
        (longest.unwrap_or(0) + 2).clamp(8, most.max(8))
    }

    fn row(&self, row: &FileRow, path: usize) -> Line<'static> {
        let change = match self.side {
            Side::Host => row.host_change,
            Side::Box => row.inside_change,
        };
        let (sign, role) = match change {
            Some(Change::New | Change::Changed) => ("+", Role::Changed),
            Some(Change::Gone) => ("-", Role::Dim),
            None => (" ", Role::Plain),
        };
        let name = write::fit(&name(row), path, self.theme);
        let text = match self.side {
            Side::Host => format!("{:<HERE$}{}", here(&row.host), self.of_box(&row.from_host)),
            Side::Box => format!("{:<OWNER$}{}", owner(&row.inside), is(&row.inside)),
        };
        let rest = usize::from(self.place.width).saturating_sub(path + 1);
        let text = write::cut(&text, rest, self.theme);
        let style = self.theme.style(role);
        Line::from(Span::styled(format!("{sign}{name}{text}"), style))
    }

    /// Whom the host sees as the owner of the box's file; where there is room also what it is.
    fn of_box(&self, file: &Seen<File>) -> String {
        match file {
            Seen::Is(found) if self.place.width >= FULL => {
                format!("{:<OWNER$}{}", found.uid, is(file))
            }
            Seen::Is(found) => format!("uid {}", found.uid),
            Seen::Missing => "none".to_owned(),
            Seen::Denied(errno) => errno.name(),
        }
    }
}

fn name(row: &FileRow) -> String {
    let indent = if row.inner { "  " } else { "" };
    let seen = [&row.inside, &row.from_host, &row.host];
    let file = seen.into_iter().find_map(Seen::value);
    let slash = match file {
        Some(file) if file.kind == Kind::Dir => "/",
        _ => "",
    };
    format!("{indent}{}{slash}", row.name.text())
}

/// What the host has at this path itself: the owner's number, or nothing.
fn here(file: &Seen<File>) -> String {
    match file {
        Seen::Is(file) => format!("uid {}", file.uid),
        Seen::Missing => "none".to_owned(),
        Seen::Denied(errno) => errno.name(),
    }
}

fn owner(file: &Seen<File>) -> String {
    file.value()
        .map_or_else(|| "-".to_owned(), |file| file.uid.to_string())
}

/// For a narrow cell: the name, and what can be said of it in a word.
pub(super) fn name_and_what(name: &str, file: &Seen<File>) -> String {
    match file {
        Seen::Is(found) if found.is_whiteout() => format!("{name} whiteout"),
        Seen::Is(found) if found.kind == Kind::Dir && found.opaque => format!("{name}/ opaque"),
        Seen::Is(found) if found.kind == Kind::Dir => format!("{name}/"),
        _ => format!("{name} {}", is(file)),
    }
}

/// The content of a file; of anything else what it is.
fn is(file: &Seen<File>) -> String {
    let file = match file {
        Seen::Is(file) => file,
        Seen::Missing => return "(none)".to_owned(),
        Seen::Denied(errno) => return errno.to_string(),
    };
    match file.kind {
        Kind::File => match &file.content {
            Seen::Is(text) => format!("\"{}\"", short(text)),
            Seen::Denied(errno) => format!("{:04o}: {}", file.mode, errno.name()),
            Seen::Missing => String::new(),
        },
        Kind::Dir if file.opaque => format!("dir {:04o} opaque", file.mode),
        Kind::Dir => format!("dir {:04o}", file.mode),
        Kind::Link => match file.content.value() {
            Some(target) => format!("-> {}", target.text()),
            None => "link".to_owned(),
        },
        Kind::Char if file.is_whiteout() => "whiteout: char 0:0".to_owned(),
        Kind::Char | Kind::Block => {
            format!("{} {}:{}", file.kind.name(), file.rdev.0, file.rdev.1)
        }
        Kind::Fifo | Kind::Socket => file.kind.name().to_owned(),
    }
}

/// Content without the line end that nearly every file has.
fn short(text: &Untrusted) -> String {
    let bytes = text.as_bytes();
    Untrusted::from(bytes.strip_suffix(b"\n").unwrap_or(bytes)).text()
}

//! The files that a lesson watches. On the host's side: what the host has at the same path, and whom
//! the host sees as the owner of the box's file. On the box's side: what the box sees.

use ratatui::text::Line;

use super::super::{
    prose,
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use crate::{
    app::Side,
    model::{
        Seen, Untrusted, amount,
        diff::{self, FileRow},
        files::{File, Kind},
    },
};

/// Columns of an owner's number, and of what the host has.
const OWNER: usize = 7;
const HERE: usize = 9;
/// The mode of a file that nobody thought about.
const USUAL: u32 = 0o644;
/// From this width of a pane on, the host's side shows what the box's file is, too.
const FULL: usize = 60;

/// One side. Both have the same rows.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let rows = diff::files(look.now, look.before, look.seat.box_name);
    let path = path_width(look, &rows);
    let head = match look.seat.side {
        Side::Host => format!(" {:<path$}{:<HERE$}BOX'S IS OF", "PATH", "HOST HAS"),
        Side::Box => format!(" {:<path$}{:<OWNER$}IS", "PATH", "OWNER"),
    };
    let about = match look.seat.side {
        Side::Host if !rows.is_empty() => about(look),
        _ => Vec::new(),
    };
    let dim = look.theme.style(Role::Dim);
    let nothing = || Line::styled(" this lesson watches no files", dim);
    Sheet {
        head: Some(head),
        rows: rows.iter().map(|row| entry(look, row, path)).collect(),
        below: rows.is_empty().then(nothing).into_iter().collect(),
        anchor: named(look, &rows),
        extra: about,
        ..Sheet::default()
    }
}

/// What the host's columns are.
fn about(look: &Look<'_>) -> Vec<Line<'static>> {
    let words = "HOST HAS: what lies at that path on the host itself. BOX'S IS OF: whom the host \
                 sees as the owner of the box's file.";
    prose::remark(words, look.width, look.theme)
}

/// The last row that a challenge's task names.
fn named(look: &Look<'_>, rows: &[FileRow]) -> Option<usize> {
    look.play.attempt.as_ref()?;
    let task = &look.play.texts.say;
    let is_named = |row: &FileRow| !row.inner && task.contains(&row.name.text());
    rows.iter().rposition(is_named)
}

fn path_width(look: &Look<'_>, rows: &[FileRow]) -> usize {
    let longest = rows.iter().map(|row| name(row).chars().count()).max();
    let most = look.width.saturating_sub(HERE + 11);
    (longest.unwrap_or(0) + 2).clamp(8, most.max(8))
}

fn entry(look: &Look<'_>, row: &FileRow, path: usize) -> Entry {
    let change = match look.seat.side {
        Side::Host => row.host_change,
        Side::Box => row.inside_change,
    };
    let name = write::fit(&name(row), path, look.theme);
    let text = match look.seat.side {
        Side::Host => format!("{:<HERE$}{}", here(&row.host), of_box(look, &row.from_host)),
        Side::Box => format!("{:<OWNER$}{}", owner(&row.inside), is(&row.inside)),
    };
    let rest = look.width.saturating_sub(path + 1);
    let text = write::cut(&text, rest, look.theme);
    Entry::new(change, format!("{name}{text}"))
}

/// Whom the host sees as the owner of the box's file; where there is room also what it is.
fn of_box(look: &Look<'_>, file: &Seen<File>) -> String {
    match file {
        Seen::Is(found) if look.width >= FULL => {
            format!("{:<OWNER$}{}", found.uid, is(file))
        }
        Seen::Is(found) => format!("uid {}", found.uid),
        Seen::Missing => "none".to_owned(),
        Seen::Denied(errno) => errno.name(),
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
        _ => format!("{name} {}", content(file)),
    }
}

/// What it is, with its mode unless that is the usual one of a file.
fn is(file: &Seen<File>) -> String {
    match file {
        Seen::Is(found) if tells(found) => format!("{:04o} {}", found.mode, content(file)),
        _ => content(file),
    }
}

/// Whether the mode of a file says something: it is unusual, or why nobody can read it.
fn tells(file: &File) -> bool {
    let denied = matches!(file.content, Seen::Denied(_));
    file.kind == Kind::File && (file.mode != USUAL || denied)
}

/// The content of a file; of anything else what it is.
fn content(file: &Seen<File>) -> String {
    let file = match file {
        Seen::Is(file) => file,
        Seen::Missing => return "(none)".to_owned(),
        Seen::Denied(errno) => return errno.to_string(),
    };
    match file.kind {
        Kind::File => match &file.content {
            Seen::Is(text) if text.as_bytes().starts_with(b"\x7fELF") => {
                format!("program, {}", amount::bytes(file.size))
            }
            Seen::Is(text) if text.as_bytes().contains(&0) => {
                format!("binary, {}", amount::bytes(file.size))
            }
            Seen::Is(text) => format!("\"{}\"", short(text)),
            Seen::Denied(errno) => errno.name(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Errno;

    #[test]
    fn a_file_is_told_by_its_content_and_by_a_mode_that_is_not_the_usual_one() {
        let is = |mode, content: Seen<Untrusted>| {
            is(&Seen::Is(File {
                kind: Kind::File,
                uid: 0,
                gid: 0,
                mode,
                size: 1536,
                rdev: (0, 0),
                content,
                opaque: false,
            }))
        };
        let text = |text: &[u8]| Seen::Is(Untrusted::from(text));
        assert_eq!(is(0o644, text(b"his\n")), "\"his\"");
        assert_eq!(is(0o640, text(b"his\n")), "0640 \"his\"");
        assert_eq!(is(0o4755, text(b"\x7fELF\x02\x01")), "4755 program, 1.5K");
        assert_eq!(is(0o644, text(b"\x01\0")), "binary, 1.5K");
        assert_eq!(is(0o644, Seen::Denied(Errno::EACCES)), "0644 EACCES");
    }
}

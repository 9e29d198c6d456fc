//! The lists of mounts of host (or ground) and box, as trees: what is on one side alone, to which peer
//! group a mount belongs, and which way mounts travel between the sides.

use ratatui::text::{Line, Span};

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use crate::{
    app::Side,
    model::{
        Untrusted,
        diff::{self, Change, MountLists, MountRow, MountSide, Travel},
    },
};

/// Most columns that the tags of propagation get.
const TAGS: usize = 22;
/// From this width of a pane on, source and options are shown, too.
const FULL: usize = 70;

/// One side's list.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let all = look.play.others;
    let lists = diff::mounts(look.now, look.before, look.seat.box_name, all);
    let list = match look.seat.side {
        Side::Host => lists.left.as_ref(),
        Side::Box => lists.inside.as_ref(),
    };
    match list {
        Some(list) => Tree { look, list }.sheet(note(look, &lists, list)),
        None => Sheet::says(" no list of mounts from here", look.theme),
    }
}

/// What is not listed; on the ground's side also that this is not the host.
fn note(look: &Look<'_>, lists: &MountLists, list: &MountSide) -> [String; 2] {
    let whose = match look.seat.side {
        Side::Host if !lists.ground => "also in the box",
        _ => "as on the host",
    };
    let words = match (look.seat.side, list.others) {
        (Side::Host, _) if lists.ground && !look.play.others && !list.rows.is_empty() => {
            "the real host has none of these ".to_owned()
        }
        (_, 0) => String::new(),
        (_, count) if list.rows.is_empty() => format!("all {count} {whose} (o) "),
        (_, count) => format!("{count} more, {whose} (o) "),
    };
    [words.clone(), words]
}

struct Tree<'a> {
    look: &'a Look<'a>,
    list: &'a MountSide,
}

impl Tree<'_> {
    fn sheet(&self, note: [String; 2]) -> Sheet {
        let (place, tags) = self.widths();
        let what = self.look.width.saturating_sub(place + tags + 2);
        let rows = self.list.rows.iter();
        Sheet {
            head: Some(format!(" {:<place$}{:<what$} PEERS", "MOUNTED ON", "TYPE")),
            rows: rows.map(|row| self.entry(row, place, what)).collect(),
            note: Some(note),
            ..Sheet::default()
        }
    }

    /// Columns for the place and for the tags: as much as they need and no more.
    fn widths(&self) -> (usize, usize) {
        let longest = |of: &dyn Fn(&MountRow) -> usize, least: usize| {
            let rows = self.list.rows.iter();
            rows.map(of).max().unwrap_or(0).max(least)
        };
        let tags = longest(&|row| self.tags(row).chars().count(), 5).min(TAGS);
        let place = longest(&|row| place_of(row).chars().count() + 1, 11);
        (place.min(self.look.width.saturating_sub(tags + 9)), tags)
    }

    fn entry(&self, row: &MountRow, place: usize, what: usize) -> Entry {
        let theme = self.look.theme;
        let indent = indent(row);
        let room = place.saturating_sub(1 + indent.len());
        let path = write::path(&row.mount.target.text(), room, theme);
        let path = write::fit(&format!("{indent}{path}"), place.saturating_sub(1), theme);
        let what = write::fit(&self.what(row), what, theme);
        let tags = match self.tags(row) {
            tags if tags.is_empty() => Span::styled("-", theme.style(Role::Dim)),
            tags => Span::styled(tags, theme.style(Role::Title)),
        };
        let role = match row.change {
            None if row.hidden => Role::Dim,
            _ => Role::Plain,
        };
        let line = Line::from(vec![Span::raw(format!("{path} {what} ")), tags]);
        Entry {
            more: self.layers(row),
            ..Entry::new(row.change, line.style(theme.style(role)))
        }
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
        // A namespace that has a name: which one it is, the root says.
        let named = mount.fstype.as_bytes() == b"nsfs";
        if named || self.look.width >= FULL && mount.root.as_bytes() != b"/" {
            what = format!("{what} [{}]", mount.root.text());
        }
        what
    }

    /// `shared:3 -->`, `--> master:3`: the tag as mountinfo has it, and the way between the panes.
    fn tags(&self, row: &MountRow) -> String {
        let tags = row.mount.propagation.tags();
        let arrow = match (row.travel, self.look.seat.side) {
            (Travel::None, _) => return tags,
            (Travel::Both, _) => "<->",
            (Travel::There, Side::Host) | (Travel::Here, Side::Box) => "-->",
            (Travel::Here, Side::Host) | (Travel::There, Side::Box) => "<--",
        };
        match self.look.seat.side {
            Side::Host => format!("{tags} {arrow}"),
            Side::Box => format!("{arrow} {tags}"),
        }
    }

    fn layers(&self, row: &MountRow) -> Vec<Line<'static>> {
        let style = self.look.theme.style(Role::Dim);
        let indent = " ".repeat(row.depth.min(4) + 3);
        let layers = diff::layers(&row.mount).into_iter();
        let line = |(word, path): (&str, Untrusted)| {
            let text = format!("{indent}{word:<6}{}", path.text());
            let text = write::cut(&text, self.look.width, self.look.theme);
            Line::styled(text, style)
        };
        layers.map(line).collect()
    }
}

/// The whole path, indented by its depth in the tree.
fn place_of(row: &MountRow) -> String {
    format!("{}{}", indent(row), row.mount.target.text())
}

fn indent(row: &MountRow) -> String {
    " ".repeat(row.depth.min(4))
}

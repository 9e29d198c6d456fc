//! The lesson's cgroups as a tree with their members, and the box's processes with the cgroup of each.

use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::{
    prose,
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use crate::{
    app::Side,
    model::{
        Seen,
        cgroup::{Group, places},
        diff::{self, Change, MemberRow, TreePart, TreeRow},
    },
};

/// Columns of a number, and of a name, in the list of the box.
const PID: usize = 8;
const NAME: usize = 12;
/// Of a process that is there in some hierarchies and elsewhere in others.
const DIVIDED: &str = "in part";

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    match look.seat.side {
        Side::Host => tree(look),
        Side::Box => members(look),
    }
}

fn tree(look: &Look<'_>) -> Sheet {
    let rows = diff::tree(look.now, look.before, look.play.others);
    if rows.is_empty() {
        return Sheet::says(" this lesson has no cgroups now", look.theme);
    }
    let entry = |(position, row): (usize, &TreeRow)| {
        let branch = branch(look, &rows, position);
        let text = format!("{branch}{}", told(row));
        let role = match &row.part {
            TreePart::Group(_) if row.change.is_none() => Role::Title,
            _ => Role::Plain,
        };
        let width = look.width.saturating_sub(1);
        let text = write::cut(&text, width, look.theme);
        let mut entry = Entry::new(row.change, Line::styled(text, look.theme.style(role)));
        if let Some(handed) = handed(row) {
            let handed = format!("{} > {handed}", look.theme.pen().side);
            let indent = " ".repeat(2 * row.depth + 1);
            let handed = write::cut(&format!("{indent}{handed}"), width, look.theme);
            let dim = look.theme.style(Role::Dim);
            entry.more.push(Line::styled(handed, dim));
        }
        entry
    };
    Sheet {
        head: Some(" CGROUP  controllers, > passed on".to_owned()),
        rows: rows.iter().enumerate().map(entry).collect(),
        extra: about_divided(look, &rows),
        ..Sheet::default()
    }
}

/// What [`DIVIDED`] means, where it is said.
fn about_divided(look: &Look<'_>, rows: &[TreeRow]) -> Vec<Line<'static>> {
    let is_part = |row: &TreeRow| matches!(row.part, TreePart::Part(..));
    if !rows.iter().any(is_part) {
        return Vec::new();
    }
    let words =
        format!("{DIVIDED}: each hierarchy is a tree of its own, and not all have it there");
    prose::remark(&words, look.width, look.theme)
}

/// The lines of the tree before a row.
fn branch(look: &Look<'_>, rows: &[TreeRow], position: usize) -> String {
    let row = &rows[position];
    let below = |depth: usize| {
        let mut rest = rows[position + 1..].iter();
        let next = rest.find(|other| other.depth <= depth);
        next.is_some_and(|other| other.depth == depth)
    };
    let mut text = String::new();
    for depth in 1..row.depth {
        text.push_str(if below(depth) {
            look.theme.pen().side
        } else {
            " "
        });
        text.push(' ');
    }
    if row.depth > 0 {
        text.push_str(look.theme.branch(!below(row.depth)));
    }
    text
}

fn told(row: &TreeRow) -> String {
    match &row.part {
        TreePart::Group(group) => about(group, row.change),
        TreePart::Process(pid, command) => format!("{pid} {}", command.text()),
        TreePart::Part(pid, command) => format!("{pid} {}  {DIVIDED}", command.text()),
        TreePart::More(count) => format!("... {count} more"),
    }
}

/// The directory's name, its state where it is not the usual one, its controllers.
fn about(group: &Group, change: Option<Change>) -> String {
    let state = match (change, &group.frozen, &group.populated) {
        (Some(Change::Gone), ..) => "  gone",
        (_, Seen::Is(true), _) => "  FROZEN",
        (_, _, Seen::Is(false)) => "  empty",
        _ => "",
    };
    let controllers = words(&group.controllers);
    format!("{}{state}  {controllers}", group.leaf())
}

/// The controllers that a cgroup hands on to those in it.
fn handed(row: &TreeRow) -> Option<String> {
    match &row.part {
        TreePart::Group(group) => Some(words(&group.subtree_control)).filter(|it| !it.is_empty()),
        _ => None,
    }
}

fn words(names: &Seen<Vec<String>>) -> String {
    names.value().map_or_else(String::new, |it| it.join(" "))
}

fn members(look: &Look<'_>) -> Sheet {
    let rows = diff::members(look.now, look.before, look.seat.box_name);
    if rows.is_empty() {
        return Sheet::says(" no process of the box is left", look.theme);
    }
    let width = look.width.saturating_sub(1);
    let names = rows.iter().map(|row| row.command.text().width());
    let name = names.max().unwrap_or(0).saturating_add(2).max(NAME);
    let entry = |row: &MemberRow| {
        let text = write::cut(&member(row, name), width, look.theme);
        Entry::new(row.change, text)
    };
    let label = "its /proc/self/cgroup: ";
    let reads = own_path(look).map(|path| {
        let room = look.width.saturating_sub(label.len() + 1);
        [path.clone(), write::path(&path, room, look.theme)].map(|path| format!("{label}{path} "))
    });
    Sheet {
        head: Some(format!(" {:<PID$}{:<name$}CGROUP", "PID", "COMMAND")),
        rows: rows.iter().map(entry).collect(),
        note: reads,
        ..Sheet::default()
    }
}

fn member(row: &MemberRow, column: usize) -> String {
    let pid = row.pid.unwrap_or(row.host_pid).to_string();
    let threads = match row.threads {
        0 | 1 => String::new(),
        count => format!("  {count} threads"),
    };
    let group = row.group.as_deref().unwrap_or("-");
    let part = if row.divided {
        format!("  {DIVIDED}")
    } else {
        String::new()
    };
    let name = row.command.text();
    format!("{pid:<PID$}{name:<column$}{group}{part}{threads}")
}

/// Where the lead finds itself: the place in v2, or in the first hierarchy that the lesson uses.
fn own_path(look: &Look<'_>) -> Option<String> {
    let seen = look.now.boxes.get(look.seat.box_name)?.inside.value()?;
    let text = seen.subjects.first()?.value()?.cgroup.value()?;
    let all = places(text);
    let used = look.now.cgroups.first()?.places.first()?;
    let place = all.iter().find(|it| it.hierarchy == used.hierarchy);
    Some(place?.path.text())
}

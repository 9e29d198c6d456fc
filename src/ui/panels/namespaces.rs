//! The ten links of `/proc/PID/ns`, host and box, with their inode numbers.

use ratatui::text::Line;

use super::super::{
    matrix,
    sheet::{Entry, Look, Sheet},
    theme::{Role, Theme},
};
use crate::{
    app::Side,
    model::{
        NsId, NsKind, NsLink, Seen,
        diff::{self, LinkRow, Verdict},
    },
};

const LINK: usize = 18;
const INODE: usize = 12;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let links = diff::links(look.now, look.before, look.seat.box_name);
    let (rows, last) = match (look.seat.side, links) {
        (Side::Host, links) => (links.unwrap_or_else(|| host_only(look)), ""),
        (Side::Box, Some(rows)) => (rows, "vs host"),
        (Side::Box, None) => return Sheet::says(" no process of the box is left", look.theme),
    };
    let entry = |row: &LinkRow| match look.seat.side {
        Side::Host => Entry::new(None, host_row(row)),
        Side::Box => box_row(row, look.theme),
    };
    Sheet {
        head: Some(format!(" {:<LINK$}{:<INODE$}{last}", "LINK", "INODE")),
        rows: rows.iter().map(entry).collect(),
        ..Sheet::default()
    }
}

/// The host's links where the box has nobody to compare with.
fn host_only(look: &Look<'_>) -> Vec<LinkRow> {
    let host = look.now.host_self.value();
    let row = |link| LinkRow {
        link,
        host: host.map_or(Seen::Missing, |subject| subject.links.link(link).clone()),
        inside: Seen::Missing,
        verdict: Verdict::Unknown,
        changed: false,
    };
    NsLink::all().into_iter().map(row).collect()
}

fn host_row(row: &LinkRow) -> String {
    let known = if is_initial(row.link, &row.host) {
        "initial"
    } else {
        ""
    };
    let inode = matrix::inode(&row.host);
    format!("{:<LINK$}{inode:<INODE$}{known}", row.link.name())
}

fn box_row(row: &LinkRow, theme: &Theme) -> Entry {
    let pending = row.link == NsLink::PidForChildren && row.inside == Seen::Missing;
    let inode = if pending {
        "no child yet".to_owned()
    } else {
        matrix::inode(&row.inside)
    };
    let word = match (row.verdict, row.changed) {
        _ if pending => "",
        (Verdict::Same, false) => "same",
        (Verdict::Same, true) => "SAME+",
        (Verdict::Differs, false) => "diff",
        (Verdict::Differs, true) => "DIFF+",
        (Verdict::Unknown, _) => "?",
    };
    let text = format!("{:<LINK$}{inode:<INODE$}{word}", row.link.name());
    let dim = row.link == NsLink::Own(NsKind::User) && !row.changed;
    let role = if dim { Role::Dim } else { Role::Plain };
    Entry::changed(row.changed, Line::styled(text, theme.style(role)))
}

/// The kernel gives the first namespaces the same numbers on every machine.
fn is_initial(link: NsLink, seen: &Seen<NsId>) -> bool {
    let kind = match link {
        NsLink::Own(kind) => kind,
        NsLink::PidForChildren => NsKind::Pid,
        NsLink::TimeForChildren => NsKind::Time,
    };
    let ino = seen.value().map(|id| id.ino);
    ino.is_some() && ino == kind.initial_ino()
}

//! The namespace matrix: eight kinds, host against box, as lines below the panes. From 110 columns
//! on with inode numbers.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{
    layout::WIDE,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::Play,
    model::{
        NsId, NsKind, NsLink, Seen,
        diff::{self, LinkRow, Verdict},
    },
};

const LABEL: usize = 12;
/// A table of eight columns needs this width.
const TABLE: u16 = 64;

/// The matrix as lines: names, verdicts, footnotes; empty before the first sample. Of two boxes
/// that are shown at once, both are compared with the host. Where `room` has no rows for the
/// numbers, the verdicts alone.
pub(super) fn lines(play: &Play, theme: &Theme, width: u16, room: u16) -> Vec<Line<'static>> {
    let Some(now) = play.shown() else {
        return Vec::new();
    };
    let dim = theme.style(Role::Dim);
    let names = match play.pair() {
        Some(pair) => pair.to_vec(),
        None => vec![play.box_name.as_str()],
    };
    let mut all: Vec<(&str, Vec<LinkRow>)> = Vec::new();
    for name in names {
        let rows = diff::links(now, play.marks_against(), name);
        all.extend(rows.map(|rows| (name, rows)));
    }
    let Some((_, rows)) = all
        .iter()
        .find(|(name, _)| *name == play.box_name)
        .or(all.first())
    else {
        let words = " NAMESPACE   no process of the box is left to compare with";
        return vec![Line::styled(words, dim)];
    };
    if width < TABLE {
        return short(rows, theme);
    }
    let wide = width >= WIDE;
    let numbers = wide && usize::from(room) >= 2 + 2 * all.len();
    let table = Table {
        theme,
        wide,
        numbers,
    };
    let mut lines = table.lines(&all);
    let changed = all.iter().flat_map(|(_, rows)| rows).any(|row| row.changed);
    if changed
        && width >= 76
        && let Some(last) = lines.last_mut()
    {
        last.push_span(Span::styled("+ this step", dim));
    }
    lines.extend(children(rows));
    lines.extend(footnote(rows, dim));
    lines
}

/// What is left to say where the namespaces panel shows the rest.
pub(super) fn footnotes(play: &Play, theme: &Theme) -> Vec<Line<'static>> {
    let rows = play
        .shown()
        .and_then(|now| diff::links(now, None, &play.box_name));
    let note = rows.and_then(|rows| footnote(&rows, theme.style(Role::Dim)));
    note.into_iter().collect()
}

/// The matrix for a screen that has no room for eight columns.
fn short(rows: &[LinkRow], theme: &Theme) -> Vec<Line<'static>> {
    let names = |wanted: Verdict| {
        let chosen = own(rows).into_iter().filter(|row| row.verdict == wanted);
        let name = |row: &LinkRow| {
            let sign = if row.changed { "+" } else { "" };
            format!("{}{sign}", row.link.name())
        };
        chosen.map(name).collect::<Vec<_>>().join(" ")
    };
    let line = |label: &str, names: String| {
        let label = Span::styled(format!(" {label:<LABEL$}"), theme.style(Role::Dim));
        Line::from(vec![label, Span::raw(names)])
    };
    vec![
        line("differs:", names(Verdict::Differs)),
        line("same:", names(Verdict::Same)),
    ]
}

fn own(rows: &[LinkRow]) -> Vec<&LinkRow> {
    let own = |row: &&LinkRow| matches!(row.link, NsLink::Own(_));
    rows.iter().filter(own).collect()
}

struct Table<'a> {
    theme: &'a Theme,
    wide: bool,
    numbers: bool,
}

impl Table<'_> {
    /// The kinds, the numbers where there is room for them, and a verdict for each box.
    fn lines(&self, boxes: &[(&str, Vec<LinkRow>)]) -> Vec<Line<'static>> {
        let dim = self.theme.style(Role::Dim);
        let label = |name: &str| match boxes {
            [_] => "box".to_owned(),
            _ => name.to_owned(),
        };
        let mut lines = Vec::new();
        for (position, (name, rows)) in boxes.iter().enumerate() {
            let rows = own(rows);
            if position == 0 {
                lines.push(self.line("NAMESPACE", dim, &rows, |row| {
                    (row.link.name().to_owned(), dim)
                }));
            }
            if position == 0 && self.numbers {
                let style = self.theme.style(Role::Host);
                let number = |row: &LinkRow| (inode(&row.host), Style::new());
                lines.push(self.line("host", style, &rows, number));
            }
            if self.numbers {
                let style = self.theme.style(Role::Box);
                let number = |row: &LinkRow| (inode(&row.inside), Style::new());
                lines.push(self.line(&label(name), style, &rows, number));
            }
        }
        for (name, rows) in boxes {
            let label = format!("host/{}", label(name));
            let label = write::cut(&label, LABEL - 1, self.theme);
            let word = |row: &LinkRow| verdict(row, self.theme);
            lines.push(self.line(&label, dim, &own(rows), word));
        }
        lines
    }

    fn line(
        &self,
        label: &str,
        style: Style,
        rows: &[&LinkRow],
        cell: impl Fn(&LinkRow) -> (String, Style),
    ) -> Line<'static> {
        let mut line = Line::from(Span::styled(format!(" {label:<LABEL$}"), style));
        for row in rows {
            let (text, style) = cell(row);
            let width = self.column(row.link);
            let style = if is_user(row) {
                style.patch(self.theme.style(Role::Dim))
            } else {
                style
            };
            line.push_span(Span::styled(format!("{text:<width$}"), style));
        }
        line
    }

    fn column(&self, link: NsLink) -> usize {
        match link {
            _ if self.wide => 12,
            NsLink::Own(NsKind::Cgroup) => 8,
            _ => 6,
        }
    }
}

fn is_user(row: &LinkRow) -> bool {
    row.link == NsLink::Own(NsKind::User) && !row.changed
}

/// `same`, `diff`, or `DIFF+` where this step changed it.
fn verdict(row: &LinkRow, theme: &Theme) -> (String, Style) {
    let word = match (row.verdict, row.changed) {
        (Verdict::Same, false) => "same",
        (Verdict::Same, true) => "SAME+",
        (Verdict::Differs, false) => "diff",
        (Verdict::Differs, true) => "DIFF+",
        (Verdict::Unknown, _) => "?",
    };
    let role = match (row.changed, row.verdict) {
        (true, _) => Role::Changed,
        (false, Verdict::Differs) => Role::Title,
        _ => Role::Plain,
    };
    (word.to_owned(), theme.style(role))
}

/// An inode number, or why there is none.
pub(super) fn inode(seen: &Seen<NsId>) -> String {
    match seen {
        Seen::Is(id) => id.ino.to_string(),
        Seen::Denied(errno) => errno.name(),
        Seen::Missing => "none".to_owned(),
    }
}

fn find(rows: &[LinkRow], link: NsLink) -> Option<&LinkRow> {
    rows.iter().find(|row| row.link == link)
}

/// Why the user cell is dimmed.
fn footnote(rows: &[LinkRow], dim: Style) -> Option<Line<'static>> {
    let user = find(rows, NsLink::Own(NsKind::User))?;
    let words = " user differs in every box, so that no root is needed (lesson 03)";
    (user.verdict == Verdict::Differs).then(|| Line::styled(words, dim))
}

/// Where the next child is born, when that is not where its parent is.
fn children(rows: &[LinkRow]) -> Vec<Line<'static>> {
    let mut notes = Vec::new();
    for (own, kind, children) in [
        (NsKind::Pid, "PID", NsLink::PidForChildren),
        (NsKind::Time, "time", NsLink::TimeForChildren),
    ] {
        let pair = (find(rows, NsLink::Own(own)), find(rows, children));
        let (Some(own), Some(children)) = pair else {
            continue;
        };
        // `pid_for_children` cannot be read between unshare(2) and the first child.
        let moved = match (&own.inside, &children.inside) {
            (Seen::Is(own), Seen::Is(children)) => own != children,
            (Seen::Is(_), Seen::Missing) => children.link == NsLink::PidForChildren,
            _ => false,
        };
        if moved {
            let sign = if children.changed { "+" } else { " " };
            let words = format!(
                "{sign}{}: its next child is born in another {kind} namespace",
                children.link.name(),
            );
            notes.push(Line::styled(words, Style::new()));
        }
    }
    notes
}

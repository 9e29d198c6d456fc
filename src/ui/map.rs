//! The map of namespaces: a tree, what is known of the one under the cursor, and what is denied.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    palette, prose, sheet,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{Filter, MapView},
    model::{
        NsKind,
        map::{
            Key, Map, Namespace,
            tree::{Branch, By},
        },
    },
};

/// Rows for what is said of the namespace under the cursor.
const DETAILS: u16 = 5;
/// Width of the tree with its numbers; what is left goes to what holds them.
const NAME: usize = 27;
/// `comm` has 15 bytes.
const COMMAND: usize = 15;

/// Draws the map into `area`, whose last row is the footer's.
pub(super) fn draw(view: &MapView, theme: &Theme, area: Rect, buf: &mut Buffer) {
    title(view, theme, area, buf);
    let Some(map) = &view.map else {
        write::line(&Line::raw(" looking ..."), 2, area, buf);
        return;
    };
    let denied = denied(map, theme, area.width.saturating_sub(2));
    let below = DETAILS + u16::try_from(denied.len()).unwrap_or(0);
    let body = area.height.saturating_sub(3);
    let below = if body >= below + 4 { below } else { 0 };
    let list = Rect {
        y: area.y + 2.min(area.height),
        height: body - below,
        ..area
    };
    rows(view, map, theme, list, buf);
    let place = Rect {
        x: area.x + 1,
        y: list.bottom(),
        width: area.width.saturating_sub(2),
        height: below,
    };
    let mut lines = about(view, map, theme, place.width);
    lines.resize(usize::from(DETAILS), Line::default());
    lines.extend(denied);
    write::lines(&lines, place, buf);
}

fn title(view: &MapView, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let count = view.map.as_ref().map_or_else(String::new, |map| {
        format!(
            "  {} namespaces, {} processes",
            map.namespaces.len(),
            map.processes
        )
    });
    let left = vec![
        Span::styled(" map of namespaces", theme.style(Role::Title)),
        Span::raw(count),
    ];
    let by = match view.by {
        By::Owner => "below their owners ",
        By::Parent => "below their parents ",
    };
    let right = vec![Span::styled(by, theme.style(Role::Dim))];
    write::line(&write::spread(left, right, area.width), 0, area, buf);
    let hits = view.hits().map(|hits| hits.len());
    if !finder(&view.filter, hits, theme, area, buf) {
        let head = format!(
            " {:<NAME$}{:>5} {:>7} {:<COMMAND$} {:>5}  HELD BY",
            "NAMESPACE", "PROCS", "LEAD", "COMMAND", "UID"
        );
        let head = write::cut(&head, area.width.into(), theme);
        write::line(&Line::styled(head, theme.style(Role::Dim)), 1, area, buf);
    }
}

/// What is searched for, in the second row; `false` if nothing is.
pub(super) fn finder(
    filter: &Filter,
    hits: Option<usize>,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) -> bool {
    if !filter.is_on() {
        return false;
    }
    let mut left = palette::typed("/", &filter.typed, theme).spans;
    if !filter.typing {
        left.pop();
    }
    let hits = hits.map_or_else(String::new, |count| {
        format!("{count} found; Esc shows all ")
    });
    let hits = vec![Span::styled(hits, theme.style(Role::Dim))];
    write::line(&write::spread(left, hits, area.width), 1, area, buf);
    true
}

fn rows(view: &MapView, map: &Map, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let rows = view.rows();
    let (at, hits) = (view.at(&rows), view.hits());
    let first = sheet::first_row(at, area.height.into());
    let visible = rows.iter().enumerate().skip(first);
    for (line, (position, branch)) in (0..area.height).zip(visible) {
        let Some(found) = map.namespaces.get(&branch.key) else {
            continue;
        };
        let text = row(branch, found, theme);
        let text = write::fit(&text, area.width.into(), theme);
        let only_above = hits
            .as_ref()
            .is_some_and(|hits| !hits.contains(&branch.key));
        let role = match (position == at, only_above) {
            (true, _) => Role::Cursor,
            (false, true) => Role::Dim,
            (false, false) => Role::Plain,
        };
        write::line(&Line::styled(text, theme.style(role)), line, area, buf);
    }
    if rows.is_empty() {
        write::line(&Line::raw("  no namespace has these words"), 0, area, buf);
    }
}

fn row(branch: &Branch, found: &Namespace, theme: &Theme) -> String {
    let Key { kind, ino } = branch.key;
    let name = format!("{}{} {ino}", branch.lead_in(theme.is_ascii()), kind.name());
    let name = write::fit(&name, NAME, theme);
    let lead = found.lead.as_ref();
    let pid = lead.map_or_else(String::new, |lead| lead.pid.to_string());
    let command = lead.map_or_else(String::new, |lead| lead.command.text());
    let command = write::fit(&command, COMMAND, theme);
    let uid = uid(found);
    let (count, held) = (found.processes, found.held_in_words());
    format!(" {name}{count:>5} {pid:>7} {command} {uid:>5}  {held}")
}

fn uid(found: &Namespace) -> String {
    found
        .owner_uid
        .map_or_else(|| "?".to_owned(), |uid| uid.to_string())
}

/// What was not to be seen; the command that would show it has a line for itself.
fn denied(map: &Map, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let Some(words) = map.denied.words("map") else {
        return Vec::new();
    };
    let parts = match words.split_once(" All of it: ") {
        Some((what, command)) => vec![what.to_owned(), format!("All of it: {command}")],
        None => vec![words],
    };
    let style = theme.style(Role::Title);
    let lines = parts
        .iter()
        .flat_map(|part| prose::plain(part, width, style));
    lines.collect()
}

/// What is known of the namespace under the cursor.
fn about(view: &MapView, map: &Map, theme: &Theme, width: u16) -> Vec<Line<'static>> {
    let Some((key, found)) = view.chosen() else {
        return Vec::new();
    };
    let mut lines = vec![Line::default()];
    let name = format!("{} {}", key.kind.name(), key.ino);
    let initial = Some(key.ino) == key.kind.initial_ino();
    let first = if initial {
        ", the first of its kind"
    } else {
        ""
    };
    lines.push(Line::from(vec![
        Span::styled(name, theme.style(Role::Title)),
        Span::raw(format!("{first}: {}", inhabitants(found))),
    ]));
    let mut say = |words: &str| {
        lines.extend(prose::plain(words, width, Style::new()).into_iter().take(2));
    };
    say(&above(key, found, map));
    let mut held = format!("Kept alive by: {}", found.held_in_words());
    for more in found.mounted_at.iter().skip(1) {
        held = format!("{held}, {}", more.text());
    }
    say(&held);
    lines
}

fn inhabitants(found: &Namespace) -> String {
    let lead = found.lead.as_ref();
    let lead = lead.map(|lead| format!("{} {}", lead.pid, lead.command.text()));
    match (found.processes, lead) {
        (0, Some(lead)) => format!("no process is in it; held by {lead}"),
        (0, None) => "no process is in it".to_owned(),
        (1, Some(lead)) => format!("one process, {lead}"),
        (count, Some(lead)) => format!("{count} processes, the first is {lead}"),
        (count, None) => format!("{count} processes"),
    }
}

/// Parent and owner.
fn above(key: Key, found: &Namespace, map: &Map) -> String {
    let known = |kind, ino: u64| {
        let there = map.namespaces.contains_key(&Key { kind, ino });
        let word = if there { "" } else { " (not seen)" };
        format!("{} {ino}{word}", kind.name())
    };
    let mut parts = Vec::new();
    if let Some(parent) = found.parent {
        parts.push(format!("Its parent is {}", known(key.kind, parent)));
    }
    match (key.kind, found.owner) {
        (NsKind::User, _) => parts.push(format!("made by uid {}", uid(found))),
        (_, Some(owner)) => parts.push(format!(
            "owned by {}, made by uid {}",
            known(NsKind::User, owner),
            uid(found)
        )),
        (_, None) => parts.push("who owns it is not to be seen".to_owned()),
    }
    let text = parts.join(", ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

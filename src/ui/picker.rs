//! The list of containers and processes, to choose whom to inspect.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    map, prose, sheet,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::Picker,
    model::{
        Untrusted,
        amount::{bytes, percent, time},
        look::{Item, Listing},
    },
};

/// Draws the list into `area`, whose last row is the footer's.
pub(super) fn draw(view: &Picker, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(list) = &view.list else {
        title(view, &Listing::default(), theme, area, buf);
        write::line(&Line::raw(" looking ..."), 2, area, buf);
        return;
    };
    title(view, list, theme, area, buf);
    let said = said(view, list);
    let lines: Vec<Line> = said
        .iter()
        .flat_map(|words| {
            prose::plain(
                words,
                area.width.saturating_sub(2),
                theme.style(Role::Title),
            )
        })
        .collect();
    let height = area.height.saturating_sub(3);
    let below = u16::try_from(lines.len()).unwrap_or(0).min(height / 2);
    let place = Rect {
        y: area.y + 2.min(area.height),
        height: height - below,
        ..area
    };
    rows(view, theme, place, buf);
    let place = Rect {
        x: area.x + 1,
        y: place.bottom(),
        width: area.width.saturating_sub(2),
        height: below,
    };
    write::lines(&lines, place, buf);
}

fn title(view: &Picker, list: &Listing, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let containers = list.items.iter().filter(|item| item.container.is_some());
    let containers = containers.count();
    let processes = list.items.len() - containers;
    let left = vec![
        Span::styled(" inspect", theme.style(Role::Title)),
        Span::raw(format!("  {containers} containers, {processes} processes")),
    ];
    let right = vec![Span::styled(
        format!("sorted by {} ", view.sort.name()),
        theme.style(Role::Dim),
    )];
    write::line(&write::spread(left, right, area.width), 0, area, buf);
    let hits = Some(view.rows().len());
    if !map::finder(&view.filter, hits, theme, area, buf) {
        let head = format!(
            "  {:>8} {:>6} {:>8} {:>10} {:<16}{}",
            "PID", "CPU", "TIME", "MEMORY", "COMMAND", "CONTAINER"
        );
        let head = write::cut(&head, area.width.into(), theme);
        write::line(&Line::styled(head, theme.style(Role::Dim)), 1, area, buf);
    }
}

fn rows(view: &Picker, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let rows = view.rows();
    let at = view.at(&rows);
    let first = sheet::first_row(at, area.height.into());
    let visible = rows.iter().enumerate().skip(first);
    for (line, (position, item)) in (0..area.height).zip(visible) {
        let marked = view
            .first
            .is_some_and(|who| (who.pid, who.start) == (item.pid, Some(item.start)));
        let text = write::fit(&row(item, marked), area.width.into(), theme);
        let role = if position == at {
            Role::Cursor
        } else {
            Role::Plain
        };
        write::line(&Line::styled(text, theme.style(role)), line, area, buf);
    }
    if rows.is_empty() {
        write::line(&Line::raw("  nobody has these words"), 0, area, buf);
    }
}

fn row(item: &Item, marked: bool) -> String {
    let sign = if marked { "*" } else { " " };
    let or = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let (cpu, used) = (or(item.busy.map(percent)), or(item.cpu_usec.map(time)));
    let memory = or(item.memory.map(bytes));
    let command = item.command.text();
    let whose = item.container.as_ref().map_or_else(String::new, |it| {
        let engine = it.engine.as_deref().unwrap_or("own pid namespace");
        let name = it.name.as_ref().or(it.id.as_ref());
        let name = name.map_or_else(String::new, |name| format!(" {}", name.text()));
        let count = match item.processes {
            1 => String::new(),
            count => format!(" ({count})"),
        };
        let sum = if item.summed { " ~" } else { "" };
        format!("{engine}{name}{count}{sum}")
    });
    format!(
        " {sign}{:>8} {cpu:>6} {used:>8} {memory:>10} {command:<16}{whose}",
        item.pid
    )
}

fn said(view: &Picker, list: &Listing) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(who) = view.first {
        all.push(format!(
            "Enter compares {} with the one under the cursor; Space on it again takes that back.",
            who.pid
        ));
    }
    if list.items.iter().any(|item| item.summed) {
        all.push(
            "(n): so many processes. ~: no cgroup counts it, its processes are summed up."
                .to_owned(),
        );
    }
    if list.denied > 0 {
        let hint = if list.as_root {
            "also to root"
        } else {
            "as root it finds more: sudo glassbox inspect"
        };
        let whose = match list.denied {
            1 => "1 process".to_owned(),
            count => format!("{count} processes"),
        };
        all.push(format!("Denied: the namespaces of {whose}; {hint}."));
    }
    all.iter()
        .map(|words| Untrusted::from(words).text())
        .collect()
}

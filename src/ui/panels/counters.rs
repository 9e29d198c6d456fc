//! What the kernel counts for the lesson's cgroups, beside the limits that they are held to; on the
//! box's side how its processes fare.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use super::{busy, processes};
use crate::{
    app::{Side, cpu_share},
    model::{
        Member,
        amount::percent,
        diff::{self, Change, Counter, CounterPart, CounterRow, MemberRow},
        sample::{Exit, Role as MemberRole},
    },
};

/// Columns of a label, and of a bar.
const LABEL: usize = 11;
const BAR: usize = 10;
/// Columns that a name gets at least.
const NAME: usize = 12;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    match look.seat.side {
        Side::Host => counted(look),
        Side::Box => fare(look),
    }
}

fn counted(look: &Look<'_>) -> Sheet {
    let rows = diff::counters(look.now, look.before, look.play.others);
    if rows.is_empty() {
        return Sheet::says(" this lesson has no cgroups now", look.theme);
    }
    let mut group = "";
    let mut entries = Vec::new();
    for row in &rows {
        let line = match &row.part {
            CounterPart::Group(name) => {
                group = name;
                Line::styled(name.clone(), look.theme.style(Role::Title))
            }
            CounterPart::Counter(counter) => {
                let lately = (counter.label == "cpu")
                    .then(|| lately(look, group))
                    .flatten();
                told(look, counter, lately)
            }
        };
        entries.push(Entry::new(row.change, line));
    }
    Sheet {
        alarm: busy::words(look),
        anchor: last_event(&rows),
        rows: entries,
        ..Sheet::default()
    }
}

/// The last count of the first cgroup in which the step moved one: what is used changes anyway.
fn last_event(rows: &[CounterRow]) -> Option<usize> {
    let is_group = |row: &CounterRow| matches!(row.part, CounterPart::Group(_));
    let moved = |row: &CounterRow| match &row.part {
        CounterPart::Counter(counter) => row.change.is_some() && counter.label.starts_with(' '),
        CounterPart::Group(_) => false,
    };
    let first = rows.iter().position(moved)?;
    let rest = rows.iter().skip(first);
    let group = first + rest.take_while(|row| !is_group(row)).count();
    rows[..group].iter().rposition(moved)
}

/// Label, value, bar, and what it means where there is room.
fn told(look: &Look<'_>, counter: &Counter, lately: Option<String>) -> Line<'static> {
    let room = look.width.saturating_sub(1 + LABEL);
    let value = lately.unwrap_or_else(|| counter.value.clone());
    let mut text = write::cut(&value, room, look.theme);
    if let Some((part, whole)) = counter.of {
        let bar = bar(part, whole);
        if text.width() + 1 + bar.len() <= room {
            text = format!("{text} {bar}");
        }
    }
    let mut line = Line::from(format!("{:<LABEL$}{text}", counter.label));
    let rest = room.saturating_sub(text.width() + 2);
    if !counter.note.is_empty() && counter.note.width() <= rest {
        let note = format!("  {}", counter.note);
        line.push_span(Span::styled(note, look.theme.style(Role::Dim)));
    }
    line
}

/// `[####......]`
fn bar(part: u64, whole: u64) -> String {
    // What is used at all is seen.
    let cells = u128::from(part.min(whole)) * BAR as u128;
    let full = cells.checked_div(u128::from(whole)).unwrap_or(0);
    let full = usize::try_from(full)
        .unwrap_or(BAR)
        .max(usize::from(part > 0 && whole > 0));
    format!("[{}{}]", "#".repeat(full), ".".repeat(BAR - full))
}

/// The share of a CPU between the latest two samples, and all that was used.
fn lately(look: &Look<'_>, group: &str) -> Option<String> {
    let points = look.play.history.until(look.now);
    let [.., was, is] = points.as_slice() else {
        return None;
    };
    let share = cpu_share(was.reading(group)?, is.reading(group)?, is.after_ms?)?;
    let cpu = look
        .now
        .cgroups
        .iter()
        .find(|it| it.name == group)?
        .cpu
        .value()?;
    let used = crate::model::amount::time(cpu.usage_usec?);
    Some(format!("{} now, {used} used", percent(share)))
}

/// The processes of the box: those that live, and how the others ended.
fn fare(look: &Look<'_>) -> Sheet {
    let living = diff::members(look.now, look.before, look.seat.box_name);
    let names = living.iter().map(|row| row.command.text().width());
    let dead = members(look).filter(|member| member.exit.is_some());
    let names = names.chain(dead.map(|member| member.name.width()));
    let name = names.max().unwrap_or(0).saturating_add(2).max(NAME);
    let mut rows: Vec<Entry> = living.iter().map(|row| alive(look, row, name)).collect();
    rows.extend(ended(look, name));
    if rows.is_empty() {
        return Sheet::says(" nothing here yet", look.theme);
    }
    Sheet {
        head: Some(format!(" {:<8}{:<name$}IS", "PID", "PROCESS")),
        rows,
        ..Sheet::default()
    }
}

fn alive(look: &Look<'_>, row: &MemberRow, name: usize) -> Entry {
    let pid = row.pid.unwrap_or(row.host_pid);
    let state = match row.state {
        'R' => "runs, or wants to",
        'D' => "waits (D)",
        'T' | 't' => "is stopped",
        'Z' => "zombie",
        'X' => "is dead",
        _ => "sleeps",
    };
    let threads = match row.threads {
        0 | 1 => String::new(),
        count => format!(", {count} threads"),
    };
    let place = row
        .group
        .as_ref()
        .map_or_else(String::new, |group| format!(" in {group}"));
    let text = format!(
        "{pid:<8}{:<name$}{state}{threads}{place}",
        row.command.text()
    );
    let entry = Entry::new(
        row.change,
        write::cut(&text, look.width.saturating_sub(1), look.theme),
    );
    let member = members(look).find(|member| member.host_pid == row.host_pid);
    said(look, entry, member)
}

fn ended(look: &Look<'_>, name: usize) -> Vec<Entry> {
    let before = look
        .before
        .and_then(|sample| sample.boxes.get(look.seat.box_name));
    let row = |(member, exit): (&Member, Exit)| {
        let lived = before.is_some_and(|view| {
            let mut members = view.members.iter();
            !members.any(|it| it.host_pid == member.host_pid && it.exit.is_some())
        });
        let code = match exit {
            Exit::Signal(number) => format!(" ({})", 128 + number),
            _ => String::new(),
        };
        let text = format!(
            "{:<8}{:<name$}{}{code}",
            "",
            member.name,
            processes::ended(exit)
        );
        let text = write::cut(&text, look.width.saturating_sub(1), look.theme);
        let change = lived.then_some(Change::Gone);
        said(look, Entry::new(change, text), Some(member))
    };
    let dead = members(look).filter_map(|member| Some((member, member.exit?)));
    dead.map(row).collect()
}

fn members<'l>(look: &Look<'l>) -> impl Iterator<Item = &'l Member> + use<'l> {
    let view = look.now.boxes.get(look.seat.box_name);
    let members = view.into_iter().flat_map(|view| &view.members);
    members.filter(|member| member.role != MemberRole::Eye)
}

/// What it said last, below it.
fn said(look: &Look<'_>, mut entry: Entry, member: Option<&Member>) -> Entry {
    if let Some(said) = member.and_then(|member| member.said.as_ref()) {
        let text = write::cut(&format!("   says: {}", said.text()), look.width, look.theme);
        entry
            .more
            .push(Line::styled(text, look.theme.style(Role::Dim)));
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_is_full_at_the_limit_and_not_empty_for_a_little() {
        assert_eq!(bar(0, 20), "[..........]");
        assert_eq!(bar(1, 2000), "[#.........]");
        assert_eq!(bar(10, 20), "[#####.....]");
        assert_eq!(bar(25, 20), "[##########]");
        assert_eq!(bar(0, 0), "[..........]");
    }
}

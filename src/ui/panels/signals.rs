//! Signals: what each process of the box has a handler for, and the three masks of its lead bit by
//! bit; in place of a lead that is an ordinary member, those of the number 1 above it. Both come from /proc/PID/status, one read by the host, the other inside.

use ratatui::{style::Style, text::Line};
use unicode_width::UnicodeWidthStr;

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use super::processes;
use crate::{
    app::Side,
    model::{
        Untrusted,
        diff::{self, Masks, SignalRow},
        signal,
    },
};

const PID: usize = 8;
const NAME: usize = 13;
/// So many are for what it catches, or longer names get no more.
const CATCHES: usize = 18;
/// As many bits have a line each; more are listed by name.
const SINGLE_BITS: usize = 4;

/// The host's side: who catches what, and who has ended how. The box's: the lead's masks.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    if look.seat.side == Side::Box {
        return Sheet {
            below: lead(look),
            ..Sheet::default()
        };
    }
    let rows = diff::signals(look.now, look.before);
    let several = rows.iter().any(|row| row.box_name != rows[0].box_name);
    let longest = rows.iter().map(|row| name(row, several).width()).max();
    let most = look.width.saturating_sub(PID + CATCHES).max(NAME);
    let column = (longest.unwrap_or(0) + 1).clamp(NAME, most);
    let entry = |row: &SignalRow<'_>| {
        let name = write::fit(&name(row, several), column - 1, look.theme);
        let text = format!("{:<PID$}{name} {}", row.member.host_pid, catches(row));
        let text = write::cut(&text, look.width.saturating_sub(1), look.theme);
        Entry::changed(row.changed, text)
    };
    let view = look.now.boxes.get(look.seat.box_name);
    let lead = view.and_then(|view| view.lead.as_ref());
    let is_lead =
        |row: &SignalRow<'_>| lead.is_some_and(|lead| lead.host_pid == row.member.host_pid);
    let dim = look.theme.style(Role::Dim);
    let nothing = || Line::styled(" no demo process yet", dim);
    Sheet {
        head: Some(format!(" {:<PID$}{:<column$}CATCHES", "PID", "PROCESS")),
        rows: rows.iter().map(entry).collect(),
        below: rows.is_empty().then(nothing).into_iter().collect(),
        lead: rows.iter().position(is_lead),
        ..Sheet::default()
    }
}

/// With its box where there are several.
fn name(row: &SignalRow<'_>, several: bool) -> String {
    let name = Untrusted::from(&row.member.name).text();
    if several {
        format!("{}:{name}", row.box_name)
    } else {
        name
    }
}

fn catches(row: &SignalRow<'_>) -> String {
    match (row.member.exit, row.masks) {
        (Some(exit), _) => format!("(ended: {})", processes::ended(exit)),
        (None, Some(masks)) => short(masks.caught),
        (None, None) => "?".to_owned(),
    }
}

/// `INT TERM`, as kill(1) calls them.
fn short(mask: u64) -> String {
    if mask == 0 {
        return "nothing".to_owned();
    }
    let names = signal::names(mask);
    let names: Vec<&str> = names
        .iter()
        .map(|name| name.strip_prefix("SIG").unwrap_or(name))
        .collect();
    names.join(" ")
}

/// The box's side: three masks, and what their bits mean.
fn lead(look: &Look<'_>) -> Vec<Line<'static>> {
    let (theme, box_name) = (look.theme, look.seat.box_name);
    let view = look.now.boxes.get(box_name);
    if let Some(first) = diff::number_one(look.now, box_name) {
        let before = look.before.and_then(|was| diff::number_one(was, box_name));
        let before = before.map(|was| was.masks);
        let name = Untrusted::from(&first.member.name).text();
        return masks(&name, Some(1), first.masks, before, look);
    }
    let seen = diff::lead_masks(look.now, box_name);
    let (Some(view), Some(seen)) = (view, seen) else {
        return Sheet::says(" nobody can look from inside any more", theme).below;
    };
    let before = look.before.and_then(|was| diff::lead_masks(was, box_name));
    let lead = view.lead.as_ref();
    let name = lead.map_or_else(String::new, |lead| Untrusted::from(&lead.name).text());
    let nspid = lead.and_then(|lead| lead.from_host.value());
    let number = nspid.and_then(|subject| subject.process.nspid.last().copied());
    masks(&name, number, seen, before, look)
}

/// The masks of a process with this name and number in its own PID namespace, and those before the
/// step.
fn masks(
    name: &str,
    number: Option<i32>,
    seen: Masks,
    before: Option<Masks>,
    look: &Look<'_>,
) -> Vec<Line<'static>> {
    let theme = look.theme;
    let title = match number {
        Some(number) => format!(" {name}, PID {number} to itself"),
        None => format!(" {name}"),
    };
    let mut lines = vec![Line::styled(title, theme.style(Role::Title))];
    for (label, mask) in PICKS {
        let changed = look.before.is_some() && before.as_ref().map(mask) != Some(mask(&seen));
        let style = if changed {
            theme.style(Role::Changed)
        } else {
            Style::new()
        };
        lines.extend(decoded(label, mask(&seen), changed, style, look));
    }
    if number == Some(1) {
        let dim = theme.style(Role::Dim);
        lines.push(Line::styled(" from inside, only what number 1", dim));
        lines.push(Line::styled(" catches can reach it", dim));
    }
    lines
}

/// Takes one mask of the three.
type Pick = fn(&Masks) -> u64;

const PICKS: [(&str, Pick); 3] = [
    ("SigBlk", |masks| masks.blocked),
    ("SigIgn", |masks| masks.ignored),
    ("SigCgt", |masks| masks.caught),
];

/// A line of proc_pid_status(5), and below it what the bits say.
fn decoded(
    label: &str,
    mask: u64,
    changed: bool,
    style: Style,
    look: &Look<'_>,
) -> Vec<Line<'static>> {
    let sign = if changed { "+" } else { " " };
    let remark = match (label, mask) {
        ("SigBlk", 0) => "blocks none",
        ("SigIgn", 0) => "ignores none",
        (_, 0) => "catches none",
        _ => "",
    };
    let first = format!("{sign}{label}: {mask:016x} {remark}");
    let mut lines = vec![Line::styled(first, style)];
    let count = mask.count_ones() as usize;
    if count > SINGLE_BITS {
        let names = format!("   {}", short(mask));
        lines.push(Line::styled(
            write::cut(&names, look.width, look.theme),
            style,
        ));
        return lines;
    }
    for number in signal::numbers(mask) {
        let text = format!(
            "   bit {:<2} = {} ({number})",
            number - 1,
            signal::name(number)
        );
        lines.push(Line::styled(text, style));
    }
    lines
}

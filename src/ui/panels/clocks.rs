//! Four clocks, read on the host and in the box, and by how much they differ. The values are those of
//! the latest sample; where a box has clocks of its own there is one every second.

use ratatui::{style::Style, text::Line};

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::{Role, Theme},
    write,
};
use crate::{
    app::Side,
    model::{
        Seen,
        clocks::{Offsets, date, duration, seconds},
        diff::{self, ClockRow},
    },
};

const NAME: usize = 13;
const VALUE: usize = 17;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const SECOND: i64 = 1_000_000_000;

/// One side: the clocks, and below them what will be added.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let rows = diff::clocks(look.now, look.before, look.seat.box_name);
    let last = match look.seat.side {
        Side::Host => "",
        Side::Box => "vs host",
    };
    let entries = rows.iter().enumerate();
    let mut below = vec![Line::default()];
    match look.seat.side {
        Side::Host => {
            let words = " as sampled; UTC, days hh:mm:ss";
            below.push(Line::styled(words, look.theme.style(Role::Dim)));
        }
        Side::Box => {
            let (offsets, changed) = diff::offsets(look.now, look.before, look.seat.box_name);
            below.extend(offset_lines(&offsets, changed, look.theme));
            below.extend(said(look));
        }
    }
    Sheet {
        head: Some(format!(" {:<NAME$}{:<VALUE$}{last}", "CLOCK", "READS")),
        rows: entries.map(|(at, row)| entry(look, at, row)).collect(),
        below,
        ..Sheet::default()
    }
}

fn entry(look: &Look<'_>, position: usize, row: &ClockRow) -> Entry {
    let (value, difference) = match look.seat.side {
        Side::Host => (&row.host, String::new()),
        Side::Box => (&row.inside, difference(row)),
    };
    let value = shown(position, value);
    let text = format!("{:<NAME$}{value:<VALUE$}{difference}", row.name);
    let text = write::cut(&text, look.width.saturating_sub(1), look.theme);
    Entry::changed(row.changed && look.seat.side == Side::Box, text)
}

/// The wall clock comes first; the others count from boot.
fn shown(position: usize, value: &Seen<i64>) -> String {
    match value {
        Seen::Is(value) if position == 0 => date(value.div_euclid(SECOND)),
        Seen::Is(value) => duration(value.div_euclid(SECOND)),
        Seen::Denied(errno) => errno.name(),
        Seen::Missing => "?".to_owned(),
    }
}

fn difference(row: &ClockRow) -> String {
    match (&row.inside, row.ahead) {
        (Seen::Is(inside), None) => {
            // The host was read a moment earlier.
            let later = row.host.value().map_or(0, |host| seconds(inside - host));
            if (0..5).contains(&later) {
                "same".to_owned()
            } else {
                format!("{later:+}s")
            }
        }
        (_, Some(0)) => "same".to_owned(),
        (_, Some(ahead)) => short(ahead),
        (_, None) => String::new(),
    }
}

/// `+10d`, `-1h30m`: the largest unit and what is left in the next one.
fn short(ahead: i64) -> String {
    let sign = if ahead < 0 { '-' } else { '+' };
    let units = [(DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm'), (1, 's')];
    let mut rest = ahead.abs();
    let mut text = sign.to_string();
    let mut parts = 0;
    for (size, unit) in units {
        let count = rest / size;
        rest %= size;
        if count > 0 && parts < 2 {
            text.push_str(&count.to_string());
            text.push(unit);
        }
        parts += usize::from(count > 0 || parts > 0);
    }
    text
}

/// What the lead says itself, if it says anything.
fn said(look: &Look<'_>) -> Option<Line<'static>> {
    let view = look.now.boxes.get(look.seat.box_name)?;
    let lead = view.lead.as_ref()?;
    let member = view.members.iter().find(|m| m.host_pid == lead.host_pid)?;
    let text = format!(" says {}", member.said.as_ref()?.text());
    Some(Line::raw(write::cut(&text, look.width, look.theme)))
}

/// The lead's file, as it reads.
fn offset_lines(offsets: &Seen<Offsets>, changed: bool, theme: &Theme) -> Vec<Line<'static>> {
    let style = if changed {
        theme.style(Role::Changed)
    } else {
        Style::new()
    };
    let sign = if changed { "+" } else { " " };
    let head = Line::styled(
        format!("{sign}its children's timens_offsets:"),
        theme.style(Role::Dim),
    );
    let Some(offsets) = offsets.value() else {
        return vec![head, Line::raw(" (none)")];
    };
    let line = |clock: &str, offset: i64| {
        let (whole, rest) = (offset.div_euclid(SECOND), offset.rem_euclid(SECOND));
        Line::styled(format!("{sign}{clock:<10} {whole:>10} {rest:>9}"), style)
    };
    vec![
        head,
        line("monotonic", offsets.monotonic),
        line("boottime", offsets.boottime),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_two_units_at_most() {
        let cases = [
            (864_000, "+10d"),
            (864_000 + 3661, "+10d1h"),
            (59, "+59s"),
            (-90, "-1m30s"),
            (DAY + 5, "+1d"),
        ];
        for (seconds, brief) in cases {
            assert_eq!(short(seconds), brief);
        }
    }
}

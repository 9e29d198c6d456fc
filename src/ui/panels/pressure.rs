//! Pressure stall information: how long tasks waited for what they lacked. On the host's side of the
//! machine and of each cgroup; on the box's side what its /proc/pressure says, which is the machine's.

use ratatui::text::Line;

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::Role,
    write,
};
use crate::{
    app::Side,
    model::{
        World,
        amount::time,
        cgroup::group::Waited,
        diff::{self, PressureRow},
    },
};

const WHAT: usize = 9;
const SHARE: usize = 9;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let rows = match look.seat.side {
        Side::Host => diff::pressure(look.now, look.before),
        Side::Box => match inside(look) {
            Some((now, before)) => diff::of_machine(now, before),
            None => return Sheet::says(" nobody can look from there", look.theme),
        },
    };
    Sheet {
        head: Some(format!(
            " {:<WHAT$}{:<SHARE$}{:<SHARE$}SO FAR",
            "FOR", "SOME", "ALL"
        )),
        rows: rows.iter().map(|row| entry(look, row)).collect(),
        note: Some([
            "% of the last 10 s in which some, or all, waited ".to_owned(),
            "% of the last 10 s ".to_owned(),
        ]),
        ..Sheet::default()
    }
}

fn inside<'l>(look: &Look<'l>) -> Option<(&'l World, Option<&'l World>)> {
    let world = |sample: &'l crate::model::Sample, name: &str| {
        Some(&sample.boxes.get(name)?.inside.value()?.world)
    };
    let name = look.seat.box_name;
    let before = look.before.and_then(|sample| world(sample, name));
    Some((world(look.now, name)?, before))
}

fn entry(look: &Look<'_>, row: &PressureRow) -> Entry {
    let title = look.theme.style(Role::Title);
    match row {
        PressureRow::Whose(None) if look.seat.side == Side::Box => Entry::new(
            None,
            Line::styled("its /proc/pressure: the machine's", title),
        ),
        PressureRow::Whose(None) => Entry::new(None, Line::styled("the whole machine", title)),
        PressureRow::Whose(Some(name)) => Entry::new(None, Line::styled(name.clone(), title)),
        PressureRow::Nothing => {
            let words = "no PSI (in cgroups: v2 only)";
            let words = write::cut(words, look.width.saturating_sub(1), look.theme);
            Entry::new(None, Line::styled(words, look.theme.style(Role::Dim)))
        }
        PressureRow::Waited(what, stall, more) => {
            let share = |it: Waited| format!("{}.{:02} %", it.avg10 / 100, it.avg10 % 100);
            let full = stall.full.map_or_else(|| "-".to_owned(), share);
            let some = share(stall.some);
            let total = time(stall.some.total_usec);
            let text = format!("{what:<WHAT$}{some:<SHARE$}{full:<SHARE$}{total}");
            Entry::changed(*more, text)
        }
    }
}

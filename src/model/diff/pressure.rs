//! Pressure stall information: how long tasks waited for what they lacked, of the machine and of each
//! cgroup. Called by the panel `pressure`.

use super::groups;
use crate::model::{
    Sample, World,
    cgroup::group::{Pressure, Stall},
};

/// A line of the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PressureRow {
    /// From here on: of the machine, or of the cgroup of this name.
    Whose(Option<String>),
    /// What was waited for, and how long; whether more was waited since the step began.
    Waited(&'static str, Stall, bool),
    /// The kernel does not count it.
    Nothing,
}

/// What the host reads, of the machine and of the lesson's cgroups.
#[must_use]
pub fn pressure(now: &Sample, before: Option<&Sample>) -> Vec<PressureRow> {
    let mut rows = of_machine(&now.host.world, before.map(|sample| &sample.host.world));
    for group in now.cgroups.iter().filter(|group| group.is_lessons()) {
        rows.push(PressureRow::Whose(Some(group.name.clone())));
        let was = before.map(|sample| groups::named(sample, &group.name));
        let was = was.map(|group| group.and_then(|it| it.pressure.value().copied()));
        stalls(
            &mut rows,
            group.pressure.value().copied(),
            was.map(Option::unwrap_or_default),
        );
    }
    rows
}

/// What an observer reads in the /proc/pressure that it sees.
#[must_use]
pub fn of_machine(now: &World, before: Option<&World>) -> Vec<PressureRow> {
    let read = |world: &World| world.believes.momentary.0.pressure.value().copied();
    let mut rows = vec![PressureRow::Whose(None)];
    stalls(
        &mut rows,
        read(now),
        before.map(|world| read(world).unwrap_or_default()),
    );
    rows
}

fn stalls(rows: &mut Vec<PressureRow>, now: Option<Pressure>, before: Option<Pressure>) {
    let Some(now) = now else {
        rows.push(PressureRow::Nothing);
        return;
    };
    let all = |it: Pressure| [("cpu", it.cpu), ("memory", it.memory), ("io", it.io)];
    let was = before.map(all);
    for (place, (what, stall)) in all(now).into_iter().enumerate() {
        let Some(stall) = stall else { continue };
        let old = was.map(|was| was[place].1.unwrap_or_default());
        let more = old.is_some_and(|old| old.some.total_usec < stall.some.total_usec);
        rows.push(PressureRow::Waited(what, stall, more));
    }
}

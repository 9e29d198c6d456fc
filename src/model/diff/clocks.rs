//! The clocks of host and box, one row each. Called by the clocks panel and the app's cursor.

use crate::model::clocks::{Ahead, Clocks, Offsets};
use crate::model::{Sample, Seen};

/// A clock, host and box; nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockRow {
    /// What it is called in clock_gettime(2), or the file.
    pub name: &'static str,
    /// What the host read.
    pub host: Seen<i64>,
    /// What the box read; `Missing` where nobody can look.
    pub inside: Seen<i64>,
    /// By how many seconds the box is ahead; `None` for the wall clock, which is the ruler, and where
    /// one side was not read.
    pub ahead: Option<i64>,
    /// The difference is not what it was before the step.
    pub changed: bool,
}

type Read = fn(&Clocks) -> Seen<i64>;
type Compare = fn(&Ahead) -> Option<i64>;

/// How many rows [`clocks`] has.
pub const CLOCKS: usize = 4;

const ROWS: [(&str, Read, Compare); CLOCKS] = [
    ("REALTIME", |clocks| Seen::Is(clocks.realtime), |_| None),
    (
        "MONOTONIC",
        |clocks| Seen::Is(clocks.monotonic),
        |ahead| Some(ahead.monotonic),
    ),
    (
        "BOOTTIME",
        |clocks| Seen::Is(clocks.boottime),
        |ahead| Some(ahead.boottime),
    ),
    (
        "/proc/uptime",
        |clocks| clocks.uptime.clone(),
        |ahead| ahead.uptime,
    ),
];

/// The clocks of host and box.
#[must_use]
pub fn clocks(now: &Sample, before: Option<&Sample>, box_name: &str) -> Vec<ClockRow> {
    let inside = inside_clocks(now, box_name);
    let ahead = ahead(now, box_name);
    let was = before.map(|was| self::ahead(was, box_name));
    let row = |(name, read, compare): (&'static str, Read, Compare)| {
        let difference = ahead.as_ref().and_then(compare);
        let old = was.as_ref().map(|was| was.as_ref().and_then(compare));
        ClockRow {
            name,
            host: read(&now.host.world.clocks.0),
            inside: inside.map_or(Seen::Missing, read),
            ahead: difference,
            changed: old.is_some_and(|old| old != difference),
        }
    };
    ROWS.into_iter().map(row).collect()
}

/// What the lead's children will find added to their clocks, as the host reads it, and whether the
/// step changed it.
#[must_use]
pub fn offsets(now: &Sample, before: Option<&Sample>, box_name: &str) -> (Seen<Offsets>, bool) {
    let read = |sample: &Sample| {
        let lead = sample.boxes.get(box_name)?.lead.as_ref()?;
        Some(lead.from_host.value()?.timens_offsets.clone())
    };
    let offsets = read(now).unwrap_or_default();
    let changed = before.is_some_and(|was| read(was).unwrap_or_default() != offsets);
    (offsets, changed)
}

fn inside_clocks<'a>(sample: &'a Sample, box_name: &str) -> Option<&'a Clocks> {
    let inside = sample.boxes.get(box_name)?.inside.value()?;
    Some(&inside.world.clocks.0)
}

fn ahead(sample: &Sample, box_name: &str) -> Option<Ahead> {
    let inside = inside_clocks(sample, box_name)?;
    Some(inside.ahead_of(&sample.host.world.clocks.0))
}

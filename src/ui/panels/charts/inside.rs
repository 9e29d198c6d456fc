//! What a box saw of the machine at the points of the history. Called by `charts`.

use super::metrics::highest;
use crate::{
    app::{Inside, Point},
    model::amount::bytes,
    ui::plot::Values,
};

/// Something that the box sees.
pub(super) struct Seen {
    pub(super) name: &'static str,
    pub(super) note: String,
    pub(super) latest: String,
    pub(super) values: Values,
    pub(super) scale: u64,
}

/// What a box saw at each point; nothing if it never saw anything.
pub(super) fn seen(points: &[&Point], box_name: &str) -> Vec<Seen> {
    let all: Vec<_> = points.iter().map(|point| point.inside(box_name)).collect();
    let Some(last) = all.iter().rev().find_map(|seen| *seen) else {
        return Vec::new();
    };
    let each = |of: &dyn Fn(Inside) -> u64| -> Values {
        let values = points.iter().zip(&all);
        values
            .map(|(point, seen)| Some(seen.map_or(0, of)).filter(|_| !point.paused))
            .collect()
    };
    let count = |name, note: &str, now: u32, values: Values| Seen {
        name,
        note: note.to_owned(),
        latest: now.to_string(),
        scale: highest(&values).max(u64::from(now)).max(4),
        values,
    };
    let mut seen = vec![
        count(
            "processes",
            "in its /proc",
            last.processes,
            each(&|it| it.processes.into()),
        ),
        count(
            "threads",
            "of them all",
            last.threads,
            each(&|it| it.threads.into()),
        ),
    ];
    if let Some((free, total)) = last.free {
        seen.push(Seen {
            name: "MemAvailable",
            note: format!("of {}", bytes(total)),
            latest: bytes(free),
            values: each(&|it| it.free.map_or(0, |(free, _)| free)),
            scale: total.max(1),
        });
    }
    if let Some(load) = last.load {
        let values = each(&|it| it.load.unwrap_or(0).into());
        seen.push(Seen {
            name: "load",
            note: "of the last minute".to_owned(),
            latest: format!("{}.{:02}", load / 100, load % 100),
            scale: highest(&values).max(100),
            values,
        });
    }
    seen
}

//! From the points of the history to the values of one controller's chart, with scale and limits. Called
//! by `series`.

use super::series::Series;
use crate::{
    app::{Point, Reading, cpu_share},
    model::amount::{bytes, percent, thousandths},
    ui::plot::Values,
};

/// For each point, something of it and of the one before it.
fn steps(
    points: &[&Point],
    readings: &[Option<&Reading>],
    of: impl Fn(&Reading, &Reading, u64) -> Option<u64>,
) -> Values {
    let value = |place: usize| {
        let was = readings[place.checked_sub(1)?]?;
        of(was, readings[place]?, points[place].after_ms?)
    };
    (0..points.len())
        .map(|place| Some(value(place).unwrap_or(0)))
        .collect()
}

fn of_each(readings: &[Option<&Reading>], of: impl Fn(&Reading) -> Option<u64>) -> Values {
    let value = |reading: Option<&Reading>| Some(reading.and_then(&of).unwrap_or(0));
    readings.iter().copied().map(value).collect()
}

pub(super) fn highest(values: &Values) -> u64 {
    values.iter().flatten().max().copied().unwrap_or(0)
}

fn newest(values: &Values) -> u64 {
    values.last().copied().flatten().unwrap_or(0)
}

/// Shares of one CPU.
pub(super) fn cpu(
    points: &[&Point],
    readings: &[Option<&Reading>],
    last: Option<&Reading>,
) -> Series {
    let shares = steps(points, readings, cpu_share);
    let quota = last.and_then(|it| Some(thousandths(it.cpu.quota_usec?, it.cpu.period_usec?)));
    let scale = highest(&shares)
        .max(quota.unwrap_or(0))
        .max(if quota.is_some() { 1 } else { 1000 });
    let latest = percent(newest(&shares));
    let words = match (quota, last.and_then(|it| it.cpu.weight)) {
        (Some(quota), _) => format!("{latest}, limit {}", percent(quota)),
        (None, Some(weight)) if weight != 100 => format!("{latest}, weight {weight}"),
        _ => latest.clone(),
    };
    let throttled = |was: &Reading, is: &Reading, _| {
        let periods = is.cpu.nr_periods?.saturating_sub(was.cpu.nr_periods?);
        let throttled = is.cpu.nr_throttled?.saturating_sub(was.cpu.nr_throttled?);
        Some(thousandths(throttled, periods).min(1000))
    };
    Series {
        throttled: quota.map(|_| steps(points, readings, throttled)),
        layers: vec![shares],
        scale,
        top: format!("{} %", scale / 10),
        mark: quota
            .filter(|quota| *quota < scale)
            .map(|quota| (quota, "limit".to_owned())),
        latest,
        words,
        ..Series::default()
    }
}

/// What is used, in three layers where the kernel tells them.
pub(super) fn memory(readings: &[Option<&Reading>], last: Option<&Reading>) -> Series {
    let current = of_each(readings, |it| it.memory.current);
    let anon = of_each(readings, |it| it.memory.anon);
    // File contents without those of tmpfs, on top of what was allocated.
    let cache = of_each(readings, |it| {
        let files = it.memory.file?.saturating_sub(it.memory.shmem.unwrap_or(0));
        Some(it.memory.anon?.saturating_add(files))
    });
    let all = of_each(readings, |it| it.memory.anon?.checked_add(it.memory.file?));
    let max = last.and_then(|it| it.memory.max);
    let high = last.and_then(|it| it.memory.high);
    let scale = max
        .unwrap_or(0)
        .max(high.unwrap_or(0))
        .max(highest(&current))
        .max(1);
    let latest = bytes(newest(&current));
    let mut words = max.map_or_else(
        || latest.clone(),
        |max| format!("{latest} of {}", bytes(max)),
    );
    if let Some(high) = high {
        words = format!("{words}, high {}", bytes(high));
    }
    let seen = |place: usize, name, layer: &Values, below: Option<&Values>| {
        let height = |at: usize| {
            let value = |values: &Values| values[at].unwrap_or(0);
            value(layer).saturating_sub(below.map_or(0, value))
        };
        let tall = (0..layer.len()).any(|at| height(at) * 32 >= scale);
        tall.then_some((place, name))
    };
    let parts = [
        seen(2, "tmpfs", &all, Some(&cache)),
        seen(1, "file", &cache, Some(&anon)),
        seen(0, "anon", &anon, None),
    ];
    let split = last.is_some_and(|it| it.memory.anon.is_some());
    let mark = [(high, "high"), (max, "max")]
        .into_iter()
        .find_map(|(limit, word)| {
            let limit = limit.filter(|limit| *limit < scale)?;
            Some((limit, word.to_owned()))
        });
    Series {
        layers: if split {
            vec![anon, cache, all]
        } else {
            vec![current]
        },
        scale,
        top: bytes(scale),
        mark,
        latest,
        words,
        parts: parts.into_iter().flatten().collect(),
        ..Series::default()
    }
}

/// Processes and threads.
pub(super) fn pids(readings: &[Option<&Reading>], last: Option<&Reading>) -> Series {
    let current = of_each(readings, |it| it.pids.current);
    let max = last.and_then(|it| it.pids.max);
    let scale = max.unwrap_or(0).max(highest(&current)).max(1);
    let latest = newest(&current).to_string();
    let words = max.map_or_else(|| latest.clone(), |max| format!("{latest} of {max}"));
    Series {
        layers: vec![current],
        scale,
        top: scale.to_string(),
        mark: max
            .filter(|max| *max < scale)
            .map(|max| (max, "max".to_owned())),
        latest,
        words,
        ..Series::default()
    }
}

/// Bytes a second, read and written.
pub(super) fn io(
    points: &[&Point],
    readings: &[Option<&Reading>],
    last: Option<&Reading>,
) -> Series {
    let rate = |now: u64, before: u64, ms: u64| {
        now.saturating_sub(before).saturating_mul(1000) / ms.max(1)
    };
    let written = steps(points, readings, |was, is, ms| {
        Some(rate(is.io.1, was.io.1, ms))
    });
    let read = steps(points, readings, |was, is, ms| {
        Some(rate(is.io.0, was.io.0, ms))
    });
    let both: Values = written
        .iter()
        .zip(&read)
        .map(|(written, read)| Some(written.unwrap_or(0).saturating_add(read.unwrap_or(0))))
        .collect();
    let limit = last.and_then(|it| it.io_limit);
    let scale = highest(&both).max(limit.unwrap_or(1024));
    let latest = format!("{}/s", bytes(newest(&both)));
    let words = match limit {
        Some(limit) => format!("{latest}, limit {}/s", bytes(limit)),
        None => latest.clone(),
    };
    Series {
        layers: vec![both],
        scale,
        top: bytes(scale),
        mark: limit
            .filter(|limit| *limit < scale)
            .map(|limit| (limit, "limit".to_owned())),
        latest,
        words,
        ..Series::default()
    }
}

//! What a chart draws: values, scale, limits, and what moved when. Called by `charts`; `metrics` fills in
//! what is different for each controller.

use super::metrics;
use crate::{
    app::{Point, Reading},
    model::{
        amount::thousandths,
        diff::{Chart, Metric},
    },
    ui::plot::Values,
};

/// What a chart draws.
#[derive(Default)]
pub(super) struct Series {
    /// Sums, the lowest layer first; see [`crate::ui::plot::bars`].
    pub(super) layers: Vec<Values>,
    /// The value of a full bar, and in words.
    pub(super) scale: u64,
    pub(super) top: String,
    /// A limit below the top.
    pub(super) mark: Option<(u64, String)>,
    /// The latest value; and with its limits.
    pub(super) latest: String,
    pub(super) words: String,
    /// In thousandths, the periods in which the quota was used up.
    pub(super) throttled: Option<Values>,
    /// What happened when: a letter, or nothing.
    pub(super) signs: Vec<char>,
    pub(super) moved: Vec<Moved>,
    /// What the layers above the lowest are, where they are high enough to be seen.
    pub(super) parts: Vec<(usize, &'static str)>,
}

/// A counter moved.
pub(super) struct Moved {
    pub(super) step: Option<usize>,
    what: &'static str,
    sign: char,
    by: u64,
}

impl Moved {
    /// How grave it is; less is graver.
    fn rank(&self) -> usize {
        let place = GRAVE.iter().position(|name| *name == self.what);
        place.unwrap_or(GRAVE.len())
    }

    fn words(&self, short: bool) -> String {
        let space = if short { "" } else { " " };
        let words = format!("{}{space}+{}", self.what, self.by);
        match self.sign {
            THROTTLED => words,
            sign => format!("{sign} {words}"),
        }
    }
}

impl Series {
    /// The series of a chart.
    pub(super) fn of(chart: &Chart, points: &[&Point]) -> Self {
        let readings: Vec<Option<&Reading>> = points
            .iter()
            .map(|point| point.reading(&chart.group))
            .collect();
        let last = readings.iter().rev().find_map(|reading| *reading);
        let mut series = match chart.metric {
            Metric::Cpu => metrics::cpu(points, &readings, last),
            Metric::Memory => metrics::memory(&readings, last),
            Metric::Pids => metrics::pids(&readings, last),
            Metric::Io => metrics::io(points, &readings, last),
        };
        series.mark_events(chart.metric, points, &readings);
        for layer in &mut series.layers {
            for (value, point) in layer.iter_mut().zip(points) {
                *value = value.filter(|_| !point.paused);
            }
        }
        series
    }

    fn mark_events(&mut self, metric: Metric, points: &[&Point], readings: &[Option<&Reading>]) {
        self.signs = vec![' '; points.len()];
        for place in 1..points.len() {
            let (Some(was), Some(is)) = (readings[place - 1], readings[place]) else {
                continue;
            };
            for (what, sign, was, is) in counters(metric, was, is) {
                let by = is.unwrap_or(0).saturating_sub(was.unwrap_or(0));
                if by == 0 {
                    continue;
                }
                if self.signs[place] == ' ' {
                    self.signs[place] = sign;
                }
                let step = points[place].step;
                let known = self
                    .moved
                    .iter_mut()
                    .find(|it| it.step == step && it.what == what);
                match known {
                    Some(moved) => moved.by += by,
                    None => self.moved.push(Moved {
                        step,
                        what,
                        sign,
                        by,
                    }),
                }
            }
        }
    }

    /// `step 3: oom_kill +1  max +44`, the latest step first; with `short` in fewer letters. Before each
    /// counter stands its sign in the row of events, if it has one.
    pub(super) fn told(&self, short: bool) -> Vec<String> {
        let mut steps: Vec<Option<usize>> = self.moved.iter().map(|moved| moved.step).collect();
        steps.sort_unstable();
        steps.dedup();
        let line = |step: &Option<usize>| {
            let moved = self.moved.iter().filter(|moved| moved.step == *step);
            let mut moved: Vec<&Moved> = moved.collect();
            moved.sort_by_key(|moved| moved.rank());
            let words: Vec<String> = moved.iter().map(|it| it.words(short)).collect();
            let step = match step {
                None => "before".to_owned(),
                Some(step) if short => (step + 1).to_string(),
                Some(step) => format!("step {}", step + 1),
            };
            format!("{step}: {}", words.join(if short { " " } else { ", " }))
        };
        steps.iter().rev().map(line).collect()
    }

    /// How grave is what a step moved; less is graver.
    pub(super) fn gravest(&self, step: usize) -> Option<usize> {
        let moved = self.moved.iter().filter(|moved| moved.step == Some(step));
        moved.map(Moved::rank).min()
    }

    /// The row, from the top, in which a value lies.
    pub(super) fn row_of(&self, value: u64, rows: usize) -> usize {
        let share = thousandths(value, self.scale).min(1000);
        let up = usize::try_from(share).unwrap_or(0) * rows / 1000;
        rows.saturating_sub(up + 1)
    }
}

/// The sign of a counter that has a strip of its own.
const THROTTLED: char = 'T';

/// All counters that a chart marks, the gravest first.
const GRAVE: [&str; 6] = [
    "oom_kill",
    "refused",
    "nr_throttled",
    "max",
    "failcnt",
    "high",
];

type Event = (&'static str, char, Option<u64>, Option<u64>);

/// The counters that tell of a limit that was hit, the gravest first.
fn counters(metric: Metric, was: &Reading, is: &Reading) -> Vec<Event> {
    let (old, new) = (&was.memory.events, &is.memory.events);
    match metric {
        Metric::Cpu => vec![(
            "nr_throttled",
            THROTTLED,
            was.cpu.nr_throttled,
            is.cpu.nr_throttled,
        )],
        Metric::Memory => vec![
            ("oom_kill", 'K', old.oom_kill, new.oom_kill),
            ("max", 'M', old.max, new.max),
            ("failcnt", 'F', old.failcnt, new.failcnt),
            ("high", 'H', old.high, new.high),
        ],
        Metric::Pids => vec![("refused", 'R', was.pids.events_max, is.pids.events_max)],
        Metric::Io => Vec::new(),
    }
}

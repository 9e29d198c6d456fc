//! What the cgroups of a lesson used over time: one point a sample, and no more than fit a wide
//! screen. Filled by `lab`, drawn by the panel `charts`; it asks no clock, samples carry their time.

mod load;
mod point;

use std::collections::VecDeque;

use self::load::Load;
pub use self::{
    load::Others,
    point::{Inside, Point, Reading, cpu_share},
};
use crate::model::Sample;

/// A minute, at four samples a second.
const MOST: usize = 240;
/// Samples that come sooner after another replace it: a share of so little time says nothing.
const SOON_MS: i64 = 120;
/// The time from one sample to the next, while something changes.
const TICK_MS: u64 = 250;
/// After longer than this there was nothing to tell in between.
const PAUSE_MS: i64 = 1_500;
/// Points that the load of others is averaged over.
const RECENT: usize = 8;

/// The points, oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    points: VecDeque<Point>,
    /// How busy the machine was, at the latest samples.
    loads: VecDeque<Load>,
}

/// Why there is a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Something changed by itself. Until a moment before nothing did, or there had been one.
    Changed,
    /// Somebody looks on while a step runs.
    Watched,
    /// A command has been carried out, or is about to be.
    Asked,
}

impl History {
    /// Takes in a sample of a lesson with cgroups; of any other lesson nothing is kept.
    pub(super) fn push(&mut self, sample: &Sample, step: Option<usize>, why: Why) {
        let known = self.points.back().map(|last| last.seq);
        if sample.cgroups.is_empty() || known.is_some_and(|seq| sample.seq <= seq) {
            return;
        }
        if self.loads.len() == RECENT {
            self.loads.pop_front();
        }
        self.loads.push_back(Load::of(sample));
        self.add(Point::new(sample, step), why);
    }

    fn add(&mut self, mut point: Point, why: Why) {
        let last = self.points.back();
        if why == Why::Changed && last.is_some_and(|last| last.says_same(&point)) {
            return;
        }
        point.watched = why == Why::Watched;
        let soon = self.points.back().is_some_and(|last| {
            let again = !last.paused && last.after_ms.is_some() && last.step == point.step;
            again && point.at_ms - last.at_ms < SOON_MS
        });
        if soon {
            self.points.pop_back();
        }
        if let Some(last) = self.points.back() {
            let passed = point.at_ms - last.at_ms;
            let watched = last.watched && why == Why::Watched;
            let long = passed > PAUSE_MS && !watched;
            point.after_ms = match why {
                Why::Watched if long => None,
                Why::Changed if long => Some(TICK_MS),
                _ => u64::try_from(passed).ok().map(|passed| passed.max(1)),
            };
            if long && why != Why::Asked {
                let mut pause = last.clone();
                (pause.paused, pause.after_ms) = (true, None);
                self.keep(pause);
            }
        }
        self.keep(point);
    }

    fn keep(&mut self, point: Point) {
        if self.points.len() == MOST {
            self.points.pop_front();
        }
        self.points.push_back(point);
    }

    /// The points up to a sample: panels that are held still show nothing newer.
    #[must_use]
    pub fn until(&self, sample: &Sample) -> Vec<&Point> {
        let old = self.points.iter().filter(|point| point.seq <= sample.seq);
        old.collect()
    }

    /// What others used of the CPUs lately; `None` where nothing tells.
    #[must_use]
    pub fn others(&self) -> Option<Others> {
        load::others(self.loads.front()?, self.loads.back()?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::cgroup::group::Cpu;

    /// A point of a lesson whose cgroup used that much CPU time.
    fn point(at_ms: i64, used_ms: u64) -> Point {
        let cpu = Cpu {
            usage_usec: Some(used_ms * 1000),
            ..Cpu::default()
        };
        Point {
            seq: u64::try_from(at_ms).expect("a time"),
            step: Some(0),
            paused: false,
            after_ms: None,
            at_ms,
            watched: false,
            readings: vec![Reading {
                name: "jar".to_owned(),
                cpu,
                ..Reading::default()
            }],
            inside: BTreeMap::new(),
        }
    }

    /// A point at which the cgroup has used something more.
    fn at(at_ms: i64) -> Point {
        point(at_ms, u64::try_from(at_ms).expect("a time"))
    }

    fn history(points: impl IntoIterator<Item = Point>) -> History {
        told(points.into_iter().map(|point| (point, Why::Changed)))
    }

    fn told(points: impl IntoIterator<Item = (Point, Why)>) -> History {
        let mut history = History::default();
        for (point, why) in points {
            history.add(point, why);
        }
        history
    }

    fn times(history: &History) -> Vec<(i64, Option<u64>, bool)> {
        let points = history.points.iter();
        points
            .map(|it| (it.at_ms, it.after_ms, it.paused))
            .collect()
    }

    #[test]
    fn a_pause_is_no_time_and_a_sample_right_after_another_replaces_it() {
        let points = [0, 250, 260, 5_000, 5_250].map(at);
        let expected = [
            (0, None, false),
            (260, Some(260), false),
            (260, None, true),
            (5_000, Some(250), false),
            (5_250, Some(250), false),
        ];
        assert_eq!(times(&history(points)), expected);
    }

    #[test]
    fn a_command_takes_the_time_it_takes_and_the_first_look_none_that_is_known() {
        let history = told([
            (at(0), Why::Changed),
            (at(9_000), Why::Asked),
            (at(10_500), Why::Asked),
            (at(19_000), Why::Watched),
            (at(21_000), Why::Watched),
        ]);
        let expected = [
            (0, None, false),
            (9_000, Some(9_000), false),
            (10_500, Some(1_500), false),
            (10_500, None, true),
            (19_000, None, false),
            (21_000, Some(2_000), false),
        ];
        assert_eq!(times(&history), expected);
    }

    #[test]
    fn what_one_step_left_is_not_replaced_by_the_next() {
        let first = at(250);
        let second = Point {
            step: Some(1),
            ..at(260)
        };
        let history = history([at(0), first, second]);
        let steps: Vec<_> = history.points.iter().map(|it| it.step).collect();
        assert_eq!(steps, [Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn no_more_than_a_minute_is_kept() {
        let points = (0..1_000).map(|tick| at(tick * 250));
        assert_eq!(history(points).points.len(), MOST);
    }

    #[test]
    fn shares_are_of_one_cpu() {
        let points = [point(0, 0), point(250, 50)];
        let reading = |at: usize| points[at].reading("jar").expect("a reading");
        assert_eq!(cpu_share(reading(0), reading(1), 250), Some(200));
    }

    #[test]
    fn what_says_the_same_is_no_point_unless_it_was_asked_for() {
        let same = |at_ms| point(at_ms, 7);
        let history = told([
            (same(0), Why::Asked),
            (same(250), Why::Changed),
            (same(500), Why::Watched),
        ]);
        let expected = [(0, None, false), (500, Some(500), false)];
        assert_eq!(times(&history), expected);
    }
}

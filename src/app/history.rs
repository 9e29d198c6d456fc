//! What the cgroups of a lesson used over time: one point a sample, and no more than fit a wide
//! screen. Filled by `lab`, drawn by the panel `charts`; it asks no clock, samples carry their time.

use std::collections::{BTreeMap, VecDeque};

use crate::model::{
    Sample, World,
    amount::thousandths,
    cgroup::group::{Cpu, Group, Memory, Pids, TOP},
};

/// A minute, at four samples a second.
const MOST: usize = 240;
/// Samples that come sooner after another replace it: a share of so little time says nothing.
const SOON_MS: i64 = 120;
/// The time from one sample to the next, while something changes.
const TICK_MS: u64 = 250;
/// After longer than this there was nothing to tell in between.
const PAUSE_MS: i64 = 600;
/// Points that the load of others is averaged over.
const RECENT: usize = 8;

/// The points, oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    points: VecDeque<Point>,
}

/// One sample, as far as charts need it.
#[derive(Debug, Clone)]
pub struct Point {
    /// Of the sample.
    pub seq: u64,
    /// The step whose operations ran last, counted from 0; `None` before the first.
    pub step: Option<usize>,
    /// It stands for a while in which nobody looked, or nothing changed; it repeats the point before.
    pub paused: bool,
    /// Milliseconds in which all that came about that is new since the point before it; `None` where
    /// nobody knows.
    pub after_ms: Option<u64>,
    at_ms: i64,
    cpus: u32,
    busy_usec: Option<u64>,
    load: Option<u32>,
    readings: Vec<Reading>,
    inside: BTreeMap<String, Inside>,
}

/// What a cgroup used and had counted.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    name: String,
    /// CPU time.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Memory,
    /// Processes.
    pub pids: Pids,
    /// Bytes read and written, of all devices.
    pub io: (u64, u64),
}

/// What a box sees of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inside {
    /// Processes in its /proc.
    pub processes: u32,
    /// Their threads.
    pub threads: u32,
    /// MemAvailable and MemTotal, in bytes.
    pub free: Option<(u64, u64)>,
    /// The load, in hundredths.
    pub load: Option<u32>,
}

impl Point {
    /// What a cgroup had at that time.
    #[must_use]
    pub fn reading(&self, group: &str) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.name == group)
    }

    /// What a box saw at that time.
    #[must_use]
    pub fn inside(&self, box_name: &str) -> Option<Inside> {
        self.inside.get(box_name).copied()
    }

    fn new(sample: &Sample, step: Option<usize>) -> Self {
        let world = &sample.host.world;
        let now = &world.believes.momentary.0;
        let seen = sample.boxes.iter().filter_map(|(name, view)| {
            let seen = view.inside.value()?;
            Some((name.clone(), inside(&seen.world)))
        });
        Self {
            seq: sample.seq,
            step,
            paused: false,
            after_ms: None,
            at_ms: world.clocks.0.monotonic / 1_000_000,
            cpus: world.believes.cpus_online.value().copied().unwrap_or(1),
            busy_usec: now.busy_usec.value().copied(),
            load: now.loadavg.value().copied(),
            readings: sample.cgroups.iter().map(reading).collect(),
            inside: seen.collect(),
        }
    }
}

fn reading(group: &Group) -> Reading {
    let io = group.io.value().map_or((0, 0), |io| {
        let sum = |sum: (u64, u64), (read, written)| {
            (sum.0.saturating_add(read), sum.1.saturating_add(written))
        };
        let devices = io.devices.iter();
        devices.map(|it| (it.rbytes, it.wbytes)).fold((0, 0), sum)
    });
    Reading {
        name: group.name.clone(),
        cpu: group.cpu.value().copied().unwrap_or_default(),
        memory: group.memory.value().copied().unwrap_or_default(),
        pids: group.pids.value().copied().unwrap_or_default(),
        io,
    }
}

fn inside(world: &World) -> Inside {
    let now = &world.believes.momentary.0;
    let threads = |processes: &Vec<_>| {
        let processes = processes.iter();
        processes.map(|it: &crate::model::Process| it.threads).sum()
    };
    let free = now
        .mem_available
        .value()
        .zip(world.believes.mem_total.value());
    Inside {
        processes: world.process_count,
        threads: world.processes.value().map_or(0, threads),
        free: free.map(|(free, total)| (*free, *total)),
        load: now.loadavg.value().copied(),
    }
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

/// How much of the machine others than the lesson use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Others {
    /// In thousandths of one CPU.
    pub used: u64,
    /// CPUs that are on.
    pub cpus: u32,
}

impl History {
    /// Takes in a sample of a lesson with cgroups; of any other lesson nothing is kept.
    pub(super) fn push(&mut self, sample: &Sample, step: Option<usize>, why: Why) {
        let known = self.points.back().map(|last| last.seq);
        if sample.cgroups.is_empty() || known.is_some_and(|seq| sample.seq <= seq) {
            return;
        }
        self.add(Point::new(sample, step), why);
    }

    fn add(&mut self, mut point: Point, why: Why) {
        let soon = self.points.back().is_some_and(|last| {
            let again = !last.paused && last.after_ms.is_some() && last.step == point.step;
            again && point.at_ms - last.at_ms < SOON_MS
        });
        if soon {
            self.points.pop_back();
        }
        if let Some(last) = self.points.back() {
            let passed = point.at_ms - last.at_ms;
            let long = passed > PAUSE_MS;
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

    /// What others used of the CPUs lately: all that was used, without what the lesson's cgroups
    /// used. `None` where nothing tells.
    #[must_use]
    pub fn others(&self) -> Option<Others> {
        let last = self.points.back()?;
        let first = self.points.iter().rev().take(RECENT).next_back()?;
        let wall = u64::try_from(last.at_ms - first.at_ms).ok()?;
        let lesson = |point: &Point| point.reading(TOP)?.cpu.usage_usec;
        let cpus = last.cpus;
        let times = || {
            Some((
                first.busy_usec?,
                last.busy_usec?,
                lesson(first)?,
                lesson(last)?,
            ))
        };
        let Some((first_busy, last_busy, first_own, last_own)) = times().filter(|_| wall >= 500)
        else {
            // The average of a minute, hundredths of a CPU.
            let used = u64::from(last.load?) * 10;
            return Some(Others { used, cpus });
        };
        let own = last_own.saturating_sub(first_own);
        let used = last_busy.saturating_sub(first_busy).saturating_sub(own);
        Some(Others {
            used: thousandths(used, wall * 1000),
            cpus,
        })
    }
}

impl Others {
    /// Whether they use so much that times and shares of a lesson may come out wrong: half of all
    /// CPUs.
    #[must_use]
    pub fn are_many(self) -> bool {
        self.used >= u64::from(self.cpus) * 500
    }
}

/// The share of one CPU that a cgroup had between two points, in thousandths.
#[must_use]
pub fn cpu_share(was: &Reading, is: &Reading, after_ms: u64) -> Option<u64> {
    let used = is.cpu.usage_usec?.saturating_sub(was.cpu.usage_usec?);
    Some(thousandths(used, after_ms * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A point of a lesson whose cgroup used that much CPU time, while all together used more.
    fn point(at_ms: i64, used_ms: u64, busy_ms: u64) -> Point {
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
            cpus: 2,
            busy_usec: Some(busy_ms * 1000),
            load: Some(42),
            readings: vec![Reading {
                name: TOP.to_owned(),
                cpu,
                ..Reading::default()
            }],
            inside: BTreeMap::new(),
        }
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
        let at = [0, 250, 260, 5_000, 5_250].map(|at| point(at, 0, 0));
        let expected = [
            (0, None, false),
            (260, Some(260), false),
            (260, None, true),
            (5_000, Some(250), false),
            (5_250, Some(250), false),
        ];
        assert_eq!(times(&history(at)), expected);
    }

    #[test]
    fn a_command_takes_the_time_it_takes_and_the_first_look_none_that_is_known() {
        let at = |at| point(at, 0, 0);
        let history = told([
            (at(0), Why::Changed),
            (at(9_000), Why::Asked),
            (at(10_500), Why::Asked),
            (at(19_000), Why::Watched),
            (at(19_250), Why::Watched),
        ]);
        let expected = [
            (0, None, false),
            (9_000, Some(9_000), false),
            (10_500, Some(1_500), false),
            (10_500, None, true),
            (19_000, None, false),
            (19_250, Some(250), false),
        ];
        assert_eq!(times(&history), expected);
    }

    #[test]
    fn what_one_step_left_is_not_replaced_by_the_next() {
        let first = point(250, 0, 0);
        let second = Point {
            step: Some(1),
            ..point(260, 0, 0)
        };
        let history = history([point(0, 0, 0), first, second]);
        let steps: Vec<_> = history.points.iter().map(|it| it.step).collect();
        assert_eq!(steps, [Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn no_more_than_a_minute_is_kept() {
        let at = (0..1_000).map(|tick| point(tick * 250, 0, 0));
        assert_eq!(history(at).points.len(), MOST);
    }

    #[test]
    fn shares_are_of_one_cpu() {
        let points = [point(0, 0, 0), point(250, 50, 0)];
        let reading = |at: usize| points[at].reading(TOP).expect("a reading");
        assert_eq!(cpu_share(reading(0), reading(1), 250), Some(200));
    }

    #[test]
    fn others_are_all_but_the_lesson() {
        // In a second the lesson uses one CPU; all together use first 1.2, then 2.
        let quiet = history([point(0, 0, 0), point(1_000, 1_000, 1_200)]);
        let busy = history([point(0, 0, 0), point(1_000, 1_000, 2_000)]);
        let used = |history: &History| history.others().map(|it| (it.used, it.are_many()));
        assert_eq!(used(&quiet), Some((200, false)));
        assert_eq!(used(&busy), Some((1_000, true)));
    }

    #[test]
    fn the_load_speaks_until_time_has_passed() {
        let used = history([point(0, 0, 0)]).others().map(|it| it.used);
        assert_eq!(used, Some(420));
    }
}

//! How busy the machine is with other things than the lesson.

use crate::model::{Sample, amount::thousandths, cgroup::group::TOP};

/// How busy the machine was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) at_ms: i64,
    cpus: u32,
    /// What all CPUs did, and what the lesson's cgroups had of it, in microseconds.
    used: Option<(u64, u64)>,
    /// The load average, in hundredths.
    average: Option<u32>,
}

impl Load {
    pub(super) fn of(sample: &Sample) -> Self {
        let world = &sample.host.world;
        let now = &world.believes.momentary.0;
        let lesson = sample.cgroups.iter().find(|group| group.name == TOP);
        let lesson = lesson.and_then(|group| group.cpu.value()?.usage_usec);
        Self {
            at_ms: world.clocks.0.monotonic / 1_000_000,
            cpus: world.believes.cpus_online.value().copied().unwrap_or(1),
            used: now.busy_usec.value().copied().zip(lesson),
            average: now.loadavg.value().copied(),
        }
    }
}

/// How much of the machine others than the lesson use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Others {
    /// In thousandths of one CPU.
    pub used: u64,
    /// CPUs that are on.
    pub cpus: u32,
}

impl Others {
    /// Whether they use so much that times and shares of a lesson may come out wrong: half of all
    /// CPUs.
    #[must_use]
    pub fn are_many(self) -> bool {
        self.used >= u64::from(self.cpus) * 500
    }
}

/// What others used of the CPUs between two samples: all that was used, without what the lesson's
/// cgroups used.
pub(super) fn others(first: &Load, last: &Load) -> Option<Others> {
    let wall = u64::try_from(last.at_ms - first.at_ms).ok()?;
    let cpus = last.cpus;
    let Some(((all_then, own_then), (all, own))) =
        first.used.zip(last.used).filter(|_| wall >= 500)
    else {
        // The average of a minute, hundredths of a CPU.
        let used = u64::from(last.average?) * 10;
        return Some(Others { used, cpus });
    };
    let used = all.saturating_sub(all_then);
    let used = used.saturating_sub(own.saturating_sub(own_then));
    Some(Others {
        used: thousandths(used, wall * 1000),
        cpus,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads(loads: &[(i64, u64, u64)]) -> Option<(u64, bool)> {
        let load = |&(at_ms, all_ms, own_ms): &(i64, u64, u64)| Load {
            at_ms,
            cpus: 2,
            used: Some((all_ms * 1000, own_ms * 1000)),
            average: Some(42),
        };
        let loads: Vec<Load> = loads.iter().map(load).collect();
        let (first, last) = (loads.first()?, loads.last()?);
        others(first, last).map(|it| (it.used, it.are_many()))
    }

    #[test]
    fn others_are_all_but_the_lesson() {
        // In a second the lesson uses one CPU; all together use first 1.2, then 2.
        assert_eq!(
            loads(&[(0, 0, 0), (1_000, 1_200, 1_000)]),
            Some((200, false))
        );
        assert_eq!(
            loads(&[(0, 0, 0), (1_000, 2_000, 1_000)]),
            Some((1_000, true))
        );
    }

    #[test]
    fn the_average_speaks_until_time_has_passed() {
        assert_eq!(loads(&[(0, 0, 0)]), Some((420, false)));
    }
}

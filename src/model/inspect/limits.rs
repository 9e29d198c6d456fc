//! What the cgroups of a process limit and have counted: pure. Called by `run::inspect`.

use serde::Serialize;

use crate::model::cgroup::Group;

/// The tightest limit of its cgroup and those above it; null: none, or none that can be read.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Limits {
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) pids: Option<u64>,
    /// In thousandths of a CPU.
    pub(crate) cpu_millis: Option<u64>,
}

impl Limits {
    pub(crate) fn of(groups: &[Group]) -> Self {
        let least = |of: &dyn Fn(&Group) -> Option<u64>| groups.iter().filter_map(of).min();
        Self {
            memory_bytes: least(&|group| group.memory.value()?.max),
            pids: least(&|group| group.pids.value()?.max),
            cpu_millis: least(&|group| {
                let cpu = group.cpu.value()?;
                let period = cpu.period_usec.filter(|period| *period > 0)?;
                Some(cpu.quota_usec?.saturating_mul(1000) / period)
            }),
        }
    }
}

/// What its own cgroup has counted, others in it included.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counters {
    pub(crate) cpu_usec: Option<u64>,
    pub(crate) throttled_usec: Option<u64>,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) oom_kills: Option<u64>,
    pub(crate) pids: Option<u64>,
}

impl Counters {
    pub(crate) fn of(group: Option<&Group>) -> Self {
        let cpu = group.and_then(|group| group.cpu.value());
        let memory = group.and_then(|group| group.memory.value());
        Self {
            cpu_usec: cpu.and_then(|it| it.usage_usec),
            throttled_usec: cpu.and_then(|it| it.throttled_usec),
            memory_bytes: memory.and_then(|it| it.current),
            oom_kills: memory.and_then(|it| it.events.oom_kill),
            pids: group.and_then(|it| it.pids.value()?.current),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Seen;
    use crate::model::cgroup::group::{Cpu, Memory, Pids};

    #[test]
    fn the_tightest_of_all_levels_counts() {
        let group = |memory, pids, quota| Group {
            memory: Seen::Is(Memory {
                max: memory,
                ..Memory::default()
            }),
            pids: Seen::Is(Pids {
                max: pids,
                ..Pids::default()
            }),
            cpu: Seen::Is(Cpu {
                quota_usec: quota,
                period_usec: Some(100_000),
                ..Cpu::default()
            }),
            ..Group::default()
        };
        let groups = [
            group(None, Some(9), None),
            group(Some(5), Some(7), Some(25_000)),
        ];
        let limits = Limits::of(&groups);
        assert_eq!(
            (limits.memory_bytes, limits.pids, limits.cpu_millis),
            (Some(5), Some(7), Some(250))
        );
        let limits = Limits::of(&groups[..1]);
        assert_eq!((limits.memory_bytes, limits.cpu_millis), (None, None));
    }
}

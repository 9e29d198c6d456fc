//! What holds a program that could hurt the machine (guarantee G5): which limits must be on its
//! cgroup before it starts, and where it must find itself before it begins. The lab asks the one, the
//! program itself the other. Knows numbers and paths, reads nothing.

use super::cgroup::Place;
use super::cgroup::group::{Group, TOP};

/// Processes and threads at most, of all programs in a lesson's cgroups together.
pub const MOST_PIDS: u64 = 256;
/// Bytes of memory at most.
pub const MOST_MEMORY: u64 = 256 << 20;
/// CPU time at most, in percent of one CPU.
pub const MOST_CPU_PERCENT: u64 = 50;
/// No such program runs longer.
pub const MOST_SECONDS: u32 = 120;
/// Its `oom_score_adj`: should the whole machine run out of memory, it goes first.
pub const OOM_SCORE_ADJ: i32 = 1000;
/// How the name of our directory in a cgroup file system begins.
pub const MARKER: &str = "glassbox-";

/// The limits in effect on a cgroup: of its own and of those around it, the tightest. `None`: none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Processes and threads.
    pub pids: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Bytes of swap.
    pub swap: Option<u64>,
    /// Whether the kernel has a file for a limit of swap at all.
    pub counts_swap: bool,
    /// CPU time, in thousandths of one CPU.
    pub cpu: Option<u64>,
}

impl Limits {
    /// The limits that were read back on `name` and on the lesson's cgroups around it.
    #[must_use]
    pub fn of(groups: &[Group], name: &str) -> Self {
        let around = |group: &&Group| {
            group.name == TOP || group.name == name || is_inside(name, &group.name)
        };
        let mut limits = Self::default();
        for group in groups.iter().filter(around) {
            limits.tighten(group);
        }
        limits
    }

    fn tighten(&mut self, group: &Group) {
        let tighter = |a: Option<u64>, b: Option<u64>| [a, b].into_iter().flatten().min();
        let pids = group.pids.value();
        self.pids = tighter(self.pids, pids.and_then(|pids| pids.max));
        if let Some(memory) = group.memory.value() {
            self.memory = tighter(self.memory, memory.max);
            self.swap = tighter(self.swap, memory.swap_max);
        }
        if let Some(cpu) = group.cpu.value() {
            let share = cpu.quota_usec.zip(cpu.period_usec);
            let share = share.map(|(quota, period)| quota.saturating_mul(1000) / period.max(1));
            self.cpu = tighter(self.cpu, share);
        }
        let counted = ["memory.swap.max", "memory.memsw.limit_in_bytes"];
        self.counts_swap |= counted.iter().any(|file| group.file(file).is_some());
    }

    /// Why nothing nasty may start under these limits; `None`: it may.
    #[must_use]
    pub fn lack(&self) -> Option<String> {
        let within = |limit: Option<u64>, most: u64| limit.is_some_and(|limit| limit <= most);
        let wanted = [
            (
                within(self.pids, MOST_PIDS),
                format!("pids.max of at most {MOST_PIDS}"),
            ),
            (
                within(self.memory, MOST_MEMORY),
                format!("memory.max of at most {} MiB", MOST_MEMORY >> 20),
            ),
            (
                !self.counts_swap || within(self.swap, MOST_MEMORY),
                "limit of swap".to_owned(),
            ),
            (
                within(self.cpu, MOST_CPU_PERCENT * 10),
                format!("cpu.max of at most {MOST_CPU_PERCENT} % of one CPU"),
            ),
        ];
        let missing = wanted.into_iter().find(|(there, _)| !there);
        missing.map(|(_, what)| format!("no {what} could be read back"))
    }
}

/// Whether `outer` is a cgroup around `name`: `jar` around `jar/left`.
fn is_inside(name: &str, outer: &str) -> bool {
    name.strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// The controllers without which nothing nasty begins.
const HELD_BY: [&str; 3] = ["pids", "memory", "cpu"];

/// Whether a process with these lines in its `/proc/self/cgroup` is in a cgroup of a lesson of ours, as
/// to each controller that must hold it. From a cgroup namespace of its own (`hidden`) the path
/// begins there: then the root is as much as can be seen.
#[must_use]
pub fn is_held(places: &[Place], hidden: bool) -> bool {
    HELD_BY.iter().all(|controller| {
        let v1 = |place: &&Place| place.controllers.iter().any(|name| name == controller);
        let v2 = || places.iter().find(|place| place.hierarchy == 0);
        let place = places.iter().find(v1).or_else(v2);
        place.is_some_and(|place| is_lessons(place) || (hidden && place.is_root()))
    })
}

/// `.../glassbox-PID.../lesson/NAME...`
fn is_lessons(place: &Place) -> bool {
    let path = place.path.as_bytes();
    let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    parts.windows(3).any(|parts| {
        parts[0].starts_with(MARKER.as_bytes())
            && parts[1] == TOP.as_bytes()
            && !parts[2].is_empty()
            && parts[2] != b".."
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cgroup::group::{Cpu, Memory, Pids, Raw};
    use crate::model::cgroup::{Version, places};
    use crate::model::{Seen, Untrusted};

    fn group(name: &str, pids: Option<u64>, memory: Option<u64>, quota: Option<u64>) -> Group {
        Group {
            name: name.to_owned(),
            pids: Seen::Is(Pids {
                max: pids,
                ..Pids::default()
            }),
            memory: Seen::Is(Memory {
                max: memory,
                swap_max: memory.map(|_| 0),
                ..Memory::default()
            }),
            cpu: Seen::Is(Cpu {
                quota_usec: quota,
                period_usec: Some(100_000),
                ..Cpu::default()
            }),
            raw: vec![Raw {
                file: "memory.swap.max".to_owned(),
                version: Version::V2,
                text: Untrusted::from("0"),
            }],
            ..Group::default()
        }
    }

    #[test]
    fn the_tightest_limit_around_counts() {
        let groups = [
            group(TOP, Some(256), Some(1 << 28), Some(50_000)),
            group("jar", Some(20), None, None),
            group("jar/left", None, Some(1 << 20), Some(20_000)),
            group("jarre", Some(1), Some(1), Some(1000)),
        ];
        let limits = Limits::of(&groups, "jar/left");
        assert_eq!((limits.pids, limits.memory), (Some(20), Some(1 << 20)));
        assert_eq!((limits.swap, limits.cpu), (Some(0), Some(200)));
        assert_eq!(limits.lack(), None);
    }

    #[test]
    fn one_limit_that_is_missing_or_too_wide_is_told() {
        let told = |spoil: fn(&mut Limits)| {
            let mut limits = Limits {
                pids: Some(MOST_PIDS),
                memory: Some(MOST_MEMORY),
                swap: Some(0),
                counts_swap: true,
                cpu: Some(500),
            };
            spoil(&mut limits);
            limits.lack().unwrap_or_default()
        };
        assert_eq!(told(|_| ()), "");
        assert!(told(|it| it.pids = None).contains("pids.max"));
        assert!(told(|it| it.pids = Some(257)).contains("pids.max"));
        assert!(told(|it| it.memory = None).contains("memory.max"));
        assert!(told(|it| it.memory = Some(MOST_MEMORY + 1)).contains("memory.max"));
        assert!(told(|it| it.swap = None).contains("swap"));
        assert!(told(|it| it.cpu = None).contains("cpu.max"));
        assert!(told(|it| it.cpu = Some(501)).contains("cpu.max"));
        let uncounted = told(|it| (it.swap, it.counts_swap) = (None, false));
        assert_eq!(uncounted, "", "a kernel that counts no swap limits none");
        assert!(Limits::of(&[], "jar").lack().is_some());
    }

    fn held(text: &str, hidden: bool) -> bool {
        is_held(&places(&Untrusted::from(text)), hidden)
    }

    #[test]
    fn only_a_cgroup_of_a_lesson_holds() {
        let ours = [
            "0::/glassbox-12/lesson/jar\n",
            "0::/user.slice/run-1.scope/glassbox-12-3/lesson/jar/left\n",
            "3:cpu,cpuacct:/glassbox-1/lesson/a\n2:pids:/glassbox-1/lesson/a\n0::/glassbox-1/lesson/a\n",
        ];
        for text in ours {
            assert!(held(text, false), "{text}");
        }
        let others = [
            "",
            "0::/\n",
            "0::/glassbox-12/own\n",
            "0::/glassbox-12/lesson\n",
            "0::/glassbox-12/lesson/..\n",
            "0::/lesson/jar\n",
            "0::/glassbox-12/x/lesson/jar\n",
            "3:cpu:/\n2:pids:/glassbox-1/lesson/a\n0::/glassbox-1/lesson/a\n",
            "3:cpu:/glassbox-1/lesson/a\n2:pids:/glassbox-1/lesson/a\n",
        ];
        for text in others {
            assert!(!held(text, false), "{text}");
        }
    }

    #[test]
    fn from_a_namespace_of_its_own_the_root_is_enough() {
        assert!(held("0::/\n", true));
        assert!(!held("0::/\n", false));
        assert!(!held("0::/../other\n", true));
    }
}

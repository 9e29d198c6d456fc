//! Which charts a sample calls for: those of the controllers that the lesson limits. Called by the
//! panel `charts` and the app's cursor.

use crate::model::{
    Sample,
    cgroup::{Group, group::IoDevice},
};

/// What is drawn over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// The share of one CPU.
    Cpu,
    /// Bytes in use.
    Memory,
    /// Processes and threads.
    Pids,
    /// Bytes a second, read and written.
    Io,
}

impl Metric {
    const ALL: [Self; 4] = [Self::Cpu, Self::Memory, Self::Pids, Self::Io];

    /// The controller.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Pids => "pids",
            Self::Io => "io",
        }
    }

    fn is_read(self, group: &Group) -> bool {
        match self {
            Self::Cpu => group
                .cpu
                .value()
                .is_some_and(|cpu| cpu.usage_usec.is_some()),
            Self::Memory => group.memory.value().is_some_and(|it| it.current.is_some()),
            Self::Pids => group.pids.value().is_some_and(|it| it.current.is_some()),
            Self::Io => group.io.value().is_some_and(|io| !io.devices.is_empty()),
        }
    }

    /// Whether somebody set something of it.
    #[must_use]
    pub fn is_limited(self, group: &Group) -> bool {
        let unlike = |weight: Option<u64>| weight.is_some_and(|weight| weight != 100);
        match self {
            Self::Cpu => {
                let cpu = group.cpu.value();
                cpu.is_some_and(|cpu| cpu.quota_usec.is_some() || unlike(cpu.weight))
            }
            Self::Memory => group.memory.value().is_some_and(|memory| {
                let limits = [memory.max, memory.high, memory.swap_max];
                limits.iter().any(Option::is_some) || memory.oom_group == Some(true)
            }),
            Self::Pids => group.pids.value().is_some_and(|pids| pids.max.is_some()),
            Self::Io => group
                .io
                .value()
                .is_some_and(|io| unlike(io.weight) || io.devices.iter().any(IoDevice::is_limited)),
        }
    }
}

/// A chart: which cgroup, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The cgroup's name.
    pub group: String,
    /// What is drawn.
    pub metric: Metric,
}

/// The charts of the lesson's cgroups. Each cgroup with a limit has one; of the others those that have
/// processes themselves and do not lie in a limited one, for there they are charted together. Where
/// nothing is limited, whatever is counted has one.
#[must_use]
pub fn charts(now: &Sample) -> Vec<Chart> {
    let groups: Vec<&Group> = now.cgroups.iter().filter(|it| it.is_lessons()).collect();
    let any = |metric: &Metric| groups.iter().any(|group| metric.is_limited(group));
    let limited: Vec<Metric> = Metric::ALL.into_iter().filter(any).collect();
    let metrics = if limited.is_empty() {
        Metric::ALL.to_vec()
    } else {
        limited
    };
    let chart = |metric: Metric| {
        let its = groups.iter().filter(move |group| {
            let alone = || !is_inner(now, group) && !is_below_limit(now, group, metric);
            metric.is_read(group) && (metric.is_limited(group) || alone())
        });
        its.map(move |group| Chart {
            group: group.name.clone(),
            metric,
        })
    };
    metrics.into_iter().flat_map(chart).collect()
}

fn is_below_limit(now: &Sample, group: &Group, metric: Metric) -> bool {
    let above = now.cgroups.iter().filter(|it| it.is_lessons());
    above
        .filter(|it| group.name.starts_with(&format!("{}/", it.name)))
        .any(|it| metric.is_limited(it))
}

fn is_inner(now: &Sample, group: &Group) -> bool {
    let below = format!("{}/", group.name);
    let mut others = now.cgroups.iter();
    group.proc_count == 0 && others.any(|other| other.name.starts_with(&below))
}

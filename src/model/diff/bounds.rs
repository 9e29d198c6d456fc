//! What the host enforces beside what the box believes: limits along the tree, and the answers that a
//! process gets when it asks how large the machine is. Called by the panel `believes`.

use super::{
    groups,
    table::{Cell, Plain, TableRow, compare},
};
use crate::model::{
    Sample, Seen, World,
    amount::{bytes, percent, thousandths},
    cgroup::{Group, group::TOP, places},
};

/// The rows of the table: what, enforced, believed.
#[must_use]
pub fn believes(now: &Sample, before: Option<&Sample>, box_name: &str) -> Vec<TableRow> {
    let mut rows = compare(
        steady(now, box_name),
        before.map(|sample| steady(sample, box_name)),
    );
    rows.extend(compare(momentary(now, box_name), None));
    rows
}

/// The cgroup that the box's lead is in, and those it lies in, the innermost first.
#[must_use]
pub(super) fn above<'s>(sample: &'s Sample, box_name: &str) -> Vec<&'s Group> {
    let lead = sample
        .boxes
        .get(box_name)
        .and_then(|view| view.lead.as_ref());
    let own = lead.and_then(|lead| groups::group_of(sample, lead.host_pid));
    let Some(own) = own.filter(|group| group.is_lessons()) else {
        return own.into_iter().collect();
    };
    let mut names = vec![own.name.as_str()];
    while let Some((above, _)) = names.last().and_then(|name| name.rsplit_once('/')) {
        names.push(above);
    }
    names.push(TOP);
    let group = |name: &str| groups::named(sample, name);
    names.into_iter().filter_map(group).collect()
}

/// The smallest limit of all cgroups that a process is in counts, and whose it is.
fn least<'g>(
    groups: &[&'g Group],
    limit: impl Fn(&Group) -> Option<u64>,
) -> Option<(u64, &'g str)> {
    let limits = groups
        .iter()
        .filter_map(|group| Some((limit(group)?, group.name.as_str())));
    limits.min_by_key(|(limit, _)| *limit)
}

/// What does not change by itself.
fn steady(sample: &Sample, box_name: &str) -> Vec<Plain> {
    let groups = above(sample, box_name);
    let world = inside(sample, box_name);
    let believes = world.map(|world| &world.believes);
    let asked = |seen: Option<&Seen<u32>>, what: &str| {
        let count = seen.and_then(Seen::value);
        count.map_or_else(Cell::nothing, |count| Cell::new(&count, what))
    };
    let memory = believes.and_then(|it| it.mem_total.value());
    let memory = memory.map_or_else(Cell::nothing, |total| {
        Cell::new(&bytes(*total), "MemTotal in /proc/meminfo")
    });
    vec![
        (
            "CPU time".to_owned(),
            quota(&groups),
            Cell::new("no file says", ""),
        ),
        (
            "CPUs".to_owned(),
            cpus(sample, &groups),
            asked(believes.map(|it| &it.nproc), "that it may run on"),
        ),
        (
            "memory".to_owned(),
            limit(least(&groups, |it| it.memory.value()?.max), bytes),
            memory,
        ),
        (
            "processes".to_owned(),
            limit(least(&groups, |it| it.pids.value()?.max), |most| {
                most.to_string()
            }),
            world.map_or_else(Cell::nothing, |world| {
                Cell::new(&world.process_count, "in the /proc it sees")
            }),
        ),
        (
            "cgroup".to_owned(),
            own_path(&groups),
            believed_path(sample, box_name),
        ),
    ]
}

/// What is other at any moment; it gets no marks.
fn momentary(sample: &Sample, box_name: &str) -> Vec<Plain> {
    let groups = above(sample, box_name);
    let left = groups.iter().filter_map(|group| {
        let memory = group.memory.value()?;
        Some(memory.max?.saturating_sub(memory.current?))
    });
    let left = left.min().map_or_else(
        || Cell::new("no limit", ""),
        |left| Cell::new(&bytes(left), "below the limit"),
    );
    let believed = |world: Option<&World>| {
        let now = world.map(|world| &world.believes.momentary.0);
        let free = now.and_then(|it| it.mem_available.value());
        let load = now.and_then(|it| it.loadavg.value());
        let free = free.map_or_else(Cell::nothing, |free| {
            Cell::new(&bytes(*free), "MemAvailable")
        });
        let load = load.map_or_else(Cell::nothing, |load| {
            Cell::new(
                &format!("{}.{:02}", load / 100, load % 100),
                "/proc/loadavg",
            )
        });
        (free, load)
    };
    let (_, load) = believed(Some(&sample.host.world));
    let (free, same_load) = believed(inside(sample, box_name));
    vec![
        ("free".to_owned(), left, free),
        ("load".to_owned(), load, same_load),
    ]
}

fn inside<'s>(sample: &'s Sample, box_name: &str) -> Option<&'s World> {
    let seen = sample.boxes.get(box_name)?.inside.value()?;
    Some(&seen.world)
}

fn limit(least: Option<(u64, &str)>, say: fn(u64) -> String) -> Cell {
    match least {
        Some((limit, whose)) => Cell::new(&format!("{} at most", say(limit)), by(whose)),
        None => Cell::new("no limit", ""),
    }
}

/// Whose limit it is: the lesson's cgroups together have one, too.
fn by(name: &str) -> String {
    match name {
        TOP => "by the lesson".to_owned(),
        name => format!("by {name}"),
    }
}

fn quota(groups: &[&Group]) -> Cell {
    let share = |group: &Group| {
        let cpu = group.cpu.value()?;
        Some(thousandths(cpu.quota_usec?, cpu.period_usec?))
    };
    match least(groups, share) {
        Some((share, whose)) => Cell::new(&format!("{} of one CPU", percent(share)), by(whose)),
        None => Cell::new("no limit", ""),
    }
}

fn cpus(sample: &Sample, groups: &[&Group]) -> Cell {
    let set = |group: &&Group| {
        let set = group.cpuset.value()?;
        let pinned = groups::is_pinned(sample, group);
        let list = set.effective.text();
        pinned.then(|| Cell::new(&format!("CPU {list}"), by(&group.name)))
    };
    let first = groups.iter().find_map(set);
    first.unwrap_or_else(|| Cell::new("any", ""))
}

fn own_path(groups: &[&Group]) -> Cell {
    let place = groups.first().and_then(|group| group.places.first());
    place.map_or_else(Cell::nothing, |place| {
        Cell::new(&place.path.text(), place.label())
    })
}

/// The path as the lead itself reads it, in the same hierarchy.
fn believed_path(sample: &Sample, box_name: &str) -> Cell {
    let text = || {
        let seen = sample.boxes.get(box_name)?.inside.value()?;
        seen.subjects.first()?.value()?.cgroup.value()
    };
    let groups = above(sample, box_name);
    let place = groups.first().and_then(|group| group.places.first());
    let (Some(text), Some(place)) = (text(), place) else {
        return Cell::nothing();
    };
    let all = places(text);
    let same = all.iter().find(|it| it.hierarchy == place.hierarchy);
    same.map_or_else(Cell::nothing, |it| {
        Cell::new(&it.path.text(), "/proc/self/cgroup")
    })
}

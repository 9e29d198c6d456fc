//! The cgroups of a lesson as a tree with their members, and the processes of a box with the cgroup of
//! each. Called by the panel `cgroups` and the app's cursor; it only looks at samples.

use super::{Change, ours::Ours};
use crate::model::{Process, Sample, Untrusted, cgroup::Group};

/// Members of one cgroup beyond this many are counted, not listed.
const LISTED: usize = 6;

/// A line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeRow {
    /// What the step did to it.
    pub change: Option<Change>,
    /// How many cgroups it lies in, of those that are listed.
    pub depth: usize,
    /// What it is.
    pub part: TreePart,
}

/// What a line of the tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreePart {
    /// A cgroup.
    Group(Box<Group>),
    /// A process in the cgroup above it, by its number on the host.
    Process(i32, Untrusted),
    /// One that is there in some hierarchies only, and elsewhere in others.
    Part(i32, Untrusted),
    /// More processes than are listed.
    More(u32),
}

/// The tree of the lesson's cgroups; with `all` also what they lie in, and glassbox's own.
#[must_use]
pub fn tree(now: &Sample, before: Option<&Sample>, all: bool) -> Vec<TreeRow> {
    let shown = |group: &&Group| all || group.is_lessons();
    let mut rows = Vec::new();
    for group in now.cgroups.iter().filter(shown) {
        add(&mut rows, now, group, before, depth(group, all));
    }
    let gone = before.into_iter().flat_map(|sample| &sample.cgroups);
    let gone = gone.filter(|group| shown(group) && named(now, &group.name).is_none());
    rows.extend(gone.map(|group| TreeRow {
        change: Some(Change::Gone),
        depth: depth(group, all),
        part: TreePart::Group(Box::new(group.clone())),
    }));
    rows
}

/// The cgroup of that name.
#[must_use]
pub(super) fn named<'s>(sample: &'s Sample, name: &str) -> Option<&'s Group> {
    sample.cgroups.iter().find(|group| group.name == name)
}

fn member(sample: &Sample, pid: i32) -> TreePart {
    let command = command(sample, pid);
    if is_divided(sample, pid) {
        return TreePart::Part(pid, command);
    }
    TreePart::Process(pid, command)
}

fn depth(group: &Group, all: bool) -> usize {
    let above = group.name.matches('/').count();
    above + usize::from(all && group.is_lessons())
}

/// A cgroup and its members.
fn add(
    rows: &mut Vec<TreeRow>,
    now: &Sample,
    group: &Group,
    before: Option<&Sample>,
    depth: usize,
) {
    let was = before.and_then(|sample| named(sample, &group.name));
    let change = match was {
        _ if before.is_none() => None,
        None => Some(Change::New),
        Some(was) => differs(was, group).then_some(Change::Changed),
    };
    rows.push(TreeRow {
        change,
        depth,
        part: TreePart::Group(Box::new(group.clone())),
    });
    for pid in group.procs.iter().take(LISTED) {
        let new = before.is_some() && was.is_none_or(|was| !was.procs.contains(pid));
        rows.push(TreeRow {
            change: new.then_some(Change::New),
            depth: depth + 1,
            part: member(now, *pid),
        });
    }
    let left = |pid: &&i32| !group.procs.contains(pid);
    let was_there = was.map_or(&[][..], |was| &was.procs);
    for pid in was_there.iter().take(LISTED).filter(left) {
        rows.push(TreeRow {
            change: Some(Change::Gone),
            depth: depth + 1,
            part: TreePart::Process(
                *pid,
                before.map_or_else(Untrusted::default, |it| command(it, *pid)),
            ),
        });
    }
    let listed = group.procs.len().min(LISTED);
    let more = group
        .proc_count
        .saturating_sub(u32::try_from(listed).unwrap_or(0));
    if more > 0 {
        rows.push(TreeRow {
            change: None,
            depth: depth + 1,
            part: TreePart::More(more),
        });
    }
}

/// Whether what its line shows is something else now.
fn differs(was: &Group, is: &Group) -> bool {
    was.frozen != is.frozen
        || was.populated != is.populated
        || was.controllers != is.controllers
        || was.subtree_control != is.subtree_control
}

/// The name of a process by its number on the host; empty if nobody knows it any more.
#[must_use]
pub(super) fn command(sample: &Sample, host_pid: i32) -> Untrusted {
    let listed = process(sample, host_pid).map(|process| process.command.clone());
    let known = || {
        let mut members = sample.boxes.values().flat_map(|view| &view.members);
        let member = members.find(|member| member.host_pid == host_pid)?;
        Some(Untrusted::from(&member.name))
    };
    listed.or_else(known).unwrap_or_default()
}

fn process(sample: &Sample, host_pid: i32) -> Option<&Process> {
    let mut all = sample.host.world.processes.value()?.iter();
    all.find(|process| process.pid == host_pid)
}

/// A process of a box, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// What the step did to it: it is new, or moved.
    pub change: Option<Change>,
    /// Its number on the host.
    pub host_pid: i32,
    /// Its number in its own pid namespace, if that is not the host's.
    pub pid: Option<i32>,
    /// What it is called.
    pub command: Untrusted,
    /// As proc_pid_stat(5) has it.
    pub state: char,
    /// How many threads it has.
    pub threads: u32,
    /// The lesson's cgroup that it is in, if it is in one.
    pub group: Option<String>,
    /// In other hierarchies it is in another one.
    pub divided: bool,
}

/// The living processes of a box as the host finds them: those that glassbox started, and all that
/// come of them.
#[must_use]
pub fn members(now: &Sample, before: Option<&Sample>, box_name: &str) -> Vec<MemberRow> {
    let ours = Ours::of(now);
    let all = now.host.world.processes.value().into_iter().flatten();
    let its = all.filter(|process| ours.live_in(process, box_name));
    let row = |process: &Process| {
        let group = group_of(now, process.pid);
        let was = before.map(|sample| {
            let there = self::process(sample, process.pid);
            let same = there.is_some_and(|it| it.start == process.start);
            same.then(|| group_of(sample, process.pid))
        });
        MemberRow {
            change: match was {
                Some(None) => Some(Change::New),
                Some(Some(was)) if was.map(|it| &it.name) != group.map(|it| &it.name) => {
                    Some(Change::Changed)
                }
                _ => None,
            },
            host_pid: process.pid,
            pid: process.nspid.get(1..).and_then(<[i32]>::last).copied(),
            command: process.command.clone(),
            state: process.state,
            threads: process.threads,
            group: group.filter(|it| it.is_lessons()).map(|it| it.name.clone()),
            divided: is_divided(now, process.pid),
        }
    };
    its.map(row).collect()
}

/// Whether a cgroup may use fewer CPUs than are on. On v1 the list is never empty.
pub(super) fn is_pinned(sample: &Sample, group: &Group) -> bool {
    let on = sample.host.world.believes.cpus_online.value();
    let count = group.cpuset.value().and_then(|set| set.count);
    count.zip(on).is_some_and(|(count, on)| count < *on)
}

/// The cgroup that a process is in, of those in the sample. With several hierarchies there may be
/// several: a lesson's own then says more than what it lies in.
#[must_use]
pub(super) fn group_of(sample: &Sample, host_pid: i32) -> Option<&Group> {
    let all = || groups_of(sample, host_pid);
    all().find(|group| group.is_lessons()).or(all().next())
}

fn groups_of(sample: &Sample, host_pid: i32) -> impl Iterator<Item = &Group> {
    let all = sample.cgroups.iter();
    all.filter(move |group| group.procs.contains(&host_pid))
}

/// Whether only some of the hierarchies have it where it is shown.
fn is_divided(sample: &Sample, host_pid: i32) -> bool {
    groups_of(sample, host_pid).nth(1).is_some()
}

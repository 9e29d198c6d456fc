//! A report for people: lines of a label and a value. Pure; every value has come through
//! `Untrusted::text` already. Called by `run::inspect`.

use super::allowed;
use super::means::Finding;
use super::report::{Capabilities, Container, Report, Row};
use crate::model::amount::bytes;
use crate::model::snapshot::IdRange;
use crate::model::user::CAPABILITIES;

pub(crate) fn report(report: &Report) -> String {
    let mut lines = who(report);
    lines.push(String::new());
    lines.push("namespaces    id           against the host".to_owned());
    lines.extend(report.namespaces.iter().map(namespace));
    lines.push(String::new());
    lines.extend(may(report));
    lines.push(String::new());
    lines.extend(has(report));
    let found = findings(report);
    if !found.is_empty() {
        lines.push(String::new());
        lines.push(FINDINGS.to_owned());
        lines.extend(found.iter().map(|line| format!("  {line}")));
    }
    if !report.denied.is_empty() {
        let all = report.denied.join("; ");
        lines.push(String::new());
        lines.push(format!("denied: {all}"));
    }
    lines.extend(
        report
            .sudo
            .iter()
            .map(|it| format!("root may see it: {it}")),
    );
    lines.join("\n") + "\n"
}

/// The heading of [`findings`].
pub(crate) const FINDINGS: &str =
    "what it shares and may do (marked where docker's default is the same)";

/// What it shares and may do: what docker would not allow first.
pub(crate) fn findings(report: &Report) -> Vec<String> {
    let (unnamed, others): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|it| it.means == allowed::BEYOND);
    let (default, beyond): (Vec<&Finding>, Vec<&Finding>) =
        others.into_iter().partition(|it| it.default);
    let line = |it: &&Finding, note: &str| format!("{}{note}: {}", it.what, it.means);
    let mut lines: Vec<String> = beyond.iter().map(|it| line(it, "")).collect();
    if !unnamed.is_empty() {
        let names: Vec<String> = unnamed.iter().map(|it| it.what.clone()).collect();
        let (names, means) = (names.join(", "), allowed::BEYOND);
        lines.push(format!("{names}: {means}"));
    }
    lines.extend(default.iter().map(|it| line(it, " (docker: same)")));
    lines
}

fn who(report: &Report) -> Vec<String> {
    let mut lines = vec![line(
        "process",
        &format!("{} ({})", report.pid, report.command),
    )];
    if report.nspid.len() > 1 {
        let numbers: Vec<String> = report.nspid.iter().map(i32::to_string).collect();
        lines.push(line("its numbers", &numbers.join(", ")));
    }
    let parent = report.parent.as_ref();
    let parent = parent.map_or("not seen".to_owned(), |it| {
        format!("{} ({})", it.pid, it.command)
    });
    lines.push(line("parent", &parent));
    let container = report.container.as_ref();
    lines.push(line(
        "container",
        &container.map_or("nothing names it".to_owned(), engine),
    ));
    lines.push(line(
        "hostname",
        &match (&report.hostname.name, &report.hostname.by_hand) {
            (Some(name), _) => format!("{name} (the host's)"),
            (None, Some(by_hand)) => {
                format!("no file tells it without joining its UTS namespace: {by_hand}")
            }
            (None, None) => "?".to_owned(),
        },
    ));
    lines
}

/// Whose it is: engine, name, id, as far as they are known.
pub(crate) fn engine(it: &Container) -> String {
    let engine = it
        .engine
        .as_deref()
        .unwrap_or("namespaces of its own, by nobody known");
    let words = [Some(engine), it.name.as_deref(), it.id.as_deref()];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn namespace(row: &Row) -> String {
    let number = |id: Option<u64>| id.map_or("?".to_owned(), |id| id.to_string());
    let same = match (row.same, row.ours) {
        (Some(true), _) => "shared".to_owned(),
        (Some(false), Some(ours)) => format!("another (the host's: {ours})"),
        _ => "cannot be compared".to_owned(),
    };
    line(row.r#type.name(), &format!("{:<12} {same}", number(row.id)))
}

fn may(report: &Report) -> Vec<String> {
    let Capabilities {
        effective,
        bounding,
        ambient,
        ..
    } = &report.capabilities;
    let filters = report.seccomp.filters.filter(|count| *count > 0);
    let filters = filters.map_or(String::new(), |count| format!(", {count} in force"));
    vec![
        line(
            "uids",
            &format!(
                "{} (real, effective, saved, filesystem; as the host calls them)",
                ids(report.uids)
            ),
        ),
        line("gids", &ids(report.gids)),
        line("uid map", &ranges(report.uid_map.as_deref())),
        line("gid map", &ranges(report.gid_map.as_deref())),
        line("effective", &capabilities(effective)),
        line("bounding", &capabilities(bounding)),
        line("ambient", &capabilities(ambient)),
        line("seccomp", &format!("{}{filters}", report.seccomp.mode)),
        line("no_new_privs", if report.no_new_privs { "1" } else { "0" }),
    ]
}

fn has(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(paths) = &report.paths {
        lines.push(line("masked", &words(&paths.masked)));
        lines.push(line("read-only", &words(&paths.read_only)));
    }
    for branch in report.cgroup.iter().flatten() {
        lines.push(line(
            "cgroup",
            &format!("{} {}", branch.hierarchy, branch.path),
        ));
    }
    let limits = &report.limits;
    let size = |value: Option<u64>| value.map_or("none seen".to_owned(), bytes);
    let number = |value: Option<u64>| value.map_or("none seen".to_owned(), |it| it.to_string());
    let cpus = limits.cpu_millis;
    let cpus = cpus.map_or("none seen".to_owned(), |it| {
        format!("{}.{:03} CPUs", it / 1000, it % 1000)
    });
    let memory = size(limits.memory_bytes);
    lines.push(line(
        "limits",
        &format!(
            "memory {memory}, processes {}, cpu {cpus}",
            number(limits.pids)
        ),
    ));
    let counters = &report.counters;
    let known = [
        counters.cpu_usec.map(|it| format!("cpu {}", seconds(it))),
        counters
            .throttled_usec
            .map(|it| format!("throttled {}", seconds(it))),
        counters
            .memory_bytes
            .map(|it| format!("memory {}", bytes(it))),
        counters
            .oom_kills
            .map(|it| format!("killed for memory {it}")),
        counters
            .pids
            .map(|it| format!("processes and threads {it}")),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    lines.push(line(
        "its cgroups",
        &format!("{} (others in them included)", words(&known)),
    ));
    lines
}

/// Microseconds as seconds.
pub(crate) fn seconds(usec: u64) -> String {
    format!("{}.{:02} s", usec / 1_000_000, usec % 1_000_000 / 10_000)
}

/// A label and its value.
pub(crate) fn line(label: &str, value: &str) -> String {
    format!("{label:<13} {value}")
}

/// Real, effective, saved and filesystem id.
pub(crate) fn ids(ids: [u32; 4]) -> String {
    let words: Vec<String> = ids.iter().map(u32::to_string).collect();
    words.join(" ")
}

/// The label of such a line with the spaces behind it, and the value.
pub(crate) fn label(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_at_checked(14)?;
    let is_one = label.ends_with("  ") && !label.starts_with(' ');
    is_one.then_some((label, value))
}

/// The ranges of a map, as its file has them.
pub(crate) fn ranges(map: Option<&[IdRange]>) -> String {
    let Some(map) = map else {
        return "?".to_owned();
    };
    let range = |it: &IdRange| format!("{} {} {}", it.inside, it.outside, it.count);
    words(&map.iter().map(range).collect::<Vec<_>>())
}

/// A list, or that it is empty.
pub(crate) fn words(list: &[String]) -> String {
    if list.is_empty() {
        return "none".to_owned();
    }
    list.join(", ")
}

/// A set in the shorter way: what is in it, or what is not.
pub(crate) fn capabilities(set: &[String]) -> String {
    let is_missing = |name: &&&str| !set.iter().any(|it| it == **name);
    let missing: Vec<&str> = CAPABILITIES.iter().filter(is_missing).copied().collect();
    match missing.len() {
        0 => format!("all {}", set.len()),
        1..10 => format!("all but {}", missing.join(", ")),
        _ => words(set),
    }
}

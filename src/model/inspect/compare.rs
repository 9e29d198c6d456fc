//! `glassbox inspect A B`: two processes beside each other. Pure, from two reports. Called by
//! `run::inspect`.

use serde::Serialize;

use super::report::Report;
use super::text::{line, words};
use crate::model::{Links, NsKind};

/// As JSON: `{"processes":[report, report],"namespaces":[{"type","same":null|bool}],"differ":["..."]}`.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    processes: [Report; 2],
    namespaces: Vec<Pair>,
    /// What else is not the same: `uid_map`, `capabilities`, ...
    differ: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Pair {
    r#type: NsKind,
    same: Option<bool>,
}

impl Compared {
    pub(crate) fn new(processes: [Report; 2], links: [&Links; 2]) -> Self {
        let [left, right] = links;
        let pair = |kind| Pair {
            r#type: kind,
            same: left
                .get(kind)
                .value()
                .zip(right.get(kind).value())
                .map(|(left, right)| left == right),
        };
        let differ = differ(&processes[0], &processes[1]);
        Self {
            processes,
            namespaces: NsKind::ALL.map(pair).into(),
            differ,
        }
    }

    pub(crate) fn text(&self) -> String {
        let [left, right] = &self.processes;
        let who = |it: &Report| format!("{} ({})", it.pid, it.command);
        let mut lines = vec![line("processes", &format!("{}, {}", who(left), who(right)))];
        let rows = left.namespaces.iter().zip(&right.namespaces);
        for (pair, (left, right)) in self.namespaces.iter().zip(rows) {
            let number = |id: Option<u64>| id.map_or("?".to_owned(), |id| id.to_string());
            let same = match pair.same {
                Some(true) => "same",
                Some(false) => "different",
                None => "cannot be compared",
            };
            let ids = format!("{:<12} {:<12} {same}", number(left.id), number(right.id));
            lines.push(line(pair.r#type.name(), &ids));
        }
        for what in &self.differ {
            let values = [value(left, what), value(right, what)];
            let verb = if what.ends_with('s') {
                "differ"
            } else {
                "differs"
            };
            lines.push(format!("{what} {verb}:"));
            lines.extend(values.map(|value| format!("  {value}")));
        }
        if self.differ.is_empty() {
            lines.push(
                "ids, maps, capabilities, seccomp, no_new_privs and cgroup are the same".to_owned(),
            );
        }
        for report in &self.processes {
            if !report.denied.is_empty() {
                let denied = words(&report.denied);
                lines.push(format!("process {}: denied: {denied}", report.pid));
                let sudo = report.sudo.iter();
                lines.extend(sudo.map(|it| format!("root may see it: {it}")));
            }
        }
        lines.join("\n") + "\n"
    }
}

const THINGS: [&str; 8] = [
    "uids",
    "gids",
    "uid map",
    "gid map",
    "effective capabilities",
    "bounding capabilities",
    "seccomp and no_new_privs",
    "cgroup",
];

fn differ(left: &Report, right: &Report) -> Vec<&'static str> {
    let different = |what: &&str| value(left, what) != value(right, what);
    THINGS.into_iter().filter(|what| different(what)).collect()
}

fn value(report: &Report, what: &str) -> String {
    match what {
        "uids" => super::text::ids(report.uids),
        "gids" => super::text::ids(report.gids),
        "uid map" => super::text::ranges(report.uid_map.as_deref()),
        "gid map" => super::text::ranges(report.gid_map.as_deref()),
        "effective capabilities" => super::text::capabilities(&report.capabilities.effective),
        "bounding capabilities" => super::text::capabilities(&report.capabilities.bounding),
        "cgroup" => {
            let all = report.cgroup.iter().flatten();
            let all: Vec<String> = all
                .map(|it| format!("{} {}", it.hierarchy, it.path))
                .collect();
            words(&all)
        }
        _ => format!("{}, {}", report.seccomp.mode, u8::from(report.no_new_privs)),
    }
}

//! `glassbox inspect list`: the containers of this host, most CPU time or memory first. Called by
//! `run::inspect` alone; only reads.

use std::cmp::Reverse;

use serde::Serialize;

use super::super::json;
use super::{Refusal, hold_found};
use crate::cli::SortBy;
use crate::kernel::{containers, pidfd};
use crate::model::amount::bytes;
use crate::model::engine::list::{Found, containers as among};
use crate::model::inspect::{Counters, text as words};
use crate::model::{Errno, Untrusted};

/// As JSON: `{"containers":[{"engine":null|"...","name":null|"...","id":null|"...","pid":n,
/// "command":"...","processes":n,"cpu_usec":null|n,"memory_bytes":null|n}],"denied":n}`.
#[derive(Debug, Serialize)]
struct List {
    containers: Vec<Row>,
    /// Processes whose namespaces may not be seen: a container of theirs is found by its cgroup alone.
    denied: usize,
}

#[derive(Debug, Serialize)]
struct Row {
    engine: Option<&'static str>,
    name: Option<String>,
    id: Option<String>,
    pid: i32,
    command: String,
    processes: usize,
    /// Of its cgroup; null where it has none of its own, or the kernel does not count.
    cpu_usec: Option<u64>,
    memory_bytes: Option<u64>,
}

pub(super) fn print(sort: Option<SortBy>, json: bool) -> Result<String, Refusal> {
    let cannot = |errno: Errno| Refusal::CannotHere(format!("/proc cannot be read: {errno}"));
    let rows = containers::rows().map_err(cannot)?;
    let found = among(&rows, &containers::records());
    let mut list = List {
        containers: found.iter().filter_map(row).collect(),
        denied: rows.iter().filter(|row| row.denied).count(),
    };
    list.containers.sort_by_key(|row| match sort {
        Some(SortBy::Cpu) | None => (Reverse(row.cpu_usec), row.pid),
        Some(SortBy::Memory) => (Reverse(row.memory_bytes), row.pid),
    });
    Ok(if json { json::line(&list) } else { text(&list) })
}

/// `None`: it has ended since. A cgroup that we are in, too, says nothing of the container alone.
fn row(found: &Found) -> Option<Row> {
    let pidfd = hold_found(found).ok()?;
    let text = |it: &Option<Untrusted>| it.as_ref().map(Untrusted::text);
    let counters = Counters::of(Some(&containers::group_beside_ours(found.pid)));
    pidfd::alive(&pidfd).then(|| Row {
        engine: found.engine,
        name: text(&found.name),
        id: text(&found.id),
        pid: found.pid,
        command: found.command.text(),
        processes: found.processes,
        cpu_usec: counters.cpu_usec,
        memory_bytes: counters.memory_bytes,
    })
}

fn text(list: &List) -> String {
    let mut lines = vec![format!(
        "{:>8} {:>6} {:>12} {:>10} {:<15} {:<14} {}",
        "PID", "PROCS", "CPU", "MEMORY", "COMMAND", "ENGINE", "NAME"
    )];
    for row in &list.containers {
        let cpu = row.cpu_usec.map_or("-".to_owned(), words::seconds);
        let memory = row.memory_bytes.map_or("-".to_owned(), bytes);
        let engine = row.engine.unwrap_or("-");
        let name = row.name.as_deref().or(row.id.as_deref()).unwrap_or("-");
        lines.push(format!(
            "{:>8} {:>6} {cpu:>12} {memory:>10} {:<15} {engine:<14} {name}",
            row.pid, row.processes, row.command
        ));
    }
    if list.containers.is_empty() {
        lines = vec!["no container is found".to_owned()];
    }
    if list.denied > 0 {
        let denied = list.denied;
        let hint = if containers::as_root() {
            "also to root"
        } else {
            "root may see them: sudo glassbox inspect list"
        };
        lines.push(format!(
            "the namespaces of {denied} processes were denied; {hint}"
        ));
    }
    lines.join("\n") + "\n"
}

//! The list of containers and processes with what each uses, and has used since the list before.
//! Part of `look`.

use std::os::fd::AsFd as _;
use std::time::Instant;

use super::Watcher;
use crate::kernel::{containers, observe, pidfd};
use crate::model::engine::list::{Found, Row, containers as among};
use crate::model::inspect::Named;
use crate::model::look::{Item, Listing, Look};

impl Watcher {
    /// Every container and every process.
    pub fn processes(&mut self) -> Look {
        let rows = match containers::rows() {
            Ok(rows) => rows,
            Err(errno) => return Look::no_proc(errno),
        };
        let now = Instant::now();
        let found = among(&rows, &containers::records());
        let each = found.iter();
        let mut items: Vec<Item> = each.filter_map(|found| container(found, &rows)).collect();
        items.sort_by_key(|item| item.pid);
        items.extend(rows.iter().map(process));
        let past = self.at.replace(now).map(|at| now.duration_since(at));
        let past = past.map(|past| u64::try_from(past.as_micros()).unwrap_or(u64::MAX));
        for item in &mut items {
            let was = self.used.get(&key(item));
            let since = item
                .cpu_usec
                .zip(was)
                .map(|(is, was)| is.saturating_sub(*was));
            let busy = since.zip(past.filter(|past| *past > 0));
            item.busy = busy.map(|(since, past)| since.saturating_mul(1000) / past);
        }
        let used = |item: &Item| Some((key(item), item.cpu_usec?));
        self.used = items.iter().filter_map(used).collect();
        Look::Processes(Listing {
            items,
            denied: rows.iter().filter(|row| row.denied).count(),
            as_root: containers::as_root(),
        })
    }
}

fn key(item: &Item) -> (i32, u64, bool) {
    (item.pid, item.start, item.container.is_some())
}

fn process(row: &Row) -> Item {
    Item {
        pid: row.pid,
        start: row.start,
        command: row.command.clone(),
        container: None,
        processes: 1,
        summed: false,
        cpu_usec: Some(row.cpu_usec),
        busy: None,
        memory: Some(row.memory),
    }
}

/// `None`: it has ended since. A cgroup that we are in, too, says nothing of the container alone.
fn container(found: &Found, rows: &[Row]) -> Option<Item> {
    let pidfd = pidfd::open(found.pid).ok()?;
    let same = |(_, start)| start == found.start;
    let group = containers::group_beside_ours(found.pid);
    let cpu = group.cpu.value().and_then(|cpu| cpu.usage_usec);
    let memory = group.memory.value().and_then(|memory| memory.current);
    let summed = cpu.is_none() && memory.is_none();
    let members = || rows.iter().filter(|row| found.members.contains(&row.pid));
    let sum = |of: fn(&Row) -> u64| summed.then(|| members().map(of).sum());
    observe::identity(pidfd.as_fd())
        .is_ok_and(same)
        .then(|| Item {
            pid: found.pid,
            start: found.start,
            command: found.command.clone(),
            container: Some(Named::from(found)),
            processes: found.processes,
            summed,
            cpu_usec: cpu.or_else(|| sum(|row| row.cpu_usec)),
            busy: None,
            memory: memory.or_else(|| sum(|row| row.memory)),
        })
}

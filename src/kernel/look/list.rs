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
        let mut items: Vec<Item> = found.iter().filter_map(container).collect();
        items.sort_by_key(|item| item.pid);
        items.extend(rows.iter().map(process));
        let past = self.at.replace(now).map(|at| now.duration_since(at));
        let past = past.map(|past| u64::try_from(past.as_micros()).unwrap_or(u64::MAX));
        for item in &mut items {
            let was = self.used.get(&key(item));
            let since = item.cpu_usec.zip(was).map(|(is, was)| is.saturating_sub(*was));
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
        cpu_usec: Some(row.cpu_usec),
        busy: None,
        memory: Some(row.memory),
    }
}

/// `None`: it has ended since. A cgroup that we are in, too, says nothing of the container alone.
fn container(found: &Found) -> Option<Item> {
    let pidfd = pidfd::open(found.pid).ok()?;
    let same = |(_, start)| start == found.start;
    let group = containers::group_beside_ours(found.pid);
    let cpu = group.cpu.value();
    let memory = group.memory.value();
    observe::identity(pidfd.as_fd()).is_ok_and(same).then(|| Item {
        pid: found.pid,
        start: found.start,
        command: found.command.clone(),
        container: Some(Named::from(found)),
        processes: found.processes,
        cpu_usec: cpu.and_then(|cpu| cpu.usage_usec),
        busy: None,
        memory: memory.and_then(|memory| memory.current),
    })
}

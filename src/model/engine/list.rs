//! Which processes of a host are containers, and whose: pure, from rows that `kernel::containers`
//! has read. Used by `glassbox inspect list` and to find one by its name.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{container, starter};
use crate::model::{NsId, Untrusted};

/// What was read of one process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number in our /proc.
    pub pid: i32,
    /// Its parent's.
    pub ppid: i32,
    /// Start time, in clock ticks since boot.
    pub start: u64,
    /// `comm`.
    pub command: Untrusted,
    /// Its number in the innermost of its pid namespaces.
    pub innermost: i32,
    /// Whether its namespaces were denied.
    pub denied: bool,
    /// Its pid namespace, where it is not ours.
    pub pid_ns: Option<NsId>,
    /// Its mount namespace, where it is not ours.
    pub mnt_ns: Option<NsId>,
    /// `/proc/PID/cgroup`.
    pub cgroup: Untrusted,
    /// CPU time that it used, in microseconds.
    pub cpu_usec: u64,
    /// Resident bytes.
    pub memory: u64,
}

/// What a runtime has noted down on the host: a container's name and its first process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `runc`, `crun`, `systemd-nspawn`, or `docker`, whose records have an id and no process.
    pub engine: &'static str,
    /// Its name.
    pub name: Untrusted,
    /// Its id, where that is another word.
    pub id: Option<Untrusted>,
    /// The first process; 0 where the record does not say.
    pub pid: i32,
    /// That one's start time, where it is noted: a number may be another's by now.
    pub start: Option<u64>,
}

/// One container, or what looks like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Who made it, where something tells.
    pub engine: Option<&'static str>,
    /// What people call it.
    pub name: Option<Untrusted>,
    /// What the engine calls it in paths.
    pub id: Option<Untrusted>,
    /// The process that stands for it: its PID 1, else the one with the lowest number.
    pub pid: i32,
    /// Its start time in clock ticks since boot: the number may be another's when it is used.
    #[serde(skip)]
    pub start: u64,
    /// The name of that process.
    pub command: Untrusted,
    /// How many processes are in it.
    pub processes: usize,
    /// Their numbers.
    #[serde(skip)]
    pub members: Vec<i32>,
}

impl Found {
    /// Whether somebody may mean this one: its name, its id, or how that begins.
    #[must_use]
    pub fn is_called(&self, name: &[u8]) -> bool {
        let begins = |id: &Untrusted| name.len() >= 4 && id.as_bytes().starts_with(name);
        let is = |it: &Untrusted| it.as_bytes() == name;
        self.name.as_ref().is_some_and(is)
            || self.id.as_ref().is_some_and(|id| is(id) || begins(id))
    }
}

/// What makes processes one container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Named(&'static str, Untrusted),
    PidNs(u64, u64),
    MntNs(u64, u64),
}

/// The containers among these processes: those that a cgroup's path names, those with a pid namespace
/// of their own, and those in another mount namespace that a known program started.
#[must_use]
pub fn containers(rows: &[Row], records: &[Record]) -> Vec<Found> {
    let by_pid: BTreeMap<i32, &Row> = rows.iter().map(|row| (row.pid, row)).collect();
    let parent = |row: &Row| by_pid.get(&row.ppid).copied();
    let mut groups: BTreeMap<Key, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if let Some(key) = key(row, parent(row)) {
            groups.entry(key).or_default().push(row);
        }
    }
    let found = groups.iter().filter_map(|(key, members)| {
        let own = members
            .iter()
            .find(|row| row.pid_ns.is_some() && row.innermost == 1);
        let lead = own.or_else(|| members.iter().min_by_key(|row| row.pid))?;
        Some(describe(key, lead, members, parent(lead), records))
    });
    found.collect()
}

fn key(row: &Row, parent: Option<&Row>) -> Option<Key> {
    if let Some(named) = container(&row.cgroup) {
        return Some(Key::Named(named.engine, named.id));
    }
    if let Some(ns) = row.pid_ns {
        return Some(Key::PidNs(ns.dev, ns.ino));
    }
    let ns = row.mnt_ns?;
    starter(parent?.command.as_bytes())?;
    Some(Key::MntNs(ns.dev, ns.ino))
}

fn describe(
    key: &Key,
    lead: &Row,
    members: &[&Row],
    parent: Option<&Row>,
    records: &[Record],
) -> Found {
    let (engine, id) = match key {
        Key::Named(engine, id) => (Some(*engine), Some(id.clone())),
        Key::PidNs(..) | Key::MntNs(..) => {
            (parent.and_then(|it| starter(it.command.as_bytes())), None)
        }
    };
    let fits = |record: &&Record| {
        let by_id = record.id.is_some() && record.id == id;
        let by_process =
            record.pid == lead.pid && record.start.is_none_or(|start| start == lead.start);
        by_id || by_process
    };
    let record = records.iter().find(fits);
    Found {
        engine: engine.or_else(|| record.map(|it| it.engine)),
        name: record.map(|it| it.name.clone()),
        id,
        pid: lead.pid,
        start: lead.start,
        command: lead.command.clone(),
        processes: members.len(),
        members: members.iter().map(|row| row.pid).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pid: i32, parent: i32, command: &str, pid_ns: Option<u64>, innermost: i32) -> Row {
        let ns = |ino| NsId { dev: 4, ino };
        Row {
            pid,
            ppid: parent,
            start: 7,
            command: command.into(),
            innermost,
            pid_ns: pid_ns.map(ns),
            mnt_ns: pid_ns.map(|ino| ns(ino + 1000)),
            ..Row::default()
        }
    }

    fn record(engine: &'static str, name: &str, pid: i32, start: u64) -> Record {
        let (name, start) = (name.into(), Some(start));
        let id = None;
        Record {
            engine,
            name,
            id,
            pid,
            start,
        }
    }

    #[test]
    fn containers_are_told_by_namespace_parent_record_and_path() {
        let id = "0123456789abcdef".repeat(4);
        let mut docker = row(50, 1, "nginx", Some(9), 1);
        docker.cgroup = format!("0::/system.slice/docker-{id}.scope")
            .as_str()
            .into();
        let mut service = row(60, 1, "resolved", None, 60);
        service.mnt_ns = Some(NsId { dev: 4, ino: 77 });
        let mut plain = row(71, 70, "sh", None, 71);
        plain.mnt_ns = Some(NsId { dev: 4, ino: 78 });
        let rows = [
            row(1, 0, "init", None, 1),
            row(10, 1, "bwrap", None, 10),
            row(11, 10, "bwrap", Some(5), 1),
            row(12, 11, "sleep", Some(5), 2),
            row(20, 1, "sleep", Some(6), 1),
            row(30, 1, "sleep", Some(7), 1),
            docker,
            service,
            row(70, 1, "bwrap", None, 70),
            plain,
        ];
        let records = [
            record("runc", "web", 20, 7),
            record("crun", "old", 30, 6),
            Record {
                id: Some(id.as_str().into()),
                ..record("docker", "shop", 0, 0)
            },
        ];
        let found = containers(&rows, &records);
        let mut short: Vec<(i32, Option<&str>, Option<String>, usize)> = found
            .iter()
            .map(|it| {
                (
                    it.pid,
                    it.engine,
                    it.name.as_ref().map(Untrusted::text),
                    it.processes,
                )
            })
            .collect();
        short.sort();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            short,
            [
                (11, Some("bubblewrap"), None, 2),
                (20, Some("runc"), name("web"), 1),
                // Another process has the number of the record now.
                (30, None, None, 1),
                (50, Some("docker"), name("shop"), 1),
                (71, Some("bubblewrap"), None, 1),
            ]
        );
        let docker = found.iter().find(|it| it.pid == 50).expect("it is there");
        assert!(
            docker.is_called(b"shop") && docker.is_called(b"0123") && !docker.is_called(b"012")
        );
    }
}

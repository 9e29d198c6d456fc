//! Reads what tells containers from other processes: namespaces and cgroup paths of all of them, and
//! the records that runtimes keep on the host. Called by `run::inspect`. Never asks an engine, never
//! follows a path inside a container.

use std::os::fd::AsFd as _;
use std::path::Path;

use serde_json::Value;

use super::cgroup::Tree;
use super::cgroup::dir::{Dir, Twig};
use super::cgroup::read::Reader;
use super::proc::{Procfs, read_at, read_regular};
use super::{cgroup, ns};
use crate::model::cgroup::{Branch, Group, Place};
use crate::model::engine::list::{Record, Row};
use crate::model::{Errno, NsId, NsKind, NsLink, Untrusted};

/// A record is a few thousand bytes.
const RECORD: usize = 1 << 20;
/// Most records that are read of one runtime.
const MOST: usize = 1000;
/// Cgroups above that of a process that are looked at.
const LEVELS: usize = 12;

/// A row for each process of the visible /proc.
///
/// # Errors
/// ENOENT if there is no procfs at `/proc`.
pub fn rows() -> Result<Vec<Row>, Errno> {
    let proc = Procfs::open()?;
    let ours = |kind| ns::of_self(NsLink::Own(kind)).ok();
    let (pid_ns, mnt_ns) = (ours(NsKind::Pid), ours(NsKind::Mnt));
    let listed = proc.list()?.into_iter();
    let rows = listed.filter_map(|(pid, _)| row(&proc, pid, pid_ns, mnt_ns).ok());
    Ok(rows.collect())
}

fn row(
    proc: &Procfs,
    pid: i32,
    our_pid_ns: Option<NsId>,
    our_mnt_ns: Option<NsId>,
) -> Result<Row, Errno> {
    let dir = proc.pid(pid)?;
    let stat = dir.stat()?;
    let id = |kind| ns::id(dir.as_fd(), NsLink::Own(kind));
    let pid_ns = id(NsKind::Pid);
    let another = |found: Result<NsId, Errno>, ours| found.ok().filter(|id| Some(*id) != ours);
    Ok(Row {
        pid,
        ppid: stat.ppid,
        start: stat.start,
        command: stat.comm,
        innermost: dir.status()?.nspid.last().copied().unwrap_or(pid),
        denied: matches!(pid_ns, Err(Errno::EACCES | Errno::EPERM)),
        pid_ns: another(pid_ns, our_pid_ns),
        mnt_ns: another(id(NsKind::Mnt), our_mnt_ns),
        cgroup: Untrusted::from(read_at(dir.as_fd(), "cgroup", 1 << 16).unwrap_or_default()),
        cpu_usec: stat.ticks.saturating_mul(1_000_000) / rustix::param::clock_ticks_per_second(),
        memory: stat.pages.saturating_mul(rustix::param::page_size() as u64),
    })
}

/// Whether root looks: what is denied to others is not denied to root, as a rule.
#[must_use]
pub fn as_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// What runtimes have noted on this host, as far as we may read it.
#[must_use]
pub fn records() -> Vec<Record> {
    let uid = rustix::process::geteuid().as_raw();
    let mut found = Vec::new();
    for base in ["/run".to_owned(), format!("/run/user/{uid}")] {
        found.extend(each(&format!("{base}/runc"), "state.json", runc));
        found.extend(each(&format!("{base}/crun"), "status", crun));
    }
    found.extend(each("/var/lib/docker/containers", "config.v2.json", docker));
    found.extend(each("/run/systemd/machines", "", nspawn));
    found
}

/// One record of each entry in a folder: the file of that name in it, or the entry itself.
fn each(folder: &str, file: &str, read: fn(&str, &[u8]) -> Option<Record>) -> Vec<Record> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let record = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let path = Path::new(folder).join(&name).join(file);
        let path = path.to_str()?.trim_end_matches('/').to_owned();
        read(&name, &read_regular(&path, RECORD).ok()?)
    };
    entries.take(MOST).filter_map(record).collect()
}

fn runc(name: &str, text: &[u8]) -> Option<Record> {
    let state: Value = serde_json::from_slice(text).ok()?;
    let number = state["init_process_pid"].as_i64()?;
    process("runc", name, number, state["init_process_start"].as_u64())
}

fn crun(name: &str, text: &[u8]) -> Option<Record> {
    let state: Value = serde_json::from_slice(text).ok()?;
    let start = state["process-start-time"].as_u64();
    process("crun", name, state["pid"].as_i64()?, start)
}

fn docker(id: &str, text: &[u8]) -> Option<Record> {
    let state: Value = serde_json::from_slice(text).ok()?;
    let name = state["Name"].as_str()?.trim_start_matches('/');
    let record = process("docker", name, 0, None)?;
    let id = Some(Untrusted::from(id));
    Some(Record { id, ..record })
}

/// `KEY=VALUE` lines of systemd-machined, which the manual calls private to it.
fn nspawn(name: &str, text: &[u8]) -> Option<Record> {
    let text = std::str::from_utf8(text).ok()?;
    let leader = text.lines().find_map(|line| line.strip_prefix("LEADER="))?;
    process("systemd-nspawn", name, leader.parse().ok()?, None)
}

fn process(engine: &'static str, name: &str, pid: i64, start: Option<u64>) -> Option<Record> {
    Some(Record {
        engine,
        name: Untrusted::from(name),
        id: None,
        pid: i32::try_from(pid).ok()?,
        start,
    })
}

/// The cgroup of a process, by its number in our /proc, and those above it, innermost first; without
/// the root of the hierarchies, which limits nothing. The caller holds the process by a pidfd.
#[must_use]
pub fn groups(pid: i32) -> Vec<Group> {
    let trees = cgroup::trees_of(pid).unwrap_or_default();
    let mut places: Vec<String> = trees.iter().map(Tree::own).collect();
    let mut groups = Vec::new();
    while groups.len() < LEVELS && places.iter().any(|place| place != "/") {
        let twigs = trees.iter().zip(&places).filter(|(_, place)| *place != "/");
        let twigs = twigs.filter_map(|(tree, place)| twig(tree, place));
        groups.push(Reader::new("", Dir(twigs.collect())).read());
        for place in &mut places {
            place.truncate(place.rfind('/').unwrap_or(0).max(1));
        }
    }
    groups
}

/// The cgroup of a process in those hierarchies in which it is not in ours: what it counts is none of
/// our own doing.
#[must_use]
pub fn group_beside_ours(pid: i32) -> Group {
    let own = |tree: &Tree| tree.directory(&tree.own());
    let ours: Vec<_> = cgroup::trees()
        .unwrap_or_default()
        .iter()
        .map(own)
        .collect();
    let trees = cgroup::trees_of(pid).unwrap_or_default();
    let twigs = trees.iter().filter(|tree| !ours.contains(&own(tree)));
    let twigs = twigs.filter_map(|tree| twig(tree, &tree.own()));
    Reader::new("", Dir(twigs.collect())).read()
}

fn twig(tree: &Tree, place: &str) -> Option<Twig> {
    let branch = Branch {
        version: tree.version,
        directory: Untrusted::from(tree.directory(place)?),
        // Of those above it, not that of the process.
        place: Place {
            path: Untrusted::from(place),
            ..tree.place.clone()
        },
    };
    Some(Twig::new(branch, tree.open(place).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_runtimes_are_read() {
        let runc = runc(
            "web",
            br#"{"id":"web","init_process_pid":41,"init_process_start":99}"#,
        );
        let runc = runc.expect("a record");
        assert_eq!(
            (runc.pid, runc.start, runc.name.text()),
            (41, Some(99), "web".to_owned())
        );
        let crun = crun("w", br#"{"pid":42,"process-start-time":98}"#).expect("a record");
        assert_eq!((crun.pid, crun.start), (42, Some(98)));
        let docker = docker("abcd", br#"{"Name":"/shop"}"#).expect("a record");
        assert_eq!((docker.pid, docker.name.text()), (0, "shop".to_owned()));
        let machine = nspawn("m", b"# private\nNAME=m\nLEADER=43\n").expect("a record");
        assert_eq!(machine.pid, 43);
        assert_eq!(super::runc("x", b"{"), None);
        assert_eq!(nspawn("x", b"\xff\nLEADER=1"), None);
    }
}

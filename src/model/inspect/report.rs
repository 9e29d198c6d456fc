//! What `inspect` knows of one process beside another or the host: pure, from a [`Sight`]. `text` says
//! the same for people; `run::inspect` writes it as JSON, the screen shows its findings.

use serde::Serialize;

use super::limits::{Counters, Limits};
use super::{Named, Sight, means};
use crate::model::cgroup::places;
use crate::model::engine::{self, MASKED, READ_ONLY};
use crate::model::mounts::{Mount, Mounts};
use crate::model::snapshot::{IdRange, Subject};
use crate::model::user::capability_names;
use crate::model::{Links, NsKind, Seen, Untrusted};

/// A process, and what it is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seeing<'s> {
    /// What was seen of it.
    pub(crate) sight: &'s Sight,
    /// Namespaces of what it is compared with: ours, or another process.
    pub(crate) other: &'s Links,
    /// Our hostname.
    pub(crate) hostname: &'s Untrusted,
    /// Whether root looked.
    pub(crate) as_root: bool,
}

/// As JSON the fields as they are named here; ids, paths and names that could not be read are null.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) pid: i32,
    pub(crate) command: String,
    /// In clock ticks since boot; with `pid` the identity of the process.
    pub(crate) start: u64,
    /// Its numbers, from our pid namespace down to its own.
    pub(crate) nspid: Vec<i32>,
    pub(crate) parent: Option<Parent>,
    pub(crate) container: Option<Container>,
    pub(crate) namespaces: Vec<Row>,
    pub(crate) hostname: Hostname,
    pub(crate) uids: [u32; 4],
    pub(crate) gids: [u32; 4],
    pub(crate) uid_map: Option<Vec<IdRange>>,
    pub(crate) gid_map: Option<Vec<IdRange>>,
    pub(crate) capabilities: Capabilities,
    pub(crate) seccomp: Seccomp,
    pub(crate) no_new_privs: bool,
    pub(crate) paths: Option<Paths>,
    pub(crate) cgroup: Option<Vec<Branch>>,
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    /// What it shares or may do, and what that means.
    pub(crate) findings: Vec<means::Finding>,
    /// What was refused.
    pub(crate) denied: Vec<String>,
    /// What would show it; null where nothing was refused, or where root was.
    pub(crate) sudo: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Parent {
    pub(crate) pid: i32,
    pub(crate) command: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Container {
    pub(crate) engine: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) r#type: NsKind,
    pub(crate) id: Option<u64>,
    pub(crate) ours: Option<u64>,
    pub(crate) same: Option<bool>,
}

/// The name in its UTS namespace. No file of /proc has that of another one.
#[derive(Debug, Serialize)]
pub(crate) struct Hostname {
    /// Known only where its UTS namespace is ours.
    pub(crate) name: Option<String>,
    /// How to see it where it is not.
    pub(crate) by_hand: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Capabilities {
    pub(crate) inheritable: Vec<String>,
    pub(crate) permitted: Vec<String>,
    pub(crate) effective: Vec<String>,
    pub(crate) bounding: Vec<String>,
    pub(crate) ambient: Vec<String>,
    /// Effective ones that docker does not give by default.
    pub(crate) beyond_default: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Seccomp {
    pub(crate) mode: &'static str,
    pub(crate) filters: Option<u32>,
}

/// In its list of mounts.
#[derive(Debug, Serialize)]
pub(crate) struct Paths {
    /// Covered: a null device or an empty read-only tmpfs lies on them.
    pub(crate) masked: Vec<String>,
    /// Mounts in /proc and /sys, and / itself, that are read-only.
    pub(crate) read_only: Vec<String>,
    /// What engines cover or make read-only, what this machine has, and what is open here.
    pub(crate) open: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Branch {
    pub(crate) hierarchy: String,
    pub(crate) path: String,
}

impl Report {
    pub(crate) fn new(seeing: &Seeing<'_>) -> Self {
        let subject = &seeing.sight.subject;
        let namespaces: Vec<Row> = NsKind::ALL
            .map(|kind| row(subject, seeing.other, kind))
            .into();
        let mut report = Self {
            pid: subject.process.pid,
            command: subject.process.command.text(),
            start: subject.process.start,
            nspid: subject.process.nspid.clone(),
            parent: seeing.sight.parent.as_ref().map(|it| Parent {
                pid: it.pid,
                command: it.command.text(),
            }),
            container: container(subject, seeing.sight.named.as_ref()),
            hostname: hostname(subject, seeing.hostname, &namespaces),
            namespaces,
            uids: subject.uids,
            gids: subject.gids,
            uid_map: subject.uid_map.value().cloned(),
            gid_map: subject.gid_map.value().cloned(),
            capabilities: capabilities(subject),
            seccomp: Seccomp {
                mode: ["none", "strict"]
                    .get(subject.seccomp as usize)
                    .unwrap_or(&"filter"),
                filters: subject.seccomp_filters,
            },
            no_new_privs: subject.no_new_privs,
            paths: subject
                .mounts
                .value()
                .map(|mounts| paths(mounts, &seeing.sight.covers)),
            cgroup: subject.cgroup.value().map(branches),
            limits: Limits::of(&seeing.sight.groups),
            counters: Counters::of(seeing.sight.groups.first()),
            findings: Vec::new(),
            denied: denied(subject),
            sudo: None,
        };
        let pid = report.pid;
        report.sudo = (!report.denied.is_empty() && !seeing.as_root)
            .then(|| format!("sudo glassbox inspect {pid}"));
        report.findings = means::findings(&report);
        report
    }

    /// Whether it is in the same namespace of that type as what it is compared with.
    pub(crate) fn shares(&self, kind: NsKind) -> Option<bool> {
        self.namespaces.iter().find(|row| row.r#type == kind)?.same
    }
}

fn container(subject: &Subject, named: Option<&Named>) -> Option<Container> {
    let text = |it: &Option<Untrusted>| it.as_ref().map(Untrusted::text);
    if let Some(named) = named {
        return Some(Container {
            engine: named.engine.clone(),
            name: text(&named.name),
            id: text(&named.id),
        });
    }
    let named = engine::container(subject.cgroup.value()?)?;
    Some(Container {
        engine: Some(named.engine.to_owned()),
        name: None,
        id: Some(named.id.text()),
    })
}

fn hostname(subject: &Subject, ours: &Untrusted, rows: &[Row]) -> Hostname {
    let uts = rows.iter().find(|row| row.r#type == NsKind::Uts);
    let is_ours = uts.is_some_and(|row| row.same == Some(true));
    let pid = subject.process.pid;
    Hostname {
        name: is_ours.then(|| ours.text()),
        by_hand: (!is_ours).then(|| format!("sudo nsenter --target {pid} --uts hostname")),
    }
}

fn capabilities(subject: &Subject) -> Capabilities {
    let caps = &subject.caps;
    Capabilities {
        inheritable: capability_names(caps.inheritable),
        permitted: capability_names(caps.permitted),
        effective: capability_names(caps.effective),
        bounding: capability_names(caps.bounding),
        ambient: capability_names(caps.ambient),
        beyond_default: capability_names(caps.effective & !engine::DEFAULT_CAPABILITIES),
    }
}

fn branches(cgroup: &Untrusted) -> Vec<Branch> {
    let branch = |place: &crate::model::cgroup::Place| Branch {
        hierarchy: Untrusted::from(place.label()).text(),
        path: place.path.text(),
    };
    places(cgroup).iter().map(branch).collect()
}

fn paths(mounts: &Mounts, wanted: &[String]) -> Paths {
    let names = |keep: &dyn Fn(&Mount) -> bool| {
        let rows = mounts
            .rows
            .iter()
            .filter(|row| !mounts.is_hidden(row) && keep(row));
        rows.map(|row| row.target.text()).collect()
    };
    let is_system = |row: &Mount| {
        let path = row.target.as_bytes();
        path == b"/" || path.starts_with(b"/proc") || path.starts_with(b"/sys")
    };
    let open = |path: &&String| match top(mounts, path) {
        Some(row) if MASKED.contains(&path.as_str()) => {
            !is_mask(mounts, row) && row.target.as_bytes() != path.as_bytes()
        }
        Some(row) => READ_ONLY.contains(&path.as_str()) && !is_read_only(row),
        None => false,
    };
    Paths {
        masked: names(&|row| is_system(row) && is_mask(mounts, row)),
        read_only: names(&|row| is_system(row) && is_read_only(row) && !is_mask(mounts, row)),
        open: wanted.iter().filter(open).cloned().collect(),
    }
}

/// The mount that a path leads to.
fn top<'m>(mounts: &'m Mounts, path: &str) -> Option<&'m Mount> {
    let mut path = path;
    loop {
        if let Some(found) = mounts.at(path.as_bytes()) {
            return Some(found);
        }
        path = path.rfind('/').map_or("", |at| &path[..at]);
        if path.is_empty() {
            return mounts.at(b"/");
        }
    }
}

/// As runtimes cover a file (the null device of some /dev) and a directory (an empty tmpfs).
fn is_mask(mounts: &Mounts, row: &Mount) -> bool {
    let fstype = row.fstype.as_bytes();
    let null = row.root.as_bytes() == b"/null" && matches!(fstype, b"tmpfs" | b"devtmpfs");
    // A whole /sys or / is a filesystem of its own, not a cover.
    let below = row
        .target
        .as_bytes()
        .iter()
        .skip(1)
        .any(|byte| *byte == b'/');
    let is_bare = !mounts.rows.iter().any(|other| other.parent == row.id);
    let empty = is_bare && fstype == b"tmpfs" && row.root.as_bytes() == b"/" && is_read_only(row);
    below && (null || empty)
}

fn is_read_only(row: &Mount) -> bool {
    let has = |options: &Untrusted| {
        options
            .as_bytes()
            .split(|byte| *byte == b',')
            .any(|it| it == b"ro")
    };
    has(&row.options) || has(&row.super_options)
}

fn row(subject: &Subject, other: &Links, kind: NsKind) -> Row {
    let (its, own) = (subject.links.get(kind).value(), other.get(kind).value());
    Row {
        r#type: kind,
        id: its.map(|id| id.ino),
        ours: own.map(|id| id.ino),
        same: its.zip(own).map(|(its, own)| its == own),
    }
}

/// What was refused, each with its errno.
fn denied(subject: &Subject) -> Vec<String> {
    let mut all = Vec::new();
    for kind in NsKind::ALL {
        if let Seen::Denied(errno) = subject.links.get(kind) {
            all.push(format!("ns/{}: {errno}", kind.name()));
        }
    }
    for (name, map) in [("uid_map", &subject.uid_map), ("gid_map", &subject.gid_map)] {
        if let Seen::Denied(errno) = map {
            all.push(format!("{name}: {errno}"));
        }
    }
    if let Seen::Denied(errno) = &subject.mounts {
        all.push(format!("mountinfo: {errno}"));
    }
    if let Seen::Denied(errno) = &subject.cgroup {
        all.push(format!("cgroup: {errno}"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(id: u32, target: &str, fstype: &str, root: &str, options: &str) -> Mount {
        Mount {
            id,
            // Those in /proc hang on 2, which is /proc.
            parent: match id {
                1 => 0,
                3..=5 => 2,
                _ => 1,
            },
            root: root.into(),
            target: target.into(),
            options: options.into(),
            fstype: fstype.into(),
            super_options: "rw".into(),
            ..Mount::default()
        }
    }

    #[test]
    fn covered_read_only_and_open_paths_are_told_apart() {
        let rows = vec![
            mount(1, "/", "overlay", "/", "rw"),
            mount(2, "/proc", "proc", "/", "rw"),
            mount(3, "/proc/kcore", "tmpfs", "/null", "rw"),
            mount(4, "/proc/acpi", "tmpfs", "/", "ro"),
            mount(5, "/proc/sys", "proc", "/sys", "ro,nosuid"),
            mount(6, "/sys", "sysfs", "/", "ro"),
            mount(7, "/dev/null", "devtmpfs", "/null", "rw"),
        ];
        let mounts = Mounts { count: 7, rows };
        let wanted = [
            "/proc/acpi",
            "/proc/kcore",
            "/proc/keys",
            "/proc/sys",
            "/proc/irq",
        ];
        let paths = paths(&mounts, &wanted.map(str::to_owned));
        assert_eq!(paths.masked, ["/proc/kcore", "/proc/acpi"]);
        assert_eq!(paths.read_only, ["/proc/sys", "/sys"]);
        assert_eq!(paths.open, ["/proc/keys", "/proc/irq"]);
    }
}

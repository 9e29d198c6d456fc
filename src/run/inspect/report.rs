//! What `inspect` says, as text and as JSON: pure, from what was seen. Called by `run::inspect` alone.

use serde::Serialize;

use super::super::json;
use crate::model::engine::{self, Container};
use crate::model::snapshot::{IdRange, Subject};
use crate::model::user::capability_names;
use crate::model::{Errno, Links, NsKind, Seen};

/// As JSON: `{"pid","command","container":null|{"engine","id"},"namespaces":[{"type","id":null|n,
/// "ours":null|n,"same":null|bool}],"uids":[real,effective,saved,filesystem],"gids":[...],
/// "uid_map":null|[{"inside","outside","count"}],"gid_map":...,"capabilities":{"effective":[...],
/// "bounding":[...],"beyond_default":[...]},"seccomp":"none|strict|filter","no_new_privs":bool,
/// "cgroup":null|["..."],"denied":null|"..."}`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pid: i32,
    command: String,
    container: Option<Engine>,
    namespaces: Vec<Row>,
    uids: [u32; 4],
    gids: [u32; 4],
    uid_map: Option<Vec<IdRange>>,
    gid_map: Option<Vec<IdRange>>,
    capabilities: Capabilities,
    seccomp: &'static str,
    no_new_privs: bool,
    cgroup: Option<Vec<String>>,
    denied: Option<String>,
}

#[derive(Debug, Serialize)]
struct Engine {
    engine: &'static str,
    id: String,
}

#[derive(Debug, Serialize)]
struct Row {
    r#type: NsKind,
    id: Option<u64>,
    ours: Option<u64>,
    same: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Capabilities {
    effective: Vec<String>,
    bounding: Vec<String>,
    /// Effective ones that docker does not give by default.
    beyond_default: Vec<String>,
}

impl Report {
    pub(super) fn new(subject: &Subject, ours: &Links) -> Self {
        let caps = &subject.caps;
        let container = subject.cgroup.value().and_then(engine::container);
        Self {
            pid: subject.process.pid,
            command: subject.process.command.text(),
            container: container.as_ref().map(Engine::from),
            namespaces: NsKind::ALL.map(|kind| row(subject, ours, kind)).into(),
            uids: subject.uids,
            gids: subject.gids,
            uid_map: subject.uid_map.value().cloned(),
            gid_map: subject.gid_map.value().cloned(),
            capabilities: Capabilities {
                effective: capability_names(caps.effective),
                bounding: capability_names(caps.bounding),
                beyond_default: capability_names(caps.effective & !engine::DEFAULT_CAPABILITIES),
            },
            seccomp: match subject.seccomp {
                0 => "none",
                1 => "strict",
                _ => "filter",
            },
            no_new_privs: subject.no_new_privs,
            cgroup: subject.cgroup.value().map(|cgroup| {
                let lines = cgroup.as_bytes().split(|byte| *byte == b'\n');
                let lines = lines.filter(|line| !line.is_empty());
                lines
                    .map(|line| crate::model::Untrusted::from(line).text())
                    .collect()
            }),
            denied: denial(subject),
        }
    }

    pub(super) fn json(&self) -> String {
        json::line(self)
    }

    pub(super) fn text(&self) -> String {
        let mut lines = vec![format!("process {} ({})", self.pid, self.command)];
        lines.push(match &self.container {
            Some(it) => format!("container     {} {}", it.engine, it.id),
            None => "container     its cgroup has no name that an engine gives".to_owned(),
        });
        lines.extend(self.namespaces.iter().map(Row::text));
        lines.push(format!("uids, gids    {:?} {:?}", self.uids, self.gids));
        lines.push(format!("uid map       {}", ranges(self.uid_map.as_deref())));
        lines.push(format!("gid map       {}", ranges(self.gid_map.as_deref())));
        let caps = &self.capabilities;
        lines.push(format!("effective     {}", words(&caps.effective)));
        lines.push(format!("bounding      {}", words(&caps.bounding)));
        lines.push(format!(
            "beyond what docker gives by default: {}",
            words(&caps.beyond_default)
        ));
        lines.push(format!("seccomp       {}", self.seccomp));
        lines.push(format!("no_new_privs  {}", u8::from(self.no_new_privs)));
        for cgroup in self.cgroup.iter().flatten() {
            lines.push(format!("cgroup        {cgroup}"));
        }
        lines.extend(self.denied.clone());
        lines.join("\n") + "\n"
    }
}

impl From<&Container> for Engine {
    fn from(container: &Container) -> Self {
        Self {
            engine: container.engine,
            id: container.id.text(),
        }
    }
}

impl Row {
    fn text(&self) -> String {
        let number = |id: Option<u64>| id.map_or("?".to_owned(), |id| id.to_string());
        let same = match self.same {
            Some(true) => "same as ours",
            Some(false) => "its own, or another's",
            None => "cannot be compared",
        };
        format!("{:<13} {:<12} {same}", self.r#type.name(), number(self.id))
    }
}

fn row(subject: &Subject, ours: &Links, kind: NsKind) -> Row {
    let (its, own) = (subject.links.get(kind).value(), ours.get(kind).value());
    Row {
        r#type: kind,
        id: its.map(|id| id.ino),
        ours: own.map(|id| id.ino),
        same: its.zip(own).map(|(its, own)| its == own),
    }
}

/// What was refused, and how to see it.
fn denial(subject: &Subject) -> Option<String> {
    let refused = |kind: &NsKind| matches!(subject.links.get(*kind), Seen::Denied(Errno(_)));
    let count = NsKind::ALL.iter().filter(|kind| refused(kind)).count();
    (count > 0).then(|| {
        let pid = subject.process.pid;
        format!("{count} namespaces were denied; root may see them: sudo glassbox inspect {pid}")
    })
}

fn ranges(map: Option<&[IdRange]>) -> String {
    let Some(map) = map else {
        return "?".to_owned();
    };
    let range = |it: &IdRange| format!("{} {} {}", it.inside, it.outside, it.count);
    words(&map.iter().map(range).collect::<Vec<_>>())
}

fn words(list: &[String]) -> String {
    if list.is_empty() {
        return "none".to_owned();
    }
    list.join(", ")
}

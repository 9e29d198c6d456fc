//! The map as text and as JSON: pure, from what was found. Called by `run::map` alone.

use serde::Serialize;

use super::super::json;
use crate::model::map::tree::{self, Branch, By};
use crate::model::map::{Key, Map, Namespace};
use crate::model::{NsKind, Untrusted};

/// How the tree is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) by: By,
    pub(super) ascii: bool,
}

/// `{"namespaces":[{"type","id","parent":null|id,"owner":null|id,"owner_uid":null|uid,"processes":n,
/// "lead_pid":null|pid,"lead_command":null|"...","held_by":[...],"mounted_at":[...]}],"denied":
/// {"processes":n,"open_files":n,"command":null|"..."}}`, `held_by` of `process`, `for_children`,
/// `mount`, `fd`, `child` and `owns`.
pub(super) fn json(map: &Map) -> String {
    let namespaces = map.namespaces.iter().map(Row::from).collect();
    json::line(&Report {
        namespaces,
        denied: Missed {
            processes: map.denied.processes,
            open_files: map.denied.files,
            command: map.denied.remedy("map --json"),
        },
    })
}

#[derive(Serialize)]
struct Report {
    namespaces: Vec<Row>,
    denied: Missed,
}

#[derive(Serialize)]
struct Missed {
    processes: u32,
    open_files: u32,
    command: Option<String>,
}

#[derive(Serialize)]
struct Row {
    r#type: NsKind,
    id: u64,
    parent: Option<u64>,
    owner: Option<u64>,
    owner_uid: Option<u32>,
    processes: u32,
    lead_pid: Option<i32>,
    lead_command: Option<String>,
    held_by: Vec<&'static str>,
    mounted_at: Vec<String>,
}

impl From<(&Key, &Namespace)> for Row {
    fn from((key, found): (&Key, &Namespace)) -> Self {
        let lead = found.lead.as_ref();
        Self {
            r#type: key.kind,
            id: key.ino,
            parent: found.parent,
            owner: found.owner,
            owner_uid: found.owner_uid,
            processes: found.processes,
            lead_pid: lead.map(|lead| lead.pid),
            lead_command: lead.map(|lead| lead.command.text()),
            held_by: found.held_by.iter().map(|hold| hold.name()).collect(),
            mounted_at: found.mounted_at.iter().map(Untrusted::text).collect(),
        }
    }
}

/// One line a namespace.
pub(super) fn tree(map: &Map, look: Look) -> String {
    let branches = tree::branches(map, look.by);
    let mut text = format!(
        "{:<30}{:>6} {:>8} {:<16} {:>9}  {}\n",
        "NAMESPACE", "PROCS", "LEAD", "COMMAND", "OWNER UID", "HELD BY"
    );
    for branch in &branches {
        if let Some(found) = map.namespaces.get(&branch.key) {
            text.push_str(&line(branch, found, look.ascii));
        }
    }
    if let Some(words) = map.denied.words("map") {
        text.push('\n');
        text.push_str(&words);
        text.push('\n');
    }
    text
}

fn line(branch: &Branch, found: &Namespace, ascii: bool) -> String {
    let Key { kind, ino } = branch.key;
    let name = format!("{}{} {ino}", branch.lead_in(ascii), kind.name());
    let lead = found.lead.as_ref();
    let (pid, command) = (
        lead.map(|lead| lead.pid.to_string()).unwrap_or_default(),
        lead.map(|lead| lead.command.text()).unwrap_or_default(),
    );
    let uid = found
        .owner_uid
        .map_or("?".to_owned(), |uid| uid.to_string());
    let line = format!(
        "{name:<30}{:>6} {pid:>8} {command:<16} {uid:>9}  {}",
        found.processes,
        found.held_in_words()
    );
    format!("{}\n", line.trim_end())
}

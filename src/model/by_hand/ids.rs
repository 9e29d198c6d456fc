//! The commands for operations on who is who: maps, ranges of ids, ids of a process. Called by
//! `by_hand` alone.

use std::collections::BTreeSet;

use super::{OUTCOME, SHELL, quoted};
use crate::model::Op;
use crate::model::op::{STAGE, Write};
use crate::model::port::{BoxSpec, Maps};

/// Inside, `id -u` says something else.
pub(super) const EXPORT: &str = "export uid=$(id -u) gid=$(id -g)";
const NAMES: [&str; 2] = ["$uid", "$gid"];

/// The boxes whose user namespace is left to the steps; the only one may go without its name.
pub(super) fn bare(boxes: &[BoxSpec]) -> BTreeSet<String> {
    let bare = boxes.iter().filter(|spec| spec.maps == Maps::None);
    let names = bare.map(|spec| spec.name.clone());
    let only = match boxes {
        [only] if only.maps == Maps::None => Some(String::new()),
        _ => None,
    };
    names.chain(only).collect()
}

/// Whether it writes the learner's ids.
pub(super) fn names_learner(op: &Op) -> bool {
    matches!(op, Op::Write(write) if NAMES.iter().any(|name| write.text.contains(name)))
}

impl super::Desk {
    /// Whether that shell still is an ordinary one of the host.
    pub(super) fn is_on_host(&self, op: &Op, actor: &str) -> bool {
        let left = self.roots.get(&super::key(op, actor));
        self.bare.contains(op.box_name().unwrap_or_default())
            && !left.is_some_and(|left| left.itself.contains(&crate::model::NsKind::User))
    }
}

/// Whether it is typed on the host.
pub(super) fn is_outside(op: &Op) -> bool {
    matches!(op, Op::Newuidmap(_) | Op::Newgidmap(_))
}

/// Whose maps it writes, if they are not its own.
pub(super) fn of(op: &Op) -> &str {
    match op {
        Op::Write(write) => write.of.as_deref().unwrap_or(STAGE),
        _ => STAGE,
    }
}

/// One line; `number` is how to learn the number of the process that it is about.
pub(super) fn line(op: &Op, number: &str) -> String {
    match op {
        Op::Write(write) => written(op, write, number),
        Op::Newuidmap(_) => range("newuidmap", "-u", "/etc/subuid", number),
        Op::Newgidmap(_) => range("newgidmap", "-g", "/etc/subgid", number),
        Op::Setids(set) => format!(
            "setpriv --reuid={} --regid={} --keep-groups {SHELL}",
            set.uid, set.gid
        ),
        _ => String::new(),
    }
}

fn written(op: &Op, write: &Write, number: &str) -> String {
    let text = if names_learner(op) {
        format!("\"{}\"", write.text) // of digits, spaces and those names
    } else {
        quoted(&write.text)
    };
    let path = quoted(&write.path);
    if write.of.is_none() {
        // dash(1) says "I/O error" of every write that fails.
        let errno = write.fails.map(|errno| errno.0.name());
        let remark = errno.map(|name| format!("{OUTCOME}{name}; dash says I/O error"));
        return format!("printf %s {text} > {path}{}", remark.unwrap_or_default());
    }
    let path = path.replace("/self/", "/PID/");
    format!("printf %s {text} > {path}  # PID: {number}")
}

fn range(program: &str, own: &str, file: &str, number: &str) -> String {
    format!(
        "{program} PID 0 $(id {own}) 1 1 $(grep -m1 \"^$(id -un):\" {file} | cut -d: -f2- | tr : ' ')\
         \u{20}\u{20}# PID: {number}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(json: &str) -> Op {
        serde_json::from_str(json).expect("an operation")
    }

    #[test]
    fn each_operation_has_its_command() {
        let cases = [
            (
                r#"{"write": {"path": "/proc/self/gid_map", "text": "0 $gid 1"}}"#,
                "printf %s \"0 $gid 1\" > /proc/self/gid_map",
            ),
            (
                r#"{"write": {"path": "/proc/self/uid_map", "text": "0 1 9", "of": "b"}}"#,
                "printf %s '0 1 9' > /proc/PID/uid_map  # PID: that of b",
            ),
            (
                r#"{"setids": {"uid": 0, "gid": 5}}"#,
                "setpriv --reuid=0 --regid=5 --keep-groups sh",
            ),
            (
                r#"{"newgidmap": {}}"#,
                "newgidmap PID 0 $(id -g) 1 1 $(grep -m1 \"^$(id -un):\" /etc/subgid | cut -d: -f2- \
                 | tr : ' ')  # PID: that of helper",
            ),
        ];
        for (json, expected) in cases {
            let op = op(json);
            let number = format!("that of {}", of(&op));
            assert_eq!(line(&op, &number), expected, "{json}");
        }
    }

    #[test]
    fn a_box_without_maps_begins_on_the_host() {
        let spec: BoxSpec = serde_json::from_str(r#"{"name": "box"}"#).expect("a box");
        let spec = BoxSpec {
            maps: Maps::None,
            ..spec
        };
        let unshare = op(r#"{"unshare": {"ns": ["user"]}}"#);
        let write = op(r#"{"write": {"path": "/proc/self/gid_map", "text": "0 $gid 1"}}"#);
        let ops = [unshare, write];
        let typed = super::super::commands(&[spec], &[], &ops);
        assert_eq!(typed[0], [EXPORT, "unshare --user --keep-caps sh"]);
        let with_maps = super::super::commands(&[], &[], &ops);
        assert_eq!(
            with_maps[0],
            [
                "unshare --user --map-root-user sh",
                "unshare --user --keep-caps sh"
            ]
        );
    }
}

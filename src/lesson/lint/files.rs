//! Operations on files, watched paths, and the directory on disk: paths are absolute and plain, and
//! small numbers stay small. Whose files they are, only the kernel can say; the stage asks it.

use super::Findings;
use crate::lesson::{Lesson, Span};
use crate::model::Op;
use crate::model::files::WATCHED;
use crate::model::op::Text;

const MAX_TEXT: usize = 4096;
const MAX_PATH: usize = 256;
const MAX_MADE: usize = 8;
/// What a shell can redirect, beyond the descriptors that a process of a box has anyway.
const HELD: std::ops::RangeInclusive<i32> = 5..=9;

/// The watched paths of each box.
pub(super) fn boxes(lesson: &Lesson, findings: &mut Findings<'_>) {
    for (spec, at) in lesson.boxes.iter().zip(&lesson.at.boxes) {
        let many = spec.files.len() > WATCHED;
        findings.add_if(many, at, format!("at most {WATCHED} paths can be watched"));
        for path in &spec.files {
            findings.add_if(!is_plain(path), at, not_plain(path));
        }
        let binds = |op: &Op| {
            let uses = matches!(op, Op::Disk(_)) || matches!(op, Op::Root(root) if root.overlay);
            uses && op.box_name().is_none_or(|name| name == spec.name)
        };
        let used = lesson.steps.iter().flat_map(|step| &step.ops).any(binds);
        let message = match (spec.disk, used) {
            (false, true) => "`disk` and a root with `overlay` need `disk = true` here",
            (true, false) => "`disk = true` without an operation that uses it",
            _ => continue,
        };
        findings.add_if(true, at, message);
    }
}

/// An operation of `model/op/files.rs`.
pub(super) fn op(op: &Op, at: &Span, findings: &mut Findings<'_>) {
    for path in paths(op) {
        findings.add_if(!is_plain(path), at, not_plain(path));
    }
    let message = match op {
        Op::Writefile(Text { text, .. }) | Op::Append(Text { text, .. })
            if text.len() > MAX_TEXT =>
        {
            "expected a text of at most 4096 bytes"
        }
        Op::Mkdir(mkdir) if !(1..=MAX_MADE).contains(&mkdir.paths.len()) => {
            "expected one to eight paths"
        }
        Op::Hold(hold) if !HELD.contains(&hold.fd) || hold.by.is_none() => {
            "expected `by`, a process other than helper, and an `fd` from 5 to 9"
        }
        Op::Addkey(key) if !is_word(&key.name) || !is_word(&key.text) => {
            "expected a name and a text of 1 to 40 letters, digits, hyphens and spaces"
        }
        Op::Chmod(chmod) if chmod.bits().is_none() => {
            "expected a file mode in octal digits, such as \"0640\""
        }
        _ => return,
    };
    findings.add_if(true, at, message);
}

fn paths(op: &Op) -> Vec<&str> {
    match op {
        Op::Mkdir(op) => op.paths.iter().map(String::as_str).collect(),
        Op::Writefile(op) | Op::Append(op) => vec![&op.path],
        Op::Readfile(op) | Op::Remove(op) | Op::Chdir(op) | Op::Chroot(op) | Op::Program(op) => {
            vec![&op.path]
        }
        Op::Exec(op) => op.path.iter().map(String::as_str).collect(),
        Op::Rename(op) => vec![&op.from, &op.to],
        Op::Chmod(op) => vec![&op.path],
        Op::Chown(op) => vec![&op.path],
        Op::PivotRoot(op) => vec![&op.new_root, &op.put_old],
        Op::Disk(op) => vec![&op.target],
        Op::Root(op) => vec![&op.target],
        Op::Hold(op) => vec![&op.path],
        _ => Vec::new(),
    }
}

fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "- ".contains(c);
    (1..=40).contains(&text.len()) && text.chars().all(plain)
}

fn is_plain(path: &str) -> bool {
    let odd = |part: &str| matches!(part, "" | "." | "..");
    let normal = path == "/"
        || path
            .strip_prefix('/')
            .is_some_and(|rest| !rest.split('/').any(odd));
    normal && path.len() <= MAX_PATH && !path.chars().any(char::is_control)
}

fn not_plain(path: &str) -> String {
    format!("`{path}`: expected an absolute path without `.`, `..` and double slashes")
}

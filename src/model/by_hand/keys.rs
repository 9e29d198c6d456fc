//! The commands for operations on keys: perl makes the bare calls, since keyctl(1) is seldom installed.
//! Called by `by_hand` alone.

use super::ipc::{escaped, perl};
use super::limits::{NUMBERS, number};
use crate::model::Op;
use crate::model::op::{Addkey, Readkey};

/// -3 is `KEY_SPEC_SESSION_KEYRING`; 1, 10 and 11 are `KEYCTL_JOIN_SESSION_KEYRING`, `KEYCTL_SEARCH` and
/// `KEYCTL_READ`. None for any other operation.
pub(super) fn line(op: &Op) -> Option<String> {
    let call = number("keyctl");
    let code = match op {
        Op::Keyring(_) => {
            format!("syscall({call}, 1, 0) == -1 and die \"keyctl: $!\\n\"; exec \"sh\"")
        }
        Op::Addkey(Addkey { name, text, .. }) => format!(
            "syscall({}, \"user\", \"{}\", \"{}\", {}, -3) == -1 and die \"add_key: $!\\n\"",
            number("add_key"),
            escaped(name),
            escaped(text),
            text.len()
        ),
        Op::Readkey(Readkey { name, .. }) => format!(
            "$k = syscall({call}, 10, -3, \"user\", \"{}\", 0); $k == -1 and die \"keyctl: $!\\n\"; \
             $b = \" \" x 256; $n = syscall({call}, 11, $k, $b, 256); print substr($b, 0, $n), \"\\n\"",
            escaped(name)
        ),
        _ => return None,
    };
    Some(perl(&format!("{NUMBERS}{code}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_its_command() {
        let cases = [
            (r#"{"keyring": {}}"#, "1, 0) == -1"),
            (
                r#"{"addkey": {"name": "a", "text": "open sesame"}}"#,
                r#""user", "a", "open sesame", 11, -3)"#,
            ),
            (
                r#"{"readkey": {"name": "a"}}"#,
                r#"10, -3, "user", "a", 0)"#,
            ),
        ];
        for (json, part) in cases {
            let op: Op = serde_json::from_str(json).expect("an operation");
            let line = line(&op).expect("a line");
            assert!(line.starts_with("perl -e '"), "{line}");
            assert!(line.contains(part), "{line}");
        }
        let other: Op = serde_json::from_str(r#"{"wait": {"of": "a"}}"#).expect("an operation");
        assert_eq!(line(&other), None);
    }
}

//! The commands for operations on keys: perl makes the bare calls, since keyctl(1) is seldom installed.
//! Called by `by_hand` alone.

use super::ipc::{escaped, perl};
use super::limits::{NUMBERS, number};
use crate::model::Op;
use crate::model::op::{Addkey, Readkey};

/// syscall of perl takes no literal where the kernel wants a pointer, hence the variables. -3 is `KEY_SPEC_SESSION_KEYRING`; 1, 10 and 11 are `KEYCTL_JOIN_SESSION_KEYRING`, `KEYCTL_SEARCH` and
/// `KEYCTL_READ`. None for any other operation.
pub(super) fn line(op: &Op) -> Option<String> {
    let call = number("keyctl");
    let code = match op {
        Op::Keyring(_) => {
            format!("syscall({call}, 1, 0) == -1 and die \"keyctl: $!\\n\"; exec \"sh\"")
        }
        Op::Addkey(Addkey { name, text, .. }) => format!(
            "($t, $n, $x) = (\"user\", \"{}\", \"{}\"); \
             syscall({}, $t, $n, $x, {}, -3) == -1 and die \"add_key: $!\\n\"",
            escaped(name),
            escaped(text),
            number("add_key"),
            text.len()
        ),
        Op::Readkey(Readkey { name, .. }) => format!(
            "($t, $n, $b) = (\"user\", \"{}\", \" \" x 256); \
             $k = syscall({call}, 10, -3, $t, $n, 0); $k == -1 and die \"keyctl: $!\\n\"; \
             $l = syscall({call}, 11, $k, $b, 256); print substr($b, 0, $l), \"\\n\"",
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
                r#"("user", "a", "open sesame"); "#,
            ),
            (r#"{"readkey": {"name": "a"}}"#, "10, -3, $t, $n, 0)"),
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

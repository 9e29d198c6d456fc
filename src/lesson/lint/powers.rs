//! Operations on what a process may do: who may be limited, and whether their fields go together.
//! Called by `ops` alone.

use crate::model::Op;
use crate::model::op::STAGE;

const MAX_TRIES: usize = 13;

/// What is wrong with an operation of `model/op/limits.rs`, if anything is.
pub(super) fn wrong(op: &Op) -> Option<String> {
    if op.by().is_none_or(|by| by == STAGE) {
        let key = op.key();
        return Some(format!(
            "expected `by`, a process other than helper: what `{key}` takes away it would lack for good"
        ));
    }
    match op {
        Op::Caps(caps) => caps.change().err(),
        Op::Try(tries) => {
            let plain = tries.at.starts_with('/') && !tries.at.contains("..");
            let many = !(1..=MAX_TRIES).contains(&tries.what.len());
            let message = if !plain || tries.at.len() > 64 {
                "expected `at`, an absolute path without `..`"
            } else if many {
                "expected one to thirteen things to try"
            } else if tries.fails.is_some() {
                "expected no `fails`: what `try` is refused is written down, and no failure"
            } else {
                return None;
            };
            Some(message.to_owned())
        }
        _ => None,
    }
}

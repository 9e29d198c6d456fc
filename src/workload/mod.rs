//! Demo programs that run inside boxes: one file each, one line in [`find`] each.
//!
//! A workload holds descriptor 0 (its lifeline to whoever started it), 1 and 2, and nothing else.
//! It reports ready, waits for go, and ends within a second when its lifeline does.

mod ticker;

use std::process::ExitCode;

use crate::kernel::birth;
use crate::kernel::chan::Channel;
use crate::model::wire::{Go, Ready};

/// A demo program: what it does once it may begin.
type Program = fn(&Channel) -> ExitCode;

/// The program of that name.
fn find(kind: &str) -> Option<Program> {
    match kind {
        "ticker" => Some(ticker::run),
        _ => None,
    }
}

/// The role `@workload KIND NAME`: called by main, in the new process.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let [kind, name] = args else {
        return ExitCode::FAILURE;
    };
    let Some(program) = find(kind) else {
        return ExitCode::FAILURE;
    };
    match birth::begin::<_, Go>(name, 0, &Ready) {
        Ok((lifeline, _, _)) => program(&lifeline),
        Err(_) => ExitCode::FAILURE,
    }
}

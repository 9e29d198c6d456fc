//! The hidden processes around a box. Each is this program executed again in another role, and
//! single-threaded from then on: only such a process can create and join user namespaces.
//!
//! Called by `main` alone. Nothing here draws, reads lessons or decides what comes next.

mod birthplace;
mod echo;
mod exec;
mod eye;
mod grounds;
mod hands;
mod helper;
mod keeper;
mod member;
mod programs;
mod reexec;
mod restrain;
mod spawner;
mod there;

use std::io::Write as _;
use std::process::ExitCode;

use crate::kernel::chan::ChanError;

/// Runs a hidden role until its channel ends. `None`: there is no role of that name.
#[must_use]
pub fn main(role: &str, args: &[String]) -> Option<ExitCode> {
    let result = match (role, args) {
        ("@spawner", []) => spawner::run(None),
        ("@spawner", [number]) => spawner::run(Some(number)),
        ("@echo", []) => echo::run(),
        ("@stage", [box_name]) => helper::run(box_name),
        ("@eye", [box_name]) => eye::run(box_name),
        ("@shell", [name]) => keeper::run(name),
        ("@member", [box_name, name]) => member::run(box_name, name),
        _ => return None,
    };
    Some(match result {
        // The end of the channel is how these roles are meant to end.
        Ok(()) | Err(ChanError::Ended) => ExitCode::SUCCESS,
        Err(error) => {
            // Of the spawner this is the pipe that the ui shows in its log; of the others nothing.
            let _ = writeln!(std::io::stderr(), "{role}: {error}");
            ExitCode::FAILURE
        }
    })
}

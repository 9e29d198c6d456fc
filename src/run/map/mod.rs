//! `glassbox map`: every namespace of this host, as JSON or as a tree. Called by main outside any
//! guard: it reads and prints, starts nothing, and keeps the privileges that glassbox was started with.
//! The screen is `run::tui`'s.

mod report;

use std::io::{self, Write as _};
use std::process::ExitCode;

use self::report::Look;
use super::exit::{self, Exit};
use crate::cli::TreeBy;
use crate::kernel::nsmap;
use crate::kernel::tty::Tty;
use crate::model::map::tree::By;

/// Whether the screen is wanted: nothing else was asked for, and there is a terminal.
#[must_use]
pub fn wants_screen(json: bool, tree: Option<TreeBy>) -> bool {
    !json && tree.is_none() && Tty::of_standard_streams().is_some()
}

/// Prints the map: one JSON object, or a tree.
#[must_use]
pub fn print(json: bool, tree: Option<TreeBy>, ascii: bool) -> ExitCode {
    let map = match nsmap::survey() {
        Ok(map) => map,
        Err(errno) => return exit::cannot_here(&format!("/proc cannot be read: {errno}")),
    };
    let text = if json {
        report::json(&map)
    } else {
        report::tree(&map, look(tree, ascii))
    };
    // Whoever closed the pipe has read enough.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    Exit::Ok.into()
}

fn look(tree: Option<TreeBy>, ascii: bool) -> Look {
    Look {
        by: match tree {
            Some(TreeBy::Parent) => By::Parent,
            Some(TreeBy::Owner) | None => By::Owner,
        },
        ascii: ascii || !super::doctor::speaks_utf8(),
    }
}

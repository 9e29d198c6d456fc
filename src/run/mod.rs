//! Composition: the only module that knows all others. Called by `main`; brings app, ui, lab and
//! terminal together and holds no logic of its own.

mod clipboard;
pub mod doctor;
pub mod exit;
mod input;
pub mod inspect;
mod json;
mod keys;
mod lessons;
pub mod library;
pub mod map;
mod play;
mod progress;
mod shell;
pub mod store;
mod terminal;
mod tui;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::kernel::chan::Channel;
use crate::kernel::link::Link;

pub use lessons::lessons;
pub use shell::shell;

/// The ui: what the guardian guards. The arguments are those that glassbox was started with.
#[must_use]
pub fn guarded(link: Link, broker: Option<Channel>, arguments: &[OsString]) -> ExitCode {
    let name = OsString::from("glassbox");
    let cli = match Cli::try_parse_from(std::iter::once(&name).chain(arguments)) {
        Ok(cli) => cli,
        Err(answer) => return exit::with_clap(&answer),
    };
    let lessons = match library::load(cli.options.lessons.as_deref()) {
        Ok(lessons) => lessons,
        Err(complaints) => return exit::failure(&complaints.join("\n")),
    };
    match cli.command() {
        Command::Learn { place } => {
            tui::learn((link, broker), place.as_ref(), &cli.options, lessons)
        }
        Command::Play { place } => play::play(lessons, &place, &cli.options, broker),
        Command::Progress { json } => progress::progress(&lessons, &cli.options, json),
        Command::Doctor { json } => doctor::doctor(&lessons, json, broker.as_ref()),
        Command::Verify { ref only, json } => verify::verify(&lessons, only, json, broker),
        Command::Lessons(_) | Command::Shell { .. } | Command::Map { .. } | Command::Inspect { .. } => {
            exit::usage("no such command")
        }
    }
}

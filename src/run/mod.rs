//! Composition: the only module that knows all others. Called by `main`; brings app, ui, lab and
//! terminal together and holds no logic of its own.

mod clipboard;
pub mod doctor;
pub mod exit;
mod hands;
mod input;
pub mod inspect;
mod json;
mod keys;
mod lab;
mod lessons;
pub mod library;
mod manual;
pub mod map;
mod placed;
mod play;
mod progress;
mod relay;
mod shell;
pub mod store;
mod template;
mod terminal;
mod tui;
mod verify;

use std::ffi::OsString;
use std::hash::{BuildHasher as _, RandomState};
use std::process::ExitCode;

use clap::Parser as _;

use crate::app::First;
use crate::cli::{Cli, Command};
use crate::kernel::chan::Channel;
use crate::kernel::link::Link;
use crate::lesson::Lesson;

pub use lab::wants_screen;
pub use lessons::lessons;
pub use manual::{completions, man};

/// The ui: what the guardian guards. The arguments are those that glassbox was started with.
#[must_use]
pub fn guarded(link: Link, broker: Option<Channel>, arguments: &[OsString]) -> ExitCode {
    let name = OsString::from("glassbox");
    let cli = match Cli::try_parse_from(std::iter::once(&name).chain(arguments)) {
        Ok(cli) => cli,
        Err(answer) => return exit::with_clap(&answer),
    };
    let switches = match cli.command() {
        Command::Lab(desk) => match lab::on_screen(&desk) {
            None => return lab::lab((link, broker), &desk),
            Some(Err(why)) => return exit::usage(&why),
            Some(Ok(switches)) => Some(switches),
        },
        Command::Shell { box_name, of } => return shell::shell(&link, box_name.as_deref(), of),
        _ => None,
    };
    match cli.command() {
        Command::Map { .. } => return tui::look(link, &cli.options, First::Map),
        Command::Inspect(asked) => match inspect::first(&asked) {
            Ok(first) => return tui::look(link, &cli.options, first),
            Err(code) => return code,
        },
        _ => {}
    }
    let lessons = match library::load(cli.options.lessons.as_deref()) {
        Ok(lessons) => lessons,
        Err(complaints) => return exit::failure(&complaints.join("\n")),
    };
    let (command, mut lessons) = match with_files(cli.command(), lessons) {
        Ok(both) => both,
        Err(complaint) => return exit::failure(&complaint),
    };
    let seed = RandomState::new().hash_one(std::process::id());
    for lesson in &mut lessons {
        lesson.draw(seed);
    }
    if let Some(switches) = switches {
        return tui::desk((link, broker), &cli.options, lessons, switches);
    }
    match command {
        Command::Learn { place, track } => {
            let (lessons, track) = match library::tracked(lessons, track.as_deref()) {
                Ok(both) => both,
                Err(why) => return exit::usage(&why),
            };
            let lessons = (lessons, track);
            tui::learn((link, broker), place.as_ref(), &cli.options, lessons)
        }
        Command::Play { place } => play::play(lessons, &place, &cli.options, broker),
        Command::Progress { json } => progress::progress(&lessons, &cli.options, json),
        Command::Doctor { track, json } => {
            doctor::doctor(lessons, track.as_deref(), json, broker.as_ref())
        }
        Command::Verify { ref only, json } => verify::verify(&lessons, only, json, broker),
        Command::Lab(_)
        | Command::Lessons(_)
        | Command::Shell { .. }
        | Command::Completions { .. }
        | Command::Inspect(_)
        | Command::Map { .. }
        | Command::Man => exit::usage("no such command"),
    }
}

/// A command that names lesson files, with the ids of their lessons instead.
fn with_files(
    mut command: Command,
    lessons: Vec<Lesson>,
) -> Result<(Command, Vec<Lesson>), String> {
    let names = match &mut command {
        Command::Learn { place, .. } => place
            .as_mut()
            .map_or(&mut [][..], |place| std::slice::from_mut(&mut place.lesson)),
        Command::Play { place } => std::slice::from_mut(&mut place.lesson),
        Command::Verify { only, .. } => only,
        _ => &mut [],
    };
    let lessons = library::with_files(lessons, names)?;
    Ok((command, lessons))
}

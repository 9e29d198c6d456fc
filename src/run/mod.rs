//! Composition: the only module that knows all others. Called by `main`; brings app, ui, lab and
//! terminal together and holds no logic of its own.

mod clipboard;
pub mod doctor;
pub mod exit;
mod input;
mod keys;
mod library;
mod store;
mod terminal;
mod tui;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command, Lessons};
use crate::kernel::link::Link;
use crate::lesson::Lesson;
use crate::model::Untrusted;

/// The ui: what the guardian guards. The arguments are those that glassbox was started with.
#[must_use]
pub fn guarded(link: Link, arguments: &[OsString]) -> ExitCode {
    let name = OsString::from("glassbox");
    let cli = match Cli::try_parse_from(std::iter::once(&name).chain(arguments)) {
        Ok(cli) => cli,
        Err(answer) => return exit::with_clap(&answer),
    };
    let lessons = match library::load(&cli.options) {
        Ok(lessons) => lessons,
        Err(found) => return exit::bad_lessons(&found),
    };
    match cli.command() {
        Command::Learn { place } => tui::learn(link, place.as_ref(), &cli.options, lessons),
        Command::Doctor { json } => doctor::doctor(&wishes(&lessons), json),
        Command::Verify { .. } => exit::failure("not built yet"),
        Command::Lessons(_) => exit::usage("no such command"),
    }
}

/// What doctor must know of the lessons.
fn wishes(lessons: &[Lesson]) -> Vec<doctor::Wish<'_>> {
    lessons
        .iter()
        .map(|lesson| doctor::Wish {
            id: &lesson.id,
            title: &lesson.title,
            needs: &lesson.needs,
        })
        .collect()
}

/// `glassbox lessons ...`: reads files and prints; starts nothing.
#[must_use]
pub fn lessons(cli: &Cli) -> ExitCode {
    match cli.command() {
        Command::Lessons(Lessons::List) => match library::load(&cli.options) {
            Ok(lessons) => exit::with_lines(lessons.iter().map(line)),
            Err(found) => exit::bad_lessons(&found),
        },
        Command::Lessons(Lessons::Lint { path }) => {
            let (count, found) = library::lint(path.as_deref(), &cli.options);
            if !found.is_empty() {
                return exit::bad_lessons(&found);
            }
            exit::with_lines(std::iter::once(format!(
                "{count} lessons, nothing to complain about"
            )))
        }
        _ => exit::usage("no such command"),
    }
}

fn line(lesson: &Lesson) -> String {
    let Lesson {
        id,
        title,
        minutes,
        core,
        ..
    } = lesson;
    let title = Untrusted::from(title.as_str()).text();
    let part = if *core { "core" } else { "more" };
    format!("{id:<16} {minutes:>2} min  {part}  {title}")
}

//! `glassbox lessons list`, `lint` and `new`. Called by main, outside any guard: reads files, prints,
//! writes one for `new`, starts nothing.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::exit::{self, Exit};
use super::library::{self, File};
use super::template;
use crate::cli::{Cli, Command, Lessons};
use crate::lesson::track::{self, Track};
use crate::lesson::{Lesson, library as builtin};
use crate::model::Untrusted;

/// Carries out `glassbox lessons ...`.
#[must_use]
pub fn lessons(cli: &Cli) -> ExitCode {
    let folder = cli.options.lessons.as_deref();
    match cli.command() {
        Command::Lessons(Lessons::Lint { path }) => lint(path.as_deref().or(folder)),
        Command::Lessons(Lessons::List { track, json }) => list(folder, track.as_deref(), json),
        Command::Lessons(Lessons::New { name }) => new(folder, &name),
        _ => Exit::Usage.into(),
    }
}

/// A lesson as `list --json` prints it.
#[derive(Serialize)]
struct Entry<'l> {
    id: &'l str,
    title: &'l str,
    minutes: u32,
    core: bool,
    needs: &'l [String],
    man: &'l [String],
    steps: Vec<&'l str>,
}

fn list(folder: Option<&Path>, track: Option<&str>, json: bool) -> ExitCode {
    let lessons = match library::load(folder) {
        Ok(lessons) => lessons,
        Err(wrong) => return library::refuse(&wrong),
    };
    match library::tracked(lessons, track) {
        Ok((lessons, _)) if json => print(&json_of(&lessons), Exit::Ok),
        Ok((lessons, None)) => print(&table(&lessons), Exit::Ok),
        Ok((lessons, Some(track))) => print(&track_table(&lessons, &track), Exit::Ok),
        Err(why) => exit::usage(&why),
    }
}

/// A new lesson here: its name and what to do next.
fn new(folder: Option<&Path>, name: &str) -> ExitCode {
    let lessons = library::load(folder).unwrap_or_default();
    let number = |lesson: &Lesson| lesson.id.get(..2)?.parse().ok();
    let highest = lessons.iter().filter_map(number).max().unwrap_or(0);
    match template::write(Path::new("."), name, highest) {
        Ok(name) => {
            let next = ["lessons lint", "verify", "learn"];
            let next = next.map(|what| format!("  glassbox {what} {name}\n"));
            print(&format!("{name}\n{}", next.concat()), Exit::Ok)
        }
        Err(why) => exit::failure(&why),
    }
}

fn json_of(lessons: &[Lesson]) -> String {
    let entries: Vec<Entry<'_>> = lessons.iter().map(Entry::of).collect();
    let text = serde_json::to_string_pretty(&entries).unwrap_or_default();
    text + "\n"
}

impl<'l> Entry<'l> {
    fn of(lesson: &'l Lesson) -> Self {
        Self {
            id: &lesson.id,
            title: &lesson.title,
            minutes: lesson.minutes,
            core: lesson.core,
            needs: &lesson.needs,
            man: &lesson.man,
            steps: lesson
                .steps
                .iter()
                .map(|step| step.title.as_str())
                .collect(),
        }
    }
}

fn table(lessons: &[Lesson]) -> String {
    let wide = lessons.iter().map(|lesson| lesson.id.width()).max();
    let wide = wide.unwrap_or_default();
    let line = |lesson: &Lesson| {
        let part = if lesson.core { "core" } else { "more" };
        let title = Untrusted::from(&lesson.title).text();
        format!(
            "{:wide$}  {:>2} min  {part}  {title}\n",
            lesson.id, lesson.minutes
        )
    };
    lessons.iter().map(line).collect()
}

/// The lessons, of a talk the steps, and how long it takes.
fn track_table(lessons: &[Lesson], track: &Track) -> String {
    let wide = lessons.iter().map(|lesson| lesson.id.width()).max();
    let wide = wide.unwrap_or_default();
    let line = |lesson: &Lesson| {
        let stop = track.stop(&lesson.id)?;
        let seconds = stop.seconds(lesson);
        let time = match stop.steps.len() {
            0 => format!("{:>3} min", seconds / 60),
            _ => format!("{seconds:>3} s  "),
        };
        let title = Untrusted::from(&lesson.title).text();
        let steps = stop.words();
        let steps = if steps.is_empty() {
            steps
        } else {
            format!(": {steps}")
        };
        Some(format!("{:wide$}  {time}  {title}{steps}\n", lesson.id))
    };
    let lines: String = lessons.iter().filter_map(line).collect();
    let (count, minutes) = (lessons.len(), track.minutes(lessons));
    let (name, about) = (&track.name, &track.about);
    format!("{lines}\n{name}: {count} lessons, {minutes} min; {about}\n")
}

fn lint(path: Option<&Path>) -> ExitCode {
    let (files, mut wrong) = match path {
        None => (library::embedded_files(), Vec::new()),
        Some(path) if path.is_dir() => library::folder_files(path),
        Some(path) => match library::single_file(path) {
            Ok(file) => (vec![file], Vec::new()),
            Err(complaint) => (Vec::new(), vec![complaint]),
        },
    };
    let mut lessons = Vec::new();
    for (name, text) in &files {
        match builtin::load(text, name) {
            Ok(lesson) => lessons.push(lesson),
            Err(found) => wrong.extend(found.iter().map(ToString::to_string)),
        }
    }
    if path.is_none() && wrong.is_empty() {
        wrong = track::lint(&lessons);
    }
    if wrong.is_empty() {
        print(&praise(&files, &lessons), Exit::Ok)
    } else {
        // Diagnostics go to standard output here: they are what was asked for.
        print(&format!("{}\n", wrong.join("\n\n")), Exit::Failure)
    }
}

fn praise(files: &[File], lessons: &[Lesson]) -> String {
    let steps = lessons.iter().flat_map(|lesson| &lesson.steps);
    let seconds: u32 = steps.map(|step| step.talk).sum();
    let count = match files.len() {
        1 => "1 lesson".to_owned(),
        many => format!("{many} lessons"),
    };
    format!(
        "{count}, nothing wrong; {} min {} s of talk\n",
        seconds / 60,
        seconds % 60
    )
}

fn print(text: &str, exit: Exit) -> ExitCode {
    // Whoever closed the pipe has read enough; the exit code still tells the result.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    exit.into()
}

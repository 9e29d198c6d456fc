//! The lessons in use: those inside the binary, or those of a folder that somebody named. Used by
//! every command that needs lessons; starts nothing.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use super::exit::Exit;
use crate::cli::Place;
use crate::kernel::files::{FileError, Folder, shown};
use crate::lesson::track::{self, Track};
use crate::lesson::{self, Lesson, MAX_BYTES, library};
use crate::model::Untrusted;

/// More lesson files than this are no course.
const MAX_FILES: usize = 200;
const ENDING: &str = ".toml";

/// A lesson file: its name for messages, and its text.
pub(super) type File = (String, String);

/// The lessons of `folder`, or those inside the binary, in the order of their names; else every
/// complaint, each ready to be printed.
pub fn load(folder: Option<&Path>) -> Result<Vec<Lesson>, Vec<String>> {
    let (files, mut wrong) = match folder {
        Some(folder) => folder_files(folder),
        None => (embedded_files(), Vec::new()),
    };
    // Those inside the binary were linted by its tests; to do it again is most of the time of a start.
    let read = match folder {
        Some(_) => library::load,
        None => lesson::parse,
    };
    let mut lessons = Vec::new();
    for (name, text) in files {
        match read(&text, &name) {
            Ok(lesson) => lessons.push(lesson),
            Err(found) => wrong.extend(found.iter().map(ToString::to_string)),
        }
    }
    if wrong.is_empty() {
        Ok(lessons)
    } else {
        Err(wrong)
    }
}

/// Says what is wrong with the lessons; nothing can be started with them.
#[must_use]
pub fn refuse(wrong: &[String]) -> ExitCode {
    // Without a reader the exit code still tells it.
    let _ = writeln!(io::stderr(), "{}", wrong.join("\n\n"));
    Exit::Failure.into()
}

/// The files inside the binary.
pub(super) fn embedded_files() -> Vec<File> {
    let files = library::embedded_files().into_iter();
    files.map(|(name, text)| (name, text.to_owned())).collect()
}

/// The lesson files of a folder, and a complaint for each that was not read.
pub(super) fn folder_files(path: &Path) -> (Vec<File>, Vec<String>) {
    let complain = |error: &FileError| format!("{}: {error}", shown(path));
    let opened =
        Folder::open(path).and_then(|folder| Ok((folder.names(ENDING, MAX_FILES)?, folder)));
    let (names, folder) = match opened {
        Ok(opened) => opened,
        Err(error) => return (Vec::new(), vec![complain(&error)]),
    };
    if names.is_empty() {
        let none = format!(
            "{}: no lesson here; expected files named NN-name{ENDING}",
            shown(path)
        );
        return (Vec::new(), vec![none]);
    }
    let (mut files, mut wrong) = (Vec::new(), Vec::new());
    for name in names {
        match read(&folder, path, &name) {
            Ok(file) => files.push(file),
            Err(complaint) => wrong.push(complaint),
        }
    }
    (files, wrong)
}

/// One lesson file by its path.
pub(super) fn single_file(path: &Path) -> Result<File, String> {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    let parent = parent.unwrap_or(Path::new("."));
    let Some(name) = path.file_name() else {
        return Err(format!("{}: expected a file or a folder", shown(path)));
    };
    let folder = Folder::open(parent).map_err(|error| format!("{}: {error}", shown(path)))?;
    let (_, text) = read(&folder, parent, name)?;
    Ok((shown(path), text))
}

/// The lessons, and among them those of lesson files that somebody named instead of a lesson; in the
/// names' place then stand their ids. A file has the place of a lesson of the same name.
pub(super) fn with_files(
    mut lessons: Vec<Lesson>,
    names: &mut [String],
) -> Result<Vec<Lesson>, String> {
    for name in names {
        if !name.ends_with(ENDING) {
            continue;
        }
        let (shown, text) = single_file(Path::new(name.as_str()))?;
        let lesson = library::load(&text, &shown).map_err(|found| {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            found.join("\n\n")
        })?;
        name.clone_from(&lesson.id);
        match lessons.iter_mut().find(|other| other.id == lesson.id) {
            Some(other) => *other = lesson,
            None => lessons.push(lesson),
        }
    }
    Ok(lessons)
}

/// The track of that name, and its lessons in its order; all lessons without a name.
pub(super) fn tracked(
    lessons: Vec<Lesson>,
    name: Option<&str>,
) -> Result<(Vec<Lesson>, Option<Track>), String> {
    match name {
        None => Ok((lessons, None)),
        Some(name) => {
            let track = track::find(name, &lessons)?;
            Ok((track.pick(lessons), Some(track)))
        }
    }
}

fn read(folder: &Folder, path: &Path, name: &OsStr) -> Result<File, String> {
    let shown = shown(&path.join(name));
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    match folder.read(name, limit) {
        Ok(text) => Ok((shown, text)),
        Err(error) => Err(format!("{shown}: {error}")),
    }
}

/// The lesson that was asked for, by its id, its number or its name (`02-pid`, `02`, `pid`), and the
/// step from 0.
pub(super) fn find(lessons: &[Lesson], place: &Place) -> Result<(String, Option<usize>), String> {
    let wanted = place.lesson.as_str();
    let fits = |lesson: &&Lesson| {
        let parts = lesson.id.split_once('-');
        lesson.id == wanted
            || parts.is_some_and(|(number, name)| number == wanted || name == wanted)
    };
    let shown = Untrusted::from(wanted).text();
    let Some(lesson) = lessons.iter().find(fits) else {
        return Err(format!(
            "there is no lesson `{shown}`; `glassbox lessons list` names them all"
        ));
    };
    match place.step {
        Some(step) if step > lesson.steps.len() => Err(format!(
            "lesson {} has {} steps, not {step}",
            lesson.id,
            lesson.steps.len()
        )),
        step => Ok((lesson.id.clone(), step.map(|step| step - 1))),
    }
}

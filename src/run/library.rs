//! Where lessons come from: the binary, or a folder of the learner's (`--lessons DIR`). Reads files
//! with every caution, since the folder may come from anywhere; starts nothing.

use std::fs::{self, File};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use crate::cli::{Options, Place};
use crate::kernel::proc;
use crate::lesson::{self, Diagnostic, Lesson, MAX_BYTES, Source};
use crate::model::Untrusted;

/// The lessons in use, in the order of the course, or everything that is wrong with them.
pub(super) fn load(options: &Options) -> Result<Vec<Lesson>, Vec<Diagnostic>> {
    match &options.lessons {
        Some(folder) => files_in(folder)?.iter().map(|file| checked(file)).collect(),
        None => lesson::library::embedded(),
    }
}

/// What is wrong with a file, a folder of files, or the lessons in the binary, and how many lessons
/// were looked at.
pub(super) fn lint(path: Option<&Path>, options: &Options) -> (usize, Vec<Diagnostic>) {
    let path = path.or(options.lessons.as_deref());
    let results: Vec<Result<Lesson, Vec<Diagnostic>>> = match path {
        Some(path) if path.is_dir() => match files_in(path) {
            Ok(files) => files.iter().map(|file| checked(file)).collect(),
            Err(found) => vec![Err(found)],
        },
        Some(file) => vec![checked(file)],
        None => embedded(),
    };
    let count = results.len();
    let found = results.into_iter().filter_map(Result::err).flatten();
    (count, found.collect())
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

fn embedded() -> Vec<Result<Lesson, Vec<Diagnostic>>> {
    let files = lesson::library::embedded_files();
    files
        .into_iter()
        .map(|(name, text)| accept(text, name))
        .collect()
}

/// Every `*.toml` of the folder, by name.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Vec<Diagnostic>> {
    let entries = fs::read_dir(folder).map_err(|error| about(folder, &error.to_string()))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(about(folder, "there is no lesson (*.toml) in this folder"));
    }
    Ok(files)
}

fn checked(path: &Path) -> Result<Lesson, Vec<Diagnostic>> {
    let bytes = read(path).map_err(|message| about(path, &message))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        about(
            path,
            &format!("byte {} is not UTF-8", error.utf8_error().valid_up_to()),
        )
    })?;
    accept(&text, &path.to_string_lossy())
}

fn accept(text: &str, name: &str) -> Result<Lesson, Vec<Diagnostic>> {
    let lesson = lesson::parse(text, name)?;
    let found = lesson::lint(&lesson);
    if found.is_empty() {
        Ok(lesson)
    } else {
        Err(found)
    }
}

/// The bytes of a regular file of its own folder. Never waits (a FIFO) and never reads without end.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let words = |error: std::io::Error| error.to_string();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder
        .unwrap_or(Path::new("."))
        .canonicalize()
        .map_err(words)?;
    let real = path.canonicalize().map_err(words)?;
    if !real.starts_with(&folder) {
        return Err("a link out of its folder; a lesson stays in its own".to_owned());
    }
    if !real.is_file() {
        return Err("not a regular file".to_owned());
    }
    let folder = File::open(&folder).map_err(words)?;
    let name = real.to_str().ok_or("its path is not UTF-8")?;
    let bytes = proc::read_at(folder.as_fd(), name, MAX_BYTES + 1)
        .map_err(|errno| errno.words().to_owned())?;
    if bytes.len() > MAX_BYTES {
        return Err(format!("larger than {MAX_BYTES} bytes"));
    }
    Ok(bytes)
}

/// A complaint about a file as a whole.
fn about(path: &Path, message: &str) -> Vec<Diagnostic> {
    vec![Source::new(&path.to_string_lossy(), "").diagnostic(&(0..0), message)]
}

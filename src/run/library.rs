//! Where the lessons come from: the binary, or the folder that `--lessons` names. Reads files and
//! starts nothing; every complaint names file, line and column where there is one.

use std::ffi::OsString;
use std::path::Path;

use crate::kernel::files;
use crate::lesson::{self, Lesson, library};
use crate::model::{Errno, Untrusted};

/// All lessons in the order of the course, or everything that is wrong with them.
pub(super) fn load(folder: Option<&Path>) -> Result<Vec<Lesson>, Vec<String>> {
    match folder {
        None => library::embedded().map_err(words),
        Some(folder) => from_folder(folder),
    }
}

/// Every `.toml` file of a folder, by name. Lessons from elsewhere must pass lint as ours do.
fn from_folder(folder: &Path) -> Result<Vec<Lesson>, Vec<String>> {
    let (mut lessons, mut wrong) = (Vec::new(), Vec::new());
    for name in names(folder).map_err(|error| vec![format!("{}: {error}", shown(folder))])? {
        let path = folder.join(&name);
        match read(folder, &name).map_err(|error| vec![format!("{}: {error}", shown(&path))]) {
            Ok(text) => match one(&text, &path) {
                Ok(lesson) => lessons.push(lesson),
                Err(complaints) => wrong.extend(complaints),
            },
            Err(complaints) => wrong.extend(complaints),
        }
    }
    if wrong.is_empty() && lessons.is_empty() {
        wrong.push(format!(
            "{}: there is no lesson, no file NN-name.toml",
            shown(folder)
        ));
    }
    if wrong.is_empty() {
        Ok(lessons)
    } else {
        Err(wrong)
    }
}

fn one(text: &str, path: &Path) -> Result<Lesson, Vec<String>> {
    let lesson = lesson::parse(text, &path.to_string_lossy()).map_err(words)?;
    let found = lesson::lint(&lesson);
    if found.is_empty() {
        Ok(lesson)
    } else {
        Err(words(found))
    }
}

fn names(folder: &Path) -> Result<Vec<OsString>, Errno> {
    let entries = std::fs::read_dir(folder).map_err(|error| Errno::from(&error))?;
    let mut names: Vec<OsString> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.file_name()))
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "toml"))
        .collect();
    names.sort();
    Ok(names)
}

/// The text of one file. One byte more than is allowed is read, so that `parse` says it is too long.
fn read(folder: &Path, name: &OsString) -> Result<String, String> {
    let bytes =
        files::read_inside(folder, name, lesson::MAX_BYTES + 1).map_err(|errno| {
            match errno.name().as_str() {
                "ELOOP" => {
                    "a symbolic link; lessons are read from their own folder only".to_owned()
                }
                "EINVAL" => "no regular file".to_owned(),
                _ => errno.to_string(),
            }
        })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        format!("line {line}: this is no UTF-8 text")
    })
}

fn words(found: Vec<lesson::Diagnostic>) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

fn shown(path: &Path) -> String {
    Untrusted::from(path.as_os_str().as_encoded_bytes()).text()
}

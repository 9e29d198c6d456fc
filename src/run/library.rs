//! Where the lessons come from: the binary, or the folder that `--lessons` names. Reads files and
//! starts nothing; every complaint names file, line and column where there is one.

use std::ffi::OsStr;
use std::path::Path;

use crate::kernel::files::{FileError, Folder, shown};
use crate::lesson::{self, Diagnostic, Lesson, library};

/// More files than any course has.
const MOST: usize = 200;

/// All lessons in the order of the course, or everything that is wrong with them.
pub(super) fn load(path: Option<&Path>) -> Result<Vec<Lesson>, Vec<String>> {
    let Some(path) = path else {
        return library::embedded().map_err(|found| words(&found));
    };
    let refused = |error: FileError| vec![format!("{}: {error}", shown(path))];
    let folder = Folder::open(path).map_err(refused)?;
    let names = folder.names(".toml", MOST).map_err(refused)?;
    let (mut lessons, mut wrong) = (Vec::new(), Vec::new());
    for name in names {
        match one(&folder, path, &name) {
            Ok(lesson) => lessons.push(lesson),
            Err(complaints) => wrong.extend(complaints),
        }
    }
    if wrong.is_empty() && lessons.is_empty() {
        wrong.push(format!(
            "{}: no lesson here, no file NN-name.toml",
            shown(path)
        ));
    }
    if wrong.is_empty() {
        Ok(lessons)
    } else {
        Err(wrong)
    }
}

fn one(folder: &Folder, path: &Path, name: &OsStr) -> Result<Lesson, Vec<String>> {
    let file = path.join(name);
    let most = lesson::MAX_BYTES as u64;
    let text = folder
        .read(name, most)
        .map_err(|e| vec![format!("{}: {e}", shown(&file))])?;
    library::load(&text, &shown(&file)).map_err(|found| words(&found))
}

fn words(found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

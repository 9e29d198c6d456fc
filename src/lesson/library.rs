//! The lessons inside the binary. Called by run, which may read other ones from a folder instead.

use include_dir::{Dir, include_dir};

use super::{Diagnostic, Lesson, lint, parse};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/lessons");

/// Name and text of each lesson file inside the binary, in the order of the course.
#[must_use]
pub fn embedded_files() -> Vec<(String, &'static str)> {
    let mut files: Vec<(String, &'static str)> = FILES
        .files()
        .filter(|file| file.path().extension().is_some_and(|e| e == "toml"))
        .filter_map(|file| {
            let name = format!("lessons/{}", file.path().display());
            Some((name, file.contents_utf8()?))
        })
        .collect();
    // By the lesson's name: a dot would come after the hyphen of a longer one.
    files.sort_by(|a, b| {
        a.0.trim_end_matches(".toml")
            .cmp(b.0.trim_end_matches(".toml"))
    });
    files
}

/// A lesson of which every name is known: parsed, and nothing for lint to say.
pub fn load(text: &str, file_name: &str) -> Result<Lesson, Vec<Diagnostic>> {
    let lesson = parse(text, file_name)?;
    let wrong = lint(&lesson);
    if wrong.is_empty() {
        Ok(lesson)
    } else {
        Err(wrong)
    }
}

/// The lessons inside the binary, in the order of the course.
pub fn embedded() -> Result<Vec<Lesson>, Vec<Diagnostic>> {
    let files = embedded_files();
    let lessons = files.into_iter().map(|(name, text)| load(text, &name));
    lessons.collect()
}

//! The lessons inside the binary. Called by run, which may read other ones from a folder instead.

use super::{Diagnostic, Lesson, parse};

/// Name and text of each lesson file inside the binary, in the order of the course.
#[must_use]
pub fn embedded_files() -> Vec<(&'static str, &'static str)> {
    Vec::new()
}

/// The lessons inside the binary, in the order of the course.
pub fn embedded() -> Result<Vec<Lesson>, Vec<Diagnostic>> {
    let files = embedded_files();
    files
        .into_iter()
        .map(|(name, text)| parse(text, name))
        .collect()
}

//! TOML text to [`Lesson`]. Called by the library and by run; asks no kernel and opens no file.

use super::{Diagnostic, Lesson, Source};

/// The largest lesson file.
pub const MAX_BYTES: usize = 256 * 1024;

/// The lesson in `source`, or everything that is wrong with its form.
pub fn parse(source: &str, file_name: &str) -> Result<Lesson, Vec<Diagnostic>> {
    let source = Source::new(file_name, source);
    Err(vec![source.diagnostic(&(0..0), "not yet")])
}

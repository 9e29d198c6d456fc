//! TOML text to [`Lesson`]. Called by the library and by run; asks no kernel and opens no file.

use std::sync::Arc;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::cook::Cook;
use super::raw::RawLesson;
use super::{Diagnostic, Lesson, Source};
use crate::model::Untrusted;

/// The largest lesson file.
pub const MAX_BYTES: usize = 256 * 1024;
/// The version of the format that this program reads.
const FORMAT_VERSION: i64 = 1;
/// The deepest nesting of tables and arrays.
const MAX_DEPTH: usize = 32;

/// The lesson in `text`, or everything that is wrong with its form. Whether it makes sense is for
/// [`super::lint`] to say.
pub fn parse(text: &str, file_name: &str) -> Result<Lesson, Vec<Diagnostic>> {
    if text.len() > MAX_BYTES {
        let start: String = text.chars().take(200).collect();
        let message = format!("{} bytes; expected at most {MAX_BYTES}", text.len());
        return Err(vec![
            Source::new(file_name, &start).diagnostic(&(0..0), message),
        ]);
    }
    let source = Arc::new(Source::new(file_name, text));
    let raw = read(&source).map_err(|diagnostic| vec![diagnostic])?;
    Cook::new(source).lesson(raw)
}

fn read(source: &Source) -> Result<RawLesson, Diagnostic> {
    let said = |error: toml::de::Error| {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().replace('\n', ", ");
        source.diagnostic(&span, message.replace("u32", "a whole number from 0 up"))
    };
    let document = DeTable::parse(&source.text).map_err(said)?;
    check_values(source, &document)?;
    check_version(source, document.get_ref())?;
    RawLesson::deserialize(toml::de::Deserializer::from(document)).map_err(said)
}

/// Before serde sees the values: how deep they go, and whether their text can be seen.
fn check_values(source: &Source, document: &Spanned<DeTable<'_>>) -> Result<(), Diagnostic> {
    let mut open: Vec<(usize, &Spanned<DeValue<'_>>)> = document
        .get_ref()
        .values()
        .map(|value| (1, value))
        .collect();
    while let Some((depth, value)) = open.pop() {
        if depth > MAX_DEPTH {
            let message = format!("nested too deeply; expected at most {MAX_DEPTH} levels");
            return Err(source.diagnostic(&value.span(), message));
        }
        match value.get_ref() {
            DeValue::Array(items) => open.extend(items.iter().map(|item| (depth + 1, item))),
            DeValue::Table(fields) => open.extend(fields.values().map(|item| (depth + 1, item))),
            DeValue::String(text) if has_hidden(text) => {
                let message = "control or invisible characters; expected plain text";
                return Err(source.diagnostic(&value.span(), message));
            }
            _ => {}
        }
    }
    Ok(())
}

fn has_hidden(text: &str) -> bool {
    // These three are written in another way, but can be seen.
    let rest: String = text
        .chars()
        .filter(|c| !matches!(c, '\n' | '\t' | '\\'))
        .collect();
    Untrusted::from(&rest).text() != rest
}

/// A file of a later format says so, rather than complaining of a field it may have by right.
fn check_version(source: &Source, document: &DeTable<'_>) -> Result<(), Diagnostic> {
    let Some(version) = document.get("format_version") else {
        return Err(source.diagnostic(
            &(0..0),
            format!("no format_version; expected `format_version = {FORMAT_VERSION}`"),
        ));
    };
    let found = version
        .get_ref()
        .as_integer()
        .map(toml::de::DeInteger::as_str);
    if found == Some("1") {
        return Ok(());
    }
    Err(source.diagnostic(
        &version.span(),
        format!("unknown format_version; this glassbox reads version {FORMAT_VERSION}"),
    ))
}

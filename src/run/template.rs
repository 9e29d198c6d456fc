//! `glassbox lessons new NAME`: a lesson to begin with, as a file in the current folder. Called by
//! `lessons`; overwrites nothing.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use crate::model::Untrusted;

/// It lints and verifies as it is.
const TEXT: &str = include_str!("../../assets/template.toml");
/// What stands there in the title's place.
const TITLE: &str = "@TITLE@";
/// A title has room for more.
const LONGEST: usize = 30;

/// Writes the file; `highest` is the highest number of the lessons there are elsewhere. Says its name,
/// or what is wrong.
pub(super) fn write(folder: &Path, wanted: &str, highest: u32) -> Result<String, String> {
    let (number, slug) = parts(wanted)?;
    let number = match number {
        Some(number) => number,
        None => next(folder, highest)?,
    };
    let name = format!("{number:02}-{slug}.toml");
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{name} is there already, and stays as it is"),
        _ => format!("{name} cannot be written: {error}"),
    };
    let mut file = File::create_new(folder.join(&name)).map_err(failed)?;
    let text = TEXT.replace(TITLE, &title(slug));
    file.write_all(text.as_bytes()).map_err(failed)?;
    Ok(name)
}

/// The number, if there is one, and the words: `60-my-lesson`, `my-lesson`.
fn parts(wanted: &str) -> Result<(Option<u32>, &str), String> {
    let (number, slug) = match wanted.split_once('-') {
        Some((number, slug)) if is_number(number) => (number.parse().ok(), slug),
        _ => (None, wanted),
    };
    let good = |word: &str| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !word.is_empty() && word.chars().all(known)
    };
    let begins = slug.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && slug.split('-').all(good) && slug.len() <= LONGEST {
        return Ok((number, slug));
    }
    let shown = Untrusted::from(wanted).text();
    Err(format!(
        "`{shown}` is no name for a lesson; expected lower-case words with hyphens, at most {LONGEST} \
         characters, perhaps after two digits: my-lesson, 60-my-lesson"
    ))
}

fn is_number(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number after the highest of all lessons, here and elsewhere.
fn next(folder: &Path, highest: u32) -> Result<u32, String> {
    let names = fs::read_dir(folder).map_err(|error| format!("this folder: {error}"))?;
    let names = names.flatten().map(|entry| entry.file_name());
    let numbers = names.filter_map(|name| {
        let name = name.to_str()?.strip_suffix(".toml")?;
        let (number, _) = name.split_once('-').filter(|(it, _)| is_number(it))?;
        number.parse().ok()
    });
    let last = numbers.max().unwrap_or(0).max(highest);
    match last + 1 {
        next @ ..100 => Ok(next),
        _ => {
            Err("there is a lesson 99 already: name the number, too, as in 60-my-lesson".to_owned())
        }
    }
}

/// `my-lesson`: "My lesson".
fn title(slug: &str) -> String {
    let words = slug.replace('-', " ");
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::library;

    #[test]
    fn names_and_numbers() {
        let good = [
            ("my-lesson", (None, "my-lesson")),
            ("60-my-lesson", (Some(60), "my-lesson")),
            ("00-x", (Some(0), "x")),
            ("net2", (None, "net2")),
        ];
        for (wanted, expected) in good {
            assert_eq!(parts(wanted), Ok(expected), "{wanted}");
        }
        let long = "x".repeat(LONGEST + 1);
        for wrong in [
            "",
            "60-",
            "-x",
            "x-",
            "a--b",
            "My-lesson",
            "a b",
            "../x",
            "x.toml",
            "6-x",
            "é",
            "\x1b[2J",
            &long,
        ] {
            let complaint = parts(wrong).expect_err("no name");
            assert!(complaint.contains("my-lesson"), "{complaint}");
            assert!(!complaint.contains('\x1b'), "{complaint:?}");
        }
    }

    #[test]
    fn nothing_is_overwritten_and_numbers_go_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let new = |name| write(folder.path(), name, 22);
        assert_eq!(new("one"), Ok("23-one.toml".to_owned()));
        assert_eq!(new("two"), Ok("24-two.toml".to_owned()));
        assert_eq!(new("99-last"), Ok("99-last.toml".to_owned()));
        assert!(new("three").expect_err("no number left").contains("99"));
        assert!(new("23-one").expect_err("there").contains("there already"));
    }

    #[test]
    fn the_template_lints_with_the_longest_title() {
        let slug = "x".repeat(LONGEST);
        let text = TEXT.replace(TITLE, &title(&slug));
        assert!(text.contains("title   = \"Xxx"));
        let found = library::load(&text, "60-x.toml");
        assert!(found.is_ok(), "{found:?}");
    }
}

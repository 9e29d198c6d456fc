//! A lesson's text, positions in it, and what is wrong with it. Used by parse and lint; run prints
//! the result. Text of a lesson may come from anywhere: it leaves only through [`Untrusted`].

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthStr as _;

use super::toml_string;
use crate::model::Untrusted;

/// Bytes of a source, from the first to the one after the last.
pub type Span = Range<usize>;

/// A lesson file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name for messages, usually a path.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Something wrong in a lesson, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name, as safe text.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What was found and what was expected; lower case, one or two clauses.
    pub message: String,
    /// The line as safe text.
    pub excerpt: String,
    /// Cells before the caret in `excerpt`, and how many carets.
    pub caret: (usize, usize),
}

/// An excerpt is cut to this many characters around its caret.
const EXCERPT: usize = 100;

impl Source {
    /// A source of that name.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    /// A diagnostic whose caret stands under `span`.
    #[must_use]
    pub fn diagnostic(&self, span: &Span, message: impl Into<String>) -> Diagnostic {
        let start = self.boundary(span.start);
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let prefix = &self.text[line_start..start];
        let end = self.boundary(span.end).max(start);
        let marked = self.text[start..end].lines().next().unwrap_or_default();
        let (shown_prefix, excerpt) = cut(prefix, line);
        Diagnostic {
            file: safe(&self.name),
            line: before.matches('\n').count() + 1,
            column: prefix.chars().count() + 1,
            message: safe(&message.into()),
            caret: caret(&shown_prefix, &excerpt, marked),
            excerpt,
        }
    }

    /// The file's offset of what stands at `offset` of the value of the TOML string at `token`.
    pub(super) fn inside(&self, token: &Span, offset: usize) -> usize {
        let written = self.text.get(token.clone()).unwrap_or_default();
        token.start + toml_string::written_offset(written, offset)
    }

    /// The nearest character boundary at or before `offset`.
    fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// Safe text of the line and of what stands before the caret, cut so that the caret stays in view.
fn cut(prefix: &str, line: &str) -> (String, String) {
    let skip = prefix.chars().count().saturating_sub(EXCERPT / 2);
    let skip = if line.chars().count() > EXCERPT {
        skip
    } else {
        0
    };
    let tail = |text: &str| text.chars().skip(skip).take(EXCERPT).collect::<String>();
    (safe(&tail(prefix)), safe(&tail(line)))
}

fn caret(prefix: &str, excerpt: &str, marked: &str) -> (usize, usize) {
    let room = excerpt.width().saturating_sub(prefix.width());
    (prefix.width(), safe(marked).width().clamp(1, room.max(1)))
}

/// Text of a lesson, fit for any terminal. TOML's own escapes stay single: `\"` is shown as it is.
fn safe(text: &str) -> String {
    let parts: Vec<String> = text
        .split('\\')
        .map(|part| Untrusted::from(part).text())
        .collect();
    parts.join("\\")
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            excerpt,
            caret,
        } = self;
        let margin = " ".repeat(line.to_string().len());
        writeln!(f, "{file}:{line}:{column}: {message}")?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{line} | {excerpt}")?;
        write!(
            f,
            "{margin} | {}{}",
            " ".repeat(caret.0),
            "^".repeat(caret.1)
        )
    }
}

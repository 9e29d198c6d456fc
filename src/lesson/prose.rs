//! Text of a lesson with `{expr}` in it. Read by ui through app; the result is Markdown in which the
//! values are escaped, so that a hostname cannot become a heading.

use super::expr::SyntaxError;
use super::{Expr, Facts, Span};

/// Markdown with expressions in it.
#[derive(Debug, Clone, Default)]
pub struct Prose {
    pub(super) pieces: Vec<Piece>,
    /// The string in the file; empty where the lesson has none.
    pub(super) at: Span,
}

/// A piece of prose.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// As it is.
    Text(String),
    /// Replaced by its value.
    Value(Expr),
}

/// Stands where an expression has no value.
const NO_VALUE: &str = "?";

impl Prose {
    /// Markdown, with each expression replaced by its value.
    #[must_use]
    pub fn render(&self, facts: &Facts) -> String {
        let mut in_code = false;
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => {
                    in_code ^= text.matches('`').count() % 2 == 1;
                    out.push_str(text);
                }
                Piece::Value(expr) => {
                    let value = expr.eval_text(facts);
                    let value = value.unwrap_or_else(|_| NO_VALUE.to_owned());
                    out.push_str(&if in_code {
                        quote(&value)
                    } else {
                        escape(&value)
                    });
                }
            }
        }
        out
    }

    /// One line without Markdown, with each expression replaced by its value (safe text).
    #[must_use]
    pub fn line(&self, facts: &Facts) -> String {
        self.fill(|expr| {
            let value = expr.eval_text(facts);
            value.unwrap_or_else(|_| NO_VALUE.to_owned())
        })
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The expressions in it.
    pub(super) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value(expr) => Some(expr),
            Piece::Text(_) => None,
        })
    }

    /// The text with each expression replaced by what `value` says.
    pub(super) fn fill(&self, value: impl Fn(&Expr) -> String) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expr) => value(expr),
            })
            .collect()
    }
}

/// Takes from Markdown's punctuation its meaning.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (position, c) in text.chars().enumerate() {
        let starts_a_block = position == 0 && matches!(c, '-' | '+' | '=');
        if starts_a_block || "\\`*_[]<>#&!|~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A value in a code span, where only a backtick means something.
fn quote(text: &str) -> String {
    text.replace('`', "'")
}

/// Cuts the value of the TOML string at `at` into text and expressions.
pub(super) fn parse(text: &str, at: Span) -> Result<Prose, SyntaxError> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut offset = 0;
    while let Some(found) = text[offset..].find('{') {
        let open = offset + found;
        plain.push_str(&text[offset..open]);
        if text[open..].starts_with("{{") {
            plain.push('{');
            offset = open + 2;
            continue;
        }
        let inner = open + 1;
        let close = end_of_expression(&text[inner..]).map(|length| inner + length);
        let close = close.ok_or_else(|| SyntaxError {
            offset: open,
            message: "`{` without its `}`; write `{{` for a brace in the text".to_owned(),
        })?;
        let expr = Expr::compile(&text[inner..close], at.clone(), inner);
        let expr = expr.map_err(|error| SyntaxError {
            offset: inner + error.offset,
            ..error
        })?;
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Value(expr));
        offset = close + 1;
    }
    plain.push_str(&text[offset..]);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(Prose { pieces, at })
}

/// Length of an expression up to the `}` that ends it; braces in its strings do not count.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            ('}', None) => return Some(at),
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

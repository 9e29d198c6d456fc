//! Text of a lesson with `{expr}` in it. Read by ui through app; the result is Markdown in which the
//! values are escaped, so that a hostname cannot become a heading.

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
        self.fill(|expr| {
            expr.eval_text(facts)
                .map_or_else(|_| NO_VALUE.to_owned(), |text| escape(&text))
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
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

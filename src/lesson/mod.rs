//! Lessons as data: TOML text in, [`Lesson`] out, and the expressions that ask the kernel's state.
//!
//! Used by run, app and ui. Knows no files, no threads and no kernel; `lessons/README.md` is the
//! reference for those who write lessons.

mod chain;
mod conjunct;
mod convert;
mod cook;
mod expr;
mod fact;
mod facts;
mod functions;
pub mod library;
mod lint;
mod mounts;
mod noun;
mod parse;
mod parts;
mod prose;
mod raw;
mod reads;
#[cfg(test)]
mod reference;
mod rows;
mod sentence;
mod shape;
mod source;
mod specimen;
#[cfg(test)]
mod tests;
mod toml_string;
mod tools;
pub mod track;
mod values;
mod weight;

pub use expr::{EvalError, Expr};
pub use fact::Fact;
pub use facts::Facts;
pub use lint::lint;
pub use parse::{MAX_BYTES, parse};
pub use parts::{Challenge, Choice, Done, Hint, Lesson, Panel, Predict, Step};
pub use prose::Prose;
pub use reads::Reads;
pub use source::{Diagnostic, Source, Span};

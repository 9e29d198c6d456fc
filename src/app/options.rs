//! What `run` found out before the start: choices of the learner and of the terminal. Read by app
//! and ui, never changed.

use crate::lesson::track::Track;
use crate::model::recipe::Recipe;

/// Settings of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Shuffles the answers of predictions: the same seed, the same order.
    pub seed: u64,
    /// No colours, as `NO_COLOR` asks for: bold, dim, underlined and reversed only.
    pub no_color: bool,
    /// Borders and signs in ASCII.
    pub ascii: bool,
    /// The lesson to open at once, by its id, and the step from 0 to open it at.
    pub open: Option<(String, Option<usize>)>,
    /// The switches of the desk, if it is to be opened at once, and what is to be said about them.
    pub desk: Option<(Recipe, Vec<String>)>,
    /// The screen that is all there is: `glassbox map` and `glassbox inspect`.
    pub first: Option<super::First>,
    /// The track that the lessons are of, if only those of one are here.
    pub track: Option<Track>,
}

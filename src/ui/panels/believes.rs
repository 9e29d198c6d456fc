//! What the box believes about the machine beside what the host enforces. Not drawn yet: empty frames.

use super::super::sheet::{Look, Sheet};

/// One side.
pub(super) fn sheet(_: &Look<'_>) -> Sheet {
    Sheet::default()
}

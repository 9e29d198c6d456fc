//! Usage of the lesson's cgroups over time. Not drawn yet: empty frames.

use super::super::sheet::{Look, Sheet};

/// One side.
pub(super) fn sheet(_: &Look<'_>) -> Sheet {
    Sheet::default()
}

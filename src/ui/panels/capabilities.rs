//! The capability sets of the host's process and of the lead, and what they count over.

use super::{
    super::sheet::{Look, Sheet},
    table,
};
use crate::model::diff;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    table::sheet(look, ["WHAT", "IS"], diff::capabilities)
}

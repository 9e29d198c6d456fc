//! Who the lead is for host and box, and the maps that say so.

use super::{
    super::sheet::{Look, Sheet},
    table,
};
use crate::model::diff;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    table::sheet(look, ["WHAT", "READS"], diff::ids)
}

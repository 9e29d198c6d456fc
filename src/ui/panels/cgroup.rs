//! The cgroups of the lead and of PID 1, as each side reads them.

use super::{
    super::sheet::{Look, Sheet},
    table,
};
use crate::model::diff;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    table::sheet(look, ["HIERARCHY", "PATH"], diff::cgroups)
}

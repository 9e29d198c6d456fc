//! Who the lead is for host and box, and the maps that say so.

use super::{
    super::sheet::{Look, Sheet},
    table,
};
use crate::{
    app::Side,
    model::{Untrusted, diff},
};

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let view = look.now.boxes.get(look.seat.box_name);
    let lead = view.and_then(|view| view.lead.as_ref());
    let name = lead.map_or_else(String::new, |lead| Untrusted::from(&lead.name).text());
    // Both sides show the same process: on the host's there is nothing of the host's own.
    let value = match look.seat.side {
        Side::Host => "READ BY THE HOST",
        Side::Box => "READ FROM INSIDE",
    };
    table::sheet(look, [&format!("OF {name}"), value], diff::ids)
}

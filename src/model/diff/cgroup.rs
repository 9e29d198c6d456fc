//! The cgroups of the lead and of PID 1, as host and box read them. Called by the cgroup panel.

use super::table::{Cell, Plain, TableRow, compare};
use crate::model::cgroup::{Place, places};
use crate::model::{Sample, Seen, Untrusted};

/// First the hierarchies where the lead is not in the root, then PID 1 there, then the others.
#[must_use]
pub fn cgroups(now: &Sample, before: Option<&Sample>, box_name: &str) -> Vec<TableRow> {
    let before = before.map(|was| rows(was, box_name).unwrap_or_default());
    compare(rows(now, box_name).unwrap_or_default(), before)
}

fn rows(sample: &Sample, box_name: &str) -> Option<Vec<Plain>> {
    let view = sample.boxes.get(box_name)?;
    let from_host = view.lead.as_ref()?.from_host.value()?;
    let inside = view.inside.value();
    let from_inside = inside.and_then(|seen| seen.subjects.first()?.value());
    let host = read(Some(&from_host.cgroup));
    let own = read(from_inside.map(|subject| &subject.cgroup));
    let init = read(Some(&sample.host.world.init_cgroup));
    let init_inside = read(inside.map(|seen| &seen.world.init_cgroup));

    let (below, at_root): (Vec<&Place>, Vec<&Place>) =
        host.iter().partition(|place| !place.is_root());
    let row = |whose: &str, place: &Place, host: &[Place], inside: &[Place]| {
        let label = format!("{}{whose}", place.label());
        (label, path(place, host), path(place, inside))
    };
    let leads = |place: &&Place| row("", place, &host, &own);
    let inits = below
        .iter()
        .map(|place| row(" of PID 1", place, &init, &init_inside));
    let rows = below.iter().map(leads).chain(inits);
    Some(rows.chain(at_root.iter().map(leads)).collect())
}

fn read(seen: Option<&Seen<Untrusted>>) -> Vec<Place> {
    seen.and_then(Seen::value).map_or_else(Vec::new, places)
}

/// The path in the same hierarchy as `like`.
fn path(like: &Place, places: &[Place]) -> Cell {
    let found = places
        .iter()
        .find(|place| place.hierarchy == like.hierarchy);
    found.map_or_else(Cell::nothing, |place| Cell::new(&place.path.text(), ""))
}

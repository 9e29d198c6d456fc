//! Facts about membership in cgroups. Called by `convert` alone.

use super::{Fact, fields};
use crate::model::cgroup::{Place, places};
use crate::model::{Seen, Untrusted};

/// The lines of a `/proc/PID/cgroup`; null where it could not be read.
pub(super) fn lines(text: Option<&Seen<Untrusted>>) -> Fact {
    let text = text.and_then(Seen::value);
    text.map_or(Fact::Null, |text| places(text).iter().map(line).collect())
}

fn line(place: &Place) -> Fact {
    let controllers = place.controllers.iter();
    Fact::Map(fields([
        ("hierarchy", place.hierarchy.into()),
        (
            "controllers",
            controllers.map(|name| Fact::Text(name.clone())).collect(),
        ),
        ("path", (&place.path).into()),
    ]))
}

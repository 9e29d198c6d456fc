//! Facts about clocks: what they read in milliseconds, and by how many seconds they are ahead. Called
//! by `convert`.

use super::{Fact, Variables, fields};
use crate::model::clocks::{Clocks, Offsets, milliseconds, seconds};
use crate::model::{Seen, Subject, World};

/// The clocks of one side, compared with the host's.
pub(super) fn facts(world: &World, host: &Clocks) -> Fact {
    let clocks = &world.clocks.0;
    let ahead = clocks.ahead_of(host);
    let uptime = clocks.uptime.value().map(|uptime| milliseconds(*uptime));
    Fact::Map(fields([
        ("realtime", milliseconds(clocks.realtime).into()),
        ("monotonic", milliseconds(clocks.monotonic).into()),
        ("boottime", milliseconds(clocks.boottime).into()),
        ("uptime", uptime.into()),
        (
            "ahead",
            Fact::Map(fields([
                ("monotonic", ahead.monotonic.into()),
                ("boottime", ahead.boottime.into()),
                ("uptime", ahead.uptime.into()),
            ])),
        ),
    ]))
}

/// `/proc/PID/timens_offsets`; null where it was not read.
pub(super) fn offsets(subject: Option<&Subject>) -> Variables {
    let offsets = subject.map_or(&Seen::Missing, |subject| &subject.timens_offsets);
    let fact = |offsets: &Offsets| {
        Fact::Map(fields([
            ("monotonic", seconds(offsets.monotonic).into()),
            ("boottime", seconds(offsets.boottime).into()),
        ]))
    };
    fields([("timens_offsets", offsets.value().map_or(Fact::Null, fact))])
}

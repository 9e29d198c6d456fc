//! Facts about what an IPC namespace holds. Called by `convert`.

use super::{Fact, fields};
use crate::model::Seen;
use crate::model::ipc::{Ipc, Object};

/// The objects of one side.
pub(super) fn facts(ipc: &Ipc) -> Fact {
    let device = ipc.dev_shm.value().copied();
    let device = device.and_then(|device| i64::try_from(device).ok());
    let queues = ipc.mqueue.value();
    Fact::Map(fields([
        ("shm", objects(&ipc.shm)),
        ("sem", objects(&ipc.sem)),
        ("msg", objects(&ipc.msg)),
        (
            "mqueue",
            queues.map_or(Fact::Null, |names| names.iter().map(Fact::from).collect()),
        ),
        ("dev_shm", device.into()),
    ]))
}

fn objects(seen: &Seen<Vec<Object>>) -> Fact {
    seen.value()
        .map_or(Fact::Null, |objects| objects.iter().map(object).collect())
}

fn object(object: &Object) -> Fact {
    let number = |value: u64| Fact::Int(i64::try_from(value).unwrap_or(i64::MAX));
    Fact::Map(fields([
        ("key", object.key.into()),
        ("id", object.id.into()),
        ("size", number(object.size)),
        ("used", number(object.used)),
        ("uid", object.uid.into()),
    ]))
}

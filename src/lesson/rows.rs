//! The smaller parts of facts: a process, a call, a map, a set of links. Used by convert.

use super::Fact;
use super::convert::Variables;
use crate::model::snapshot::{CapSets, IdRange};
use crate::model::{Actor, Call, Links, NsId, Outcome, Process, Seen, Untrusted, user};

pub(super) fn process(row: &Process) -> Fact {
    Fact::Map(fields([
        ("pid", row.pid.into()),
        ("ppid", row.ppid.into()),
        ("command", (&row.command).into()),
        ("state", Fact::Text(row.state.to_string())),
        ("nspid", nspid(row)),
        ("uid", row.uid.into()),
        ("threads", row.threads.into()),
    ]))
}

/// Null where it was not read: no process has no number at all.
pub(super) fn nspid(row: &Process) -> Fact {
    if row.nspid.is_empty() {
        return Fact::Null;
    }
    row.nspid.iter().map(|pid| Fact::from(*pid)).collect()
}

pub(super) fn links(links: &Links) -> Fact {
    let each = links.iter();
    Fact::Map(
        each.map(|(link, seen)| {
            (
                link.name().to_owned(),
                seen.value().map(|ns| ino(*ns)).into(),
            )
        })
        .collect(),
    )
}

pub(super) fn ino(ns: NsId) -> i64 {
    i64::try_from(ns.ino).unwrap_or(i64::MAX)
}

pub(super) fn id_map(map: &Seen<Vec<IdRange>>) -> Fact {
    let range = |range: &IdRange| {
        Fact::Map(fields([
            ("inside", range.inside.into()),
            ("outside", range.outside.into()),
            ("count", range.count.into()),
        ]))
    };
    map.value()
        .map_or(Fact::Null, |map| map.iter().map(range).collect())
}

pub(super) fn caps(sets: CapSets) -> Fact {
    let bits = |set: u64| Fact::Int(i64::try_from(set).unwrap_or(i64::MAX));
    let names = user::capability_names(sets.effective);
    Fact::Map(fields([
        ("inheritable", bits(sets.inheritable)),
        ("permitted", bits(sets.permitted)),
        ("effective", bits(sets.effective)),
        ("bounding", bits(sets.bounding)),
        ("ambient", bits(sets.ambient)),
        ("names", names.into_iter().map(Fact::Text).collect()),
    ]))
}

pub(super) fn call(call: &Call) -> Fact {
    let (result, errno) = match call.outcome {
        Outcome::Ok(value) => (Fact::Int(value), Fact::Null),
        Outcome::Failed(errno) => (Fact::Null, Fact::Text(errno.name())),
    };
    let (in_box, by) = match &call.actor {
        Actor::Host => (Fact::Null, "host"),
        Actor::Member(in_box, name) => (Fact::Text(in_box.clone()), name.as_str()),
    };
    let tried = call.tried;
    Fact::Map(fields([
        ("name", Fact::Text(call.name.clone())),
        ("args", call.args.iter().map(Fact::from).collect()),
        ("result", result),
        ("errno", errno),
        ("tried", tried.map(|tried| tried.what.name()).into()),
        ("allowed", tried.map(|tried| tried.allowed).into()),
        (
            "layer",
            tried.and_then(|tried| Some(tried.layer?.name())).into(),
        ),
        ("box", in_box),
        ("by", Fact::Text(by.to_owned())),
    ]))
}

pub(super) fn fields<const N: usize>(fields: [(&str, Fact); N]) -> Variables {
    fields.map(|(name, fact)| (name.to_owned(), fact)).into()
}

impl From<&Untrusted> for Fact {
    fn from(text: &Untrusted) -> Self {
        Self::Text(String::from_utf8_lossy(text.as_bytes()).into_owned())
    }
}

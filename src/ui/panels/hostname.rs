//! The names of the system: what uname(2) says, and the files that repeat it, or do not.

use super::super::{
    sheet::{Entry, Look, Sheet},
    write,
};
use crate::{
    app::Side,
    model::{
        Seen, Untrusted,
        diff::{self, NameRow},
    },
};

/// Width of the sources, and from which width of a pane on they are written in full.
const SOURCE: usize = 26;
const SHORT: usize = 19;
const FULL: usize = 48;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let names = diff::names(look.now, look.before, look.seat.box_name);
    let width = if look.width < FULL { SHORT } else { SOURCE };
    Sheet {
        head: Some(format!(" {:<width$}SAYS", "SOURCE")),
        rows: names.iter().map(|name| entry(look, name, width)).collect(),
        ..Sheet::default()
    }
}

fn entry(look: &Look<'_>, name: &NameRow, width: usize) -> Entry {
    let (value, changed) = match look.seat.side {
        Side::Host => (&name.host, name.host_changed),
        Side::Box => (&name.inside, name.inside_changed),
    };
    let source = match name.source.len() {
        long if long >= width => "/proc/.../hostname",
        _ => name.source,
    };
    let rest = look.width.saturating_sub(width + 1);
    let value = write::cut(&shown(value), rest, look.theme);
    Entry::changed(changed, format!("{source:<width$}{value}"))
}

fn shown(value: &Seen<Untrusted>) -> String {
    match value {
        Seen::Is(text) if text.as_bytes().is_empty() => "(empty)".to_owned(),
        Seen::Is(text) => text.text(),
        Seen::Denied(errno) => errno.to_string(),
        Seen::Missing => "(none)".to_owned(),
    }
}

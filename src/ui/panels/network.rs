//! The network namespaces of both sides: interfaces, cables and bridges, routes, who listens.

mod drawing;

use ratatui::text::{Line, Span};

use super::super::{
    sheet::{Entry, Look, Sheet},
    theme::{Role, Theme},
    write,
};
use crate::{
    app::Side,
    model::{
        Seen, Untrusted,
        diff::{self, NetLinkRow as LinkRow, NetPart, NetRow},
        net::Counters,
    },
};

/// Columns of an interface: its name with the bridge's branch before it, and its state.
const NAME: usize = 12;
const STATE: usize = 6;
/// From this width of a pane on there is room for counters.
const COUNTERS_FROM: usize = 54;
const COUNTERS: usize = 19;

/// One side.
pub(super) fn sheet(look: &Look<'_>) -> Sheet {
    let networks = diff::networks(look.now, look.before, look.seat.box_name);
    let (theme, side) = (look.theme, look.seat.side);
    let extra = drawn(look, &networks);
    let rows = match side {
        Side::Host => networks.host,
        Side::Box => match networks.inside {
            Some(rows) => rows,
            None => return Sheet::says(" nobody can look from there", theme),
        },
    };
    let host = side == Side::Host && !networks.ground;
    let width = look.width;
    let drawn = Drawn { theme, host, width };
    let view = look.now.boxes.get(look.seat.box_name);
    let lead = view.and_then(|view| view.lead.as_ref());
    Sheet {
        lead: lead.and_then(|lead| end_of_space(&rows, &Untrusted::from(lead.name.as_str()))),
        rows: rows.iter().map(|row| drawn.row(row)).collect(),
        extra,
        ..Sheet::default()
    }
}

/// The drawing of the cables, where it fits: beside the box's list, or below the ground's.
fn drawn(look: &Look<'_>, networks: &diff::Networks) -> Vec<Line<'static>> {
    let inside = networks.inside.iter().flatten();
    let (rows, side): (Vec<NetRow>, _) = if networks.ground {
        (
            networks.host.iter().chain(inside).cloned().collect(),
            Side::Host,
        )
    } else {
        (inside.cloned().collect(), Side::Box)
    };
    if look.seat.side != side || drawing::WIDTH >= look.width {
        return Vec::new();
    }
    let lines = drawing::lines(&rows, look.width - 1, look.theme).into_iter();
    lines.map(|text| Line::raw(format!(" {text}"))).collect()
}

/// The last row of the namespace that a process lives in.
fn end_of_space(rows: &[NetRow], name: &Untrusted) -> Option<usize> {
    let is_space = |row: &NetRow| matches!(row.part, NetPart::Space(_));
    let begins = |row: &NetRow| matches!(&row.part, NetPart::Space(names) if names.contains(name));
    let first = rows.iter().position(begins)?;
    let next = rows[first + 1..].iter().position(is_space);
    Some(next.map_or(rows.len() - 1, |rest| first + rest))
}

struct Drawn<'t> {
    theme: &'t Theme,
    /// The rows are the real host's.
    host: bool,
    width: usize,
}

impl Drawn<'_> {
    fn row(&self, row: &NetRow) -> Entry {
        let (text, role) = match &row.part {
            NetPart::Space(names) => (self.space(names), Role::Title),
            NetPart::Link(link) => return Entry::new(row.change, self.link(link)),
            NetPart::Names(names) => (told("  links", names, "none"), Role::Plain),
            NetPart::Addresses(all) => (told("  addresses", all, "none"), Role::Plain),
            NetPart::Routes(routes) => (told("  routes", routes, "none"), Role::Plain),
            NetPart::Listening(sockets) => (told("  listens", sockets, "nobody"), Role::Plain),
            NetPart::FreeFrom(port) => (
                format!("  port {port} and up take no capability"),
                Role::Plain,
            ),
            NetPart::Unseen(why) => (unseen(why, self.width), Role::Dim),
        };
        let text = write::cut(&text, self.width.saturating_sub(1), self.theme);
        Entry::new(row.change, Line::styled(text, self.theme.style(role)))
    }

    fn space(&self, names: &[Untrusted]) -> String {
        let names: Vec<String> = names.iter().map(Untrusted::text).collect();
        match names.as_slice() {
            _ if self.host => "network namespace of the host".to_owned(),
            [] => "network namespace".to_owned(),
            names => format!("network namespace of {}", names.join(", ")),
        }
    }

    fn link(&self, row: &LinkRow) -> Line<'static> {
        let link = &row.link;
        let branch = match row.port {
            None => "  ".to_owned(),
            Some(last) => format!("  {}", self.theme.branch(last)),
        };
        let name = write::fit(&format!("{branch}{}", link.name.text()), NAME, self.theme);
        let state = match (link.up, link.carrier) {
            (false, _) => "down",
            (true, true) => "up",
            (true, false) => "wait", // IFF_UP without IFF_LOWER_UP: for the other end of the cable
        };
        let counters = (self.width >= COUNTERS_FROM).then(|| counted(link.counters));
        let used = 1 + NAME + STATE + counters.as_ref().map_or(0, |_| COUNTERS);
        let room = self.width.saturating_sub(used);
        let words = write::fit(&self.ends(row, room), room, self.theme);
        let mut spans = vec![Span::raw(format!("{name}{state:<STATE$}{words}"))];
        if let Some(counters) = counters {
            spans.push(Span::styled(counters, self.theme.style(Role::Dim)));
        }
        Line::from(spans)
    }
}

impl Drawn<'_> {
    /// Address and cable, as much of them as fits.
    fn ends(&self, row: &LinkRow, room: usize) -> String {
        let mut text = addresses(&row.link.addresses).unwrap_or_default();
        if let Some((end, whose)) = &row.peer {
            let space = if text.is_empty() { "" } else { " " };
            text = format!("{text}{space}{} {}", self.theme.wire(), end.text());
            let whose = format!(" of {}", whose.text());
            if text.chars().count() + whose.len() <= room {
                text.push_str(&whose);
            }
        }
        text
    }
}

/// The first address that is not link-local, and how many more there are.
fn addresses(all: &[String]) -> Option<String> {
    let mut shown = all.iter().filter(|address| !address.starts_with("fe80:"));
    let first = shown.next()?;
    Some(match shown.count() {
        0 => first.clone(),
        more => format!("{first} +{more}"),
    })
}

/// `in 1.2k out 830`, in at most [`COUNTERS`] cells.
fn counted(counters: Counters) -> String {
    let (received, sent) = (short(counters.rx_bytes), short(counters.tx_bytes));
    format!(" in{received:>6} out{sent:>6}")
}

/// A count of bytes in at most five cells.
fn short(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    let (mut number, mut unit) = (bytes, 0);
    while number >= 10_000 && unit + 1 < UNITS.len() {
        number /= 1000;
        unit += 1;
    }
    format!("{number}{}", UNITS[unit])
}

fn told(what: &str, words: &[Untrusted], none: &str) -> String {
    if words.is_empty() {
        return format!("{what:<NAME$}{none}");
    }
    let words: Vec<String> = words.iter().map(Untrusted::text).collect();
    format!("{what:<NAME$}{}", words.join(", "))
}

fn unseen(why: &Seen<()>, width: usize) -> String {
    match why {
        Seen::Denied(errno) if width < COUNTERS_FROM => {
            format!("  no entry from here ({})", errno.name())
        }
        Seen::Denied(errno) => format!(
            "  not shown: from here nobody may enter it ({})",
            errno.name()
        ),
        _ => "  not to be seen from here".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_fit_their_column() {
        let cases = [
            (0, "0"),
            (9999, "9999"),
            (10_000, "10k"),
            (605_411_569, "605M"),
        ];
        for (bytes, text) in cases {
            assert_eq!(short(bytes), text);
        }
        let most = Counters {
            rx_bytes: u64::MAX,
            tx_bytes: u64::MAX,
            ..Counters::default()
        };
        assert!(counted(most).len() <= COUNTERS, "{}", counted(most));
    }
}

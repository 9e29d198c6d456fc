//! The network namespaces of both sides: interfaces, cables and bridges, routes, who listens.

mod drawing;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::super::{
    pane,
    theme::{Role, Theme},
    write,
};
use crate::{
    app::{App, Play, Side},
    lesson::Panel,
    model::{
        Seen, Untrusted,
        diff::{Change, NetLinkRow as LinkRow, NetPart, NetRow},
        net::Counters,
    },
};

/// Columns of an interface: its name with the bridge's branch before it, and its state.
const NAME: usize = 12;
const STATE: usize = 6;
/// From this width of a pane on there is room for counters.
const COUNTERS_FROM: usize = 54;
const COUNTERS: usize = 19;

/// Draws both sides.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(play) = &app.play else { return };
    let theme = Theme::of(&app.options);
    let panes = pane::frames(app, play, &theme, Panel::Network, area, buf);
    if play.shown().is_none() {
        return;
    }
    let networks = play.networks();
    if let Some(place) = panes.host {
        list(play, &theme, Side::Host, &networks.host, place, buf);
    }
    if let Some(place) = panes.inside {
        match &networks.inside {
            Some(rows) => list(play, &theme, Side::Box, rows, place, buf),
            None => write::line(&Line::raw(" nobody can look from there"), 0, place, buf),
        }
    }
}

/// Rows of the longer side.
pub(super) fn rows(play: &Play) -> usize {
    let networks = play.networks();
    let inside = networks.inside.map_or(0, |rows| rows.len());
    networks.host.len().max(inside).max(4)
}

/// Rows of the drawing and the free one above it; 0 if there is nothing to draw.
pub(super) fn drawing_rows(play: &Play) -> usize {
    let rows = play.networks().inside.unwrap_or_default();
    match drawing::rows(&rows) {
        0 => 0,
        rows => rows + 1,
    }
}

fn list(play: &Play, theme: &Theme, side: Side, rows: &[NetRow], place: Rect, buf: &mut Buffer) {
    let room = usize::from(place.height);
    let changed = rows.iter().rposition(|row| row.change.is_some());
    let window = pane::Window::new(play, side, room, rows.len(), changed);
    pane::in_view(window.first, room, rows.len(), place, theme, buf);
    let width = usize::from(place.width);
    let visible = rows.iter().enumerate().skip(window.first).take(room);
    for (line, (position, row)) in (0..).zip(visible) {
        let under = window.style(position, theme);
        let drawn = Drawn { theme, side, width }.row(row);
        write::line(&drawn.style(under), line, place, buf);
    }
    let drawing = drawing::lines(rows, theme);
    let first = place
        .height
        .saturating_sub(u16::try_from(drawing.len()).unwrap_or(u16::MAX));
    // Only where the list leaves room, with a row between the two.
    if drawing::WIDTH < width && rows.len() < usize::from(first) {
        let drawing = drawing
            .into_iter()
            .map(|text| Line::raw(format!(" {text}")));
        for (line, text) in (first..).zip(drawing) {
            write::line(&text, line, place, buf);
        }
    }
}

struct Drawn<'t> {
    theme: &'t Theme,
    side: Side,
    width: usize,
}

impl Drawn<'_> {
    fn row(&self, row: &NetRow) -> Line<'static> {
        let (sign, role) = match row.change {
            Some(Change::New | Change::Changed) => ("+", Role::Changed),
            Some(Change::Gone) => ("-", Role::Dim),
            None => (" ", Role::Plain),
        };
        let (text, role) = match &row.part {
            NetPart::Space(names) => (self.space(names), Role::Title),
            NetPart::Link(link) => return self.link(sign, role, link),
            NetPart::Routes(routes) => (told("  routes", routes, "none"), role),
            NetPart::Listening(sockets) => (told("  listens", sockets, "nobody"), role),
            NetPart::Unseen(why) => (unseen(why), role),
        };
        let room = self.width.saturating_sub(1);
        let text = format!("{sign}{}", write::cut(&text, room, self.theme));
        Line::styled(text, self.theme.style(role))
    }

    fn space(&self, names: &[Untrusted]) -> String {
        let names: Vec<String> = names.iter().map(Untrusted::text).collect();
        match self.side {
            Side::Host => "network namespace of the host".to_owned(),
            Side::Box if names.is_empty() => "network namespace".to_owned(),
            Side::Box => format!("network namespace of {}", names.join(", ")),
        }
    }

    fn link(&self, sign: &str, role: Role, row: &LinkRow) -> Line<'static> {
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
        let style = self.theme.style(role);
        let mut spans = vec![
            Span::styled(format!("{sign}{name}{state:<STATE$}"), style),
            Span::styled(words, style),
        ];
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

fn unseen(why: &Seen<()>) -> String {
    match why {
        Seen::Denied(errno) => format!("  {errno}"),
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

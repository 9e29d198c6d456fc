//! A drawing of a box's network: the namespace with the cables' first ends on the left, one frame for
//! each other end on the right, and what went through each cable. For panes with room to spare.

use unicode_width::UnicodeWidthStr as _;

use crate::{
    model::{
        Untrusted,
        diff::{NetLinkRow, NetPart, NetRow},
    },
    ui::{theme::Theme, write},
};

/// Columns of the left frame, of the cable, and of the right frame; frames grow with their names.
const LEFT: usize = 20;
const CABLE: usize = 20;
const RIGHT: usize = 24;
/// How wide a drawing is.
pub(super) const WIDTH: usize = LEFT + CABLE + RIGHT;
/// Rows of each cable: a frame of three, and a free one.
const ROWS: usize = 4;

/// The lines of the drawing, at most this wide; none where there is no cable between two namespaces.
pub(super) fn lines(rows: &[NetRow], width: usize, theme: &Theme) -> Vec<String> {
    let spaces = spaces(rows);
    let Some((first, others)) = spaces.split_first() else {
        return Vec::new();
    };
    let cables = cables(first, others);
    let framed = |names: &[Untrusted]| title(names).width() + 4;
    let rights = cables.iter().map(|cable| framed(cable.whose));
    let spare = width.saturating_sub(WIDTH);
    let left = framed(first.names).clamp(LEFT, LEFT + spare);
    let spare = spare - (left - LEFT);
    let sketch = Sketch {
        first,
        left,
        right: rights.max().unwrap_or(0).clamp(RIGHT, RIGHT + spare),
        cables,
        theme,
    };
    let count = sketch.cables.len() * ROWS;
    (0..count).map(|row| sketch.line(row)).collect()
}

/// A namespace.
struct Space<'r> {
    names: &'r [Untrusted],
    links: Vec<&'r NetLinkRow>,
}

fn spaces(rows: &[NetRow]) -> Vec<Space<'_>> {
    let mut spaces: Vec<Space<'_>> = Vec::new();
    for row in rows {
        match (&row.part, spaces.last_mut()) {
            (NetPart::Space(names), _) => spaces.push(Space {
                names,
                links: Vec::new(),
            }),
            (NetPart::Link(link), Some(space)) => space.links.push(link),
            _ => {}
        }
    }
    spaces
}

/// A cable from the first namespace to another one.
struct Cable<'r> {
    near: &'r NetLinkRow,
    far: &'r NetLinkRow,
    whose: &'r [Untrusted],
}

fn cables<'r>(first: &Space<'r>, others: &[Space<'r>]) -> Vec<Cable<'r>> {
    let cable = |near: &&'r NetLinkRow| {
        let (end, whose) = near.peer.as_ref()?;
        let space = others
            .iter()
            .find(|space| space.names.first() == Some(whose))?;
        let far = space.links.iter().find(|link| link.link.name == *end)?;
        Some(Cable {
            near,
            far,
            whose: space.names,
        })
    };
    first.links.iter().filter_map(cable).collect()
}

struct Sketch<'r> {
    first: &'r Space<'r>,
    /// Columns of the frames.
    left: usize,
    right: usize,
    cables: Vec<Cable<'r>>,
    theme: &'r Theme,
}

impl Sketch<'_> {
    fn line(&self, row: usize) -> String {
        let (cable, part) = (&self.cables[row / ROWS], row % ROWS);
        let wire = match part {
            1 if cable.near.link.up && cable.near.link.carrier => self.theme.pen().wire,
            1 => ".",
            _ => self.theme.pen().side,
        };
        format!(
            "{}{}{}",
            self.left(row, wire),
            self.middle(cable, part, wire),
            self.right(cable, part, wire)
        )
    }

    fn left(&self, row: usize, wire: &str) -> String {
        let side = self.theme.pen().side;
        let inside = |text: &str| write::fit(text, self.left - 2, self.theme);
        if row == 0 {
            return self.rule(self.theme.pen().top, self.first.names, self.left);
        }
        if row + 1 == self.cables.len() * ROWS {
            return self.rule(self.theme.pen().bottom, &[], self.left);
        }
        let inner = match row % ROWS {
            1 => format!(
                "{} {} ",
                self.branch(row / ROWS),
                self.cables[row / ROWS].near.link.name.text()
            ),
            _ => self.trunk(row),
        };
        format!("{side}{}{wire}", inside(&inner))
    }

    /// The bridge that the cables are plugged into.
    fn bridge(&self) -> Option<String> {
        let all_ports = self.cables.iter().all(|cable| cable.near.port.is_some());
        let mut links = self.first.links.iter();
        let bridge = links.find(|link| link.link.kind == "bridge" && all_ports)?;
        Some(bridge.link.name.text())
    }

    /// From the bridge to the port of a cable.
    fn branch(&self, cable: usize) -> String {
        let Some(bridge) = self.bridge() else {
            return String::new();
        };
        let pen = self.theme.pen();
        let (first, last) = (cable == 0, cable + 1 == self.cables.len());
        let start = if first {
            bridge
        } else {
            " ".repeat(bridge.width())
        };
        let corner = match (first, last) {
            (true, true) => pen.line,
            (true, false) => pen.split,
            (false, true) => pen.end,
            (false, false) => pen.fork,
        };
        let line = if first { pen.line } else { " " };
        format!(" {start} {line}{corner}{}", pen.line)
    }

    /// The line down from the first port to the last one.
    fn trunk(&self, row: usize) -> String {
        let between = row > 1 && row < (self.cables.len() - 1) * ROWS + 1;
        match self.bridge() {
            Some(bridge) if between => {
                format!(
                    "{}{}",
                    " ".repeat(bridge.width() + 3),
                    self.theme.pen().side
                )
            }
            _ => String::new(),
        }
    }

    fn middle(&self, cable: &Cable<'_>, part: usize, wire: &str) -> String {
        match part {
            1 => wire.repeat(CABLE),
            2 => {
                let counters = cable.near.link.counters;
                let (sent, received) = (counters.tx_bytes, counters.rx_bytes);
                let text = format!("  {:>5} > < {}", super::short(sent), super::short(received));
                write::fit(&text, CABLE, self.theme)
            }
            _ => " ".repeat(CABLE),
        }
    }

    fn right(&self, cable: &Cable<'_>, part: usize, wire: &str) -> String {
        let pen = self.theme.pen();
        match part {
            0 => self.rule(pen.top, cable.whose, self.right),
            1 => {
                let address = super::addresses(&cable.far.link.addresses).unwrap_or_default();
                let text = format!(" {}  {address}", cable.far.link.name.text());
                let text = write::fit(&text, self.right - 2, self.theme);
                format!("{wire}{text}{}", pen.side)
            }
            2 => self.rule(pen.bottom, &[], self.right),
            _ => String::new(),
        }
    }

    /// The upper or lower edge of a frame, with names in it.
    fn rule(&self, [left, right]: [&str; 2], names: &[Untrusted], width: usize) -> String {
        let line = self.theme.pen().line;
        let title = write::cut(&title(names), width - 4, self.theme);
        let rest = line.repeat(width - 3 - title.width());
        format!("{left}{line}{title}{rest}{right}")
    }
}

/// The names in an edge.
fn title(names: &[Untrusted]) -> String {
    let names: Vec<String> = names.iter().map(Untrusted::text).collect();
    match names.join(", ") {
        none if none.is_empty() => String::new(),
        names => format!(" {names} "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Options;
    use crate::model::net::{Counters, Link};

    fn link(name: &str, kind: &str, port: Option<bool>, peer: Option<(&str, &str)>) -> NetRow {
        let link = Link {
            index: 1,
            name: name.into(),
            kind: kind.to_owned(),
            up: true,
            carrier: true,
            mtu: 1500,
            master: None,
            peer: None,
            addresses: vec!["10.9.0.2/24".to_owned()],
            qdisc: String::new(),
            counters: Counters {
                rx_bytes: 740,
                tx_bytes: 1715,
                ..Counters::default()
            },
        };
        let peer = peer.map(|(end, whose)| (end.into(), whose.into()));
        row(NetPart::Link(NetLinkRow { link, port, peer }))
    }

    fn row(part: NetPart) -> NetRow {
        NetRow { part, change: None }
    }

    fn space(name: &str) -> NetRow {
        row(NetPart::Space(vec![name.into()]))
    }

    #[test]
    fn a_bridge_with_two_cables_is_drawn_as_one() {
        let rows = [
            space("helper"),
            link("br0", "bridge", None, None),
            link("toa", "veth", Some(false), Some(("eth0", "a"))),
            link("tob", "veth", Some(true), Some(("eth0", "b"))),
            space("a"),
            link("eth0", "veth", None, Some(("toa", "helper"))),
            space("b"),
            link("eth0", "veth", None, Some(("tob", "helper"))),
        ];
        let options = Options {
            ascii: true,
            ..Options::default()
        };
        let lines = lines(&rows, WIDTH, &Theme::of(&options));
        assert_eq!(
            lines,
            [
                "+- helper ---------+                    +- a ------------------+",
                "| br0 -+- toa      ====================== eth0  10.9.0.2/24    |",
                "|      |           |   1715 > < 740     +----------------------+",
                "|      |           |                    ",
                "|      |           |                    +- b ------------------+",
                "|      +- tob      ====================== eth0  10.9.0.2/24    |",
                "|                  |   1715 > < 740     +----------------------+",
                "+------------------+                    ",
            ]
        );
        assert!(super::lines(&rows[..4], WIDTH, &Theme::of(&options)).is_empty());
    }
}

//! The panels: one file each, and one line in the table. Called by the lesson screen.

mod believes;
mod calls;
mod capabilities;
mod cgroup;
mod cgroups;
mod charts;
mod clocks;
mod counters;
mod files;
mod hostname;
mod idmap;
mod ipc;
mod knobs;
mod layers;
mod mounts;
mod namespaces;
mod network;
mod processes;
mod signals;
mod table;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{App, Play},
    lesson::Panel,
};

/// A view of one resource, drawn for both vantages.
pub(super) struct View {
    panel: Panel,
    draw: fn(&App, Rect, &mut Buffer),
    rows: fn(&Play) -> usize,
}

const TABLE: [View; 19] = [
    View {
        panel: Panel::Processes,
        draw: processes::draw,
        rows: processes::rows,
    },
    View {
        panel: Panel::Namespaces,
        draw: namespaces::draw,
        rows: namespaces::rows,
    },
    View {
        panel: Panel::Hostname,
        draw: hostname::draw,
        rows: hostname::rows,
    },
    View {
        panel: Panel::Calls,
        draw: calls::draw,
        rows: calls::rows,
    },
    View {
        panel: Panel::Mounts,
        draw: mounts::draw,
        rows: mounts::rows,
    },
    View {
        panel: Panel::Files,
        draw: files::draw,
        rows: files::rows,
    },
    View {
        panel: Panel::Signals,
        draw: signals::draw,
        rows: signals::rows,
    },
    View {
        panel: Panel::Clocks,
        draw: clocks::draw,
        rows: clocks::rows,
    },
    View {
        panel: Panel::Network,
        draw: network::draw,
        rows: network::rows,
    },
    View {
        panel: Panel::Idmap,
        draw: idmap::draw,
        rows: idmap::rows,
    },
    View {
        panel: Panel::Capabilities,
        draw: capabilities::draw,
        rows: capabilities::rows,
    },
    View {
        panel: Panel::Cgroup,
        draw: cgroup::draw,
        rows: cgroup::rows,
    },
    View {
        panel: Panel::Layers,
        draw: layers::draw,
        rows: layers::rows,
    },
    View {
        panel: Panel::Ipc,
        draw: ipc::draw,
        rows: ipc::rows,
    },
    View {
        panel: Panel::Cgroups,
        draw: cgroups::draw,
        rows: cgroups::rows,
    },
    View {
        panel: Panel::Counters,
        draw: counters::draw,
        rows: counters::rows,
    },
    View {
        panel: Panel::Charts,
        draw: charts::draw,
        rows: charts::rows,
    },
    View {
        panel: Panel::Knobs,
        draw: knobs::draw,
        rows: knobs::rows,
    },
    View {
        panel: Panel::Believes,
        draw: believes::draw,
        rows: believes::rows,
    },
];

/// The digit of a panel.
pub(super) fn number(panel: Panel) -> usize {
    let position = TABLE.iter().position(|view| view.panel == panel);
    position.unwrap_or(0) + 1
}

/// The view of a panel.
pub(super) fn view(panel: Panel) -> &'static View {
    &TABLE[number(panel) - 1]
}

/// How many rows more the network's drawing takes, where there is room for it.
pub(super) fn drawing_rows(play: &Play) -> u16 {
    u16::try_from(network::drawing_rows(play)).unwrap_or(u16::MAX)
}

impl View {
    /// Draws it into `area`.
    pub(super) fn draw(&self, app: &App, area: Rect, buf: &mut Buffer) {
        (self.draw)(app, area, buf);
    }

    /// How many rows it would like to have, its frame included.
    pub(super) fn rows(&self, play: &Play) -> u16 {
        u16::try_from((self.rows)(play) + 2).unwrap_or(u16::MAX)
    }
}

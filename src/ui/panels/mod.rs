//! The panels: one file each, and one line in the table. Called by the lesson screen.
//!
//! Nearly all of them are a function that fills one pane: [`Look`] in, [`Sheet`] out.

mod believes;
mod busy;
mod calls;
mod capabilities;
mod cgroup;
mod cgroups;
pub(super) mod changes;
mod charts;
mod clocks;
mod counters;
mod files;
mod grid;
mod hostname;
mod idmap;
mod ipc;
mod knobs;
mod layers;
mod mounts;
mod namespaces;
mod network;
mod pressure;
mod processes;
mod signals;
mod table;

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{
    pane,
    sheet::{Look, Sheet},
    theme::{Role, Theme},
};
use crate::{
    app::{App, Play},
    lesson::Panel,
};

/// A view of one resource.
pub(super) struct View {
    panel: Panel,
    kind: Kind,
}

enum Kind {
    /// A pane for each vantage, filled by this function.
    Sides(fn(&Look<'_>) -> Sheet),
    /// Over the width of all panes: it belongs to no side, or has columns of its own.
    Whole {
        draw: fn(&App, Rect, &mut Buffer),
        /// Rows that it would like to have inside its frame, which is this wide.
        rows: fn(&Play, &Theme, u16) -> usize,
        /// What the step changed, a line each, for those who cannot see the drawing.
        changes: fn(&Play, &Theme) -> Vec<String>,
    },
}

const fn sides(panel: Panel, sheet: fn(&Look<'_>) -> Sheet) -> View {
    let kind = Kind::Sides(sheet);
    View { panel, kind }
}

const fn whole(
    panel: Panel,
    draw: fn(&App, Rect, &mut Buffer),
    rows: fn(&Play, &Theme, u16) -> usize,
    changes: fn(&Play, &Theme) -> Vec<String>,
) -> View {
    let kind = Kind::Whole {
        draw,
        rows,
        changes,
    };
    View { panel, kind }
}

const TABLE: [View; Panel::ALL.len()] = [
    sides(Panel::Processes, processes::sheet),
    sides(Panel::Namespaces, namespaces::sheet),
    sides(Panel::Hostname, hostname::sheet),
    whole(Panel::Calls, calls::draw, calls::rows, |_, _| Vec::new()),
    sides(Panel::Mounts, mounts::sheet),
    sides(Panel::Files, files::sheet),
    sides(Panel::Signals, signals::sheet),
    sides(Panel::Clocks, clocks::sheet),
    sides(Panel::Network, network::sheet),
    sides(Panel::Idmap, idmap::sheet),
    sides(Panel::Capabilities, capabilities::sheet),
    sides(Panel::Cgroup, cgroup::sheet),
    whole(Panel::Layers, layers::draw, layers::rows, layers::changes),
    sides(Panel::Ipc, ipc::sheet),
    sides(Panel::Cgroups, cgroups::sheet),
    sides(Panel::Counters, counters::sheet),
    sides(Panel::Charts, charts::sheet),
    sides(Panel::Pressure, pressure::sheet),
    whole(Panel::Knobs, knobs::draw, knobs::rows, knobs::changes),
    sides(Panel::Believes, believes::sheet),
    whole(Panel::Grid, grid::draw, grid::rows, grid::changes),
];

/// The view of a panel.
pub(super) fn view(panel: Panel) -> &'static View {
    let position = TABLE.iter().position(|view| view.panel == panel);
    &TABLE[position.unwrap_or(0)]
}

/// Key and name of a panel, for the lower edge of its frame.
pub(super) fn name(panel: Panel, theme: &Theme) -> Line<'static> {
    let name = format!(" [{}] {} ", panel.key(), panel.name());
    Line::styled(name, theme.style(Role::Dim))
}

impl View {
    /// Draws it into `area`.
    pub(super) fn draw(&self, app: &App, area: Rect, buf: &mut Buffer) {
        match &self.kind {
            Kind::Sides(sheet) => pane::draw(app, self.panel, *sheet, area, buf),
            Kind::Whole { draw, .. } => draw(app, area, buf),
        }
    }

    /// How many rows it would like to have in an area of this width, its frame included; with
    /// `extra` also what it shows only where there is room to spare.
    pub(super) fn rows(&self, play: &Play, theme: &Theme, width: u16, extra: bool) -> u16 {
        let rows = match &self.kind {
            Kind::Whole { rows, .. } => rows(play, theme, width),
            Kind::Sides(sheet) => {
                let height = |sheet: Sheet| match sheet.extra.len() {
                    rows if rows > 0 && extra => sheet.height() + rows + 1,
                    _ => sheet.height(),
                };
                let sheets = sheets(*sheet, play, theme, width);
                sheets.map(height).max().unwrap_or(5)
            }
        };
        u16::try_from(rows + 2).unwrap_or(u16::MAX)
    }
}

fn sheets<'a>(
    sheet: fn(&Look<'_>) -> Sheet,
    play: &'a Play,
    theme: &'a Theme,
    width: u16,
) -> impl Iterator<Item = Sheet> {
    let seats = pane::all_seats(play);
    let each = usize::from(width) / 2;
    let look = move |seat| {
        Some(Look {
            play,
            theme,
            now: play.shown()?,
            before: play.marks_against(),
            seat,
            width: each.saturating_sub(2),
            height: None,
        })
    };
    seats
        .into_iter()
        .filter_map(look)
        .map(move |look| sheet(&look))
}

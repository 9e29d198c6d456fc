//! Compares host with box, and now with before a step: which rows are the same process, and what a
//! step changed. Called by the panels and by the app's cursor.
//!
//! It only looks at samples; it never draws and never remembers.

mod bounds;
mod cgroup;
mod charts;
mod clocks;
mod counters;
mod files;
mod grid;
mod groups;
mod ipc;
mod knobs;
mod layers;
mod links;
mod mounts;
mod names;
mod network;
mod ours;
mod pairing;
mod pressure;
mod signals;
mod table;
#[cfg(test)]
mod tests;
mod user;

pub use bounds::believes;
pub use cgroup::cgroups;
pub use charts::{Chart, Metric, charts};
pub use clocks::{CLOCKS, ClockRow, clocks, offsets};
pub use counters::{Counter, CounterPart, CounterRow, counters};
pub use files::{FileRow, files};
pub use grid::{Grid, GridColumn, GridRow, grid};
pub use groups::{MemberRow, TreePart, TreeRow, members, tree};
pub use ipc::{IpcItem, IpcRow, ipc, shares_dev_shm, shares_ipc_tables};
pub use knobs::{KnobRow, knobs};
pub use layers::{COLUMNS, LayerRow, Layers, overlay};
pub use links::{LinkRow, Verdict, links};
pub use mounts::{GROUND, MountLists, MountRow, MountSide, Travel, layers, mounts};
pub use names::{NAMES, NameRow, names};
pub use network::{LinkRow as NetLinkRow, NetPart, NetRow, Networks, networks};
pub use pairing::{Processes, Row, Side, processes};
pub use pressure::{PressureRow, of_machine, pressure};
pub use signals::{Masks, NumberOne, SignalRow, lead_masks, number_one, signals};
pub use table::{Cell, TableRow};
pub use user::{capabilities, ids};

/// What a step did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    New,
    /// It was there and said something else.
    Changed,
    /// It was there and is no longer.
    Gone,
}

//! Rows of a panel that is a table of values: the same label on both sides. Built by the modules of
//! such panels, drawn by one widget.

use std::collections::BTreeMap;

/// A value, and a word about it where there is room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// What was read.
    pub value: String,
    /// What it means; may be empty.
    pub note: String,
}

impl Cell {
    pub(super) fn new(value: &(impl ToString + ?Sized), note: impl Into<String>) -> Self {
        Self {
            value: value.to_string(),
            note: note.into(),
        }
    }

    /// What could not be read.
    pub(super) fn nothing() -> Self {
        Self::new(&"-", "")
    }
}

/// One thing, as host and box have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// What it is.
    pub label: String,
    /// The host's.
    pub host: Cell,
    /// The box's.
    pub inside: Cell,
    /// The host's is not what it was before the step.
    pub host_changed: bool,
    /// The box's is not what it was before the step.
    pub inside_changed: bool,
}

/// Label, host, box.
pub(super) type Plain = (String, Cell, Cell);

/// Marks what is not what it was. Rows are the same when their labels are.
pub(super) fn compare(now: Vec<Plain>, before: Option<Vec<Plain>>) -> Vec<TableRow> {
    let known = before.is_some();
    let before: BTreeMap<String, (Cell, Cell)> = before
        .into_iter()
        .flatten()
        .map(|(label, host, inside)| (label, (host, inside)))
        .collect();
    let row = |(label, host, inside): Plain| {
        let was = before.get(&label);
        TableRow {
            host_changed: known && was.is_none_or(|(was, _)| was.value != host.value),
            inside_changed: known && was.is_none_or(|(_, was)| was.value != inside.value),
            label,
            host,
            inside,
        }
    };
    now.into_iter().map(row).collect()
}

//! What the processes of a lesson tried, as a table: a row for each thing, a column for each process that
//! tried any. Called by the panel grid and by the app's cursor; it draws nothing.

use super::super::sample::Member;
use super::super::tries::{Tried, Try};
use super::super::{NsKind, Sample, Subject};

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// Who tried, in the order of the boxes and, in each, as they were started.
    pub columns: Vec<GridColumn>,
    /// What was tried.
    pub rows: Vec<GridRow>,
}

/// A process that tried something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridColumn {
    /// The name of its box.
    pub box_name: String,
    /// Its own name.
    pub name: String,
    /// It is in the host's user namespace: an ordinary process of the host.
    pub on_host: bool,
    /// What limits it, in a few words; empty once it has ended.
    pub limits: String,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridRow {
    /// What.
    pub what: Try,
    /// What came of it, for each column that tried it.
    pub cells: Vec<Option<Tried>>,
}

impl GridRow {
    /// Whether a cell says something else than the nearest of these to its left that says anything.
    #[must_use]
    pub fn differs(&self, column: usize, left: &[usize]) -> bool {
        let cell = |column: usize| self.cells.get(column).copied().flatten();
        let Some(here) = cell(column) else {
            return false;
        };
        let mut left = left.iter().rev().filter_map(|left| cell(*left));
        left.next().is_some_and(|left| !left.is_like(here))
    }
}

/// Of all boxes, in this order.
#[must_use]
pub fn grid(sample: &Sample, boxes: &[String]) -> Grid {
    let tried = boxes.iter().flat_map(|name| {
        let members = sample.boxes.get(name).map_or(&[][..], |view| &view.members);
        let members = members.iter().filter(|member| !member.tried.is_empty());
        members.map(move |member| (name, member))
    });
    let tried: Vec<(&String, &Member)> = tried.collect();
    let cell = |member: &Member, what| {
        let mut all = member.tried.iter();
        all.find(|tried| tried.what == what).copied()
    };
    let rows = Try::ALL.into_iter().filter_map(|what| {
        let cells: Vec<_> = tried.iter().map(|(_, member)| cell(member, what)).collect();
        let any = cells.iter().any(Option::is_some);
        any.then_some(GridRow { what, cells })
    });
    Grid {
        columns: tried
            .iter()
            .map(|(box_name, member)| column(sample, box_name, member))
            .collect(),
        rows: rows.collect(),
    }
}

fn column(sample: &Sample, box_name: &str, member: &Member) -> GridColumn {
    let user = |subject: &Subject| subject.links.get(NsKind::User).value().copied();
    let (host, here) = (sample.host_self.value(), member.from_host.value());
    GridColumn {
        box_name: box_name.to_owned(),
        name: member.name.clone(),
        on_host: here.is_some_and(|here| user(here) == host.and_then(user)),
        limits: here.map(limits).unwrap_or_default(),
    }
}

/// `14 caps, filter`
fn limits(subject: &Subject) -> String {
    let caps = subject.caps.effective.count_ones();
    let filter = if subject.seccomp == 2 { ", filter" } else { "" };
    format!("{caps} cap{}{filter}", if caps == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Errno;
    use crate::model::tries::Layer;

    fn no(what: Try, layer: Layer) -> Tried {
        Tried {
            what,
            errno: Some(Errno::EPERM),
            allowed: false,
            layer: Some(layer),
        }
    }

    #[test]
    fn a_cell_is_compared_with_the_nearest_answer_to_its_left() {
        let yes = Tried {
            what: Try::Mount,
            errno: None,
            allowed: true,
            layer: None,
        };
        let cells = vec![
            Some(no(Try::Mount, Layer::Capability)),
            None,
            Some(no(Try::Mount, Layer::Capability)),
            Some(no(Try::Mount, Layer::Filter)),
            Some(yes),
        ];
        let row = GridRow {
            what: Try::Mount,
            cells,
        };
        let left: Vec<usize> = (0..6).collect();
        let differs = |column: &usize| row.differs(*column, &left[..*column]);
        let differing: Vec<usize> = (0..6).filter(differs).collect();
        assert_eq!(differing, [3, 4]);
        assert!(!row.differs(1, &[0]) && row.differs(3, &[0, 1]) && !row.differs(3, &[1]));
    }

    /// EINVAL may be a yes, where the arguments made the call harmless.
    #[test]
    fn a_yes_is_a_yes_whatever_the_call_returned() {
        let yes = Tried {
            what: Try::Reboot,
            errno: Some(Errno::EINVAL),
            allowed: true,
            layer: None,
        };
        assert_eq!(yes.words(), "yes");
        assert!(yes.is_like(Tried { errno: None, ..yes }));
        let longest = no(Try::Mount, Layer::Capability).words();
        assert_eq!(longest, "EPERM capability");
    }
}

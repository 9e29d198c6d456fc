//! Two lists of mounts side by side: which rows are on one side alone, what a step changed, and
//! which way mounts travel between the sides. Called by the mounts panel and by the app's cursor.

use super::Change;
use crate::model::mounts::{Mount, Mounts};
use crate::model::op::STAGE;
use crate::model::{BoxView, Sample, Seen, Untrusted};

/// The box of this name stands in for the host: its helper's list is shown in the host's place.
pub const GROUND: &str = "ground";

/// A line of a list.
#[derive(Debug, Clone)]
pub struct MountRow {
    /// The mount.
    pub mount: Mount,
    /// How many mounts it hangs below.
    pub depth: usize,
    /// What the step did to it.
    pub change: Option<Change>,
    /// The other side has none like it.
    pub only_here: bool,
    /// Something is mounted over it or over what it hangs on.
    pub hidden: bool,
    /// How mounts travel between it and the other side.
    pub travel: Travel,
}

/// Which way the mounts and unmounts below a mount travel, between this side and the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Travel {
    /// Not at all.
    None,
    /// Both ways: peers of one group.
    Both,
    /// From here to there: there is a slave of our group.
    There,
    /// From there to here.
    Here,
}

/// One side.
#[derive(Debug, Clone, Default)]
pub struct MountSide {
    /// Rows in the order of the tree.
    pub rows: Vec<MountRow>,
    /// Mounts that all sides have, not in `rows`.
    pub others: usize,
}

/// Both sides.
#[derive(Debug, Clone, Default)]
pub struct MountLists {
    /// The host's, or the ground's; `None`: it could not be read.
    pub left: Option<MountSide>,
    /// The box's.
    pub inside: Option<MountSide>,
    /// The left side is the ground, a box that stands in for the host.
    pub ground: bool,
}

/// The lists of host (or ground) and box; `all` lists also what every side has.
#[must_use]
pub fn mounts(now: &Sample, before: Option<&Sample>, box_name: &str, all: bool) -> MountLists {
    let ground = box_name == GROUND;
    let host = now.host.world.mounts.value();
    let left = if ground { of_ground(now) } else { host };
    let inside = now.boxes.get(box_name).and_then(|view| of_box(view, host));
    let was_left = before.and_then(|was| {
        let host = was.host.world.mounts.value();
        if ground { of_ground(was) } else { host }
    });
    let was_inside = before.and_then(|was| {
        let host = was.host.world.mounts.value();
        was.boxes.get(box_name).and_then(|view| of_box(view, host))
    });
    let side = |own: &Mounts, other, was| {
        Lists {
            own,
            other,
            host,
            was,
            ground,
        }
        .side(all)
    };
    MountLists {
        left: left.map(|own| side(own, inside, was_left)),
        inside: inside.map(|own| side(own, left, was_inside)),
        ground,
    }
}

/// What the lead of a box has for a list, as itself reads it, or else as the host does.
fn of_box<'s>(view: &'s BoxView, host: Option<&'s Mounts>) -> Option<&'s Mounts> {
    let inside = view
        .inside
        .value()
        .and_then(|seen| seen.world.mounts.value());
    inside.or_else(|| {
        let lead = view.lead.as_ref()?.from_host.value()?;
        own_or(&lead.mounts, host)
    })
}

fn of_ground(sample: &Sample) -> Option<&Mounts> {
    let view = sample.boxes.get(GROUND)?;
    let helper = view.members.iter().find(|member| member.name == STAGE)?;
    let host = sample.host.world.mounts.value();
    own_or(&helper.from_host.value()?.mounts, host)
}

fn own_or<'s>(mounts: &'s Seen<Mounts>, host: Option<&'s Mounts>) -> Option<&'s Mounts> {
    match mounts {
        Seen::Missing => host,
        other => other.value(),
    }
}

struct Lists<'s> {
    own: &'s Mounts,
    other: Option<&'s Mounts>,
    host: Option<&'s Mounts>,
    /// This side before the step, where there is something to compare with.
    was: Option<&'s Mounts>,
    ground: bool,
}

impl Lists<'_> {
    fn side(&self, all: bool) -> MountSide {
        let mut side = MountSide::default();
        for (mount, depth) in tree(self.own) {
            let has = |list: Option<&Mounts>| {
                list.is_some_and(|list| list.rows.iter().any(|row| row.same_place(mount)))
            };
            let row = MountRow {
                depth,
                change: self.change(mount),
                only_here: self.other.is_some() && !has(self.other),
                hidden: self.own.is_hidden(mount),
                travel: self.travel(mount),
                mount: mount.clone(),
            };
            let common = !row.only_here && has(self.host);
            // Where the tree begins; of the ground it is the host's.
            let root = mount.target.as_bytes() == b"/" && !self.ground;
            if all || root || !common || row.change.is_some() {
                side.rows.push(row);
            } else {
                side.others += 1;
            }
        }
        side.rows.extend(self.gone());
        side
    }

    /// A row is the same mount while it has its number; after a move into another mount namespace
    /// all numbers are new, and being at the same place has to do.
    fn change(&self, mount: &Mount) -> Option<Change> {
        let was = &self.was?.rows;
        if was.iter().any(|row| {
            (row.id, row.propagation, &row.options) == (mount.id, mount.propagation, &mount.options)
        }) {
            return None;
        }
        let known = was.iter().find(|row| row.same_place(mount));
        match known {
            None => Some(Change::New),
            Some(row)
                if row.propagation.word() != mount.propagation.word() && row.id == mount.id
                    || row.options != mount.options =>
            {
                Some(Change::Changed)
            }
            Some(_) => None,
        }
    }

    fn gone(&self) -> Vec<MountRow> {
        let was = self.was.map_or(&[][..], |was| &was.rows);
        let left = |row: &&Mount| {
            let own = &self.own.rows;
            own.iter()
                .all(|now| now.id != row.id && !now.same_place(row))
        };
        let row = |mount: &Mount| MountRow {
            mount: mount.clone(),
            depth: 0,
            change: Some(Change::Gone),
            only_here: false,
            hidden: false,
            travel: Travel::None,
        };
        // Of a whole list that is gone, the learner wants the count, not the rows.
        let gone: Vec<MountRow> = was.iter().filter(left).map(row).collect();
        if gone.len() > self.own.rows.len() {
            return Vec::new();
        }
        gone
    }

    fn travel(&self, mount: &Mount) -> Travel {
        let own = mount.propagation;
        let others = self.other.map_or(&[][..], |other| &other.rows);
        let is = |ours: Option<u32>, theirs: fn(&Mount) -> Option<u32>| {
            ours.is_some() && others.iter().any(|row| theirs(row) == ours)
        };
        let (shared, master) = (
            |row: &Mount| row.propagation.shared,
            |row: &Mount| row.propagation.master,
        );
        if is(own.shared, shared) {
            Travel::Both
        } else if is(own.shared, master) {
            Travel::There
        } else if is(own.master, shared) {
            Travel::Here
        } else {
            Travel::None
        }
    }
}

/// All mounts, each after the one it hangs on, with its depth.
fn tree(all: &Mounts) -> Vec<(&Mount, usize)> {
    let mut out = Vec::new();
    let roots = all.rows.iter().filter(|row| all.parent(row).is_none());
    let mut open: Vec<(&Mount, usize)> = roots.map(|row| (row, 0)).collect();
    open.reverse();
    // A list that was read while it changed may be no tree; nobody is listed twice.
    while let Some((row, depth)) = open.pop().filter(|_| out.len() < all.rows.len()) {
        out.push((row, depth));
        let mut below: Vec<(&Mount, usize)> = all
            .rows
            .iter()
            .filter(|child| child.parent == row.id && child.id != row.id)
            .map(|child| (child, depth + 1))
            .collect();
        below.reverse();
        open.extend(below);
    }
    out
}

/// The layers of an overlay, in the order in which a name is looked up.
#[must_use]
pub fn layers(mount: &Mount) -> Vec<(&'static str, Untrusted)> {
    if mount.fstype.as_bytes() != b"overlay" {
        return Vec::new();
    }
    let named = [
        ("upper", "upperdir"),
        ("lower", "lowerdir"),
        ("work", "workdir"),
    ];
    named
        .into_iter()
        .filter_map(|(word, option)| Some((word, mount.layer(option)?)))
        .collect()
}

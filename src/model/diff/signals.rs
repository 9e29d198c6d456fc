//! Which process of a box is ready for which signals: members as the host sees them, and the lead's
//! masks as the box sees them. Called by the signals panel and the app's cursor.

use crate::model::sample::Role;
use crate::model::{Member, Sample, Subject};

/// The three masks of proc_pid_status(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Masks {
    /// SigBlk
    pub blocked: u64,
    /// SigIgn
    pub ignored: u64,
    /// SigCgt
    pub caught: u64,
}

impl Masks {
    fn of(subject: &Subject) -> Self {
        Self {
            blocked: subject.sig_blocked,
            ignored: subject.sig_ignored,
            caught: subject.sig_caught,
        }
    }
}

/// A process of the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalRow<'a> {
    /// Which one.
    pub member: &'a Member,
    /// Its masks; `None` once it has ended, or where the host may not look.
    pub masks: Option<Masks>,
    /// It is new, has ended, or has other masks than before the step.
    pub changed: bool,
}

/// Every process that glassbox started in the box, the dead ones included, observers left out.
#[must_use]
pub fn signals<'a>(now: &'a Sample, before: Option<&Sample>, box_name: &str) -> Vec<SignalRow<'a>> {
    let row = |member: &'a Member| {
        let masks = member.from_host.value().map(Masks::of);
        let changed = before.is_some_and(|was| {
            let same = |old: &&Member| (old.host_pid, old.start) == (member.host_pid, member.start);
            let old = members(was, box_name).find(same);
            old.is_none_or(|old| {
                old.exit != member.exit || old.from_host.value().map(Masks::of) != masks
            })
        });
        SignalRow {
            member,
            masks,
            changed,
        }
    };
    members(now, box_name).map(row).collect()
}

/// The masks of the box's lead as they read inside; `None` where nobody can look.
#[must_use]
pub fn lead_masks(sample: &Sample, box_name: &str) -> Option<Masks> {
    let inside = sample.boxes.get(box_name)?.inside.value()?;
    inside.subjects.first()?.value().map(Masks::of)
}

fn members<'a>(sample: &'a Sample, box_name: &str) -> impl Iterator<Item = &'a Member> {
    let view = sample.boxes.get(box_name).into_iter();
    view.flat_map(|view| &view.members)
        .filter(|member| member.role != Role::Eye)
}

//! Which process of the boxes is ready for which signals: members as the host sees them, and a lead's
//! masks as its box sees them. Called by the signals panel and the app's cursor.

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

/// A process of a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalRow<'a> {
    /// The name of its box.
    pub box_name: &'a str,
    /// Which one.
    pub member: &'a Member,
    /// Its masks; `None` once it has ended, or where the host may not look.
    pub masks: Option<Masks>,
    /// It is new, has ended, or has other masks than before the step.
    pub changed: bool,
}

/// Every process that glassbox started in any box, the dead ones included; helpers and observers are
/// left out, since no lesson is about their signals.
#[must_use]
pub fn signals<'a>(now: &'a Sample, before: Option<&Sample>) -> Vec<SignalRow<'a>> {
    let row = |(box_name, member): (&'a str, &'a Member)| {
        let masks = member.from_host.value().map(Masks::of);
        let changed = before.is_some_and(|was| {
            let same = |(_, old): &(&str, &Member)| {
                (old.host_pid, old.start) == (member.host_pid, member.start)
            };
            members(was).find(same).is_none_or(|(_, old)| {
                old.exit != member.exit || old.from_host.value().map(Masks::of) != masks
            })
        });
        SignalRow {
            box_name,
            member,
            masks,
            changed,
        }
    };
    members(now).map(row).collect()
}

/// The number 1 of the PID namespace that the box's lead is in, where the lead is another program that
/// a step started: lessons speak of number 1. `None` for a shell of the learner's.
#[must_use]
pub fn number_one<'a>(sample: &'a Sample, box_name: &str) -> Option<NumberOne<'a>> {
    let view = sample.boxes.get(box_name)?;
    let lead = view.lead.as_ref()?;
    let is_lead = |member: &&Member| {
        member.host_pid == lead.host_pid && matches!(member.role, Role::Workload | Role::Hands)
    };
    view.members.iter().find(is_lead)?;
    let number = |subject: &Subject| subject.process.nspid.last().copied();
    let seen = lead.from_host.value()?;
    if number(seen) == Some(1) {
        return None;
    }
    let own = |subject: &Subject| subject.pid_chain.first().copied();
    view.members.iter().find_map(|member| {
        let subject = member.from_host.value()?;
        let first = number(subject) == Some(1) && own(subject) == own(seen);
        (first && member.exit.is_none()).then(|| NumberOne {
            member,
            masks: Masks::of(subject),
        })
    })
}

/// A process that is number 1 of its PID namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberOne<'a> {
    /// Which one.
    pub member: &'a Member,
    /// Its masks, as the host sees them.
    pub masks: Masks,
}

/// The masks of the box's lead as they read inside; `None` where nobody can look.
#[must_use]
pub fn lead_masks(sample: &Sample, box_name: &str) -> Option<Masks> {
    let inside = sample.boxes.get(box_name)?.inside.value()?;
    inside.subjects.first()?.value().map(Masks::of)
}

fn members(sample: &Sample) -> impl Iterator<Item = (&str, &Member)> {
    sample.boxes.iter().flat_map(|(name, view)| {
        let shown = view.members.iter();
        let shown = shown.filter(|member| !member.role.is_hidden() && member.role != Role::Stage);
        shown.map(|member| (name.as_str(), member))
    })
}

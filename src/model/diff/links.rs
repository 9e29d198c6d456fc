//! The ten namespace links of a box's lead beside the host's own. Called by the namespaces panel
//! and the matrix; it never judges whether a difference is good.

use super::super::{NsId, NsLink, Sample, Seen};

/// Whether host and box stand in the same namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// One namespace, seen by both.
    Same,
    /// Two namespaces.
    Differs,
    /// One of the two could not be read, or is not there.
    Unknown,
}

/// One link of `/proc/PID/ns`, host and box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// Which link.
    pub link: NsLink,
    /// The host's.
    pub host: Seen<NsId>,
    /// The lead's.
    pub inside: Seen<NsId>,
    /// Both compared.
    pub verdict: Verdict,
    /// The lead's link is not what it was before the step.
    pub changed: bool,
}

/// All ten links, in the order of [`NsLink::all`]; `None` where the box has no living lead, or the
/// host may not look at it.
#[must_use]
pub fn links(now: &Sample, before: Option<&Sample>, box_name: &str) -> Option<Vec<LinkRow>> {
    let lead = lead_links(now, box_name)?;
    let was = before.and_then(|sample| lead_links(sample, box_name));
    let host = now.host_self.value().map(|subject| &subject.links);
    let row = |link: NsLink| {
        let host = host.map_or(Seen::Missing, |links| links.link(link).clone());
        let inside = lead.link(link).clone();
        LinkRow {
            link,
            verdict: verdict(&host, &inside),
            changed: was.is_some_and(|was| *was.link(link) != inside),
            host,
            inside,
        }
    };
    Some(NsLink::all().into_iter().map(row).collect())
}

fn lead_links<'a>(sample: &'a Sample, box_name: &str) -> Option<&'a super::super::Links> {
    let lead = sample.boxes.get(box_name)?.lead.as_ref()?;
    lead.from_host.value().map(|subject| &subject.links)
}

fn verdict(host: &Seen<NsId>, inside: &Seen<NsId>) -> Verdict {
    match (host.value(), inside.value()) {
        (Some(host), Some(inside)) if host == inside => Verdict::Same,
        (Some(_), Some(_)) => Verdict::Differs,
        _ => Verdict::Unknown,
    }
}

//! Who the lead of a box is for host and box, and what its capabilities count over. Called by the
//! panels idmap and capabilities.

use super::FileRow;
use super::table::{Cell, Plain, TableRow, compare};
use crate::model::files::File;
use crate::model::sample::Role;
use crate::model::snapshot::{CapSets, IdRange};
use crate::model::user::{UNMAPPED, called_inside, set_in_words};
use crate::model::{NsId, NsKind, Process, Sample, Seen, Snapshot, Subject, Untrusted};

/// Ids and maps of the lead.
#[must_use]
pub fn ids(now: &Sample, before: Option<&Sample>, box_name: &str) -> Vec<TableRow> {
    compare(
        id_rows(now, box_name),
        before.map(|was| id_rows(was, box_name)),
    )
}

/// Capability sets of the host's process and of the lead, and who owns the namespaces they are in.
#[must_use]
pub fn capabilities(now: &Sample, before: Option<&Sample>, box_name: &str) -> Vec<TableRow> {
    compare(
        cap_rows(now, box_name),
        before.map(|was| cap_rows(was, box_name)),
    )
}

/// Those that lessons speak of come first: a small screen may show no more.
const OWNED: [NsKind; 7] = [
    NsKind::Uts,
    NsKind::Net,
    NsKind::Mnt,
    NsKind::Ipc,
    NsKind::Pid,
    NsKind::Cgroup,
    NsKind::Time,
];

type Set = fn(&CapSets) -> u64;
/// uid_map or gid_map.
type Map = fn(&Subject) -> &Seen<Vec<IdRange>>;

/// The lead of a box, as both sides see it.
struct Who<'s> {
    name: String,
    host: Option<&'s Subject>,
    inside: Option<&'s Subject>,
    helper: Option<&'s Subject>,
    snapshot: Option<&'s Snapshot>,
}

fn id_rows(sample: &Sample, box_name: &str) -> Vec<Plain> {
    let Some(who) = Who::of(sample, box_name) else {
        return Vec::new();
    };
    let name = &who.name;
    let mut rows = vec![
        (
            format!("uid of {name}"),
            cell(who.host, |subject| Cell::new(&subject.uids[1], "")),
            cell(who.inside, |subject| {
                who.uid_inside(subject.uids[1], who.host.map(|host| host.uids[1]))
            }),
        ),
        (
            format!("gid of {name}"),
            cell(who.host, |subject| Cell::new(&subject.gids[1], "")),
            cell(who.inside, |subject| {
                let host = who.host.map(|host| host.gids[1]);
                who.inside_id(subject.gids[1], host, |seen| &seen.gid_map)
            }),
        ),
    ];
    rows.extend(who.for_helper());
    rows.extend(who.other("helper", who.helper.map(|helper| &helper.process)));
    let init = row_of(sample.host.world.processes.value(), |row| row.pid == 1);
    rows.extend(who.other("PID 1", init));
    rows.extend(
        super::files(sample, None, box_name)
            .iter()
            .filter_map(|row| who.file(row)),
    );
    rows.extend(who.map("uid_map", |subject| &subject.uid_map));
    rows.extend(who.map("gid_map", |subject| &subject.gid_map));
    rows.push(who.row("setgroups", |subject| {
        let text = subject.setgroups.value();
        text.map_or_else(Cell::nothing, |text| Cell::new(&text.text(), ""))
    }));
    rows.push(who.row("user namespace", |subject| {
        own(subject).map_or_else(Cell::nothing, |id| Cell::new(&id.ino, ""))
    }));
    rows
}

impl<'s> Who<'s> {
    fn of(sample: &'s Sample, box_name: &str) -> Option<Self> {
        let view = sample.boxes.get(box_name)?;
        let lead = view.lead.as_ref()?;
        let snapshot = view.inside.value();
        Some(Self {
            name: Untrusted::from(&lead.name).text(),
            host: lead.from_host.value(),
            inside: snapshot.and_then(|seen| seen.subjects.first()?.value()),
            helper: view
                .members
                .first()
                .filter(|first| first.role == Role::Stage)
                .and_then(|helper| helper.from_host.value()),
            snapshot,
        })
    }

    fn row(&self, label: &str, read: impl Fn(&Subject) -> Cell) -> Plain {
        let inside = cell(self.inside, &read);
        (label.to_owned(), cell(self.host, read), inside)
    }

    fn uid_inside(&self, id: u32, host: Option<u32>) -> Cell {
        self.inside_id(id, host, |subject| &subject.uid_map)
    }

    /// An id as it reads inside, and whether it only stands for one that has no name there. 65534 may
    /// be in the map as well: it is the id on the host that tells.
    fn inside_id(&self, id: u32, host: Option<u32>, read: Map) -> Cell {
        let map = self.host.and_then(|subject| read(subject).value());
        let has = |map: &Vec<IdRange>, host: u32| {
            let mut ranges = map.iter();
            ranges.any(|range| range.outside <= host && host - range.outside < range.count)
        };
        let known = map.zip(host).map(|(map, host)| has(map, host));
        let unmapped = id == UNMAPPED && known == Some(false);
        Cell::new(&id, if unmapped { "not mapped" } else { "" })
    }

    /// What the level between, that of the helper, calls a lead that has left it; computed from its
    /// map, since nobody here looks from there.
    fn for_helper(&self) -> Option<Plain> {
        let (lead, helper) = (self.host?, self.helper?);
        if own(lead)? == own(helper)? {
            return None;
        }
        let called = called_inside(helper.uid_map.value()?, lead.uids[1])?;
        let between = Cell::new(&called, "seen by helper");
        Some(("uid for helper".to_owned(), between.clone(), between))
    }

    /// The uid of another process, which the box may see, too.
    fn other(&self, who: &str, row: Option<&Process>) -> Option<Plain> {
        let row = row.filter(|_| who != self.name)?;
        let same = |other: &Process| other.start == row.start && other.command == row.command;
        let seen = self
            .snapshot
            .and_then(|seen| row_of(seen.world.processes.value(), same));
        let inside = seen.map_or_else(Cell::nothing, |seen| {
            self.uid_inside(seen.uid, Some(row.uid))
        });
        Some((format!("uid of {who}"), Cell::new(&row.uid, ""), inside))
    }

    /// The owner of one file of the box, from each side.
    fn file(&self, row: &FileRow) -> Option<Plain> {
        let owner = |file: &Seen<File>| file.value().map(|file| file.uid);
        let (host, inside) = (owner(&row.from_host), owner(&row.inside));
        if host.is_none() && inside.is_none() {
            return None;
        }
        Some((
            format!("owner of {}", row.name.text()),
            host.map_or_else(Cell::nothing, |uid| Cell::new(&uid, "")),
            inside.map_or_else(Cell::nothing, |uid| self.uid_inside(uid, host)),
        ))
    }

    /// One row a line of the file; read from within, the ids outside are the parent namespace's.
    fn map(&self, file: &str, read: Map) -> Vec<Plain> {
        let map = |subject: Option<&'s Subject>| subject.and_then(|subject| read(subject).value());
        let (host, inside) = (map(self.host), map(self.inside));
        let count = |map: Option<&Vec<IdRange>>| map.map_or(0, Vec::len);
        let lines = count(host).max(count(inside)).max(1);
        let nested = self.host.zip(self.helper);
        let nested = nested.is_some_and(|(lead, helper)| own(lead) != own(helper));
        let outside = if nested { "in the parent" } else { "outside" };
        let row = |line: usize| {
            let label = match line {
                0 => file.to_owned(),
                more => format!("{file} line {}", more + 1),
            };
            let inside = map_line(inside, line, outside);
            (label, map_line(host, line, "here"), inside)
        };
        (0..lines).map(row).collect()
    }
}

fn cell(subject: Option<&Subject>, read: impl FnOnce(&Subject) -> Cell) -> Cell {
    subject.map_or_else(Cell::nothing, read)
}

fn map_line(map: Option<&Vec<IdRange>>, line: usize, place: &str) -> Cell {
    let range = match map {
        None => return Cell::nothing(),
        Some(map) if map.is_empty() => return Cell::new("(empty)", ""),
        Some(map) => map.get(line),
    };
    let text = |range: &IdRange| {
        let (inside, outside, count) = (range.inside, range.outside, range.count);
        let is = if count == 1 { "is" } else { "are" };
        let note = format!(
            "{} {is} {} {place}",
            span(inside, count),
            span(outside, count)
        );
        Cell::new(&format!("{inside} {outside} {count}"), note)
    };
    range.map_or_else(Cell::nothing, text)
}

/// `7`, or `0-999`.
fn span(first: u32, count: u32) -> String {
    match u64::from(first) + u64::from(count.saturating_sub(1)) {
        last if last == u64::from(first) => first.to_string(),
        last => format!("{first}-{last}"),
    }
}

fn row_of(rows: Option<&Vec<Process>>, wanted: impl Fn(&Process) -> bool) -> Option<&Process> {
    rows?.iter().find(|row| wanted(row))
}

fn cap_rows(sample: &Sample, box_name: &str) -> Vec<Plain> {
    let host = sample.host_self.value();
    let lead = sample
        .boxes
        .get(box_name)
        .and_then(|view| view.lead.as_ref());
    let lead = lead.and_then(|lead| lead.from_host.value());
    let row = |label: String, read: &dyn Fn(&Subject) -> Cell| {
        (label, cell(host, read), cell(lead, read))
    };
    let sets: [(&str, Set); 5] = [
        ("effective", |caps| caps.effective),
        ("permitted", |caps| caps.permitted),
        ("bounding", |caps| caps.bounding),
        ("inheritable", |caps| caps.inheritable),
        ("ambient", |caps| caps.ambient),
    ];
    let mut rows: Vec<Plain> = sets
        .into_iter()
        .map(|(name, set)| {
            row(name.to_owned(), &|subject| {
                Cell::new(&set_in_words(set(&subject.caps)), "")
            })
        })
        .collect();
    rows.push(row("no_new_privs".to_owned(), &|subject| {
        Cell::new(
            if subject.no_new_privs {
                &"set"
            } else {
                &"not set"
            },
            "",
        )
    }));
    rows.push(row("seccomp".to_owned(), &filters));
    let label = |subject: &Subject| subject.label.value().map(Untrusted::text);
    if host.and_then(label).or(lead.and_then(label)).is_some() {
        rows.push(row("LSM label".to_owned(), &|subject| {
            label(subject).map_or_else(Cell::nothing, |label| Cell::new(&label, ""))
        }));
    }
    rows.push(row("user namespace".to_owned(), &|subject| {
        own(subject).map_or_else(Cell::nothing, |id| Cell::new(&id.ino, ""))
    }));
    rows.extend(OWNED.map(|kind| row(format!("owner of {}", kind.name()), &|s| owner(s, kind))));
    rows
}

/// `Seccomp` and `Seccomp_filters` of proc_pid_status(5).
fn filters(subject: &Subject) -> Cell {
    let mode = ["none", "strict", "filter"].get(subject.seccomp as usize);
    let text = match (subject.seccomp, subject.seccomp_filters) {
        (2, Some(count)) if count != 1 => format!("{count} filters"),
        (2, Some(_)) => "1 filter".to_owned(),
        _ => mode.map_or_else(|| subject.seccomp.to_string(), |mode| (*mode).to_owned()),
    };
    Cell::new(&text, "")
}

fn own(subject: &Subject) -> Option<NsId> {
    subject.links.get(NsKind::User).value().copied()
}

/// Who owns a namespace of the process, and whether its capabilities count there: over what its own
/// user namespace owns, or one below that.
fn owner(subject: &Subject, kind: NsKind) -> Cell {
    let Some(chain) = subject.owners.chain(kind).value() else {
        return Cell::nothing();
    };
    let counts = own(subject).is_some_and(|own| chain.contains(&own));
    let note = match (counts, subject.caps.effective) {
        (_, 0) => "",
        (true, _) => "in reach",
        (false, _) => "beyond",
    };
    let ino = chain.first().map_or(0, |id| id.ino);
    Cell::new(&ino, note)
}

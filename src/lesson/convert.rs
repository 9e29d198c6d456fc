//! Samples and calls become the variables of expressions: the one place that says what a fact is
//! called. Used by facts. `lessons/README.md` describes every name; a test compares the two.

mod cgroup;
mod clocks;
mod ipc;
mod net;
mod signals;
mod user;

use std::collections::BTreeMap;

use super::functions::CGROUPS;
use super::noun::BEFORE;
use super::rows::{call, caps, fields, id_map, ino, links, nspid, process};
use super::{Fact, Reads, mounts};
use crate::model::mounts::Mounts;
use crate::model::sample::Exit;
use crate::model::{BoxView, Call, Member, NsKind, Process, Sample, Seen, Subject, World};

/// Variables by name.
pub(super) type Variables = BTreeMap<String, Fact>;

/// Every variable that an expression may use, and of each side every field: those that are read.
pub(super) fn variables(
    before: Option<&Sample>,
    after: &Sample,
    calls: &[Call],
    reads: &Reads,
) -> Variables {
    let mut all = sides(after, reads);
    let before = before.filter(|_| reads.has(BEFORE));
    let before = before.map(|sample| Fact::Map(sides(sample, reads)));
    all.insert(BEFORE.to_owned(), before.unwrap_or_default());
    all.insert("calls".to_owned(), calls.iter().map(call).collect());
    all
}

fn sides(sample: &Sample, reads: &Reads) -> Variables {
    let all = Everyone { sample, reads };
    let boxes = sample.boxes.iter().filter(|(name, _)| reads.has(name));
    let mut sides: Variables = boxes
        .map(|(name, view)| (name.clone(), all.box_side(view)))
        .collect();
    if reads.has("host") {
        sides.insert("host".to_owned(), all.host_side());
    }
    if reads.has(CGROUPS) {
        sides.insert(CGROUPS.to_owned(), cgroup::groups(&sample.cgroups));
    }
    sides
}

/// One sample, to look up what the host sees about a process, and what is to be told of it.
struct Everyone<'s> {
    sample: &'s Sample,
    reads: &'s Reads,
}

impl<'s> Everyone<'s> {
    /// A side, without what nobody reads.
    fn side(&self, mut all: Variables) -> Fact {
        all.retain(|name, _| self.reads.has(name));
        Fact::Map(all)
    }

    /// What takes long to make, if it is read.
    fn costly(&self, name: &str, make: impl FnOnce() -> Fact) -> Fact {
        if self.reads.has(name) {
            make()
        } else {
            Fact::Null
        }
    }

    fn host_side(&self) -> Fact {
        let own = self.sample.host_self.value();
        let mut side = self.about(own);
        side.extend(seen_by(own));
        side.extend(self.world(&self.sample.host.world, own, own));
        let latency = cgroup::latency(self.sample.latency.as_ref());
        side.extend(fields([
            ("alive", Fact::Bool(true)),
            ("cgroup_version", self.sample.cgroup_layout.name().into()),
            ("latency", latency),
        ]));
        self.side(side)
    }

    fn box_side(&self, view: &BoxView) -> Fact {
        let lead = view.lead.as_ref();
        let from_host = lead.and_then(|lead| lead.from_host.value());
        let inside = view.inside.value();
        let from_inside = inside.and_then(|snapshot| snapshot.subjects.first()?.value());
        let mut side = self.about(from_host);
        side.extend(seen_by(from_inside));
        side.extend(match inside {
            Some(snapshot) => self.world(&snapshot.world, from_host, from_inside),
            None => unseen_world(),
        });
        let members = view
            .members
            .iter()
            .filter(|member| !member.role.is_hidden());
        side.extend(fields([
            ("alive", Fact::Bool(lead.is_some())),
            ("lead", lead.map(|lead| lead.name.as_str()).into()),
            ("host_pid", lead.map(|lead| lead.host_pid).into()),
            ("files_from_host", mounts::files(&view.files_from_host)),
            (
                "members",
                self.costly("members", || {
                    members.map(|member| self.member(view, member)).collect()
                }),
            ),
        ]));
        self.side(side)
    }

    /// What the host sees about a process.
    fn about(&self, subject: Option<&Subject>) -> Variables {
        let process = subject.map(|subject| &subject.process);
        let mut all = signals::facts(subject);
        all.extend(clocks::offsets(subject));
        all.extend(user::owners(subject));
        all.extend(fields([
            (
                "pid",
                process
                    .and_then(|process| process.nspid.last().copied())
                    .into(),
            ),
            ("host_pid", process.map(|process| process.pid).into()),
            (
                "ppid",
                subject.and_then(|subject| self.parent(subject)).into(),
            ),
            ("nspid", process.map_or(Fact::Null, nspid)),
            ("command", process.map(|process| &process.command).into()),
            ("host_uid", subject.map(|subject| subject.uids[1]).into()),
            ("host_gid", subject.map(|subject| subject.gids[1]).into()),
            (
                "ns",
                subject.map_or(Fact::Null, |subject| links(&subject.links)),
            ),
            (
                "uid_map",
                subject.map_or(Fact::Null, |subject| id_map(&subject.uid_map)),
            ),
            (
                "gid_map",
                subject.map_or(Fact::Null, |subject| id_map(&subject.gid_map)),
            ),
            (
                "setgroups",
                subject.and_then(|subject| subject.setgroups.value()).into(),
            ),
            (
                "caps",
                subject.map_or(Fact::Null, |subject| caps(subject.caps)),
            ),
            (
                "no_new_privs",
                subject.map(|subject| subject.no_new_privs).into(),
            ),
            ("seccomp", subject.map(|subject| subject.seccomp).into()),
            (
                "seccomp_filters",
                subject.and_then(|s| s.seccomp_filters).into(),
            ),
            ("label", subject.and_then(|s| s.label.value()).into()),
            (
                "cgroup",
                cgroup::lines(subject.map(|subject| &subject.cgroup)),
            ),
        ]));
        all
    }

    /// What getppid(2) tells the process: 0 if its parent is in another pid namespace.
    fn parent(&self, child: &Subject) -> Option<i32> {
        if child.process.nspid.len() == 1 {
            return Some(child.process.ppid);
        }
        let parent = self.subject(child.process.ppid)?;
        let pid_ns = |subject: &Subject| subject.links.get(NsKind::Pid).value().copied();
        if pid_ns(parent)? == pid_ns(child)? {
            parent.process.nspid.last().copied()
        } else {
            Some(0)
        }
    }

    fn subject(&self, host_pid: i32) -> Option<&'s Subject> {
        let members = self.members().filter_map(|member| member.from_host.value());
        let mut all = members.chain(self.sample.host_self.value());
        all.find(|subject| subject.process.pid == host_pid)
    }

    fn members(&self) -> impl Iterator<Item = &'s Member> {
        let sample: &'s Sample = self.sample;
        sample.boxes.values().flat_map(|view| &view.members)
    }

    fn member(&self, view: &BoxView, member: &Member) -> Fact {
        let alive = member.exit.is_none();
        let mut all = self.about(member.from_host.value());
        let own = member.from_host.value().and_then(|it| match &it.mounts {
            Seen::Missing => self.sample.host.world.mounts.value(),
            other => other.value(),
        });
        all.extend(fields([
            ("mounts", mounts::mounts(own)),
            ("name", Fact::Text(member.name.clone())),
            ("host_pid", member.host_pid.into()),
            ("alive", Fact::Bool(alive)),
            ("said", member.said.as_ref().into()),
            ("net", net::of_member(view, member.from_host.value())),
            (
                "exit_code",
                match member.exit {
                    Some(Exit::Code(code)) => code.into(),
                    _ => Fact::Null,
                },
            ),
            (
                "exit_signal",
                match member.exit {
                    Some(Exit::Signal(signal)) => signal.into(),
                    _ => Fact::Null,
                },
            ),
        ]));
        Fact::Map(all)
    }

    /// The system around a process: `from_host` and `from_inside` are what the two sides see about
    /// it.
    fn world(
        &self,
        world: &World,
        from_host: Option<&Subject>,
        from_inside: Option<&Subject>,
    ) -> Variables {
        let rows = || {
            let rows = world.processes.value().map(|rows| {
                let kept = rows.iter().filter(|row| !self.is_hidden(row));
                kept.map(process).collect::<Fact>()
            });
            rows.unwrap_or_default()
        };
        let mounted = || mounts::mounts(own_mounts(world, from_host));
        fields([
            ("net", self.costly("net", || net::net(world.net.value()))),
            ("hostname", (&world.hostname).into()),
            ("domainname", (&world.domainname).into()),
            ("proc_hostname", world.proc_hostname.value().into()),
            ("etc_hostname", world.etc_hostname.value().into()),
            ("kernel", (&world.kernel).into()),
            ("init_cgroup", cgroup::lines(Some(&world.init_cgroup))),
            ("process_count", world.process_count.into()),
            ("processes", self.costly("processes", rows)),
            ("ipc", self.costly("ipc", || ipc::facts(&world.ipc))),
            (
                "clocks",
                clocks::facts(world, &self.sample.host.world.clocks.0),
            ),
            (
                "proc_self",
                from_inside.map(|subject| subject.process.pid).into(),
            ),
            ("proc_pidns", proc_pidns(world, from_host).into()),
            ("mounts", self.costly("mounts", mounted)),
            ("files", mounts::files(&world.files)),
            ("believes", cgroup::believes(&world.believes)),
        ])
    }

    /// Whether a row is a process of ours that is no part of the box: its number differs from view
    /// to view, its start does not.
    fn is_hidden(&self, row: &Process) -> bool {
        let mut hidden = self.members().filter(|member| member.role.is_hidden());
        is_named_hidden(row) && hidden.any(|member| member.start == row.start)
    }
}

/// What somebody in the same user namespace sees about a process.
fn seen_by(subject: Option<&Subject>) -> Variables {
    let mut seen = fields([
        ("uid", subject.map(|subject| subject.uids[1]).into()),
        ("gid", subject.map(|subject| subject.gids[1]).into()),
    ]);
    seen.extend(user::own_maps(subject));
    let own_cgroup = cgroup::lines(subject.map(|subject| &subject.cgroup));
    seen.insert("own_cgroup".to_owned(), own_cgroup);
    seen
}

/// The names of [`world`], all null: nobody could look.
fn unseen_world() -> Variables {
    WORLD.map(|name| (name.to_owned(), Fact::Null)).into()
}

const WORLD: [&str; 16] = [
    "believes",
    "hostname",
    "domainname",
    "proc_hostname",
    "etc_hostname",
    "kernel",
    "processes",
    "process_count",
    "init_cgroup",
    "clocks",
    "ipc",
    "proc_self",
    "proc_pidns",
    "mounts",
    "files",
    "net",
];

/// The list of mounts as the observer read it; without a /proc in there, as the host did.
fn own_mounts<'w>(world: &'w World, from_host: Option<&'w Subject>) -> Option<&'w Mounts> {
    let outside = || from_host?.mounts.value();
    world.mounts.value().or_else(outside)
}

/// `BOX:eye` or `BOX:keeper`, cut to the kernel's fifteen bytes.
fn is_named_hidden(row: &Process) -> bool {
    let name = String::from_utf8_lossy(row.command.as_bytes());
    name.contains(":ey") || name.contains(":ke")
}

/// The pid namespace that the visible `/proc` belongs to.
fn proc_pidns(world: &World, from_host: Option<&Subject>) -> Option<i64> {
    let level = usize::try_from(*world.proc_level.value()?).ok()?;
    from_host?.pid_chain.get(level).map(|ns| ino(*ns))
}

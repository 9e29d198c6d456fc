//! Operations: who does what to whom, and whether glassbox may do it at all (guarantee G8).

use std::collections::BTreeMap;

use super::Findings;
use super::names::is_name;
use crate::lesson::{Lesson, Span};
use crate::model::op::{Enter, Mount, Newmap, STAGE, Setns, Umount, WRITABLE, Write};
use crate::model::port::Maps;
use crate::model::sample::Role;
use crate::model::{NsKind, Op, signal};

/// Filesystems that a user namespace can mount.
pub(in crate::lesson) const FILESYSTEMS: [&str; 8] = [
    "proc", "tmpfs", "sysfs", "devpts", "mqueue", "overlay", "ramfs", "cgroup2",
];
pub(in crate::lesson) const MOUNT_FLAGS: [&str; 10] = [
    "bind", "rec", "private", "slave", "shared", "ro", "remount", "nosuid", "nodev", "noexec",
];
/// __NEW_UTS_LEN of the kernel.
const MAX_HOSTNAME: usize = 64;
const MAX_TEXT: usize = 4096;
const MAX_PATH: usize = 256;

/// The processes of each box so far: whether they can carry out operations.
type Known<'l> = BTreeMap<&'l str, BTreeMap<&'l str, bool>>;

pub(super) fn check(lesson: &Lesson, findings: &mut Findings<'_>) {
    let mut check = Check {
        lesson,
        known: BTreeMap::new(),
        findings,
    };
    for spec in &lesson.boxes {
        check
            .known
            .insert(&spec.name, BTreeMap::from([(STAGE, true)]));
    }
    for step in &lesson.steps {
        for (op, at) in step.ops.iter().zip(&step.at.ops) {
            check.op(op, at);
        }
    }
}

struct Check<'l, 'f, 's> {
    lesson: &'l Lesson,
    known: Known<'l>,
    findings: &'f mut Findings<'s>,
}

impl<'l> Check<'l, '_, '_> {
    fn op(&mut self, op: &'l Op, at: &Span) {
        if let Op::Move(to) = op
            && let Some(in_box) = self.in_box(op, at)
        {
            self.known_here(&to.who, in_box, at);
        }
        if op.is_on_host() {
            return; // `cgroup` has looked at the rest
        }
        let Some(in_box) = self.in_box(op, at) else {
            return;
        };
        self.by(op, in_box, at);
        match op {
            Op::Unshare(op) => self.kinds(&op.ns, at),
            Op::Clone(op) => self.kinds(&op.ns, at),
            Op::Fork(_) | Op::Spawn(_) | Op::Setids(_) => {}
            Op::Setns(op) => self.setns(op, in_box, at),
            Op::Enter(Enter { path, .. }) | Op::Umount(Umount { target: path, .. }) => {
                self.path(path, at);
            }
            Op::Mount(op) => self.mount(op, at),
            Op::Sethostname(op) | Op::Setdomainname(op) => self.host_name(&op.name, at),
            Op::Write(op) => self.write(op, in_box, at),
            Op::Newuidmap(map) | Op::Newgidmap(map) => self.new_map(map, in_box, at),
            Op::Exec(exec) => {
                let helper = exec.by.as_deref().is_none_or(|by| by == STAGE);
                self.wrong(
                    helper || exec.fails.is_some(),
                    at,
                    "expected `by`, a process other than helper, and no `fails`",
                );
                super::files::op(op, at, self.findings);
            }
            Op::Caps(_) | Op::NoNewPrivs(_) | Op::Seccomp(_) | Op::Try(_) => {
                let message = super::powers::wrong(op);
                self.wrong(message.is_some(), at, message.unwrap_or_default());
            }
            Op::Signal(op) => {
                self.target(&op.to, in_box, at);
                let unknown = signal::number(&op.name).is_none();
                self.wrong(
                    unknown,
                    at,
                    "unknown signal; expected a name such as SIGTERM",
                );
            }
            Op::Wait(op) => self.target(&op.of, in_box, at),
            Op::Link(op) => {
                if let Some(netns) = &op.netns {
                    self.target(netns, in_box, at);
                }
                self.checked(op.check(), at);
            }
            Op::Addr(op) => self.checked(op.check(), at),
            Op::Route(op) => self.checked(op.check(), at),
            Op::Tbf(op) => self.checked(op.check(), at),
            other => super::files::op(other, at, self.findings),
        }
        self.starts(op, in_box, at);
    }

    fn write(&mut self, op: &Write, in_box: &str, at: &Span) {
        let elsewhere = !WRITABLE.contains(&op.path.as_str());
        let message = format!("unknown `path`; expected one of {}", WRITABLE.join(", "));
        self.wrong(elsewhere, at, message);
        let long = op.text.len() > MAX_TEXT;
        self.wrong(long, at, "expected a text of at most 4096 bytes");
        if let Some(of) = &op.of {
            self.target(of, in_box, at);
            let own = !op.path.ends_with("_map") && !op.path.ends_with("/setgroups");
            self.wrong(own, at, "`of` is for gid_map, setgroups and uid_map");
        }
    }

    fn new_map(&mut self, op: &Newmap, in_box: &str, at: &Span) {
        let mut boxes = self.lesson.boxes.iter();
        let bare = boxes.any(|spec| spec.name == in_box && spec.maps == Maps::None);
        let message = "expected `maps = \"none\"` in the box: a map is written once";
        self.wrong(!bare, at, message);
        self.wrong(
            op.by.is_some() || op.fails.is_some(),
            at,
            "expected neither `by` nor `fails`: glassbox starts the program on the host",
        );
    }

    fn checked(&mut self, check: Result<(), String>, at: &Span) {
        if let Err(message) = check {
            self.wrong(true, at, message);
        }
    }

    fn wrong(&mut self, wrong: bool, at: &Span, message: impl Into<String>) {
        self.findings.add_if(wrong, at, message);
    }

    fn in_box(&mut self, op: &'l Op, at: &Span) -> Option<&'l str> {
        let boxes = &self.lesson.boxes;
        let found = match (op.box_name(), boxes.as_slice()) {
            (None, [only]) => Some(only.name.as_str()),
            (None, _) => {
                self.wrong(
                    true,
                    at,
                    "which box? expected `box = \"NAME\"`, as there is not just one",
                );
                return None;
            }
            (Some(name), _) => boxes
                .iter()
                .map(|spec| spec.name.as_str())
                .find(|known| *known == name),
        };
        self.wrong(
            found.is_none(),
            at,
            "unknown box; expected the name of one under [[box]]",
        );
        found
    }

    fn by(&mut self, op: &Op, in_box: &str, at: &Span) {
        let by = op.by().unwrap_or(STAGE);
        let message = match self.known.get(in_box).and_then(|names| names.get(by)) {
            Some(true) => return,
            Some(false) => format!(
                "`{by}` cannot carry out operations; expected one started with the workload init or helper"
            ),
            None => format!(
                "nobody is called `{by}` yet; expected `helper` or a process started before"
            ),
        };
        self.wrong(true, at, message);
    }

    /// A process that is named as the target of a signal or a wait.
    fn target(&mut self, name: &str, in_box: &str, at: &Span) {
        self.known_here(name, in_box, at);
        self.wrong(
            name == STAGE,
            at,
            "the helper carries out the operations itself; expected another process",
        );
    }

    fn known_here(&mut self, name: &str, in_box: &str, at: &Span) {
        let known = self
            .known
            .get(in_box)
            .is_some_and(|names| names.contains_key(name));
        self.wrong(
            !known,
            at,
            format!("nobody is called `{name}` yet; expected a process started before"),
        );
    }

    fn starts(&mut self, op: &'l Op, in_box: &'l str, at: &Span) {
        let Some(name) = op.starts() else {
            return;
        };
        self.wrong(
            !is_name(name),
            at,
            "a process's name is `[a-z][a-z0-9]{0,11}`",
        );
        self.wrong(
            matches!(name, "eye" | "host"),
            at,
            "this name is taken; expected another",
        );
        let (workload, with) = match op {
            Op::Clone(op) => (op.workload, &op.with),
            Op::Fork(op) | Op::Spawn(op) => (op.workload, &op.with),
            _ => return,
        };
        self.checked(with.check(workload), at);
        if op.fails().is_some() {
            return;
        }
        let hands = workload.role() != Role::Workload;
        let names = self.known.entry(in_box).or_default();
        let twice = names.insert(name, hands).is_some();
        self.wrong(
            twice,
            at,
            format!("a second process called `{name}`; expected `name = \"...\"`"),
        );
    }

    fn kinds(&mut self, kinds: &[NsKind], at: &Span) {
        self.wrong(
            kinds.is_empty(),
            at,
            "an empty `ns`; expected at least one kind of namespace",
        );
        let twice = kinds
            .iter()
            .enumerate()
            .any(|(i, kind)| kinds[..i].contains(kind));
        self.wrong(twice, at, "a kind of namespace twice");
    }

    fn setns(&mut self, op: &Setns, in_box: &str, at: &Span) {
        self.kinds(&op.ns, at);
        let (other, name) = op.to.split_once('.').unwrap_or((in_box, &op.to));
        let known = self
            .known
            .get(other)
            .is_some_and(|names| names.contains_key(name));
        self.wrong(
            op.to != "host" && !known,
            at,
            format!(
                "nobody is called `{}` yet; expected `host`, a process started before, or BOX.NAME",
                op.to
            ),
        );
    }

    fn mount(&mut self, op: &Mount, at: &Span) {
        self.path(&op.target, at);
        if op.source.contains('/') {
            self.path(&op.source, at);
        }
        let unknown = op
            .fstype
            .as_deref()
            .is_some_and(|kind| !FILESYSTEMS.contains(&kind));
        self.wrong(
            unknown,
            at,
            format!(
                "unknown filesystem; expected one of {}",
                FILESYSTEMS.join(", ")
            ),
        );
        let unknown = op
            .flags
            .iter()
            .any(|flag| !MOUNT_FLAGS.contains(&flag.as_str()));
        self.wrong(
            unknown,
            at,
            format!("unknown flag; expected some of {}", MOUNT_FLAGS.join(", ")),
        );
        let long = op.data.as_ref().is_some_and(|data| data.len() > MAX_PATH);
        self.wrong(long, at, "expected `data` of at most 256 bytes");
    }

    fn path(&mut self, path: &str, at: &Span) {
        let odd = |part: &str| matches!(part, "" | "." | "..");
        let normal = path == "/"
            || path
                .strip_prefix('/')
                .is_some_and(|rest| !rest.split('/').any(odd));
        let plain = path.len() <= MAX_PATH && !path.chars().any(char::is_control);
        self.wrong(
            !normal || !plain,
            at,
            "expected an absolute path without `.`, `..` and double slashes",
        );
    }

    fn host_name(&mut self, name: &str, at: &Span) {
        let plain = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        let fits = (1..=MAX_HOSTNAME).contains(&name.len());
        self.wrong(
            !plain || !fits,
            at,
            "expected a name of 1 to 64 letters, digits, dots and hyphens",
        );
    }
}

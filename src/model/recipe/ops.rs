//! From the switches to operations, in the order in which they can be: limits before the process that
//! they hold, the cgroup before its namespace, `/proc` while the old one is still visible, the old root
//! away last, and read-only after that.

use super::{BOX, CGROUP, FIRST, Recipe, Root};
use crate::model::mounts::{Mount, Mounts};
use crate::model::op::{
    Caps, Clone_, Fork, Mkdir, Mount as MountOp, NoNewPrivs, OnPath, PivotRoot, RootDir, Seccomp,
    SetName, Umount, Unshare, Workload, cgroup, net,
};
use crate::model::user::Set;
use crate::model::with::With;
use crate::model::{NsKind, Op};

/// Where the new root is built.
const SITE: &str = "/mnt";
/// A period of the CPU limit, in microseconds.
const PERIOD: u64 = 100_000;

/// What the machine's mounts allow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ground {
    /// Options of the host's mount at `/` that may not be taken off in another user namespace.
    pub locked: Vec<String>,
    /// Directories that an overlay can be mounted over: there, and no mount below them.
    pub overlaid: Vec<String>,
}

/// Directories that would be.
const OVERLAID: [&str; 5] = ["/etc", "/home", "/opt", "/usr", "/var"];
/// `nosuid`, `nodev` and `noexec` are locked: mount_namespaces(7).
const LOCKED: [&str; 3] = ["nosuid", "nodev", "noexec"];

impl Ground {
    /// From the host's mounts.
    #[must_use]
    pub fn of(mounts: &Mounts) -> Self {
        let root = mounts.at(b"/").map(|root| root.options.text());
        let root = root.unwrap_or_default();
        let locked = root.split(',').filter(|word| LOCKED.contains(word));
        let whole = |directory: &&str| {
            let below = format!("{directory}/");
            let inside = |mount: &Mount| mount.target.as_bytes().starts_with(below.as_bytes());
            !mounts.rows.iter().any(inside)
        };
        let overlaid = OVERLAID.into_iter().filter(whole);
        Self {
            locked: locked.map(str::to_owned).collect(),
            overlaid: overlaid.map(str::to_owned).collect(),
        }
    }
}

/// Made by the first process of the box.
macro_rules! first {
    ($name:ident { $($field:ident : $value:expr),* $(,)? }) => {
        $name { $($field: $value,)* box_name: Some(BOX.to_owned()), by: Some(FIRST.to_owned()), fails: None }
    };
}

impl Recipe {
    /// The operations that make the box.
    #[must_use]
    pub fn ops(&self, ground: &Ground) -> Vec<Op> {
        let mut ops = self.limits();
        ops.extend(self.birth());
        if self.ns.contains(&NsKind::Cgroup) {
            let ns = vec![NsKind::Cgroup];
            ops.push(Op::Unshare(first!(Unshare { ns: ns })));
        }
        if let Some(name) = &self.hostname {
            let name = name.clone();
            ops.push(Op::Sethostname(first!(SetName { name: name })));
        }
        if self.ns.contains(&NsKind::Net) {
            ops.push(loopback());
        }
        if self.ns.contains(&NsKind::Mnt) {
            ops.extend(self.mounts(ground));
        }
        ops.extend(self.restraints());
        ops
    }

    /// Last, for what came before takes capabilities; and these after the filter, which takes one.
    fn restraints(&self) -> Vec<Op> {
        let mut ops = Vec::new();
        if self.no_new_privs {
            ops.push(Op::NoNewPrivs(first!(NoNewPrivs {})));
        }
        if let Some(filter) = self.seccomp {
            ops.push(Op::Seccomp(first!(Seccomp { filter: filter })));
        }
        if let Some(caps) = &self.caps {
            let keep = caps.iter().copied().collect();
            ops.push(Op::Caps(first!(Caps {
                sets: Set::ALL.to_vec(),
                drop: Vec::new(),
                add: Vec::new(),
                keep: Some(keep),
            })));
        }
        ops
    }

    fn limits(&self) -> Vec<Op> {
        if !self.has_limits() {
            return Vec::new();
        }
        let mut ops = vec![Op::Cgroup(cgroup::Make {
            name: CGROUP.to_owned(),
            on: None,
            box_name: None,
            by: None,
            fails: None,
        })];
        let bandwidth = |cpu: u64| format!("{} {PERIOD}", cpu.saturating_mul(PERIOD / 1000));
        let limits = [
            ("memory.max", self.memory.map(|bytes| bytes.to_string())),
            ("cpu.max", self.cpu.map(bandwidth)),
            ("pids.max", self.pids.map(|count| count.to_string())),
        ];
        for (file, value) in limits {
            ops.extend(value.map(|value| {
                Op::Limit(cgroup::Limit {
                    cgroup: CGROUP.to_owned(),
                    file: file.to_owned(),
                    value,
                    on: None,
                    box_name: None,
                    by: None,
                    fails: None,
                })
            }));
        }
        ops
    }

    /// The first process: born in the cgroup, and in the namespaces that can be had at birth.
    fn birth(&self) -> Vec<Op> {
        let mut ops = Vec::new();
        if self.ns.contains(&NsKind::Time) {
            ops.push(Op::Unshare(Unshare {
                ns: vec![NsKind::Time],
                box_name: Some(BOX.to_owned()),
                by: None,
                fails: None,
            }));
        }
        let later = [NsKind::User, NsKind::Time, NsKind::Cgroup];
        let ns: Vec<NsKind> = self
            .ns
            .iter()
            .filter(|kind| !later.contains(kind))
            .copied()
            .collect();
        let cgroup = self.has_limits().then(|| CGROUP.to_owned());
        let (workload, name) = (Workload::Init, Some(FIRST.to_owned()));
        let box_name = Some(BOX.to_owned());
        ops.push(if ns.is_empty() {
            Op::Fork(Fork {
                workload,
                name,
                with: With::default(),
                cgroup,
                box_name,
                by: None,
                fails: None,
            })
        } else {
            Op::Clone(Clone_ {
                ns,
                workload,
                name,
                with: With::default(),
                cgroup,
                box_name,
                by: None,
                fails: None,
            })
        });
        ops
    }

    fn mounts(&self, ground: &Ground) -> Vec<Op> {
        let mut ops = vec![mount("none", "/", None, &["rec", "private"])];
        match self.root {
            Root::Host => ops.extend(self.proc()),
            Root::Overlay => {
                ops.extend(overlays(&ground.overlaid));
                ops.extend(self.proc());
            }
            Root::Own => {
                let target = SITE.to_owned();
                ops.push(Op::Root(first!(RootDir {
                    target: target,
                    overlay: false
                })));
                ops.extend(pivot(SITE));
            }
        }
        if self.read_only {
            let mut flags = vec!["remount", "bind", "ro"];
            if self.root == Root::Host {
                flags.extend(ground.locked.iter().map(String::as_str));
            }
            ops.push(mount("none", "/", None, &flags));
        }
        ops
    }

    /// A fresh one over the host's; a root of its own has one already.
    fn proc(&self) -> Option<Op> {
        let flags = ["nosuid", "nodev", "noexec"];
        let fresh = self.mounts_proc();
        fresh.then(|| mount("proc", "/proc", Some("proc"), &flags))
    }
}

fn loopback() -> Op {
    Op::Link(net::Link {
        dev: "lo".to_owned(),
        add: None,
        peer: None,
        netns: None,
        master: None,
        set: Some(net::UpDown::Up),
        box_name: Some(BOX.to_owned()),
        by: Some(FIRST.to_owned()),
        fails: None,
    })
}

fn mount(source: &str, target: &str, fstype: Option<&str>, flags: &[&str]) -> Op {
    with_data(source, target, fstype, flags, None)
}

fn with_data(
    source: &str,
    target: &str,
    fstype: Option<&str>,
    flags: &[&str],
    data: Option<&str>,
) -> Op {
    Op::Mount(first!(MountOp {
        source: source.to_owned(),
        target: target.to_owned(),
        fstype: fstype.map(str::to_owned),
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        data: data.map(str::to_owned),
    }))
}

/// Each of these directories below, memory above; and where memory is, nobody sees.
fn overlays(directories: &[String]) -> Vec<Op> {
    let mut ops = vec![with_data(
        "upper",
        SITE,
        Some("tmpfs"),
        &[],
        Some("mode=755"),
    )];
    for directory in directories {
        let layer = |kind: &str| format!("{SITE}/{kind}{}", directory.replace('/', "-"));
        let (upper, work) = (layer("upper"), layer("work"));
        let data = format!("lowerdir={directory},upperdir={upper},workdir={work},userxattr");
        let paths = vec![upper, work];
        ops.push(Op::Mkdir(first!(Mkdir { paths: paths })));
        let mount = with_data("overlay", directory, Some("overlay"), &[], Some(&data));
        ops.push(mount);
    }
    ops.push(detach());
    ops
}

fn detach() -> Op {
    let target = SITE.to_owned();
    Op::Umount(first!(Umount {
        target: target,
        detach: true
    }))
}

/// Makes `root` the root, and detaches the old one.
fn pivot(root: &str) -> Vec<Op> {
    vec![
        Op::PivotRoot(first!(PivotRoot {
            new_root: root.to_owned(),
            put_old: format!("{root}{SITE}"),
        })),
        Op::Chdir(first!(OnPath {
            path: "/".to_owned()
        })),
        detach(),
    ]
}

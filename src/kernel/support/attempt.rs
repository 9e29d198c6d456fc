//! One attempt, carried out for real in this process: called in a probe process that was executed for
//! it (`@probe NAME`), single-threaded, and ends right after. It stops at the first failure, and
//! makes sure that it left a namespace before it changes anything in the new one.

use std::fmt;
use std::io::Write as _;
use std::process::Command;

use nix::mount::MsFlags;
use nix::sched::CloneFlags;
use rustix::fs::CWD;
use serde::{Deserialize, Serialize};

use crate::kernel::ipc;
use crate::kernel::keys;
use crate::kernel::net::change::Change;
use crate::kernel::ns;
use crate::kernel::proc::read_at;
use crate::model::cgroup::{Place, places};
use crate::model::clocks::OFFSETS;
use crate::model::op::net::{Link, LinkKind, Tbf};
use crate::model::{Errno, NsKind, NsLink, Untrusted};

/// What an attempt came to; one JSON line on the probe's standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All of it worked.
    Works,
    /// It stopped here.
    Fails(Failure),
}

/// The step that failed, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which one.
    pub step: Step,
    /// `None` when the call succeeded and yet did not do what it says.
    pub errno: Option<Errno>,
}

/// The things an attempt is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// unshare(2) of one kind
    Unshare(NsKind),
    /// open and write of `/proc/self/setgroups`
    Setgroups,
    /// write of `/proc/self/gid_map`
    GidMap,
    /// write of `/proc/self/uid_map`
    UidMap,
    /// being uid 0 afterwards
    Root,
    /// mount(2) that makes the copied mounts private
    Private,
    /// mount(2) of a tmpfs
    Tmpfs,
    /// mount(2) of a proc
    Proc,
    /// sethostname(2)
    Sethostname,
    /// write of `/proc/self/timens_offsets`
    Offsets,
    /// starting a process that is PID 1
    PidOne,
    /// making and filling a directory below /var/tmp
    WorkDir,
    /// mount(2) of an overlay
    Overlay,
    /// a directory removed and made again in an overlay
    OverlayMarks,
    /// the same with the host's /etc as lower layer, and a file removed
    OverlayOverEtc,
    /// RTM_NEWLINK of one kind
    Link(LinkKind),
    /// RTM_NEWQDISC of a token bucket filter
    Tbf,
    /// mq_open(3) of a new queue
    Mqueue,
    /// a key in a session keyring of its own, seen by a child
    Keys,
    /// having a cgroup path that a namespace could hide
    CgroupPath,
    /// finding newuidmap(1) and newgidmap(1)
    NewMapProgram,
    /// having a range in /etc/subuid and /etc/subgid
    SubIds,
    /// having both maps written by them
    NewMap,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Step::Unshare(kind) => write!(f, "unshare({})", kind.flag_name()),
            Step::Setgroups => f.write_str("write(/proc/self/setgroups, \"deny\")"),
            Step::GidMap => f.write_str("write(/proc/self/gid_map)"),
            Step::UidMap => f.write_str("write(/proc/self/uid_map)"),
            Step::Root => f.write_str("getuid() in the new user namespace"),
            Step::Private => f.write_str("mount(MS_REC|MS_PRIVATE)"),
            Step::Tmpfs => f.write_str("mount(tmpfs)"),
            Step::Proc => f.write_str("mount(proc)"),
            Step::Sethostname => f.write_str("sethostname()"),
            Step::Offsets => f.write_str("write(/proc/self/timens_offsets)"),
            Step::Tbf => f.write_str("RTM_NEWQDISC(tbf)"),
            Step::Link(kind) => write!(f, "RTM_NEWLINK({})", kind.name()),
            Step::PidOne => f.write_str("the first process of a new PID namespace"),
            Step::WorkDir => f.write_str("a directory below /var/tmp"),
            Step::Overlay => f.write_str("mount(overlay)"),
            Step::OverlayMarks => f.write_str("mkdir over a removed directory of an overlay"),
            Step::OverlayOverEtc => f.write_str("mount(overlay, lowerdir=/etc)"),
            Step::Mqueue => f.write_str("mq_open(O_CREAT)"),
            Step::Keys => f.write_str("add_key(\"user\")"),
            Step::CgroupPath => return f.write_str("reading /proc/self/cgroup and /proc/1/cgroup"),
            Step::NewMapProgram => {
                return f.write_str("looking for newuidmap and newgidmap in PATH");
            }
            Step::SubIds => return f.write_str("reading /etc/subuid and /etc/subgid"),
            Step::NewMap => f.write_str("newuidmap and newgidmap"),
        }?;
        match self.errno {
            Some(errno) => write!(f, " = {}", errno.name()),
            None => f.write_str(" had no effect"),
        }
    }
}

pub(super) type Tried = Result<(), Failure>;

/// Seconds after which a probe process is ended by its alarm.
const PATIENCE: u32 = 5;

/// Carries out the attempt of that name. `None` for a name that is none, and when a process that it
/// started has given the answer on the same standard output.
#[must_use]
pub fn attempt(name: &str) -> Option<Verdict> {
    nix::unistd::alarm::set(PATIENCE);
    let tried = match name {
        "userns" => user()
            .and_then(|()| new(NsKind::Mnt))
            .and_then(|()| tmpfs()),
        "overlay" => super::overlay::attempt(|| {
            user()
                .and_then(|()| new(NsKind::Mnt))
                .and_then(|()| private())
        }),
        "veth" => link(LinkKind::Veth),
        "bridge" => link(LinkKind::Bridge),
        "tbf" => user()
            .and_then(|()| new(NsKind::Net))
            .and_then(|()| limit()),
        "nested-userns" => user().and_then(|()| user()),
        "mqueue" => user().and_then(|()| mqueue()),
        "keys" => user().and_then(|()| key()),
        "cgroup-path" => user().and_then(|()| cgroup_path()),
        "newuidmap" => super::newuidmap::attempt(),
        "pid" => return with_pid_one("@pid").err().map(Verdict::Fails),
        "proc-mount" => return with_pid_one("@proc-mount").err().map(Verdict::Fails),
        "@pid" => pid_one(),
        "@proc-mount" => pid_one().and_then(|()| proc()),
        _ => kind(*NsKind::ALL.iter().find(|kind| kind.name() == name)?),
    };
    Some(match tried {
        Ok(()) => Verdict::Works,
        Err(failure) => Verdict::Fails(failure),
    })
}

/// What the attempt of that name does, one line for the report.
pub(super) fn tried(name: &str) -> String {
    let kind = NsKind::ALL.iter().find(|kind| kind.name() == name);
    let more = match (name, kind) {
        ("userns", _) => "setgroups, gid_map and uid_map, mount a tmpfs".to_owned(),
        ("tbf", _) => "CLONE_NEWNET, and limit an interface by netlink".to_owned(),
        ("veth" | "bridge", _) => format!("CLONE_NEWNET, and make a {name} by netlink"),
        ("cgroup-path", _) => {
            "CLONE_NEWCGROUP, and compare /proc/self/cgroup and /proc/1/cgroup".to_owned()
        }
        ("mqueue", _) => "CLONE_NEWIPC, and make a POSIX message queue".to_owned(),
        ("keys", _) => "and put a key into a session keyring of its own".to_owned(),
        ("newuidmap", _) => "and both maps by newuidmap and newgidmap".to_owned(),
        ("nested-userns", _) => "and another one inside it".to_owned(),
        ("overlay", _) => "CLONE_NEWNS, and mount and change an overlay".to_owned(),
        ("proc-mount", _) => "CLONE_NEWPID, and mount a proc of its own".to_owned(),
        (_, Some(NsKind::User)) => "setgroups, gid_map and uid_map".to_owned(),
        (_, Some(NsKind::Pid)) => "CLONE_NEWPID, and start a process that is PID 1".to_owned(),
        (_, Some(NsKind::Mnt)) => "CLONE_NEWNS, and mount a tmpfs".to_owned(),
        (_, Some(NsKind::Time)) => "CLONE_NEWTIME, and set an offset".to_owned(),
        (_, Some(NsKind::Uts)) => "CLONE_NEWUTS, and set the hostname".to_owned(),
        (_, Some(kind)) => kind.flag_name().to_owned(),
        (_, None) => String::new(),
    };
    format!("CLONE_NEWUSER, {more}")
}

fn kind(kind: NsKind) -> Tried {
    user()?;
    match kind {
        NsKind::User => Ok(()),
        NsKind::Mnt => new(kind).and_then(|()| tmpfs()),
        NsKind::Uts => new(kind).and_then(|()| hostname()),
        NsKind::Time => new(kind).and_then(|()| write(Step::Offsets, OFFSETS, "boottime 1 0")),
        _ => new(kind),
    }
}

/// A user namespace with ourselves as root in it: user_namespaces(7). That unshare succeeds proves
/// nothing: AppArmor lets it, and refuses what follows.
fn user() -> Tried {
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    new(NsKind::User)?;
    write(Step::Setgroups, "/proc/self/setgroups", "deny")?;
    write(Step::GidMap, "/proc/self/gid_map", &format!("0 {gid} 1"))?;
    write(Step::UidMap, "/proc/self/uid_map", &format!("0 {uid} 1"))?;
    effect(nix::unistd::getuid().is_root(), Step::Root)
}

/// Unshares one kind and makes sure of it: what follows must never happen to the host.
fn new(kind: NsKind) -> Tried {
    let step = Step::Unshare(kind);
    let link = match kind {
        NsKind::Pid => NsLink::PidForChildren,
        NsKind::Time => NsLink::TimeForChildren,
        kind => NsLink::Own(kind),
    };
    let before = ns::of_self(link);
    let flags =
        i32::try_from(kind.flag()).map_or(CloneFlags::empty(), CloneFlags::from_bits_retain);
    call(step, nix::sched::unshare(flags))?;
    effect(ns::of_self(link) != before, step)
}

fn tmpfs() -> Tried {
    private()?;
    let none = None::<&str>;
    let mounted = nix::mount::mount(Some("tmpfs"), "/tmp", Some("tmpfs"), MsFlags::empty(), none);
    call(Step::Tmpfs, mounted)
}

fn private() -> Tried {
    let (flags, none) = (MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>);
    call(
        Step::Private,
        nix::mount::mount(none, "/", none, flags, none),
    )
}

fn hostname() -> Tried {
    const NAME: &str = "glassbox-probe";
    call(Step::Sethostname, nix::unistd::sethostname(NAME))?;
    let now = nix::unistd::gethostname().unwrap_or_default();
    effect(now == NAME, Step::Sethostname)
}

/// A pair of veths or a bridge, over netlink, in a network namespace that ends with this process.
fn link(kind: LinkKind) -> Tried {
    user()?;
    new(NsKind::Net)?;
    let link = Link {
        dev: "probe0".to_owned(),
        add: Some(kind),
        peer: (kind == LinkKind::Veth).then(|| "probe1".to_owned()),
        netns: None,
        master: None,
        set: None,
        box_name: None,
        by: None,
        fails: None,
    };
    let made = Change::link(&link, None).and_then(Change::carry_out);
    made.map(drop).map_err(|errno| Failure {
        step: Step::Link(kind),
        errno: Some(errno),
    })
}

/// A limit on the loopback interface of a network namespace that ends with this process.
fn limit() -> Tried {
    let tbf = Tbf {
        dev: "lo".to_owned(),
        rate: 1_000_000,
        burst: 4000,
        limit: 20_000,
        box_name: None,
        by: None,
        fails: None,
    };
    let made = Change::tbf(&tbf).and_then(Change::carry_out);
    made.map(drop).map_err(|errno| Failure {
        step: Step::Tbf,
        errno: Some(errno),
    })
}

/// Makes a pid namespace (and a mount namespace for what its first process mounts) and starts that
/// process, which answers in our place.
fn with_pid_one(name: &str) -> Tried {
    user()?;
    new(NsKind::Mnt)?;
    new(NsKind::Pid)?;
    Command::new("/proc/self/exe")
        .args(["@probe", name])
        .status()
        .map(drop)
        .map_err(|error| Failure {
            step: Step::PidOne,
            errno: Some(Errno::from(&error)),
        })
}

/// In that first process: nothing but SIGKILL from its parent can end it, so that is what it asks for.
fn pid_one() -> Tried {
    let armed = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
    call(Step::PidOne, armed)?;
    effect(nix::unistd::getpid().as_raw() == 1, Step::PidOne)
}

fn proc() -> Tried {
    private()?;
    let none = None::<&str>;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let mounted = nix::mount::mount(Some("proc"), "/proc", Some("proc"), flags, none);
    call(Step::Proc, mounted)?;
    let shown = std::fs::read_link("/proc/self").unwrap_or_default();
    effect(shown.as_os_str() == "1", Step::Proc)
}

/// A queue of an IPC namespace that ends with this process.
fn mqueue() -> Tried {
    new(NsKind::Ipc)?;
    let made = ipc::queue("/glassbox-probe", true);
    made.map(drop).map_err(|errno| Failure {
        step: Step::Mqueue,
        errno: Some(errno),
    })
}

/// A key in a keyring that ends with this process.
fn key() -> Tried {
    let step = Step::Keys;
    let fails = |errno| Failure {
        step,
        errno: Some(errno),
    };
    keys::new_session().map_err(fails)?;
    keys::add("glassbox-probe", "x").map_err(fails)?;
    let found = keys::search("glassbox-probe").map_err(fails)?;
    let read = keys::read(found).map_err(fails)?;
    effect(read.as_bytes() == b"x", step)
}

/// A path that is not `/`, reads `/` in a new cgroup namespace, and is not that of PID 1.
fn cgroup_path() -> Tried {
    let read = |pid: &str| {
        let text = read_at(CWD, &format!("/proc/{pid}/cgroup"), 1 << 16).unwrap_or_default();
        places(&Untrusted::from(text))
    };
    let below: Vec<u32> = read("self")
        .iter()
        .filter(|place| !place.is_root())
        .map(|place| place.hierarchy)
        .collect();
    effect(!below.is_empty(), Step::CgroupPath)?;
    new(NsKind::Cgroup)?;
    let hidden = read("self").iter().all(Place::is_root);
    let outside = read("1")
        .iter()
        .any(|place| below.contains(&place.hierarchy) && place.path.as_bytes().starts_with(b"/.."));
    effect(hidden && outside, Step::CgroupPath)
}

fn call<T>(step: Step, result: nix::Result<T>) -> Tried {
    result.map(drop).map_err(|errno| Failure {
        step,
        errno: Some(Errno::from(errno)),
    })
}

fn effect(there: bool, step: Step) -> Tried {
    if there {
        Ok(())
    } else {
        Err(Failure { step, errno: None })
    }
}

fn write(step: Step, path: &str, text: &str) -> Tried {
    let file = std::fs::OpenOptions::new().write(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure {
            step,
            errno: Some(Errno::from(&error)),
        })
}

//! Programs that could hurt the machine, started as a stage starts them: they do not begin without
//! limits or outside of our cgroups, keep to the caps in the code whatever they are told, and end with
//! their lifeline and with their time (guarantee G5).

mod common;

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::jar::Jar;
use common::leaks::LeakCheck;
use common::pty::DEADLINE;
use common::session::{Role, Session};
use common::users;
use glassbox::kernel::chan::Channel;
use glassbox::kernel::ns;
use glassbox::model::cage::{MOST_MEMORY, MOST_PIDS};
use glassbox::model::op::Workload;
use glassbox::model::wire::{Cage, Go, Grounds, Opened, Ready, Said};
use glassbox::model::with::{Value, With};
use glassbox::model::{NsKind, NsLink, Seen};

const SOON: Duration = Duration::from_secs(10);

/// A program that has begun, or has refused to.
struct Started {
    child: Child,
    lifeline: Option<Channel>,
    opened: Opened,
}

impl Started {
    fn new(workload: Workload, with: With, cage: Option<Cage>, jar: Option<&Jar>) -> Self {
        let (ours, theirs) = Channel::pair().expect("a channel");
        let child = Command::new(common::glassbox())
            .args(["@workload", workload.name(), workload.name()])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()
            .expect("start");
        ours.recv::<Ready>(Some(SOON)).expect("ready");
        if let Some(jar) = jar {
            jar.take_in(child.id());
        }
        let go = Go {
            host: None,
            grounds: Grounds::default(),
            with,
            cage,
        };
        ours.send(&go, &[]).expect("go");
        let (opened, _) = ours.recv::<Opened>(Some(SOON)).expect("how it began");
        Self {
            child,
            lifeline: Some(ours),
            opened,
        }
    }

    fn said(&self) -> String {
        let lifeline = self.lifeline.as_ref().expect("a lifeline");
        let (Said(line), _) = lifeline.recv(Some(SOON)).expect("a line");
        line.text()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.lifeline = None;
        self.child.wait().expect("its end");
    }
}

/// The word of a starter, true or not.
fn word() -> Cage {
    let own = ns::of_self(NsLink::Own(NsKind::Cgroup)).expect("our cgroup namespace");
    Cage {
        host_cgroup: Seen::Is(own),
    }
}

/// What each of them needs to be told at least.
fn least(workload: Workload) -> With {
    let text = |text: &str| Value::Text(text.to_owned());
    match workload {
        Workload::Hog => [("how", text("reserve")), ("mb", Value::Number(1))].into(),
        Workload::Writer => [
            ("how", text("buffered")),
            ("mb", Value::Number(1)),
            ("path", text("/nowhere/file")),
        ]
        .into(),
        _ => With::default(),
    }
}

fn nasty() -> impl Iterator<Item = Workload> {
    Workload::ALL
        .into_iter()
        .filter(|workload| workload.is_nasty())
}

#[test]
fn nothing_nasty_begins_without_limits_or_outside_our_cgroups() {
    let check = LeakCheck::begin();
    for workload in nasty() {
        for (cage, why) in [(None, "read back"), (Some(word()), "names no cgroup")] {
            let started = Started::new(workload, least(workload), cage, None);
            let refused = started.opened.refused.as_ref().expect("a refusal").text();
            assert!(refused.contains(why), "{workload:?}: {refused}");
        }
    }
    check.end();
}

#[test]
fn caps_stand_in_the_code_whatever_a_program_is_told() {
    if !users::is_root() {
        skip!("not root: no cgroups");
    }
    let check = LeakCheck::begin();
    match Jar::new("caps") {
        Ok(jar) => try_caps(&jar),
        Err(why) => skip!("{why}"),
    }
    check.end();
}

fn try_caps(jar: &Jar) {
    jar.limit(400, 128 << 20, 40);
    let reserve = [
        ("how", Value::Text("reserve".into())),
        ("mb", Value::Number(100_000)),
    ];
    let hog = Started::new(Workload::Hog, reserve.into(), Some(word()), Some(jar));
    assert_eq!(hog.opened.refused, None);
    let mapped = hog.opened.calls[0].args[1].text();
    assert_eq!(mapped, MOST_MEMORY.to_string());
    let pid = hog.child.id();
    let score = fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).expect("a score");
    assert_eq!(score.trim(), "1000");
    drop(hog);
    for (workload, rest) in [
        (Workload::ThreadBomb, "threads"),
        (Workload::Hoarder, "zombies"),
    ] {
        let many = [("most", Value::Number(100_000))].into();
        let bomb = Started::new(workload, many, Some(word()), Some(jar));
        let said = bomb.opened.said.as_ref().expect("what it got").text();
        assert!(said.ends_with(rest), "{said}");
        assert_eq!(u64::from(jar.pids()), MOST_PIDS, "{workload:?}");
    }
}

#[test]
fn a_fork_bomb_stops_at_the_limit_and_ends_with_its_lifeline_or_its_time() {
    if !users::is_root() {
        skip!("not root: no cgroups");
    }
    let check = LeakCheck::begin();
    match Jar::new("bomb") {
        Ok(jar) => try_bomb(&jar),
        Err(why) => skip!("{why}"),
    }
    check.end();
}

fn try_bomb(jar: &Jar) {
    jar.limit(20, 64 << 20, 40);
    let bomb = Started::new(Workload::ForkBomb, With::default(), Some(word()), Some(jar));
    assert_eq!(bomb.said(), "fork failed: EAGAIN after 19");
    assert_eq!((jar.pids(), jar.members().len()), (20, 20));
    drop(bomb);
    assert!(jar.empty_within(SOON), "the lifeline has ended");
    // Its orphans are our children now, and zombies count.
    common::processes::reap(std::process::id().cast_signed());
    assert_eq!(jar.pids(), 0);
    let short = [("seconds", Value::Number(1))].into();
    let bomb = Started::new(Workload::ForkBomb, short, Some(word()), Some(jar));
    assert_eq!(bomb.said(), "fork failed: EAGAIN after 19");
    assert!(jar.empty_within(SOON), "its time is over");
    drop(bomb);
}

/// A process that is frozen in a hierarchy of v1 does not die before it is thawed, SIGKILL or not.
#[test]
fn what_somebody_froze_by_hand_ends_too() {
    let freezer = Path::new("/sys/fs/cgroup/freezer");
    if !users::is_root() || !freezer.is_dir() {
        common::lacking("it takes root, and a freezer of cgroup v1");
        return;
    }
    let session = Session::at("11-freeze-and-kill.4", &Role::Own, &[]);
    let name = format!("glassbox-{}", session.pty.pid());
    let jar = below(freezer, &name)
        .expect("its directory")
        .join("lesson/jar");
    // The ui is the learner, and ends what is the learner's.
    let ui = fs::metadata(format!("/proc/{}", session.ui)).expect("the ui");
    let mut frozen = Command::new("sleep");
    let frozen = frozen.arg("60").uid(ui.uid()).gid(ui.gid());
    let mut frozen = frozen.spawn().expect("sleep");
    fs::write(jar.join("cgroup.procs"), frozen.id().to_string()).expect("move it");
    fs::write(jar.join("freezer.state"), "FROZEN").expect("freeze it");
    session.pty.press("qy");
    let deadline = Instant::now() + DEADLINE;
    let end = loop {
        match frozen.try_wait().expect("wait") {
            Some(end) => break end.signal(),
            None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            None => {
                fs::write(jar.join("freezer.state"), "THAWED").expect("thaw it");
                frozen.kill().expect("kill it");
                panic!("it is frozen still, and {} is there", jar.display());
            }
        }
    };
    assert_eq!(end, Some(9));
    session.ends_cleanly(0, "a freezer by hand");
}

/// The directory of that name, at any depth.
fn below(directory: &Path, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(directory).ok()?.flatten();
    let mut all = entries.filter(|it| it.file_type().is_ok_and(|it| it.is_dir()));
    all.find_map(|entry| {
        if entry.file_name() == name {
            Some(entry.path())
        } else {
            below(&entry.path(), name)
        }
    })
}

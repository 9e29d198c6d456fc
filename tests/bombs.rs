//! kill -9 of each process of ours that holds something, while a fork bomb and CPU burners run in a
//! lesson's cgroup, or while a box has a disk of its own: a second later nothing is left, neither
//! processes nor cgroups nor loop devices (guarantees G1 and G5). `GLASSBOX_KILLS` says how often each
//! is killed.

mod common;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::leaks::LeakCheck;
use common::users;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often each is killed, unless `GLASSBOX_KILLS` says otherwise.
const KILLS: u64 = 2;
/// How long a lesson may take until then: systemd may have to make a scope before.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// How many processes of the bomb there must be.
const ENOUGH: usize = 20;
/// Those that hold something: by the end of their names.
const VICTIMS: [&str; 4] = ["glassbox", "glassbox:ui", "glassbox:root", "box:spawner"];

const LESSON: &str = r#"
format_version = 1
title   = "A bomb"
minutes = 1
needs   = ["userns", "cgroups", "cgroup:pids", "cgroup:memory", "cgroup:cpu"]

[[box]]
name = "box"

[[step]]
title   = "It goes off"
say     = "It goes off."
panels  = ["processes"]
do      = [
  { cgroup = { name = "jar" } },
  { limit = { cgroup = "jar", file = "pids.max", value = "60" } },
  { limit = { cgroup = "jar", file = "memory.max", value = "64M" } },
  { fork = { workload = "burner", cgroup = "jar", with = { threads = 4 } } },
  { fork = { workload = "forkbomb", cgroup = "jar" } },
  { observe = { seconds = 10 } },
]
expect  = ["cgroup('jar') != null && cgroup('jar').pids.current > 20"]
explain = "It is in a jar."
"#;

/// With pages that are not written yet: the end of the disk is the end of them, too.
const WITH_A_DISK: &str = r#"
format_version = 1
title   = "A disk"
minutes = 1
needs   = ["userns", "mnt", "cgroups", "cgroup:pids", "cgroup:memory", "cgroup:cpu", "cgroup:io", "disk-limit"]

[[box]]
name = "box"
disk = true

[[step]]
title   = "It is written to"
say     = "It is written to."
panels  = ["processes"]
do      = [
  { unshare = { ns = ["mnt"] } },
  { mount = { source = "none", target = "/", flags = ["rec", "private"] } },
  { disk = { target = "/mnt", device = true } },
  { cgroup = { name = "jar" } },
  { limit = { cgroup = "jar", file = "io.max", value = "disk wbps=1048576" } },
  { fork = { workload = "writer", name = "pen", cgroup = "jar", with = { how = "buffered", mb = 4, path = "/mnt/pen" } } },
  { wait = { of = "pen" } },
]
expect  = ["box.member('pen').exit_code == 0"]
explain = "It is written to."

[[step]]
title   = "One looks on"
say     = "One looks on."
panels  = ["processes"]
do      = [
  { fork = { workload = "ticker", name = "flag", cgroup = "jar" } },
  { observe = { seconds = 10 } },
]
expect  = ["box.lead == 'flag'"]
explain = "One looks on."
"#;

#[test]
fn a_bomb_ends_with_whoever_holds_it() {
    each_is_killed("11-bomb", LESSON, |all| {
        all.iter().filter(|it| it.comm == "forkbomb").count() >= ENOUGH
    });
}

#[test]
fn a_disk_ends_with_whoever_holds_it() {
    each_is_killed("16-disk", WITH_A_DISK, |all| {
        all.iter().any(|it| it.comm == "flag")
    });
}

/// Starts the lesson again and again, and when it is ready kills one process of ours.
fn each_is_killed(id: &str, lesson: &str, ready: fn(&[Process]) -> bool) {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join(format!("{id}.toml")), lesson).expect("write");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), open).expect("chmod");
    let lessons = folder.path().display().to_string();
    let lacking = lacking(&lessons);
    if !lacking.is_empty() {
        skip!("not possible here: {lacking:?}");
    }
    let often = std::env::var("GLASSBOX_KILLS").ok();
    let often = often.and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut trouble = Vec::new();
    for number in 0..often {
        for name in VICTIMS {
            let found = start_and_kill(name, &lessons, ready).into_iter();
            trouble.extend(found.map(|what| format!("kill {number} of {name}: {what}")));
        }
    }
    assert!(trouble.is_empty(), "{}", trouble.join("\n  "));
}

/// What the lesson needs and this machine does not have, as `doctor` says it.
fn lacking(lessons: &str) -> Vec<(String, Vec<String>)> {
    let check = LeakCheck::begin();
    let mut doctor = Command::new(common::glassbox());
    let doctor = doctor.args(["doctor", "--json", "--lessons", lessons]);
    let output = doctor.stdin(Stdio::null()).output().expect("glassbox");
    check.end();
    common::report::predicted(&output.stdout)
}

fn verify(lessons: &str) -> Command {
    let mut command = Command::new(common::glassbox());
    command.args(["verify", "--json", "--lessons", lessons]);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Starts it, waits until it is ready, kills one process; what is left a second later, in words.
fn start_and_kill(victim: &str, lessons: &str, ready: fn(&[Process]) -> bool) -> Vec<String> {
    let check = LeakCheck::begin();
    let report = tempfile::NamedTempFile::new().expect("file");
    let output = report.reopen().expect("file");
    let mut guardian = verify(lessons).stdout(output).spawn().expect("start");
    let is_ready = becomes_ready(&mut guardian, ready);
    let pid = below(guardian.id())
        .iter()
        .find(|it| it.comm == victim)
        .map(|it| it.pid);
    let Some(pid) = pid.filter(|_| is_ready) else {
        let _ = guardian.kill();
        let _ = guardian.wait();
        let mut found = check.finish();
        // An ordinary user has no process that stays root.
        if users::is_root() || victim != "glassbox:root" {
            found.push(format!("no {victim} to kill; ready: {is_ready}"));
        }
        return found;
    };
    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    let mut found = check.leaks();
    // Guardian and ui go on without the others, to their own end.
    if ["glassbox:root", "box:spawner"].contains(&victim) {
        found.retain(|what| !what.contains("(glassbox"));
    }
    // The check may have reaped it.
    let _ = guardian.wait();
    // The check cannot always tell another glassbox's cgroup, which is about to go, from ours.
    let ours = format!("glassbox-{}", guardian.id());
    let is_others = |what: &String| what.starts_with("new cgroup: ") && !what.ends_with(&ours);
    // `verify` ends with its guardian, and nobody is left to remove a directory on disk.
    let is_for_the_next =
        |what: &String| victim == "glassbox" && what.contains(": /var/tmp/glassbox-");
    let report = fs::read_to_string(report.path()).expect("a report");
    if report.contains("\"passed\":1") {
        found.push("nobody noticed".to_owned());
    }
    found.extend(check.finish());
    found.retain(|what| !is_others(what) && !is_for_the_next(what));
    found
}

fn becomes_ready(guardian: &mut Child, ready: fn(&[Process]) -> bool) -> bool {
    let deadline = Instant::now() + READY_WITHIN;
    while Instant::now() < deadline && guardian.try_wait().expect("wait").is_none() {
        if ready(&below(guardian.id())) {
            return true;
        }
        sleep(Duration::from_millis(10));
    }
    false
}

/// A process, from /proc/PID/stat. Whoever reads `cmdline`, as the process table of the other tests
/// does, waits for a process that forks and gets no CPU time: with a bomb, half a minute.
struct Process {
    pid: i32,
    parent: i32,
    comm: String,
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (head, tail) = stat.rsplit_once(')')?;
        Some(Self {
            pid,
            parent: tail.split_whitespace().nth(1)?.parse().ok()?,
            comm: head.split_once('(')?.1.to_owned(),
        })
    }
}

/// The process of that number and all its descendants.
fn below(root: u32) -> Vec<Process> {
    let names = fs::read_dir("/proc").expect("list /proc").flatten();
    let pids = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut rest: Vec<Process> = pids.filter_map(Process::read).collect();
    let mut found = Vec::new();
    let mut parents = vec![root.cast_signed()];
    found.extend(
        rest.iter()
            .position(|it| it.pid == parents[0])
            .map(|at| rest.remove(at)),
    );
    while let Some(parent) = parents.pop() {
        let (children, others) = rest.into_iter().partition(|it| it.parent == parent);
        let children: Vec<Process> = children;
        parents.extend(children.iter().map(|it| it.pid));
        found.extend(children);
        rest = others;
    }
    found
}

//! `glassbox verify` on the kernel of this machine, in the three roles in which people start it;
//! the host is the same afterwards.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use common::leaks::LeakCheck;
use common::processes::Table;
use common::{report, users};

/// Between two looks at the host while lessons run.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What not every machine gives to everybody: cgroups, or the controllers of one version, pressure, a
/// range of ids in /etc/subuid. A lesson that lacks anything else must run.
const NOT_EVERYWHERE: [&str; 4] = ["cgroup", "cgroups", "psi", "newuidmap"];

/// The lessons that doctor says cannot run, each with what it lacks.
fn cannot(glassbox: &mut Command, who: &str) -> Vec<(String, String)> {
    let doctor = glassbox.args(["doctor", "--json"]).stdin(Stdio::null());
    let cannot = report::predicted(&doctor.output().expect("run").stdout);
    for (id, missing) in &cannot {
        let spared = |name: &String| {
            let kind = name.split(':').next().unwrap_or_default();
            NOT_EVERYWHERE.contains(&kind)
        };
        assert!(missing.iter().all(spared), "{who}: {id} lacks {missing:?}");
    }
    let told = cannot.into_iter();
    told.map(|(id, missing)| (id, missing.join(", "))).collect()
}

/// Runs all lessons but those of which doctor says that they cannot run here. The host is the same
/// before, after, and all the time between: while boxes live, too.
fn verify(glassbox: impl Fn() -> Command, who: &str) {
    let cannot = cannot(&mut glassbox(), who);
    let check = LeakCheck::begin();
    let running = glassbox()
        .args(["verify", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start glassbox");
    let guardian = running.id().cast_signed();
    let output = std::thread::spawn(|| running.wait_with_output());
    let (mut changes, mut looks_with_boxes) = (BTreeSet::new(), 0);
    while !output.is_finished() {
        let boxes = |table: &Table| {
            let ours = table.ours(guardian);
            ours.iter().any(|row| row.comm.ends_with(":helper"))
        };
        let before = boxes(&Table::read());
        changes.extend(check.changes_of_the_host());
        looks_with_boxes += u32::from(before && boxes(&Table::read()));
        sleep(LOOK_EVERY);
    }
    let output = output.join().expect("the thread").expect("its output");
    assert!(changes.is_empty(), "{who}, while lessons ran: {changes:#?}");
    assert!(
        looks_with_boxes > 10,
        "{who}: {looks_with_boxes} looks at a host with boxes"
    );
    let ids: Vec<&str> = cannot.iter().map(|(id, _)| id.as_str()).collect();
    report::assert_passed_but(&output, who, &ids);
    check.end();
    for (id, missing) in cannot {
        common::lacking(format_args!(
            "{who}: lesson {id} cannot run here: {missing}"
        ));
    }
}

#[test]
fn lessons_pass_for_whoever_runs_the_tests() {
    verify(
        || Command::new(common::glassbox()),
        "whoever runs the tests",
    );
}

#[test]
fn lessons_pass_for_an_ordinary_user() {
    if !users::is_root() {
        skip!("whoever runs the tests is an ordinary user, and has a test");
    }
    let learner = users::ordinary().expect("an ordinary user");
    let installed = users::Installed::new();
    verify(|| learner.command(installed.path()), "learner");
}

/// What sudo(8) would start: root, told who called.
fn under_sudo(learner: &users::User, installed: &users::Installed) -> Command {
    let mut command = Command::new(installed.path());
    let ids = [("SUDO_UID", learner.uid), ("SUDO_GID", learner.gid)];
    command
        .envs(ids.map(|(name, id)| (name, id.to_string())))
        .env("SUDO_USER", &learner.name);
    command
}

#[test]
fn lessons_pass_under_sudo() {
    if !users::is_root() {
        skip!("not root");
    }
    let learner = users::ordinary().expect("an ordinary user");
    let installed = users::Installed::new();
    verify(|| under_sudo(&learner, &installed), "root by sudo");
}

/// Who owns the processes below `root`, by name, but for those that are still glassbox's first
/// process: between fork and exec a child has its parent's name and uid.
fn owners_below(root: u32) -> Vec<(i32, (String, u32))> {
    let root = root.cast_signed();
    let table = Table::read();
    let named = table
        .ours(root)
        .into_iter()
        .filter(|row| row.comm != "glassbox");
    named
        .filter_map(|row| {
            let owner = fs::metadata(format!("/proc/{}", row.pid)).ok()?.uid();
            Some((row.pid, (row.comm.clone(), owner)))
        })
        .collect()
}

/// Whether subuid(5) has given that id to the user.
fn is_given_to(user: &users::User, id: u32) -> bool {
    let text = fs::read_to_string("/etc/subuid").unwrap_or_default();
    text.lines().any(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, first, count] = fields[..] else {
            return false;
        };
        let (Ok(first), Ok(count)) = (first.parse::<u32>(), count.parse::<u32>()) else {
            return false;
        };
        name == user.name && (first..first.saturating_add(count)).contains(&id)
    })
}

#[test]
fn under_sudo_everything_but_guardian_and_broker_belongs_to_the_learner() {
    if !users::is_root() {
        skip!("not root");
    }
    let learner = users::ordinary().expect("an ordinary user");
    let installed = users::Installed::new();
    let check = LeakCheck::begin();
    let mut guardian = under_sudo(&learner, &installed)
        .args(["verify", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("start glassbox");
    // What each was seen to be last: the ui is root until it has become the learner.
    let mut seen = BTreeMap::new();
    while guardian.try_wait().expect("wait").is_none() {
        seen.extend(owners_below(guardian.id()));
        sleep(Duration::from_millis(1));
    }
    let seen: BTreeSet<(String, u32)> = seen.into_values().collect();
    let broker = |comm: &str| comm == "glassbox:root";
    assert!(seen.iter().any(|(comm, owner)| broker(comm) && *owner == 0));
    let strange = seen
        .iter()
        .filter(|(comm, owner)| *owner != learner.uid && !broker(comm))
        // The broker formats its disk itself: a learner who may trace that could write what the kernel mounts.
        .filter(|(comm, _)| comm != "mke2fs")
        // Of lessons, on purpose: an id that /etc/subuid gave to the learner, by set-user-ID programs.
        .filter(|(comm, _)| !["newuidmap", "newgidmap"].contains(&comm.as_str()))
        .filter(|(comm, owner)| {
            comm.starts_with("glassbox:") || comm == "box:eye" || !is_given_to(&learner, *owner)
        });
    assert_eq!(strange.collect::<Vec<_>>(), Vec::<&(String, u32)>::new());
    for name in ["glassbox:ui", "box:helper", "box:eye"] {
        assert!(
            seen.iter().any(|(comm, _)| comm == name),
            "no {name} among {seen:?}"
        );
    }
    check.end();
}

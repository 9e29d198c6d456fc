//! `glassbox verify` on the kernel of this machine, in the three roles in which people start it;
//! the host is the same afterwards.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use common::leaks::LeakCheck;
use common::processes::Table;
use common::{report, users};
use serde_json::Value;

/// What no machine gives to just anybody: a range of ids of one's own, in /etc/subuid.
const RANGES: &str = "03-user-ranges";

/// The lessons that doctor says cannot run.
fn cannot(doctor: &Output, who: &str) -> Vec<&'static str> {
    let report: Value = serde_json::from_slice(&doctor.stdout).expect("doctor's report");
    let mut lessons = report["lessons"].as_array().expect("a list").iter();
    let ranges = lessons.clone().find(|lesson| lesson["id"] == RANGES);
    let missing = ranges.expect("that lesson")["missing"].to_string();
    let runs = |lesson: &Value| lesson["runs"] == true || lesson["id"] == RANGES;
    assert!(lessons.all(runs), "{who}: {report:#}");
    if missing == "[]" {
        return Vec::new();
    }
    assert!(missing.contains("subordinate ids"), "{who}: {missing}");
    vec![RANGES]
}

fn verify(glassbox: impl Fn() -> Command, who: &str) {
    let check = LeakCheck::begin();
    let doctor = glassbox().args(["doctor", "--json"]).output();
    let cannot = cannot(&doctor.expect("run"), who);
    let output = glassbox()
        .args(["verify", "--json"])
        .stdin(Stdio::null())
        .output()
        .expect("run");
    report::assert_passed_but(&output, who, &cannot);
    check.end();
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

#[test]
fn under_sudo_everything_but_the_guardian_belongs_to_the_learner() {
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
    // The lesson about ranges has one process that becomes an id which /etc/subuid gave to the learner,
    // and has it given by a set-user-ID program.
    let given = |comm: &str| ["box:remap", "newuidmap", "newgidmap"].contains(&comm);
    let strange = seen
        .iter()
        .filter(|(comm, owner)| *owner != learner.uid && !given(comm));
    assert_eq!(strange.collect::<Vec<_>>(), Vec::<&(String, u32)>::new());
    for name in ["glassbox:ui", "box:helper", "box:eye"] {
        assert!(
            seen.iter().any(|(comm, _)| comm == name),
            "no {name} among {seen:?}"
        );
    }
    check.end();
}

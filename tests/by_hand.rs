//! The shell commands that a lesson shows for each step, typed into shells on terminals: each must
//! do what its step says, fail where the step says it fails, and leave the same state behind.
//!
//! They are typed where they say: a shell that a command starts waits on the same terminal, and who
//! must join a shell from elsewhere does it on a terminal of its own.

mod common;

#[path = "by_hand/asks.rs"]
mod asks;
#[path = "by_hand/desk.rs"]
mod desk;
#[path = "by_hand/facts.rs"]
mod facts;
#[path = "by_hand/listed.rs"]
mod listed;
#[path = "by_hand/powers.rs"]
mod powers;
#[path = "by_hand/procs.rs"]
mod procs;
#[path = "by_hand/resources.rs"]
mod resources;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use common::machine;
use desk::Desk;
use facts::Fact;
use glassbox::lesson::{Lesson, library, parse};
use glassbox::model::Op;
use procs::{can_kill_cgroups, may_make_cgroups};

pub(crate) fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").expect("the hostname");
    name.trim_end().to_owned()
}

/// Types all commands of a lesson and checks what is known of each step.
fn type_lesson(id: &str) {
    let files = library::embedded_files();
    let name = format!("lessons/{id}.toml");
    let (name, text) = files.iter().find(|file| file.0 == name).expect(id);
    let lesson = parse(text, name).unwrap_or_else(|_| panic!("{id} is wrong"));
    if makes_cgroups(&lesson) && !may_make_cgroups() {
        return common::lacking(NOT_ROOT);
    }
    let mut ops = lesson.steps.iter().flat_map(|step| &step.ops);
    if ops.any(|op| matches!(op, Op::Killall(_))) && !can_kill_cgroups() {
        return common::lacking(NO_KILL);
    }
    if let Some(why) = missing(&lesson) {
        if why.contains("newuidmap") && why.contains("has no account") {
            return common::lacking(why); // root without a user behind it
        }
        skip!("{id}: {why}");
    }
    let name = host_name();
    let (mut desk, mut earlier) = (Desk::new(), Vec::new());
    for (index, step) in lesson.steps.iter().enumerate() {
        desk.carry_out(&lesson.boxes, &earlier, &step.ops);
        earlier.extend(step.ops.iter().cloned());
        for (.., holds) in facts_of(id, index + 1) {
            holds(&mut desk);
        }
    }
    assert_eq!(host_name(), name, "the host kept its name");
}

fn facts_of(id: &str, step: usize) -> impl Iterator<Item = &'static Fact> {
    let all = facts::FACTS
        .iter()
        .chain(resources::FACTS)
        .chain(powers::FACTS);
    all.filter(move |fact| fact.0 == id && fact.1 == step)
}

#[test]
fn after_every_step_something_must_be_true() {
    for (name, text) in library::embedded_files() {
        let lesson = parse(text, &name).unwrap_or_else(|_| panic!("{name} is wrong"));
        let typed =
            (1..=lesson.steps.len()).any(|step| facts_of(&lesson.id, step).next().is_some());
        if makes_cgroups(&lesson) && !typed {
            continue; // where one may make cgroups differs by machine
        }
        for (index, step) in lesson.steps.iter().enumerate() {
            let known = step.ops.is_empty() || facts_of(&lesson.id, index + 1).next().is_some();
            assert!(known, "{name}, step {}: no fact", index + 1);
        }
    }
}

fn makes_cgroups(lesson: &Lesson) -> bool {
    lesson.boxes.iter().any(|spec| spec.cgroups)
}

/// What this machine lacks for a lesson.
fn missing(lesson: &Lesson) -> Option<String> {
    static REPORT: OnceLock<serde_json::Value> = OnceLock::new();
    let report = REPORT.get_or_init(|| {
        let mut doctor = Command::new(common::glassbox());
        let doctor = doctor.args(["doctor", "--json"]).output();
        serde_json::from_slice(&doctor.expect("doctor").stdout).expect("a report")
    });
    let mut lines = report["lessons"].as_array().expect("a list").iter();
    let line = lines
        .find(|line| line["id"] == lesson.id.as_str())
        .expect("it");
    (line["runs"] == false).then(|| line["missing"].to_string())
}

#[test]
fn labels_by_hand() {
    type_lesson("00-labels");
}

#[test]
fn a_hostname_by_hand() {
    type_lesson("01-uts");
}

#[test]
fn a_process_list_by_hand() {
    type_lesson("02-pid");
}

#[test]
fn mounts_by_hand() {
    type_lesson("05-mount");
}

#[test]
fn layers_by_hand() {
    type_lesson("06-overlay");
}

#[test]
fn a_root_by_hand() {
    if !Path::new("/usr/bin/perl").exists() {
        skip!("no perl: it makes the bare calls of the escape");
    }
    type_lesson("07-root");
}

#[test]
fn a_container_without_tools_by_hand() {
    type_lesson("21-your-own-container");
}

#[test]
fn clocks_by_hand() {
    type_lesson("10-time");
}

#[test]
fn user_namespaces_by_hand() {
    type_lesson("03-user");
}

#[test]
fn owners_of_files_by_hand() {
    if nix::unistd::getuid().is_root() {
        let why = "typed by root, the box's root is the host's, who may do what the lesson refuses";
        return common::lacking(why);
    }
    type_lesson("03-user-files");
}

#[test]
fn ranges_of_ids_by_hand() {
    type_lesson("03-user-ranges");
}

#[test]
fn number_1_by_hand() {
    type_lesson("04-pid-1");
}

#[test]
fn a_network_by_hand() {
    type_lesson("08-net");
}

#[test]
fn names_by_hand() {
    type_lesson("08-net-names");
}

#[test]
fn sockets_by_hand() {
    type_lesson("08-sockets");
}

#[test]
fn ipc_by_hand() {
    type_lesson("09-ipc");
}

#[test]
fn capabilities_by_hand() {
    type_lesson("17-capabilities");
}

#[test]
fn low_ports_by_hand() {
    type_lesson("17-port-80");
}

#[test]
fn giving_away_by_hand() {
    type_lesson("17-chown");
}

#[test]
fn set_user_id_by_hand() {
    type_lesson("18-set-user-id");
}

#[test]
fn filters_by_hand() {
    type_lesson("18-no-new-privs-and-seccomp");
}

#[test]
fn who_said_no_by_hand() {
    type_lesson("18-who-said-no");
}

#[test]
fn read_only_mounts_by_hand() {
    type_lesson("19-read-only-and-masked");
}

#[test]
fn a_container_by_hand() {
    type_lesson("20-build-a-container");
}

#[test]
fn a_finished_container_by_hand() {
    type_lesson("20-finish-the-container");
}

#[test]
fn a_pod_by_hand() {
    if nix::unistd::getuid().is_root() {
        let why =
            "typed by root, the first nsenter of step 2 is allowed: root has all capabilities";
        return common::lacking(why);
    }
    type_lesson("20-pod");
}

#[test]
fn what_it_costs_by_hand() {
    type_lesson("20-what-it-costs");
}

#[test]
fn what_is_shared_by_hand() {
    type_lesson("22-what-is-shared");
}

#[test]
fn ways_out_by_hand() {
    if !Path::new("/usr/bin/perl").exists() {
        skip!("no perl: it makes the bare calls of the escape");
    }
    type_lesson("22-what-leads-out");
}

#[test]
fn cgroup_paths_by_hand() {
    type_lesson("12-cgroup-ns");
}

#[test]
fn a_limit_that_stays_by_hand() {
    type_lesson("12-limit-stays");
}

#[test]
fn groups_by_hand() {
    type_lesson("11-cgroups");
}

#[test]
fn a_freezer_by_hand() {
    type_lesson("11-freeze-and-kill");
}

#[test]
fn handing_on_by_hand() {
    type_lesson("11-subtree-control");
}

#[test]
fn a_quota_by_hand() {
    type_lesson("13-cpu");
}

#[test]
fn weights_by_hand() {
    type_lesson("13-cpu-weight");
}

#[test]
fn a_set_of_cpus_by_hand() {
    type_lesson("13-cpuset");
}

#[test]
fn out_of_memory_by_hand() {
    type_lesson("14-memory");
}

#[test]
fn a_brake_by_hand() {
    type_lesson("14-memory-high");
}

#[test]
fn files_in_memory_by_hand() {
    type_lesson("14-page-cache");
}

#[test]
fn a_full_jar_by_hand() {
    type_lesson("15-pids");
}

/// Seconds for all commands under emulation, on a busy machine.
const PATIENCE: &str = "1200";

/// What root leaves out: the lessons' root would be the host's, or has no range of ids.
const NOT_OF_ROOT: [&str; 5] = [
    "owners_of_files_by_hand",
    "ranges_of_ids_by_hand",
    "giving_away_by_hand",
    "set_user_id_by_hand",
    "a_pod_by_hand",
];

/// Why a learner leaves out what makes cgroups: no systemd gives them one there.
const NOT_ROOT: &str = "it takes real root, and /sys/fs/cgroup as cgroup v2";
const NO_KILL: &str = "cgroup.kill came with Linux 5.14";

/// All of the above in a machine whose kernel is another one.
fn in_machines(who: &str, options: &[&str]) {
    machine::on_each(|kernel| {
        let program = std::env::current_exe().expect("this program");
        let there = "/vmtest/bin/by_hand";
        let command =
            format!("cat /proc/sys/kernel/osrelease; {there} --skip in_a_machine --test-threads 1");
        let output = machine::run_in(kernel, options, &[(&program, there)], &command)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{who} on {kernel}: {text}{complaints}"
        );
        // What is skipped there is told here: nobody would see it otherwise.
        let left_out = complaints
            .lines()
            .filter_map(|line| line.strip_prefix("SKIPPED: "));
        let expected = |line: &&str| match who {
            "root" => line.ends_with(NO_KILL) || NOT_OF_ROOT.iter().any(|n| line.starts_with(n)),
            _ => line.ends_with(NOT_ROOT),
        };
        let (known, others): (Vec<_>, Vec<_>) = left_out.partition(expected);
        known.iter().for_each(common::lacking);
        if others.is_empty() {
            Ok(())
        } else {
            Err(format!("on {kernel}: {}", others.join("; ")))
        }
    });
}

#[test]
fn all_of_root_in_a_machine() {
    in_machines("root", &["-t", PATIENCE]);
}

#[test]
fn all_of_an_ordinary_user_in_a_machine() {
    in_machines("learner", &["-u", "-t", PATIENCE]);
}

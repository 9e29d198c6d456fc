//! glassbox on kernels other than this machine's, under cgroup v2: as root and as an ordinary user,
//! in virtual machines that tests/vm/prepare.sh has made. Lessons pass, refusals are explained.
//!
//! `GLASSBOX_VM_KERNELS` names the kernels, 6.1 if it is not set; empty means none.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use common::machine::{GLASSBOX, cache, kernels, on_each, run_in};
use common::report;
use glassbox::lesson::{library, parse};

/// Runs a command and sees to it that the machine stays as it is.
const UNCHANGED: &str = "/vmtest/unchanged.sh";
/// Refuses the learner one thing after the other.
const REFUSALS: &str = "/vmtest/refusals.sh";

/// Lessons that a kernel cannot run, and the kernel's version that came too late for it.
const TOO_OLD: &[(&str, &str, &str)] = &[("5.10", "06-overlay", "5.11")];

/// What root without a user behind it lacks: nobody gave it a range of ids.
const NO_RANGE: &str = "has no account";

/// Those that `doctor --json` says cannot run, each with all that is missing for it.
fn predicted(doctor: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(doctor).expect("doctor's report");
    let lessons = report["lessons"].as_array().expect("a list").iter();
    let cannot = lessons.filter(|lesson| lesson["runs"] == false);
    cannot
        .map(|lesson| {
            let id = lesson["id"].as_str().expect("an id").to_owned();
            (id, lesson["missing"].to_string())
        })
        .collect()
}

/// What systemd does not hand on to users by itself.
const NOT_DELEGATED: [(&str, &str); 2] = [("13-cpuset", "cgroup:cpuset"), ("16-io", "cgroup:io")];

/// Lessons that make cgroups.
fn with_cgroups() -> Vec<String> {
    in_need_of("cgroups")
}

/// Lessons that cannot run without it.
fn in_need_of(what: &str) -> Vec<String> {
    let files = library::embedded_files();
    let lessons = files
        .iter()
        .filter_map(|(name, text)| parse(text, name).ok());
    let making = lessons.filter(|lesson| lesson.needs.iter().any(|need| need == what));
    making.map(|lesson| lesson.id).collect()
}

/// Who runs lessons in a machine.
struct Role {
    name: &'static str,
    options: &'static [&'static str],
    /// Lessons that they cannot run on any kernel, and what of the reason is said.
    cannot: Vec<(String, &'static str)>,
    /// The lessons to be run; all if it is empty.
    only: Vec<String>,
}

fn lessons_pass(role: &Role) {
    on_each(|kernel| {
        let of = format!("{} on {kernel}", role.name);
        let only = role.only.join(" ");
        let both =
            format!("{GLASSBOX} doctor --json; sh {UNCHANGED} {GLASSBOX} verify --json {only}");
        let mut output = run_in(kernel, role.options, &[], &both)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (doctor, verify) = text.split_once('\n').unwrap_or_else(|| {
            panic!("{of}: {text:?} {}", String::from_utf8_lossy(&output.stderr))
        });
        let cannot = predicted(doctor);
        let old = TOO_OLD.iter().filter(|known| known.0 == kernel);
        let old = old.map(|(_, id, version)| (*id, *version));
        let here = role.cannot.iter().map(|(id, why)| (id.as_str(), *why));
        let mut known: Vec<(&str, &str)> = here.chain(old).collect();
        known.sort_unstable();
        let ids: Vec<&str> = cannot.iter().map(|(id, _)| id.as_str()).collect();
        let expected: Vec<&str> = known.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, expected, "{of}: {cannot:?}");
        for ((_, missing), (_, why)) in cannot.iter().zip(&known) {
            assert!(missing.contains(why), "{of}: {missing}");
        }
        output.stdout = verify.as_bytes().to_vec();
        report::assert_passed_but(&output, &of, &ids);
        let solutions = &report::parse(&output, &of)["solutions"];
        assert_eq!(solutions["skipped"], 0, "{of}: solutions not typed");
        let looks = String::from_utf8_lossy(&output.stderr).into_owned();
        let looks = looks
            .lines()
            .find_map(|line| line.strip_prefix("the machine was looked at "));
        let looks = looks.and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
        assert!(
            looks.is_some_and(|looks| looks > 5),
            "{of}: {looks:?} looks at the machine"
        );
        Ok(())
    });
}

#[test]
fn lessons_pass_for_root_under_cgroup_v2() {
    let without = in_need_of("newuidmap").into_iter();
    lessons_pass(&Role {
        name: "root",
        options: &[],
        cannot: without.map(|id| (id, NO_RANGE)).collect(),
        only: Vec::new(),
    });
}

/// A session of an ordinary user has no cgroup to give where no systemd runs.
#[test]
fn lessons_pass_for_an_ordinary_user_under_cgroup_v2() {
    let without = with_cgroups().into_iter().map(|id| (id, "EACCES"));
    lessons_pass(&Role {
        name: "learner",
        options: &["-u"],
        cannot: without.collect(),
        only: Vec::new(),
    });
}

/// systemd gives an ordinary user who has logged in a cgroup, without a password. The other lessons
/// are as above.
#[test]
fn lessons_with_cgroups_pass_for_an_ordinary_user_with_systemd() {
    let kept = NOT_DELEGATED.map(|(id, why)| (id.to_owned(), why));
    lessons_pass(&Role {
        name: "learner with systemd",
        options: &["-f", "-u"],
        cannot: kept.into(),
        only: with_cgroups(),
    });
}

/// What must be said where something is refused to the whole machine. The first lessons in `lacks`
/// cannot run, with the probe that says so, its cause and its remedy.
struct Refusal {
    name: &'static str,
    lacks: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Whether others run.
    some_run: bool,
}

#[rustfmt::skip]
const OF_THE_MACHINE: &[Refusal] = &[
    Refusal { name: "debians-switch", some_run: false, lacks: &[
        ("02-pid", "userns", "unshare(CLONE_NEWUSER) = EPERM: kernel.unprivileged_userns_clone is 0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
    ] },
    Refusal { name: "apparmor", some_run: false, lacks: &[
        ("02-pid", "userns", "a security module confines this process: nocaps (enforce)", "start glassbox without that profile"),
    ] },
    Refusal { name: "no-modules", some_run: true, lacks: &[
        ("06-overlay", "overlay", "mount(overlay) = ENODEV: this kernel has no overlay filesystem", "sudo modprobe overlay"),
        ("08-net", "veth", "RTM_NEWLINK(veth) = EOPNOTSUPP: this kernel has no veth", "sudo modprobe veth"),
    ] },
];

/// What refusals.sh printed about one of them.
struct Said<'a> {
    doctor: Value,
    code: &'a str,
    verify: Value,
}

/// By name.
fn said(text: &str) -> BTreeMap<&str, Said<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let (said, rest) = lines.as_chunks::<4>();
    assert!(rest.is_empty(), "cut short: {rest:?}");
    said.iter()
        .map(|[name, doctor, code, verify]| {
            let (doctor, verify) = (read(doctor), read(verify));
            (
                *name,
                Said {
                    doctor,
                    code,
                    verify,
                },
            )
        })
        .collect()
}

impl Said<'_> {
    fn assert(&self, refusal: &Refusal, of: &str) {
        let ready = self.doctor["ready"] == true;
        assert_eq!(
            self.code,
            if ready { "0" } else { "3" },
            "{of}: doctor's exit code"
        );
        assert!(!ready || refusal.some_run, "{of}: ready, and nothing runs");
        for (lesson, lacks, cause, remedy) in refusal.lacks {
            let of = format!("{of}, {lesson}");
            let predicted = predicted(&self.doctor.to_string());
            let missing = predicted.iter().find(|(id, _)| id == lesson);
            let missing = &missing.unwrap_or_else(|| panic!("{of}: it runs")).1;
            let first = &serde_json::from_str::<Value>(missing).expect("JSON")[0];
            assert_eq!(first["name"], *lacks, "{of}: {missing}");
            let reports = self.verify["lessons"].as_array().expect("a list");
            let report = reports.iter().find(|report| report["id"] == *lesson);
            let report = report.expect("that lesson");
            assert_eq!(report["verdict"], "skip", "{of}");
            let reason = report["reason"].as_str().expect("a reason");
            for (text, part) in [("detail", cause), ("remedy", remedy)] {
                let told = first[text].as_str().expect("a text");
                assert!(
                    told.contains(part) && reason.contains(told),
                    "{of}: {told} {reason}"
                );
            }
        }
        let skipped = refusal.lacks.len();
        assert_eq!(self.verify["skipped"], skipped, "{of}: {}", self.verify);
        assert_eq!(self.verify["failed"], 0, "{of}: {}", self.verify);
        assert_eq!(self.verify["passed"], u32::from(refusal.some_run), "{of}");
    }
}

/// On the first kernel. Those that need no whole machine are in `tests/refusals.rs`.
#[test]
fn refusals_of_the_machine_are_named_with_their_remedies() {
    let kernels = kernels();
    let Some(kernel) = kernels.first() else {
        skip!("GLASSBOX_VM_KERNELS names no kernel");
    };
    let parser = cache().join("apparmor");
    let parser = parser.to_str().expect("a path");
    let with_parser = ["-o", parser];
    let there = Path::new(parser).is_dir();
    let options = if there { &with_parser[..] } else { &[] };
    let output = match run_in(kernel, options, &[], &format!("sh {REFUSALS} {GLASSBOX}")) {
        Ok(output) => output,
        Err(why) => skip!("{why}"),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    let said = said(&text);
    let mut not_tried = Vec::new();
    for refusal in OF_THE_MACHINE {
        match said.get(refusal.name) {
            Some(said) => said.assert(refusal, &format!("{} on {kernel}", refusal.name)),
            None => not_tried.push(refusal.name),
        }
    }
    if !not_tried.is_empty() {
        skip!("not possible on {kernel}: {not_tried:?} {complaints}");
    }
}

/// The capability is in the set and counts, no filter is in the way, and AppArmor says no.
#[test]
fn a_security_module_is_named_as_who_said_no() {
    let parser = cache().join("apparmor");
    let kernels = kernels();
    let (true, Some(kernel)) = (parser.is_dir(), kernels.first()) else {
        skip!("no kernel, or no parser of AppArmor's profiles");
    };
    let lesson = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vm/90-lsm.toml");
    let there = "/vmtest/90-lsm.toml";
    let profile = format!(
        "profile some {GLASSBOX} flags=(attach_disconnected,mediate_deleted) {{ file, capability, \
         umount, pivot_root, remount, signal, ptrace, unix, network, deny capability net_raw, \
         mount fstype=proc, mount options=(rw,rslave), mount options=(rw,rprivate), \
         mount fstype=tmpfs ground -> /mnt/, deny mount none -> /mnt/, }}"
    );
    let command = format!(
        "echo '{profile}' | apparmor_parser --skip-cache --replace >&2 && setpriv --reuid=1000 \
         --regid=1000 --clear-groups {GLASSBOX} verify {there}"
    );
    let options = ["-o", parser.to_str().expect("a path")];
    match run_in(kernel, &options, &[(&lesson, there)], &command) {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "on {kernel}: {said}");
        }
        Err(why) => skip!("{why}"),
    }
}

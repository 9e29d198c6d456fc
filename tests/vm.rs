//! glassbox on kernels other than this machine's, under cgroup v2: as root and as an ordinary user,
//! in virtual machines that tests/vm/prepare.sh has made. Lessons pass, refusals are explained.
//!
//! `GLASSBOX_VM_KERNELS` names the kernels, 6.1 if it is not set; empty means none.

mod common;

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

use serde_json::Value;
use tempfile::TempDir;

use common::report;

/// Emulation is slow: a lesson takes seconds there that takes a tenth of one here.
const SECONDS: &str = "400";
/// Where run.sh puts the binary.
const GLASSBOX: &str = "/vmtest/bin/glassbox";

/// Lessons that a kernel cannot run, and the kernel's version that came too late for it.
const TOO_OLD: &[(&str, &str, &str)] = &[("5.10", "06-overlay", "5.11")];

fn kernels() -> Vec<String> {
    let named = std::env::var("GLASSBOX_VM_KERNELS").unwrap_or_else(|_| "6.1".to_owned());
    named.split_whitespace().map(str::to_owned).collect()
}

/// The binary without its debug information: the machine copies it into memory byte by byte.
fn stripped(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("glassbox");
    let strip = Command::new("strip")
        .arg("-o")
        .arg(&path)
        .arg(common::glassbox())
        .status();
    if !strip.is_ok_and(|status| status.success()) {
        std::fs::copy(common::glassbox(), &path).expect("copy the binary");
    }
    path
}

/// What a shell command printed in a machine, or why there is no such machine.
fn run_in(kernel: &str, options: &[&str], command: &str) -> Result<Output, String> {
    let folder = TempDir::new().expect("a folder");
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vm");
    let mut run = Command::new(scripts.join("run.sh"));
    run.args(["-k", kernel, "-t", SECONDS]).args(options);
    let binary = format!("{}:{GLASSBOX}", stripped(&folder).display());
    run.args(["-a", &binary, "-c", command]);
    let output = run.output().expect("start the machine");
    let complaints = String::from_utf8_lossy(&output.stderr);
    match complaints.strip_prefix("vm/run: no ") {
        Some(_) => Err(complaints.trim().to_owned()),
        None => Ok(output),
    }
}

/// Does something on each kernel. Those that are not there are skipped at the end, loudly, so that
/// they do not hide the others.
fn on_each(what: impl Fn(&str) -> Result<(), String>) {
    let kernels = kernels();
    if kernels.is_empty() {
        skip!("GLASSBOX_VM_KERNELS names no kernel");
    }
    let missing: Vec<String> = kernels.iter().filter_map(|k| what(k).err()).collect();
    if !missing.is_empty() {
        skip!("{}", missing.join("; "));
    }
}

fn lessons_pass(who: &str, options: &[&str]) {
    on_each(|kernel| {
        let of = format!("{who} on {kernel}");
        let both = format!("{GLASSBOX} doctor --json; {GLASSBOX} verify --json");
        let mut output = run_in(kernel, options, &both)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (doctor, verify) = text.split_once('\n').unwrap_or_else(|| {
            panic!("{of}: {text:?} {}", String::from_utf8_lossy(&output.stderr))
        });
        let cannot = report::predicted(doctor.as_bytes());
        let known: Vec<&str> = TOO_OLD
            .iter()
            .filter(|known| known.0 == kernel)
            .map(|known| known.1)
            .collect();
        let ids: Vec<&str> = cannot.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, known, "{of}: {cannot:?}");
        for (id, missing) in &cannot {
            let version = TOO_OLD
                .iter()
                .find(|known| known.1 == id)
                .map(|known| known.2);
            assert!(missing.contains(version.expect("one")), "{of}: {missing}");
        }
        output.stdout = verify.as_bytes().to_vec();
        report::assert_passed_but(&output, &of, &ids);
        Ok(())
    });
}

#[test]
fn lessons_pass_for_root_under_cgroup_v2() {
    lessons_pass("root", &[]);
}

#[test]
fn lessons_pass_for_an_ordinary_user_under_cgroup_v2() {
    lessons_pass("learner", &["-u"]);
}

/// What `doctor` and `verify` say to an ordinary user where this is refused, on the first kernel.
struct Refused {
    doctor: Value,
    doctor_code: i32,
    verify: Output,
}

impl Refused {
    fn by(sysctl: &str, lessons: &str) -> Result<Self, String> {
        let kernels = kernels();
        let kernel = kernels
            .first()
            .ok_or("GLASSBOX_VM_KERNELS names no kernel")?;
        let (name, _) = sysctl.split_once('=').expect("a setting");
        let command = format!(
            "sysctl -n {name} >/dev/null || exit 77
             {GLASSBOX} doctor --json; echo $?; {GLASSBOX} verify --json {lessons}"
        );
        let mut output = run_in(kernel, &["-u", "-S", sysctl], &command)?;
        if output.status.code() == Some(77) {
            return Err(format!("kernel {kernel} has no {name}"));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let [doctor, code, verify] = lines[..] else {
            panic!(
                "{sysctl}: {text:?} {}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        output.stdout = verify.as_bytes().to_vec();
        Ok(Self {
            doctor: serde_json::from_str(doctor).expect("doctor's report"),
            doctor_code: code.parse().expect("an exit code"),
            verify: output,
        })
    }

    fn probe(&self, name: &str) -> &Value {
        let mut probes = self.doctor["probes"].as_array().expect("a list").iter();
        probes
            .find(|probe| probe["name"] == name)
            .expect("that probe")
    }

    /// Asserts that nothing runs, and that all say the same cause and remedy.
    fn assert_nothing_runs(&self, cause: &str, remedy: &str) {
        assert_eq!((self.doctor_code, self.verify.status), (3, exit(3)));
        assert_eq!(self.doctor["remedy"], remedy);
        assert_eq!(self.probe("userns")["remedy"], remedy);
        let predicted = report::predicted(self.doctor.to_string().as_bytes()).len();
        let report = report::parse(&self.verify, cause);
        let lessons = report["lessons"].as_array().expect("a list");
        assert!(predicted > 0 && lessons.len() == predicted, "{report}");
        assert_eq!(report["skipped"], predicted, "{report}");
        for lesson in lessons {
            let reason = lesson["reason"].as_str().expect("a reason");
            assert!(
                reason.contains(cause) && reason.contains(remedy),
                "{reason}"
            );
        }
    }
}

fn exit(code: i32) -> ExitStatus {
    ExitStatus::from_raw(code << 8)
}

#[test]
fn without_user_namespaces_the_cause_and_the_remedy_are_told() {
    match Refused::by("user.max_user_namespaces=0", "") {
        Err(why) => skip!("{why}"),
        Ok(refused) => refused.assert_nothing_runs(
            "unshare(CLONE_NEWUSER) = ENOSPC: user.max_user_namespaces is 0",
            "sudo sysctl user.max_user_namespaces=15000",
        ),
    }
}

#[test]
fn debians_own_switch_is_named() {
    match Refused::by("kernel.unprivileged_userns_clone=0", "") {
        Err(why) => skip!("{why}"),
        Ok(refused) => refused.assert_nothing_runs(
            "unshare(CLONE_NEWUSER) = EPERM: kernel.unprivileged_userns_clone is 0",
            "sudo sysctl kernel.unprivileged_userns_clone=1",
        ),
    }
}

#[test]
fn one_kind_that_is_refused_stops_only_what_needs_it() {
    let refused = match Refused::by("user.max_net_namespaces=0", "01-uts") {
        Err(why) => skip!("{why}"),
        Ok(refused) => refused,
    };
    let probe = refused.probe("net");
    assert_eq!(probe["remedy"], "sudo sysctl user.max_net_namespaces=15000");
    let detail = probe["detail"].as_str().expect("a detail");
    assert!(
        detail.ends_with("= ENOSPC: user.max_net_namespaces is 0"),
        "{detail}"
    );
    for (id, missing) in report::predicted(refused.doctor.to_string().as_bytes()) {
        assert!(missing.contains("max_net_namespaces"), "{id}: {missing}");
    }
    report::assert_all_passed(&refused.verify, "without network namespaces");
}

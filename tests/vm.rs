//! `glassbox verify` on kernels other than this machine's, under cgroup v2: as root and as an
//! ordinary user, in virtual machines that tests/vm/prepare.sh has made.
//!
//! `GLASSBOX_VM_KERNELS` names the kernels, 6.1 if it is not set; empty means none.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use common::report;

/// Emulation is slow: a lesson takes seconds there that takes a tenth of one here.
const SECONDS: &str = "240";

fn kernels() -> Vec<String> {
    let named = std::env::var("GLASSBOX_VM_KERNELS").unwrap_or_else(|_| "6.1".to_owned());
    named.split_whitespace().map(str::to_owned).collect()
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vm")
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

fn verify_in(kernel: &str, options: &[&str]) -> Output {
    let folder = TempDir::new().expect("a folder");
    let mut command = Command::new(scripts().join("run.sh"));
    command.args(["-k", kernel, "-t", SECONDS]).args(options);
    command.arg(stripped(&folder)).args(["verify", "--json"]);
    command.output().expect("start the machine")
}

fn lessons_pass(who: &str, options: &[&str]) {
    let kernels = kernels();
    if kernels.is_empty() {
        skip!("GLASSBOX_VM_KERNELS names no kernel");
    }
    for kernel in kernels {
        let output = verify_in(&kernel, options);
        let complaints = String::from_utf8_lossy(&output.stderr);
        if complaints.starts_with("vm/run: no ") {
            skip!("{}", complaints.trim());
        }
        report::assert_all_passed(&output, &format!("{who} on {kernel}"));
    }
}

#[test]
fn lessons_pass_for_root_under_cgroup_v2() {
    lessons_pass("root", &[]);
}

#[test]
fn lessons_pass_for_an_ordinary_user_under_cgroup_v2() {
    lessons_pass("learner", &["-u"]);
}

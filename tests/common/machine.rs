//! Virtual machines with other kernels, which tests/vm/prepare.sh has made. Used by tests that run
//! something in one. `GLASSBOX_VM_KERNELS` names the kernels, 6.1 if it is not set; empty means none.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::skip;

/// Emulation is slow: a lesson takes seconds there that takes a tenth of one here, and more on a busy
/// machine. Only a machine that hangs takes that long.
const SECONDS: &str = "1800";
/// Where glassbox is in a machine.
pub(crate) const GLASSBOX: &str = "/vmtest/bin/glassbox";

pub(crate) fn kernels() -> Vec<String> {
    let named = std::env::var("GLASSBOX_VM_KERNELS").unwrap_or_else(|_| "6.1".to_owned());
    named.split_whitespace().map(str::to_owned).collect()
}

/// Where prepare.sh keeps what it made.
pub(crate) fn cache() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/vm");
    std::env::var_os("GLASSBOX_VM_CACHE").map_or(own, PathBuf::from)
}

/// A program without its debug information: the machine copies it into memory byte by byte.
fn stripped(program: &Path, folder: &TempDir) -> PathBuf {
    let path = folder.path().join(program.file_name().expect("a file"));
    let strip = Command::new("strip")
        .arg("-o")
        .arg(&path)
        .arg(program)
        .status();
    if !strip.is_ok_and(|status| status.success()) {
        std::fs::copy(program, &path).expect("copy the program");
    }
    path
}

/// What a shell command printed in a machine, or why there is no such machine.
/// glassbox is there as [`GLASSBOX`], and so are `programs`, each with where it is to be.
pub(crate) fn run_in(
    kernel: &str,
    options: &[&str],
    programs: &[(&Path, &str)],
    command: &str,
) -> Result<Output, String> {
    let folder = TempDir::new().expect("a folder");
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vm");
    let mut run = Command::new(scripts.join("run.sh"));
    // With two CPUs, as a lesson chooses among them.
    run.args(["-k", kernel, "-t", SECONDS, "-p", "2"])
        .args(options);
    for (program, place) in [(super::glassbox(), GLASSBOX)].iter().chain(programs) {
        let program = stripped(program, &folder);
        run.arg("-a").arg(format!("{}:{place}", program.display()));
    }
    run.args(["-c", command]);
    for script in ["unchanged.sh", "refusals.sh"] {
        run.arg("-a").arg(scripts.join(script));
    }
    let output = run.output().expect("start the machine");
    let complaints = String::from_utf8_lossy(&output.stderr);
    match complaints.strip_prefix("vm/run: no ") {
        Some(_) => Err(complaints.trim().to_owned()),
        None => Ok(output),
    }
}

/// Does something on each kernel. Those that are not there are skipped at the end, loudly, so that
/// they do not hide the others.
pub(crate) fn on_each(what: impl Fn(&str) -> Result<(), String>) {
    let kernels = kernels();
    if kernels.is_empty() {
        skip!("GLASSBOX_VM_KERNELS names no kernel");
    }
    let missing: Vec<String> = kernels.iter().filter_map(|k| what(k).err()).collect();
    if !missing.is_empty() {
        skip!("{}", missing.join("; "));
    }
}

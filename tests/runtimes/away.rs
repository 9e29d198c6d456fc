//! The same in a machine with cgroup v2, with the runtimes of this machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::common::leaks::LeakCheck;
use super::common::machine;
use super::output;
use crate::skip;

/// A program with the libraries that it needs, at their places below a folder. The C library and the
/// loader are the machine's own.
fn take_along(program: &str, folder: &Path) -> bool {
    let own = |path: &str| path.contains("/libc.so") || path.contains("/ld-linux");
    let found = output(Command::new("sh").args(["-c", &format!("command -v {program}")])).stdout;
    let found = String::from_utf8_lossy(&found).trim().to_owned();
    let needs = output(Command::new("ldd").arg(&found)).stdout;
    let needs = String::from_utf8_lossy(&needs).into_owned();
    let words = needs
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    for path in words.filter(|path| !own(path)).chain([found.as_str()]) {
        let there = folder.join(path.trim_start_matches('/'));
        let above = there.parent().expect("a folder");
        let copied = fs::create_dir_all(above).and_then(|()| fs::copy(path, &there));
        if path.is_empty() || copied.is_err() {
            return false;
        }
    }
    true
}

/// Once more with cgroup v2, which crun(1) needs, and these programs of this machine.
#[test]
fn all_of_root_in_a_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let programs = ["runc", "crun", "bwrap", "busybox", "lsns"];
    if programs.iter().any(|name| !take_along(name, folder.path())) {
        skip!("needs {}", programs.join(", "));
    }
    // Its turn: another check would take the machine for something left.
    let check = LeakCheck::begin();
    let place = folder.path().to_str().expect("a path").to_owned();
    machine::on_each(|kernel| {
        let program = std::env::current_exe().expect("this program");
        let there = "/vmtest/bin/runtimes";
        let command =
            format!("{there} container_of_crun --test-threads 1; {there} container_of_runc");
        let output = machine::run_in(kernel, &["-o", &place], &[(&program, there)], &command)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{kernel}: {text}{complaints}");
        assert_eq!(
            text.matches("1 passed").count(),
            2,
            "{kernel}: {text}{complaints}"
        );
        let skipped = complaints
            .lines()
            .find_map(|line| line.strip_prefix("SKIPPED: "));
        skipped.map_or(Ok(()), |why| Err(format!("on {kernel}: {why}")))
    });
    check.end();
}

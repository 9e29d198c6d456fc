//! `glassbox verify` on the kernel of this machine, in the three roles in which people start it;
//! the host is the same afterwards.

mod common;

use std::process::{Command, Stdio};

use common::leaks::LeakCheck;
use common::{report, users};

fn verify(mut glassbox: Command, who: &str) {
    let check = LeakCheck::begin();
    let output = glassbox
        .args(["verify", "--json"])
        .stdin(Stdio::null())
        .output()
        .expect("run");
    report::assert_all_passed(&output, who);
    check.end();
}

#[test]
fn lessons_pass_for_whoever_runs_the_tests() {
    verify(Command::new(common::glassbox()), "whoever runs the tests");
}

#[test]
fn lessons_pass_for_an_ordinary_user() {
    if !users::is_root() {
        skip!("whoever runs the tests is an ordinary user, and has a test");
    }
    let learner = users::ordinary().expect("an ordinary user");
    let installed = users::Installed::new();
    verify(learner.command(installed.path()), "learner");
}

#[test]
fn lessons_pass_under_sudo() {
    if !users::is_root() {
        skip!("not root");
    }
    let learner = users::ordinary().expect("an ordinary user");
    let installed = users::Installed::new();
    let mut sudo = Command::new(installed.path());
    sudo.env("SUDO_UID", learner.uid.to_string())
        .env("SUDO_GID", learner.gid.to_string());
    sudo.env("SUDO_USER", &learner.name);
    verify(sudo, "root by sudo");
}

//! Lessons of one's own, and tracks: `lessons new`, lesson files where a lesson's name can stand, and
//! `--track`. Drives the real binary on the real kernel; every test ends with the leak check.

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::leaks::LeakCheck;
use common::pty::Pty;
use common::users::{self, Installed};

fn run(mut command: Command, folder: &Path, arguments: &[&str]) -> Output {
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).output().expect("run glassbox")
}

/// Both streams together, after checking the code.
fn said(output: &Output, code: i32) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).expect("UTF-8");
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains('\x1b'), "{text:?}");
    text
}

#[test]
fn a_new_lesson_lints_verifies_and_plays_as_it_is() {
    let user = users::ordinary().expect("an ordinary user");
    let leaks = LeakCheck::begin();
    for ordinary in [false, true] {
        let installed = Installed::new();
        // Everybody may write there.
        let folder = installed.state();
        let glassbox = || {
            if ordinary {
                user.command(installed.path())
            } else {
                Command::new(installed.path())
            }
        };
        let run = |arguments: &[&str]| run(glassbox(), &folder, arguments);
        let text = said(&run(&["lessons", "new", "70-my-first"]), 0);
        assert!(text.starts_with("70-my-first.toml\n"), "{text}");
        let file = "70-my-first.toml";
        let text = said(&run(&["lessons", "lint", file]), 0);
        assert!(text.contains("1 lesson, nothing wrong"), "{text}");
        let text = said(&run(&["verify", file]), 0);
        let expected =
            "pass  70-my-first  My first\n  ok  1  A new name for the box alone\n  ok  2  ";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("1 passed, 0 failed"), "{text}");
        assert!(text.contains("solutions: 1 typed"), "{text}");
        let text = said(&run(&["--state", ".", "play", "./70-my-first.toml.2"]), 0);
        assert!(text.contains("Step 2 of 2: Your turn"), "{text}");
        let text = said(&run(&["lessons", "new", "70-my-first"]), 1);
        assert!(text.contains("is there already"), "{text}");
    }
    leaks.end();
}

#[test]
fn a_lesson_file_is_opened_on_the_screen() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let glassbox = || Command::new(installed.path());
    said(
        &run(glassbox(), &installed.state(), &["lessons", "new", "mine"]),
        0,
    );
    let mut command = glassbox();
    command.arg("--state").arg(installed.state());
    let name = std::fs::read_dir(installed.state())
        .expect("list")
        .flatten();
    let name = name.map(|entry| entry.path());
    let file = name
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with("-mine.toml"));
    command.arg("learn").arg(file.expect("the file"));
    let mut pty = Pty::start(command, 24, 80);
    pty.wait_for("What will the host's hostname be?");
    pty.press("qy");
    assert_eq!(pty.exit_code(), 0);
    leaks.end();
}

#[test]
fn names_that_are_none_and_files_that_are_none() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let run = |arguments: &[&str]| {
        run(
            Command::new(installed.path()),
            &installed.state(),
            arguments,
        )
    };
    for name in ["My lesson", "../up", "x.toml", "7-x", "\x1b[2J"] {
        let text = said(&run(&["lessons", "new", name]), 1);
        assert!(text.contains("is no name for a lesson"), "{text}");
    }
    for command in ["verify", "play"] {
        let text = said(&run(&[command, "60-none.toml"]), 1);
        assert!(text.contains("60-none.toml: "), "{text}");
    }
    let bad = installed.state().join("60-bad.toml");
    std::fs::write(bad, "format_version = 1\n").expect("write");
    for command in ["verify", "play"] {
        let text = said(&run(&[command, "60-bad.toml"]), 1);
        assert!(text.contains("60-bad.toml:1:1: "), "{text}");
    }
    leaks.end();
}

#[test]
fn tracks() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let run = |arguments: &[&str]| {
        run(
            Command::new(installed.path()),
            &installed.state(),
            arguments,
        )
    };
    let text = said(&run(&["lessons", "list", "--track", "workshop"]), 0);
    let (first, last) = (text.find("00-labels"), text.find("14-memory"));
    assert!(first.is_some() && first < last, "{text}");
    assert!(!text.contains("16-io"), "{text}");
    assert!(text.contains("\nworkshop: "), "{text}");
    let text = said(&run(&["lessons", "list", "--track", "talk"]), 0);
    assert!(text.contains(": steps 1, 2, 3\n"), "{text}");
    for arguments in [
        &["lessons", "list", "--track", "no-such"][..],
        &["doctor", "--track", "no-such"],
    ] {
        let text = said(&run(arguments), 2);
        assert!(text.contains("workshop, full, talk"), "{text}");
    }
    let output = run(&["doctor", "--track", "talk", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let lessons = report["lessons"].as_array().expect("lessons");
    let ids: Vec<&str> = lessons.iter().filter_map(|it| it["id"].as_str()).collect();
    assert!(
        ids.starts_with(&["00-labels", "02-pid", "03-user"]),
        "{ids:?}"
    );
    let all = lessons.iter().all(|lesson| lesson["runs"] == true);
    assert_eq!(
        (all, output.status.code()),
        (report["ready"] == true, Some(if all { 0 } else { 3 }))
    );
    let mut command = Command::new(installed.path());
    command.arg("--state").arg(installed.state());
    command.args(["learn", "--track", "workshop"]);
    let mut pty = Pty::start(command, 24, 80);
    pty.wait_for("of the track workshop run here");
    pty.press("\x1b");
    pty.wait_for("workshop: 15 lessons, ");
    pty.press("q");
    assert_eq!(pty.exit_code(), 0);
    leaks.end();
}

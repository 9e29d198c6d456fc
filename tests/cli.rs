//! The command line as scripts meet it: exit codes, what is printed where, and bad lesson files.
//! Each call of glassbox is leak-checked.

mod common;

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::leaks::LeakCheck;
use common::report;
use snapbox::{Assert, str};
use tempfile::TempDir;

/// Runs it without a terminal, in that folder.
fn glassbox_in(folder: &Path, args: &[&str]) -> Output {
    let check = LeakCheck::begin();
    let mut command = Command::new(common::glassbox());
    command.args(args).current_dir(folder).stdin(Stdio::null());
    let output = command.output().expect("run glassbox");
    check.end();
    output
}

fn glassbox(args: &[&str]) -> Output {
    glassbox_in(Path::new("/"), args)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// What is printed, after checking the code, that one stream is silent, and that there is no escape
/// sequence.
fn said(output: &Output, code: i32) -> String {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    assert!(
        out.is_empty() || err.is_empty(),
        "on both streams: {out}{err}"
    );
    let both = out + &err;
    assert!(!both.contains('\x1b'), "{both:?}");
    both
}

#[test]
fn version_and_help() {
    assert_eq!(said(&glassbox(&["--version"]), 0), "glassbox 0.1.0\n");
    let help = said(&glassbox(&["--help"]), 0);
    for command in ["learn", "verify", "doctor", "lessons", "--lessons"] {
        assert!(help.contains(command), "{command} is not in: {help}");
    }
}

#[test]
fn a_wrong_command_line_is_code_2() {
    for args in [
        &["--nonsense"][..],
        &["learn", "02-pid.0"],
        &["verify", "99-nothing"],
        &["lessons"],
    ] {
        let text = said(&glassbox(args), 2);
        assert!(!text.is_empty(), "{args:?} is refused without a word");
    }
}

#[test]
fn without_a_terminal_one_line_names_verify() {
    for args in [&[][..], &["learn"], &["learn", "02-pid"]] {
        let text = said(&glassbox(args), 2);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("`glassbox verify`"), "{text}");
    }
}

#[test]
fn the_lessons_are_listed_in_order() {
    let list = said(&glassbox(&["lessons", "list"]), 0);
    let wanted = str![[r"
00-labels   6 min  core  A container is a process
01-uts      8 min  core  A hostname of its own
02-pid     10 min  core  A process list of its own
...

"]];
    Assert::new().eq(list, wanted);
}

#[test]
fn the_lessons_pass_lint() {
    let text = said(&glassbox(&["lessons", "lint"]), 0);
    assert!(text.contains("nothing wrong"), "{text}");
}

#[test]
fn verify_runs_only_what_it_is_asked_for() {
    let output = glassbox(&["verify", "--json", "01-uts"]);
    report::assert_all_passed(&output, "verify 01-uts");
    let report = report::parse(&output, "verify 01-uts");
    assert_eq!(report["lessons"][0]["id"], "01-uts");
    assert_eq!(report["passed"], 1);
}

#[test]
fn verify_tells_people_what_it_tells_scripts() {
    let text = said(&glassbox(&["verify", "02-pid"]), 0);
    assert!(text.starts_with("pass  02-pid  "), "{text}");
    assert!(
        text.ends_with("\n1 passed, 0 failed, 0 skipped\n"),
        "{text}"
    );
}

#[test]
fn doctor_answers_in_json() {
    let text = said(&glassbox(&["doctor", "--json"]), 0);
    let report: serde_json::Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(report["ready"], true, "{report:#}");
    let lessons = report["lessons"].as_array().expect("a list of lessons");
    assert!(lessons.len() >= 3, "{report:#}");
}

/// A lesson that is right, to be damaged.
const GOOD: &str = include_str!("../lessons/01-uts.toml");

/// Replaces the first `from`, which must be there.
fn damaged(from: &str, to: &str) -> Vec<u8> {
    assert!(GOOD.contains(from), "the lesson no longer has `{from}`");
    GOOD.replacen(from, to, 1).into_bytes()
}

/// What is in the file, and what is said of it.
fn bad_lessons() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (b"".to_vec(), "10-bad.toml:1:1: "),
        (b"title = \n".to_vec(), "10-bad.toml:1:9: "),
        (
            damaged("format_version = 1", "format_version = 99"),
            "10-bad.toml:1:18: ",
        ),
        (
            damaged("\nexpect", "\nexpct"),
            ": unknown field `expct`, expected one of ",
        ),
        (
            damaged("box.uid == 0", "box.uid === 0"),
            ":14: expression: syntax error",
        ),
        (
            damaged("box.uid == 0", "box.uidd == 0"),
            ":7: unknown field `uidd`",
        ),
        (damaged("box.uid == 0", "boxx.uid == 0"), "`boxx`"),
        (
            vec![b'#'; 300 * 1024],
            "10-bad.toml: more than 262144 bytes",
        ),
        (b"title = \"\xff\xfe\"".to_vec(), "10-bad.toml: not UTF-8"),
        (b"title = \"\x1b]52;c;AAAA\x07\"".to_vec(), "10-bad.toml:1:"),
    ]
}

#[test]
fn a_bad_lesson_is_told_with_its_place_and_nothing_starts() {
    for (bytes, message) in bad_lessons() {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("10-bad.toml"), &bytes).expect("write the lesson");
        for args in [
            &["lessons", "lint", "10-bad.toml"][..],
            &["verify", "--lessons", "."],
        ] {
            let text = said(&glassbox_in(folder.path(), args), 1);
            assert!(
                text.contains(message),
                "{args:?}: expected {message:?} in: {text}"
            );
            assert_eq!(text.matches("10-bad.toml").count(), 1, "{args:?}: {text}");
        }
    }
}

#[test]
fn what_is_no_regular_file_is_refused_without_being_read() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("10-bad.toml");
    let fifo = || nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("mkfifo");
    let link = || symlink("/etc/passwd", &path).expect("symlink");
    let makers: [(&dyn Fn(), &str); 2] = [(&fifo, "a FIFO"), (&link, "a symbolic link")];
    for (make, message) in makers {
        make();
        for args in [
            &["lessons", "lint", "10-bad.toml"][..],
            &["verify", "--lessons", "."],
        ] {
            // A FIFO that were opened would block for good, and the test with it.
            let text = said(&glassbox_in(folder.path(), args), 1);
            assert!(text.contains(message), "{args:?}: {text}");
            assert!(!text.contains("root:"), "{args:?} shows the file: {text}");
        }
        fs::remove_file(&path).expect("remove it");
    }
}

#[test]
fn a_reader_that_goes_away_and_a_full_disk_are_no_panic() {
    for args in [
        &["lessons", "list"][..],
        &["verify", "--json", "00-labels"],
        &["doctor"],
    ] {
        let check = LeakCheck::begin();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let full = File::options()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        for stdout in [Stdio::from(writer), Stdio::from(full)] {
            let mut command = Command::new(common::glassbox());
            let output = command
                .args(args)
                .stdin(Stdio::null())
                .stdout(stdout)
                .output();
            let output = output.expect("run glassbox");
            let complaint = text(&output.stderr);
            assert!(
                output.status.code().is_some(),
                "{args:?}: {:?}",
                output.status
            );
            assert!(
                !complaint.contains("panicked") && !complaint.contains("fault of our own"),
                "{complaint}"
            );
        }
        check.end();
    }
}

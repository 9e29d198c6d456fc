//! `glassbox play`, the real binary on the real kernel with answers from a pipe: as whoever runs the
//! tests (root drops to a learner) and as an ordinary user. Every test ends with the leak check.

mod common;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use common::family;
use common::leaks::LeakCheck;
use common::pty::Pty;
use common::users::{self, Installed};
use serde_json::Value;

/// Plays with these lines as input, its end after them, and 80 columns.
fn play(command: Command, installed: &Installed, lesson: &str, lines: &[&str]) -> Output {
    play_at("80", command, installed, lesson, lines)
}

fn play_at(
    columns: &str,
    mut command: Command,
    installed: &Installed,
    lesson: &str,
    lines: &[&str],
) -> Output {
    command.arg("--state").arg(installed.state());
    command.args(["play", lesson]).env("COLUMNS", columns);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("start");
    let mut input = child.stdin.take().expect("a pipe");
    for line in lines {
        writeln!(input, "{line}").expect("answer");
    }
    drop(input);
    child.wait_with_output().expect("wait")
}

/// What was printed, after checking the exit code and that nothing in it is for a terminal.
fn said(output: &Output, code: i32) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    let text = String::from_utf8(out.clone()).expect("UTF-8");
    let errors = String::from_utf8_lossy(err);
    assert_eq!(output.status.code(), Some(code), "{text}{errors}");
    let stray = text.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(stray, None, "{text:?}");
    text
}

/// A play of each: as we are, and as an ordinary user, each with a state folder of its own.
fn both(lesson: &str, lines: &[&str], check: impl Fn(&Output, &Installed)) {
    let user = users::ordinary().expect("an ordinary user");
    let (ours, theirs) = (Installed::new(), Installed::new());
    let leaks = LeakCheck::begin();
    check(
        &play(Command::new(ours.path()), &ours, lesson, lines),
        &ours,
    );
    let command = user.command(theirs.path());
    check(&play(command, &theirs, lesson, lines), &theirs);
    leaks.end();
}

fn progress(installed: &Installed) -> Value {
    let text = std::fs::read_to_string(installed.state().join("progress.json"));
    serde_json::from_str(&text.expect("progress is kept")).expect("JSON")
}

/// Whether the text has these parts, in this order.
fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some(at) = rest.find(part) else {
            panic!("{part:?} is missing or too early in:\n{text}");
        };
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn a_lesson_is_played_to_its_end_with_answers_from_a_pipe() {
    let lines = ["EPERM", "the new one", "check", "hint", "solution", "skip"];
    both("01-uts", &lines, |output, installed| {
        let text = said(output, 0);
        let name = wanted_name(&text);
        let parts = [
            "01-uts: A hostname of its own",
            "Step 1 of 6\n",
            "Question: ",
            "0) I don't know",
            "Your answer, 1 to 3, or 0 if you don't know: EPERM\n",
            "sethostname(\"inside\") = -1 EPERM, as expected",
            "Nothing changed in namespaces, hostname.",
            "The kernel:  the same",
            "So: Root in the box may not rename the host.",
            "Why: ",
            "Step 3 of 6: Another name inside; outside nothing",
            "What changed",
            "hostname, BOX",
            "now: uname -n, says inside",
            "Step 6 of 6: Your turn",
            "glassbox shell box",
            "Not solved yet.",
            &format!("not yet  hostname of your shell is 'shared', not '{name}'"),
            "hint 1 ",
            "solution unshare --uts sh",
            "processes of the lesson have ended; nothing is left.\n",
        ];
        assert_in_order(&text, &parts);
        let title = text.find("may not rename").expect("the title");
        assert!(title > text.find("Your answer").expect("asked"), "{text}");
        assert_eq!(progress(installed)["lessons"]["01-uts"]["done"], true);
    });
}

#[test]
fn another_lesson_too() {
    // Nobody knows; at the challenges, on.
    let lines = ["0", "0", "skip", "skip"];
    both("02-pid", &lines, |output, _| {
        let text = said(output, 0);
        let parts = [
            "Step 1 of ",
            "You said:    0) I don't know",
            "The kernel:  ",
            "nothing is left.\n",
        ];
        assert_in_order(&text, &parts);
    });
}

#[test]
fn a_wrong_answer_is_explained_and_nonsense_is_asked_again() {
    let lines = ["9", "no such words", "the whole machine", "quit"];
    both("01-uts", &lines, |output, _| {
        let text = said(output, 0);
        assert_eq!(text.matches("That is none of them.").count(), 2, "{text}");
        let parts = [
            "You said:",
            "the whole machine is renamed",
            "The kernel:",
            "EPERM: operation not permitted",
            "It would be, for a process with the capability",
            "Why: ",
            "Step 4 of 6\n",
            "Left. ",
            "nothing is left.\n",
        ];
        assert_in_order(&text, &parts);
    });
}

#[test]
fn the_end_of_the_input_is_a_polite_end_and_the_next_play_goes_on_there() {
    both("01-uts", &["0"], |output, _| {
        let text = said(output, 0);
        let parts = [
            "Step 4 of 6\n",
            "The input has ended.",
            "nothing is left.\n",
        ];
        assert_in_order(&text, &parts);
        assert!(!text.contains("Step 5"), "{text}");
    });
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let again = || play(Command::new(installed.path()), &installed, "01-uts", &["0"]);
    said(&again(), 0);
    let second = said(&again(), 0);
    assert!(!second.contains("Step 1 of 6"), "{second}");
    assert_in_order(&second, &["Step 4 of 6\n", "Step 6 of 6", "has ended."]);
    leaks.end();
}

#[test]
fn lines_are_as_long_as_columns_says() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    for columns in [40, 60] {
        let command = Command::new(installed.path());
        let width = columns.to_string();
        let output = play_at(&width, command, &installed, "01-uts.1", &["0", "0", "skip"]);
        let text = said(&output, 0);
        let mut by_hand = false;
        for line in text.lines() {
            // Commands are for copying, and stay in one piece.
            by_hand = line == "By hand:" || (by_hand && line.starts_with("  "));
            let prompt = line.starts_with("Your answer") || line.starts_with("check, ");
            let long = line.chars().count() > columns;
            assert!(by_hand || prompt || !long, "{columns}: {line:?}");
        }
    }
    leaks.end();
}

#[test]
fn what_cannot_be_played_is_said() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    for (lesson, code, why) in [
        ("99-nothing", 2, "there is no lesson `99-nothing`"),
        ("01-uts.7", 2, "lesson 01-uts has 6 steps, not 7"),
    ] {
        let output = play(Command::new(installed.path()), &installed, lesson, &[]);
        assert_eq!(said(&output, code), "");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.contains(why), "{errors}");
    }
    let mut confined = Command::new("unshare");
    confined.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    let line = "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$0\" \"$@\"";
    confined.arg(line).arg(installed.path());
    let output = play(confined, &installed, "01-uts", &[]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{errors}");
    assert!(errors.contains("user.max_user_namespaces is 0"), "{errors}");
    leaks.end();
}

/// The name that was drawn for this play of 01-uts, as its task says it.
fn wanted_name(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = text.split_once("give it the hostname ").expect("the task");
    let word: String = rest.chars().take_while(|c| *c != '.').collect();
    word.trim_matches('*').to_owned()
}

/// On a terminal it waits for Enter, and writes nothing but text; a challenge is solved in a shell that
/// `glassbox shell` opens in another terminal.
#[test]
fn a_challenge_is_solved_from_another_terminal() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let mut command = Command::new(installed.path());
    command.arg("--state").arg(installed.state());
    command.args(["play", "01-uts.5"]);
    let mut player = Pty::start(command, 40, 80);
    player.wait_for("Enter, and the kernel does it");
    player.press("\r");
    player.wait_for("check, hint, skip, solution or quit:");
    let ui = family::child_called(player.pid(), "glassbox:ui");
    let mut command = Command::new(installed.path());
    command.args(["shell", "box", "--of", &ui.to_string()]);
    command.env("SHELL", "/bin/sh");
    let mut other = Pty::start(command, 24, 80);
    other.wait_for("[box]");
    let name = wanted_name(&String::from_utf8_lossy(&player.bytes()));
    player.press("check\r");
    player.wait_for("Not solved yet.");
    other.press(&format!(
        "unshare --uts sh\rhostname {name}; echo ready=$((40 + 2))\r"
    ));
    other.wait_for("ready=42");
    player.press("check\r");
    player.wait_for("Solved: the kernel says so");
    player.wait_for("nothing is left.");
    assert_eq!(player.exit_code(), 0);
    let bytes = player.bytes();
    assert!(
        !bytes.contains(&0x1b),
        "{}",
        String::from_utf8_lossy(&bytes)
    );
    other.exit_code();
    assert!(progress(&installed)["lessons"]["01-uts"]["done"] == true);
    leaks.end();
}

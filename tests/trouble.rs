//! What goes wrong under a learner's hands: a box killed under its shell, a screen that becomes too
//! small, output without end, questions without end, switches that cannot be had. Each is said, and
//! everything goes on.

mod common;

use std::process::Command;
use std::time::Instant;

use common::family;
use common::leaks::LeakCheck;
use common::pty::Pty;
use common::random::number_from;
use common::session::{Role, Session, roles};
use common::users::Installed;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Ctrl-], as terminals send it.
const LEAVE: &str = "\x1d";
const PROMPT: &str = "[box]";
/// Megabytes of anything, unless `GLASSBOX_FLOOD` says otherwise.
const FLOOD: u64 = 3;

fn in_box(place: &str, role: &Role) -> Session {
    let session = Session::at(place, role, &[("SHELL", "/bin/sh")]);
    session.pty.press("\ts");
    session.pty.wait_for(PROMPT);
    session
}

/// Its first process, or the helper that holds it: the shell goes with it, the screen says so, and a
/// reset makes another one, in which a shell opens again.
#[test]
fn a_box_that_is_killed_under_its_shell_can_be_made_anew() {
    for role in roles() {
        for victim in ["box:init", "box:helper"] {
            let session = in_box("02-pid.3", &role);
            let spawner = family::child_called(session.ui, "box:spawner");
            let helper = family::child_called(spawner, "box:helper");
            let pid = match victim {
                "box:init" => family::child_called(helper, "box:init"),
                _ => helper,
            };
            kill(Pid::from_raw(pid), Signal::SIGKILL).expect("kill");
            session.pty.wait_for("the shell of box ");
            session.pty.wait_until("the shell's end", |screen| {
                !screen.contents().contains("SHELL in box")
            });
            session.pty.press("x\r");
            session.pty.wait_for("Nothing is left");
            session.pty.press("\r");
            session.pty.wait_for("seen from init");
            session.pty.press("s");
            session.pty.wait_for(PROMPT);
            session.pty.press(&format!("{LEAVE}qy"));
            session.ends_cleanly(0, &format!("kill -9 of {victim}, {role:?}"));
        }
    }
}

/// The shell's terminal follows, down to where there is no room for it, and back.
#[test]
fn a_screen_that_becomes_small_takes_the_shell_with_it() {
    let session = in_box("00-labels", &Role::Own);
    for (rows, columns) in [
        (6, 20),
        (2, 3),
        (1, 1),
        (8, 22),
        (60, 20),
        (6, 200),
        (24, 80),
    ] {
        session.pty.resize(rows, columns);
        session.pty.press("\r");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    session.pty.wait_for(PROMPT);
    // Keys are quicker than sizes, which go by way of the lab.
    let deadline = Instant::now() + common::pty::DEADLINE;
    while !session.pty.screen().contains("columns=78") {
        let screen = session.pty.screen();
        assert!(Instant::now() < deadline, "{screen}");
        session
            .pty
            .press("echo columns=$(stty size | cut -d' ' -f2)\r");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    session.pty.press(&format!("{LEAVE}qy"));
    session.ends_cleanly(0, "a small screen");
}

/// While a program floods its pane, the ui answers keys, does not grow, and hears Ctrl-C.
#[test]
fn the_ui_answers_while_its_pane_is_flooded() {
    let session = in_box("00-labels", &Role::Own);
    let megabytes = number_from("GLASSBOX_FLOOD").unwrap_or(FLOOD);
    let before = family::resident(session.ui);
    session.pty.press(&format!(
        "head -c {megabytes}000000 /dev/urandom; printf '\\033c\\033[0m'; stty sane\r"
    ));
    session.pty.wait_for("seen from head");
    for _ in 0..3 {
        // Of a frame that is half drawn, each would see the other's half.
        let shows = |there: &str, gone: &str| {
            session.pty.wait_until(there, |screen| {
                let text = screen.contents();
                text.contains(there) && !text.contains(gone)
            });
        };
        session.pty.press(LEAVE);
        shows("s goes on here", "Ctrl-] leaves the shell");
        session.pty.press("?");
        shows("KEYS", "s goes on here");
        session.pty.press("\x1b");
        shows("s goes on here", "KEYS");
        session.pty.press("s");
        shows("Ctrl-] leaves the shell", "s goes on here");
    }
    // Answers to what looked like questions lie in the terminal's input: away with them.
    let patience = u32::try_from(1 + megabytes / FLOOD).expect("not that many");
    let deadline = Instant::now() + common::pty::DEADLINE * patience;
    while !session.pty.screen().contains("seen from shell") {
        assert!(Instant::now() < deadline, "{}", session.pty.screen());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    session.pty.press("\x03\rclear; echo quiet=$((40 + 2))\r");
    session.pty.wait_for("quiet=42");
    let grown = family::resident(session.ui).saturating_sub(before);
    assert!(grown < 32 * 1024, "grew by {grown} KiB");
    session.pty.press(&format!("{LEAVE}qy"));
    session.ends_cleanly(0, "a flood");
}

/// A program that asks its terminal without end, and reads no answer: keys are not lost among those.
#[test]
fn questions_without_end_do_not_drown_the_keys() {
    let session = in_box("00-labels", &Role::Own);
    session
        .pty
        .press("while :; do printf '\\033[6n\\033[c'; done\r");
    session.pty.wait_for("^[[");
    std::thread::sleep(std::time::Duration::from_secs(2));
    session.pty.press("\x03");
    // What is left of the answers is typed into the shell, as in any terminal.
    let deadline = Instant::now() + common::pty::DEADLINE;
    while !is_at_prompt(&session.pty.screen()) {
        assert!(Instant::now() < deadline, "{}", session.pty.screen());
        session.pty.press("\r");
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    session.pty.press("clear; echo quiet=$((40 + 2))\r");
    session.pty.wait_for("quiet=42");
    assert!(!session.pty.screen().contains("does not answer"));
    session.pty.press(&format!("{LEAVE}qy"));
    session.ends_cleanly(0, "questions");
}

/// The last line of the shell is an empty prompt.
fn is_at_prompt(screen: &str) -> bool {
    let pane = screen.lines().filter(|line| line.starts_with('║'));
    let last = pane
        .map(|line| line.trim_matches(['║', ' ']))
        .rfind(|line| !line.is_empty());
    last.is_some_and(|line| line.starts_with(PROMPT) && line.ends_with('>'))
}

/// On the desk: a limit that cannot be set is said with its reason, and without it there is a box.
#[test]
fn a_limit_that_cannot_be_set_is_said_on_the_desk() {
    for role in roles() {
        let (installed, leaks) = (Installed::new(), LeakCheck::begin());
        let mut pty = desk(&role, &installed, &["--ns", "pid", "--pids", "9"]);
        pty.wait_for("The mixing desk");
        pty.press("\r");
        pty.wait_until("a box, or why not", |screen| {
            let text = screen.contents();
            text.contains("the box is as the switches say") || text.contains("no such box")
        });
        if pty.screen().contains("no such box") {
            for part in ["cgroup", "What to do: "] {
                assert!(pty.screen().contains(part), "{}", pty.screen());
            }
            pty.press(&"j".repeat(13));
            pty.press(" \r");
            pty.wait_for("the box is as the switches say");
        }
        pty.press("qy");
        assert_eq!(pty.exit_code(), 0, "{}", pty.screen());
        drop(pty);
        leaks.end();
    }
}

fn desk(role: &Role, installed: &Installed, arguments: &[&str]) -> Pty {
    let mut command = match role {
        Role::Own => Command::new(installed.path()),
        Role::Ordinary(user) => user.command(installed.path()),
    };
    command.arg("lab").args(arguments).arg("--state");
    command.arg(installed.state());
    Pty::start(command, 24, 80)
}

#[test]
fn nonsense_for_docker_is_named_and_starts_nothing() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let long = format!("docker run {}", "--frobnicate ".repeat(5_000));
    let cases = [
        ("", "docker run"),
        ("docker", "docker run"),
        ("rm -rf /", "docker run"),
        ("docker run 'unclosed", "quot"),
        ("docker run --memory", "--memory"),
        ("docker run --memory=-5 alpine", "--memory"),
        ("docker run --cpus lots alpine", "--cpus"),
        (
            "docker run --memory 99999999999999999999g alpine",
            "--memory",
        ),
        ("docker run --cap-add \u{1b}[2J alpine", "--cap-add"),
        (long.as_str(), "no image"),
    ];
    for (line, part) in cases {
        let mut command = Command::new(installed.path());
        let output = command.args(["lab", "--docker", line, "--show"]).output();
        let output = output.expect("run glassbox");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let shown: String = line.chars().take(60).collect();
        assert_eq!(output.status.code(), Some(2), "{shown}: {said}");
        assert!(said.contains(part), "{shown}: {said}");
        assert!(!said.contains('\x1b'), "{shown}: {said:?}");
        assert!(said.len() < 2000, "{shown}: {} bytes", said.len());
    }
    leaks.end();
}

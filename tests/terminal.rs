//! The terminal is restored and nothing of ours is left, whatever ends glassbox (guarantees G1 to
//! G3): keys, signals, a panic, kill -9 of any single process, a terminal that vanishes or sticks.

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::family;
use common::leaks::LeakCheck;
use common::pty::Pty;
use common::session::{Role, Session, roles};
use common::users;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What the lesson list shows.
const THERE: &str = "glassbox";
fn send(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).expect("signal");
}

#[test]
fn quitting_by_key() {
    for role in roles() {
        let session = Session::open(&role);
        assert!(session.pty.shows_alternate_screen());
        session.pty.press("q");
        session.pty.press("y");
        session.ends_cleanly(0, &format!("q as {role:?}"));
    }
}

#[test]
fn signals_to_either_process_end_both_in_order() {
    for role in roles() {
        for signal in [
            Signal::SIGTERM,
            Signal::SIGINT,
            Signal::SIGHUP,
            Signal::SIGQUIT,
        ] {
            for to_guardian in [true, false] {
                let session = Session::open(&role);
                let target = if to_guardian {
                    session.pty.pid()
                } else {
                    session.ui
                };
                send(target, signal);
                let how = format!("{signal}, to the guardian: {to_guardian}, {role:?}");
                session.ends_cleanly(128 + signal as i32, &how);
            }
        }
    }
}

#[test]
fn a_ui_that_dies_badly() {
    for role in roles() {
        for signal in [Signal::SIGKILL, Signal::SIGABRT, Signal::SIGILL] {
            let session = Session::open(&role);
            send(session.ui, signal);
            session.ends_cleanly(128 + signal as i32, &format!("{signal}, {role:?}"));
        }
    }
}

#[test]
fn a_guardian_that_is_killed() {
    for role in roles() {
        let session = Session::open(&role);
        send(session.pty.pid(), Signal::SIGKILL);
        session.ends_cleanly(137, &format!("kill -9 of the guardian, {role:?}"));
    }
}

#[test]
fn a_ui_that_hangs_is_ended_by_force() {
    let session = Session::open(&Role::Own);
    send(session.ui, Signal::SIGSTOP);
    send(session.pty.pid(), Signal::SIGTERM);
    session.ends_cleanly(143, "TERM while the ui was stopped");
}

/// A stopped process reads no channel; its death signal reaches it all the same.
#[test]
fn stopped_processes_end_with_the_ui() {
    for role in roles() {
        let session = Session::open(&role);
        for hidden in family::descendants(session.ui) {
            send(hidden, Signal::SIGSTOP);
        }
        send(session.ui, Signal::SIGKILL);
        session.ends_cleanly(
            137,
            &format!("kill -9 of the ui, its helpers stopped, {role:?}"),
        );
    }
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_restores_and_says_one_line() {
    let session = Session::with(&Role::Own, &[("GLASSBOX_PANIC_KEY", "1")]);
    session.pty.press("!");
    session.pty.wait_for("a fault of our own");
    session.pty.wait_for("asked for by the test");
    session.ends_cleanly(1, "a panic");
}

#[test]
fn a_terminal_that_vanishes_ends_all_within_a_second() {
    for role in roles() {
        let mut session = Session::open(&role);
        let start = Instant::now();
        session.pty.hang_up();
        let code = session.pty.exit_code();
        let took = start.elapsed();
        common::promised(Duration::from_secs(1), took, format_args!("{role:?} ends"));
        assert_eq!(code, 129);
        session.check.end();
    }
}

#[test]
fn a_terminal_that_sticks_does_not_hold_up_the_end() {
    let mut session = Session::open(&Role::Own);
    session.pty.get_stuck();
    for round in 0..200 {
        session.pty.resize(20 + round % 7, 80 + round % 5);
        std::thread::sleep(Duration::from_millis(2));
    }
    let start = Instant::now();
    send(session.pty.pid(), Signal::SIGTERM);
    assert_eq!(session.pty.exit_code(), 143);
    let took = start.elapsed();
    assert!(took > Duration::from_secs(1), "the terminal was not stuck");
    common::promised(Duration::from_secs(6), took, "the end");
    session.check.end();
}

#[test]
fn a_new_size_is_drawn() {
    let session = Session::open(&Role::Own);
    session.pty.resize(40, 120);
    session
        .pty
        .wait_until("a frame for the new size", |screen| {
            screen
                .rows(0, 120)
                .any(|row| row.trim_end().chars().count() > 100)
        });
    session.pty.press("qy");
    session.ends_cleanly(0, "a new size");
}

/// `y` asks the terminal to put the commands on its clipboard, and appends them to a file.
#[test]
fn copying_reaches_terminal_and_file() {
    let session = Session::open(&Role::Own);
    session.pty.press("y");
    session.pty.wait_for("commands.sh");
    let file = session.installed.state().join("commands.sh");
    let file = std::fs::read_to_string(file).expect("the file");
    assert!(file.contains("unshare"), "{file:?}");
    let bytes = session.pty.bytes();
    let osc52 = bytes.windows(7).any(|window| window == b"\x1b]52;c;");
    assert!(osc52, "nothing for the clipboard");
    session.pty.press("qy");
    session.ends_cleanly(0, "a copy");
}

/// Under sudo everything but the guardian runs as whoever called it.
#[test]
fn under_sudo_the_ui_is_the_learner() {
    let Ok(user) = users::ordinary() else {
        skip!("there is no ordinary user");
    };
    if !users::is_root() {
        skip!("only root can become somebody else");
    }
    let (uid, gid) = (user.uid.to_string(), user.gid.to_string());
    let session = Session::with(&Role::Own, &[("SUDO_UID", &uid), ("SUDO_GID", &gid)]);
    let status = std::fs::read_to_string(format!("/proc/{}/status", session.ui)).expect("status");
    let ids = |id: &str| [id; 4].join("\t");
    for line in [
        format!("Uid:\t{}", ids(&uid)),
        format!("Gid:\t{}", ids(&gid)),
        "CapPrm:\t0000000000000000".to_owned(),
    ] {
        assert!(
            status.lines().any(|found| found == line),
            "no {line:?} in {status}"
        );
    }
    let environment = std::fs::read(format!("/proc/{}/environ", session.ui)).expect("environ");
    let home = format!("HOME={}", user.home.display()).into_bytes();
    assert!(
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == home)
    );
    session.pty.press("qy");
    session.ends_cleanly(0, "a session under sudo");
}

#[test]
fn started_in_the_background_we_wait_for_our_turn() {
    let (mut pty, check) = shell();
    pty.press(&format!("{} &\n", common::glassbox().display()));
    family::wait_until_stopped(family::child_called(pty.pid(), "glassbox"));
    assert_eq!(pty.modes_that_stain(), Vec::<String>::new(), "after &");
    pty.press("fg\n");
    pty.wait_until("our screen", |screen| {
        screen.alternate_screen() && screen.contents().contains(THERE)
    });
    pty.press("q");
    pty.wait_until("the shell's screen", |screen| !screen.alternate_screen());
    pty.press("exit\n");
    pty.exit_code();
    check.end();
}

/// A real shell: only there is somebody who can continue what was stopped.
fn shell() -> (Pty, LeakCheck) {
    let check = LeakCheck::begin();
    let mut shell = Command::new("/bin/sh");
    shell.arg("-i").env("PS1", "READY> ").env_remove("ENV");
    let pty = Pty::start(shell, 24, 80);
    pty.wait_for("READY>");
    (pty, check)
}

fn in_a_shell() -> (Pty, i32, LeakCheck) {
    let (pty, check) = shell();
    pty.press(&format!("{}\n", common::glassbox().display()));
    pty.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    let guardian = family::child_called(pty.pid(), "glassbox");
    (pty, guardian, check)
}

#[test]
fn stopping_and_continuing() {
    let (mut pty, guardian, check) = in_a_shell();
    let ui = family::child_called(guardian, "glassbox:ui");
    let ways = [
        ("Ctrl-Z", None),
        ("TSTP to the ui", Some(ui)),
        ("TSTP to the guardian", Some(guardian)),
        ("TSTP to the group", Some(-guardian)),
    ];
    for (way, target) in ways {
        match target {
            Some(pid) => send(pid, Signal::SIGTSTP),
            None => pty.press("\x1a"),
        }
        pty.wait_until(&format!("the shell's screen after {way}"), |screen| {
            !screen.alternate_screen() && screen.contents().trim_end().ends_with("READY>")
        });
        assert_eq!(pty.modes_that_stain(), Vec::<String>::new(), "after {way}");
        pty.press("fg\n");
        pty.wait_until(&format!("our screen after {way}"), |screen| {
            screen.alternate_screen() && screen.contents().contains(THERE)
        });
    }
    pty.press("q");
    pty.wait_until("the shell's screen", |screen| !screen.alternate_screen());
    pty.press("echo code=$?\n");
    pty.wait_for("code=0");
    pty.press("exit\n");
    pty.exit_code();
    check.end();
}

#[test]
fn in_the_background_we_leave_the_terminal_alone() {
    let (mut pty, guardian, check) = in_a_shell();
    pty.press("\x1a");
    pty.wait_until("the prompt", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("READY>")
    });
    pty.press("bg\n");
    pty.press("echo still $((1 + 1)) here\n");
    pty.wait_for("still 2 here");
    assert_eq!(pty.modes_that_stain(), Vec::<String>::new(), "after bg");
    pty.press("kill %1; kill -CONT %1\n");
    family::gone_within(guardian, Duration::from_secs(4), "kill %1");
    pty.press("exit\n");
    pty.press("exit\n");
    pty.exit_code();
    assert_eq!(
        pty.modes_that_stain(),
        Vec::<String>::new(),
        "after kill %1"
    );
    check.end();
}

#[test]
fn without_a_terminal_one_line_names_verify() {
    let check = LeakCheck::begin();
    let output = Command::new(common::glassbox())
        .stdin(Stdio::null())
        .output()
        .expect("run");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said.lines().count(), 1, "{said:?}");
    assert!(said.contains("glassbox verify"), "{said:?}");
    assert!(output.stdout.is_empty() && !said.contains('\x1b'));
    check.end();
}

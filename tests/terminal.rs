//! The terminal is restored and nothing of ours is left, whatever ends glassbox (guarantees G1 to
//! G3): keys, signals, a panic, kill -9 of any single process, a terminal that vanishes or sticks.

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::family;
use common::pty::Pty;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What the ui shows when it is there.
const THERE: &str = "glassbox";

fn glassbox() -> Command {
    Command::new(env!("CARGO_BIN_EXE_glassbox"))
}

/// glassbox on an 80x24 terminal, drawn for the first time.
fn open() -> Pty {
    let pty = Pty::start(glassbox(), 24, 80);
    pty.wait_for(THERE);
    assert!(pty.is_raw(), "the test could not tell raw from cooked");
    pty
}

/// The ui process of the guardian on this terminal.
fn ui_of(pty: &Pty) -> i32 {
    family::child_called(pty.pid(), "glassbox:ui")
}

fn send(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).expect("signal");
}

/// Waits for the end and checks code, terminal and processes.
fn ends_cleanly(mut pty: Pty, ui: i32, code: i32, how: &str) {
    assert_eq!(pty.exit_code(), code, "exit code after {how}");
    family::gone_within(ui, Duration::from_secs(1), how);
    assert_eq!(pty.stains(), Vec::<String>::new(), "after {how}");
}

#[test]
fn quitting_by_key() {
    let pty = open();
    let ui = ui_of(&pty);
    pty.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    pty.press("q");
    ends_cleanly(pty, ui, 0, "q");
}

#[test]
fn signals_to_either_process_end_both_in_order() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        for to_guardian in [true, false] {
            let pty = open();
            let ui = ui_of(&pty);
            send(if to_guardian { pty.pid() } else { ui }, signal);
            let how = format!(
                "{signal} to the {}",
                if to_guardian { "guardian" } else { "ui" }
            );
            ends_cleanly(pty, ui, 128 + signal as i32, &how);
        }
    }
}

#[test]
fn a_ui_that_dies_badly() {
    for signal in [Signal::SIGKILL, Signal::SIGABRT, Signal::SIGILL] {
        let pty = open();
        let ui = ui_of(&pty);
        send(ui, signal);
        ends_cleanly(pty, ui, 128 + signal as i32, signal.as_str());
    }
}

#[test]
fn a_ui_that_hangs_is_ended_by_force() {
    let pty = open();
    let ui = ui_of(&pty);
    send(ui, Signal::SIGSTOP);
    send(pty.pid(), Signal::SIGTERM);
    ends_cleanly(pty, ui, 143, "TERM while the ui was stopped");
}

#[test]
fn a_guardian_that_is_killed() {
    let pty = open();
    let ui = ui_of(&pty);
    send(pty.pid(), Signal::SIGKILL);
    ends_cleanly(pty, ui, 137, "kill -9 of the guardian");
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_restores_and_says_one_line() {
    let mut command = glassbox();
    command.env("GLASSBOX_PANIC_KEY", "1");
    let pty = Pty::start(command, 24, 80);
    pty.wait_for(THERE);
    let ui = ui_of(&pty);
    pty.press("!");
    pty.wait_for("a fault of our own");
    assert!(pty.screen().contains("asked for by the test"));
    ends_cleanly(pty, ui, 1, "a panic");
}

#[test]
fn a_terminal_that_vanishes_ends_all_within_a_second() {
    let mut pty = open();
    let ui = ui_of(&pty);
    let start = Instant::now();
    pty.hang_up();
    let code = pty.exit_code();
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "took {:?}",
        start.elapsed()
    );
    assert_eq!(code, 129);
    family::gone_within(ui, Duration::from_secs(1), "hang-up");
}

#[test]
fn a_terminal_that_sticks_does_not_hold_up_the_end() {
    let mut pty = open();
    let ui = ui_of(&pty);
    pty.get_stuck();
    for round in 0..200 {
        pty.resize(20 + round % 7, 80 + round % 5);
        pty.press("x");
        std::thread::sleep(Duration::from_millis(2));
    }
    let start = Instant::now();
    send(pty.pid(), Signal::SIGTERM);
    assert_eq!(pty.exit_code(), 143);
    assert!(
        start.elapsed() < Duration::from_secs(6),
        "took {:?}",
        start.elapsed()
    );
    family::gone_within(ui, Duration::from_secs(1), "a stuck terminal");
}

#[test]
fn a_new_size_is_drawn() {
    let pty = open();
    pty.resize(40, 100);
    pty.wait_for(THERE);
    pty.press("q");
}

/// Under a real shell: only there is somebody who can continue what was stopped.
fn in_a_shell() -> (Pty, i32) {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-i").env("PS1", "READY> ").env_remove("ENV");
    let pty = Pty::start(shell, 24, 80);
    pty.wait_for("READY>");
    pty.press(&format!("{}\n", env!("CARGO_BIN_EXE_glassbox")));
    pty.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    let guardian = family::child_called(pty.pid(), "glassbox");
    (pty, guardian)
}

#[test]
fn stopping_and_continuing() {
    let (mut pty, guardian) = in_a_shell();
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
}

#[test]
fn in_the_background_we_leave_the_terminal_alone() {
    let (mut pty, guardian) = in_a_shell();
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
}

#[test]
fn without_a_terminal_one_line_names_verify() {
    let output = glassbox().stdin(Stdio::null()).output().expect("run");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said.lines().count(), 1, "{said:?}");
    assert!(said.contains("glassbox verify"), "{said:?}");
    assert!(output.stdout.is_empty() && !said.contains('\x1b'));
}

//! The real binary on a terminal: progress from one session to the next, and what it says where
//! progress cannot be kept.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use common::leaks::LeakCheck;
use common::pty::Pty;
use common::users::Installed;
use glassbox::run::store::Store;

/// What a lesson's first screen shows once its box stands.
const BOX_STANDS: &str = "box:helper";

/// The same in the second step of `01-uts`, which shows other panels.
const THERE: &str = "seen from helper";

/// A folder that whoever glassbox becomes finds with these rights.
fn folder(mode: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(mode)).expect("chmod");
    folder
}

fn start(installed: &Installed, state: &Path, arguments: &[&str]) -> Pty {
    let mut command = Command::new(installed.path());
    command.args(arguments).arg("--state").arg(state);
    Pty::start(command, 24, 80)
}

fn quit(pty: &mut Pty) {
    pty.press("qy");
    assert_eq!(pty.exit_code(), 0, "{}", pty.screen());
    assert_eq!(pty.stains(), Vec::<String>::new());
}

#[test]
fn the_next_session_goes_on_where_this_one_ended() {
    let (installed, state, check) = (Installed::new(), folder(0o777), LeakCheck::begin());
    let mut first = start(&installed, state.path(), &["learn", "01-uts.2"]);
    first.wait_for(THERE);
    quit(&mut first);
    let mut second = start(&installed, state.path(), &[]);
    second.wait_for("step 2/");
    let row = second.screen();
    let row = row.lines().find(|row| row.contains("step 2/"));
    assert!(row.is_some_and(|row| row.starts_with(" > 01")), "{row:?}");
    second.press("\r");
    second.wait_for(THERE);
    second.wait_for("step 2/6  [READ]");
    quit(&mut second);
    drop((first, second));
    check.end();
}

/// A first start is welcomed once: what was begun is kept.
#[test]
fn a_first_start_is_welcomed() {
    let (installed, state, check) = (Installed::new(), folder(0o777), LeakCheck::begin());
    let mut first = start(&installed, state.path(), &[]);
    first.wait_for("lessons run here");
    assert!(!first.screen().contains(BOX_STANDS));
    first.press("\r");
    first.wait_for(BOX_STANDS);
    quit(&mut first);
    let mut second = start(&installed, state.path(), &[]);
    second.wait_for("step 1/");
    assert!(!second.screen().contains("lessons run here"));
    second.press("q");
    assert_eq!(second.exit_code(), 0);
    drop((first, second));
    check.end();
}

/// F2 takes the mouse; whoever ends glassbox gives it back.
#[test]
fn the_mouse_is_taken_by_a_key_and_given_back() {
    let (installed, state, check) = (Installed::new(), folder(0o777), LeakCheck::begin());
    let mut pty = start(&installed, state.path(), &["learn", "00-labels"]);
    pty.wait_for(BOX_STANDS);
    let is_on =
        |screen: &vt100::Screen| screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None;
    pty.press("\x1bOQ");
    pty.wait_until("the mouse", is_on);
    pty.press("\x1bOQ");
    pty.wait_until("no mouse", |screen| !is_on(screen));
    pty.press("\x1bOQ");
    pty.wait_until("the mouse", is_on);
    // A turn of the wheel, as xterm tells it: over the help, a page on.
    pty.press("?");
    pty.wait_for("KEYS");
    pty.press("\x1b[<65;10;10M");
    pty.wait_until("the next lines", |screen| {
        !screen.contents().contains("KEYS")
    });
    pty.press("q\r");
    assert_eq!(pty.exit_code(), 0, "{}", pty.screen());
    assert_eq!(pty.stains(), Vec::<String>::new());
    drop(pty);
    check.end();
}

#[test]
fn a_signal_does_not_cost_the_last_step() {
    let (installed, state, check) = (Installed::new(), folder(0o777), LeakCheck::begin());
    let mut pty = start(&installed, state.path(), &["learn", "02-pid.2"]);
    pty.wait_for(BOX_STANDS);
    let guardian = nix::unistd::Pid::from_raw(pty.pid());
    nix::sys::signal::kill(guardian, nix::sys::signal::Signal::SIGTERM).expect("signal");
    assert_eq!(pty.exit_code(), 143);
    let (_, kept, trouble) = Store::open(state.path());
    assert_eq!(trouble, None);
    assert_eq!(kept.lessons["02-pid"].step, 1);
    assert_eq!(kept.last.as_deref(), Some("02-pid"));
    check.end();
}

#[test]
fn a_read_only_folder_is_told_and_all_goes_on() {
    let (installed, state, check) = (Installed::new(), folder(0o555), LeakCheck::begin());
    let mut pty = start(&installed, state.path(), &["learn", "00-labels"]);
    pty.wait_for("progress is not kept: as uid ");
    pty.wait_for(BOX_STANDS);
    pty.press("qy");
    assert_eq!(pty.exit_code(), 0);
    // Once more where it can still be read when the screen is gone.
    let place = state.path().display();
    pty.wait_for(&format!("glassbox may not write to {place}"));
    let left = fs::read_dir(state.path()).expect("list").count();
    assert_eq!(left, 0);
    drop(pty);
    check.end();
}

#[test]
fn without_a_home_it_is_said() {
    let (installed, check) = (Installed::new(), LeakCheck::begin());
    let mut command = Command::new(installed.path());
    for name in ["HOME", "XDG_STATE_HOME", "SUDO_UID", "SUDO_GID"] {
        command.env_remove(name);
    }
    command.args(["learn", "00-labels"]);
    let mut pty = Pty::start(command, 24, 80);
    pty.wait_for("progress is not kept: no home here; --state DIR names a folder");
    pty.wait_for(BOX_STANDS);
    pty.press("y");
    pty.wait_for("no file: no home here (--state DIR names one)");
    quit(&mut pty);
    drop(pty);
    check.end();
}

/// What `glassbox progress` says, with exit code 0.
fn progress(installed: &Installed, state: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(installed.path());
    let command = command.arg("progress").args(arguments);
    let output = command.arg("--state").arg(state).output();
    let output = output.expect("run glassbox");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, b"");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn without_progress_it_is_said() {
    let (installed, state, check) = (Installed::new(), folder(0o777), LeakCheck::begin());
    let text = progress(&installed, state.path(), &[]);
    assert_eq!(text, "no progress yet: `glassbox` opens the lessons\n");
    let json = progress(&installed, state.path(), &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["done"], &json["solved"]), (&0.into(), &0.into()));
    assert_eq!(json["lessons"][0]["id"], "00-labels");
    assert_eq!(json["lessons"][0]["state"], "new");
    check.end();
}

#[test]
fn progress_tells_what_proved_a_challenge() {
    let (installed, state, check) = (Installed::new(), folder(0o777), LeakCheck::begin());
    // The second as a glassbox wrote it that kept no more than the facts.
    let file = r#"{"version": 1, "last": "02-pid", "lessons": {
        "00-labels": {"step": 0, "done": true},
        "01-uts": {"step": 1, "solved": {"5": {"hints": 0, "facts": {"box.hostname": "'\u001bx'"}}}},
        "02-pid": {"step": 2, "solved": {"4": {"hints": 1, "facts": {"box.pid": "1"}, "at": 951827696,
            "seconds": 42, "namespaces": {"box.ns.pid": 4026532300},
            "counters": {"web.pids.events.max": 3}}}}}}"#;
    let path = state.path().join("progress.json");
    fs::write(&path, file).expect("write");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).expect("chmod");
    let text = progress(&installed, state.path(), &[]);
    for line in [
        "02-pid  A process list of its own: at step 3 of 6\n",
        ": solved 2000-02-29 12:34 UTC, in 42 s, with 1 hint\n",
        "      box.pid = 1\n      inode of box.ns.pid = 4026532300\n      counter web.pids.events.max = 3\n",
        ": solved\n      box.hostname = '\\ex'\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
    assert!(text.contains("1 of ") && text.contains("2 of "), "{text}");
    let json = progress(&installed, state.path(), &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["folder"], state.path().display().to_string());
    let solved = &json["lessons"][2]["challenges"][0];
    assert_eq!(solved["step"], 5);
    let expected = serde_json::json!({"at": 951_827_696, "seconds": 42, "hints": 1, "solution": false,
        "facts": {"box.pid": "1"}, "namespaces": {"box.ns.pid": 4_026_532_300_u64},
        "counters": {"web.pids.events.max": 3}});
    assert_eq!(solved["solved"], expected);
    assert_eq!(
        fs::read_to_string(&path).expect("read"),
        file,
        "reading changed it"
    );
    check.end();
}

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
    pty.wait_for("progress is not kept: open of the lock: EACCES");
    pty.wait_for(BOX_STANDS);
    pty.press("qy");
    assert_eq!(pty.exit_code(), 0);
    // Once more where it can still be read when the screen is gone.
    pty.wait_for("glassbox: progress is not kept: open of the lock: EACCES");
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

//! A glassbox on a terminal of its own, with a lesson open: as root and as an ordinary user, and with
//! a leak check around it.

use std::process::Command;

use super::family;
use super::leaks::LeakCheck;
use super::pty::Pty;
use super::users::{self, Installed, User};

/// What a lesson's first screen shows once its box stands.
const BOX_STANDS: &str = "seen from ";
/// What it shows where there is no lab any more, and what is above that lab's messages.
const LAB_GONE: &str = "the lab is gone";
const MESSAGES: &str = "messages, the newest last";

/// As whom glassbox is started.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    /// As the user who runs the tests: root, in CI.
    Own,
    /// As somebody without privileges, from a path that everybody may reach.
    Ordinary(User),
}

/// Every role that there is on this machine.
pub(crate) fn roles() -> Vec<Role> {
    match users::ordinary() {
        Ok(user) if users::is_root() => vec![Role::Own, Role::Ordinary(user)],
        Ok(_) => vec![Role::Own],
        Err(why) => {
            super::skipped(format_args!("only one role: {why}"));
            vec![Role::Own]
        }
    }
}

/// A session under test: a lesson is open and its box stands.
pub(crate) struct Session {
    pub(crate) pty: Pty,
    pub(crate) ui: i32,
    pub(crate) check: LeakCheck,
    pub(crate) installed: Installed,
}

impl Session {
    pub(crate) fn open(role: &Role) -> Self {
        Self::with(role, &[])
    }

    pub(crate) fn with(role: &Role, environment: &[(&str, &str)]) -> Self {
        Self::at("00-labels", role, environment)
    }

    /// The same in another lesson, or at another of its steps.
    pub(crate) fn at(place: &str, role: &Role, environment: &[(&str, &str)]) -> Self {
        let installed = Installed::new();
        let check = LeakCheck::begin();
        let mut command = match role {
            Role::Own => Command::new(installed.path()),
            Role::Ordinary(user) => user.command(installed.path()),
        };
        command
            .args(["learn", place, "--state"])
            .arg(installed.state())
            .envs(environment.iter().copied());
        let pty = Pty::start(command, 24, 80);
        pty.wait_until("a box, or the end of the lab", |screen| {
            let text = screen.contents();
            text.contains(BOX_STANDS) || text.contains(LAB_GONE)
        });
        if pty.screen().contains(LAB_GONE) {
            pty.press("m");
            pty.wait_for(MESSAGES);
            panic!("no lab; its last words:\n{}", pty.screen());
        }
        assert!(pty.is_raw(), "the test could not tell raw from cooked");
        let ui = family::child_called(pty.pid(), "glassbox:ui");
        Self {
            pty,
            ui,
            check,
            installed,
        }
    }

    /// Waits for the end and checks code, terminal and everything that could be left.
    pub(crate) fn ends_cleanly(mut self, code: i32, how: &str) {
        assert_eq!(self.pty.exit_code(), code, "exit code after {how}");
        assert_eq!(self.pty.stains(), Vec::<String>::new(), "after {how}");
        assert_eq!(self.check.finish(), Vec::<String>::new(), "after {how}");
    }
}

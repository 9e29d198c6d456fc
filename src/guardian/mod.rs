//! The guardian: first and smallest of our processes, single-threaded. It remembers how the terminal
//! was, starts the ui in its own process group, and when the ui is gone - in whatever way - restores
//! the terminal, ends every descendant and exits with the ui's code. It parses nothing and draws
//! nothing. Called by `main`.

mod end;
mod start;
mod watching;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::kernel::link::Link;
use crate::kernel::tty::{Screen as Shown, Tty};
use crate::kernel::watch::Signals;
use crate::kernel::workdir;
use crate::kernel::{cgroup, family};
use crate::model::sample::Exit;

pub use start::{Ward, enter};

/// Whether what is to be guarded takes the terminal for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// It does, to draw there or to hand it on: without a terminal there is nothing to start.
    Needed,
    /// It writes plain lines, if anything.
    Unused,
}

/// As whom the ui runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The learner, also under sudo: then a broker stays root.
    Learner,
    /// Whoever started glassbox: a ui that makes no box.
    Caller,
}

/// Why nothing was started.
#[derive(Debug)]
pub enum Refusal {
    /// Standard input or output is not a terminal.
    NoTerminal,
    /// A system call failed.
    Failed(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Starts the ui with these arguments, guards it, and returns its exit code.
pub fn guard(arguments: &[OsString], screen: Screen, whose: Whose) -> Result<ExitCode, Refusal> {
    let tty = match screen {
        Screen::Needed => Some(Tty::of_standard_streams().ok_or(Refusal::NoTerminal)?),
        Screen::Unused => None,
    };
    // Started with `&`: wait for our turn like any program that wants the terminal.
    while tty.as_ref().is_some_and(|tty| !tty.in_foreground()) && family::group_can_be_continued() {
        family::stop_group();
    }
    let signals = Signals::take()?;
    family::adopt_orphans()?;
    let started = start::ui(arguments, whose)?;
    let mut guardian = Guardian::new(signals, started, tty);
    let end = guardian.watch();
    let left = guardian.clean_up(&end);
    workdir::sweep_for_learner();
    cgroup::sweep_own(family::own_pid());
    report(&end, left);
    Ok(ExitCode::from(end.code()))
}

/// Everything the guardian knows.
struct Guardian {
    signals: Signals,
    /// `None` once the ui closed its end.
    link: Option<Link>,
    tty: Option<Tty>,
    /// The ui's number; it is not reaped before it is in [`End`].
    ui: i32,
    /// The broker's number while it lives.
    broker: Option<i32>,
    /// The ui changed the terminal and did not give it back yet: which screen it shows.
    borrowed: Option<Shown>,
}

impl Guardian {
    fn new(signals: Signals, started: start::Started, tty: Option<Tty>) -> Self {
        Self {
            signals,
            link: Some(started.link),
            tty,
            ui: started.ui,
            broker: started.broker,
            borrowed: None,
        }
    }
}

/// How the ui ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    /// What wait(2) said.
    exit: Exit,
    /// The signal that we were asked to end by; 1 (SIGHUP) when the terminal vanished.
    asked: Option<i32>,
}

impl End {
    /// The exit code: the ui's own; 128 and the number of the signal that ended it, or that we were
    /// asked to end by when we had to use force.
    fn code(self) -> u8 {
        let code = match (self.exit, self.asked) {
            (Exit::Code(code), _) => code,
            (Exit::Unknown, _) => 1,
            (Exit::Signal(_), Some(signal)) | (Exit::Signal(signal), None) => 128 + signal,
        };
        u8::try_from(code).unwrap_or(u8::MAX)
    }
}

/// One line on standard error when the ui could not say anything itself. A lost standard error is
/// nothing to die of.
fn report(end: &End, left: usize) {
    let mut stderr = io::stderr();
    if let (Exit::Signal(signal), None) = (end.exit, end.asked) {
        let _ = writeln!(
            stderr,
            "glassbox: ended by signal {signal}; the terminal is restored"
        );
    }
    if left > 0 {
        let _ = writeln!(
            stderr,
            "glassbox: {left} processes of ours could not be ended"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_tells_who_ended_what() {
        let cases = [
            (Exit::Code(0), None, 0),
            (Exit::Code(4), None, 4),
            (Exit::Code(143), Some(15), 143),
            (Exit::Signal(9), None, 137),
            (Exit::Signal(6), None, 134),
            (Exit::Signal(9), Some(1), 129),
        ];
        for (exit, asked, code) in cases {
            assert_eq!(End { exit, asked }.code(), code);
        }
    }
}

//! How glassbox ends: exit codes, and one line on standard error. Never fails because nobody reads.

use std::io::{self, Write as _};
use std::process::ExitCode;

/// The exit codes that scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Ok,
    /// It did not work.
    Failure,
    /// The command line is wrong.
    Usage,
    /// This machine cannot, or nothing ran.
    CannotHere,
    /// The kernel did not agree with a lesson.
    CheckFailed,
    /// A signal, by its number.
    Signal(i32),
    /// As a program in a box ended.
    Program(i32),
    /// There is no box for a program to run in.
    NoBox,
    /// A program in a box cannot be executed.
    NotExecutable,
    /// There is no such program in the box.
    NoSuchProgram,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::CannotHere => 3,
            Exit::CheckFailed => 4,
            Exit::Program(code) => u8::try_from(code).unwrap_or(u8::MAX),
            // What env(1), timeout(1) and docker use for these.
            Exit::NoBox => 125,
            Exit::NotExecutable => 126,
            Exit::NoSuchProgram => 127,
            Exit::Signal(number) => u8::try_from(128 + number).unwrap_or(u8::MAX),
        })
    }
}

/// Says why, and exits as [`Exit::Failure`].
#[must_use]
pub fn failure(why: &str) -> ExitCode {
    say(why);
    Exit::Failure.into()
}

/// Says why, and exits as [`Exit::Usage`].
#[must_use]
pub fn usage(why: &str) -> ExitCode {
    say(why);
    Exit::Usage.into()
}

/// Says why, and exits as [`Exit::CannotHere`].
#[must_use]
pub fn cannot_here(why: &str) -> ExitCode {
    say(why);
    Exit::CannotHere.into()
}

/// Prints clap's answer (help, version or a complaint) and exits with clap's code, which is ours.
#[must_use]
pub fn with_clap(answer: &clap::Error) -> ExitCode {
    let _ = answer.print();
    u8::try_from(answer.exit_code()).map_or(Exit::Failure.into(), ExitCode::from)
}

/// Says why on standard error.
pub(super) fn say(why: &str) {
    let _ = writeln!(io::stderr(), "glassbox: {why}");
}

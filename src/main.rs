//! The binary: one of our own hidden processes if the first argument is a role, else the command
//! line. Starts no thread and keeps no state.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitCode;

use clap::Parser as _;
use glassbox::cli::{Cli, Command};
use glassbox::guardian::{self, Refusal, Screen, Whose};
use glassbox::run::{self, exit};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some((first, rest)) = arguments.split_first()
        && let Some(role) = first.to_str().filter(|first| first.starts_with('@'))
    {
        return hidden(role, rest);
    }
    match Cli::try_parse() {
        Ok(cli) => start(&cli, &arguments),
        Err(answer) => exit::with_clap(&answer),
    }
}

/// `glassbox @role ...`: only glassbox itself says that.
fn hidden(role: &str, arguments: &[OsString]) -> ExitCode {
    let words = || -> Vec<String> {
        let word = |argument: &OsString| argument.to_string_lossy().into_owned();
        arguments.iter().map(word).collect()
    };
    match role {
        "@ui" => ui(arguments),
        "@broker" => glassbox::broker::main(&words()),
        "@probe" => run::doctor::probe(arguments),
        "@workload" => glassbox::workload::main(&words()),
        _ => {
            glassbox::stage::main(role, &words()).unwrap_or_else(|| exit::usage("no such command"))
        }
    }
}

/// Whatever starts boxes is guarded; the rest answers at once.
fn start(cli: &Cli, arguments: &[OsString]) -> ExitCode {
    let (screen, whose) = match cli.command() {
        Command::Lessons(_) => return run::lessons(cli),
        Command::Completions { shell } => return run::completions(shell),
        Command::Man => return run::man(),
        Command::Inspect(asked) if run::inspect::wants_screen(&asked) => {
            (Screen::Needed, Whose::Caller)
        }
        Command::Inspect(asked) => return run::inspect::print(&asked),
        Command::Map { json, tree } if run::map::wants_screen(json, tree) => {
            (Screen::Needed, Whose::Caller)
        }
        Command::Map { json, tree } => return run::map::print(json, tree, cli.options.ascii),
        Command::Shell { .. } => (Screen::Needed, Whose::Caller),
        Command::Learn { .. } => (Screen::Needed, Whose::Learner),
        Command::Lab(desk) if run::wants_screen(&desk) => (Screen::Needed, Whose::Learner),
        Command::Lab(_)
        | Command::Play { .. }
        | Command::Verify { .. }
        | Command::Doctor { .. }
        | Command::Progress { .. } => (Screen::Unused, Whose::Learner),
    };
    match guardian::guard(arguments, screen, whose) {
        Ok(code) => code,
        Err(Refusal::NoTerminal) => exit::usage(match cli.command() {
            Command::Shell { .. } => "this is not a terminal, and a shell wants one",
            _ => "this is not a terminal; `glassbox verify` runs the lessons without one",
        }),
        Err(Refusal::Failed(error)) => exit::failure(&error.to_string()),
    }
}

fn ui(arguments: &[OsString]) -> ExitCode {
    match guardian::enter(arguments) {
        Ok(ward) => run::guarded(ward.link, ward.broker, &ward.arguments),
        // Not EINVAL of a system call: that would be this machine's refusal.
        Err(error) if error.kind() == ErrorKind::InvalidInput && error.raw_os_error().is_none() => {
            exit::usage(&error.to_string())
        }
        Err(error) => exit::cannot_here(&error.to_string()),
    }
}

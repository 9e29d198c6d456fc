//! The command line, as clap reads it. Used by `main`, and by `run` a second time inside the ui.
//! Decides nothing.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};

/// A container is a process. glassbox lets you watch it become one.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "glassbox", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; `learn` if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of every command.
    #[command(flatten)]
    pub options: Options,
}

/// Options of every command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Options {
    /// Read lessons from this folder instead of the built-in ones
    #[arg(long, global = true, value_name = "DIR")]
    pub lessons: Option<PathBuf>,
    /// Keep progress in this folder
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
}

/// What glassbox can do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Open the lessons (this is also what happens without a command)
    Learn {
        /// Where to begin, for instance 02-pid or 02-pid.3
        #[arg(value_name = "LESSON[.STEP]")]
        place: Option<Place>,
    },
    /// Play one lesson as plain lines: for screen readers, simple terminals and pipes
    ///
    /// Questions are answered by a line on the standard input: the number of an answer, or words from
    /// it. At a challenge: check, hint, skip, solution. `quit` leaves, and so does the end of the input.
    /// Lines are as long as COLUMNS says, else 80. Exit code 0: played or left; 4: a step did not go
    /// as the lesson says; 3: the lesson cannot run here; 2: there is no such lesson.
    Play {
        /// For instance 02-pid or 02-pid.3; goes on where it was left
        #[arg(value_name = "LESSON[.STEP]")]
        place: Place,
    },
    /// Run lessons without a terminal; the kernel grades each step
    Verify {
        /// Only these; all lessons if none is named
        #[arg(value_name = "LESSON")]
        only: Vec<String>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Open a shell in a running box, from another terminal
    Shell {
        /// The box, where there are several
        #[arg(value_name = "BOX")]
        box_name: Option<String>,
        /// Of the glassbox with this process number, where several run
        #[arg(long, value_name = "PID")]
        of: Option<i32>,
    },
    /// Print how far you are, with what proved each solved challenge
    Progress {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Say what this machine can run, and if not, why and what to do
    Doctor {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show one process of this host beside us: namespaces, ids, capabilities, cgroup
    Inspect {
        /// Its number
        #[arg(value_name = "PID", value_parser = clap::value_parser!(i32).range(1..))]
        pid: i32,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show every namespace on this host, who is in it, who owns it, what keeps it alive
    Map {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Print a tree: each namespace below the user namespace that owns it, or below its parent
        #[arg(long, value_name = "BY", num_args = 0..=1, require_equals = true, default_missing_value = "owner", conflicts_with = "json")]
        tree: Option<TreeBy>,
    },
    /// List lessons, or check lesson files
    #[command(subcommand)]
    Lessons(Lessons),
}

/// What lies below what in a tree of namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TreeBy {
    /// Each below the user namespace that owns it.
    Owner,
    /// pid and user namespaces below their parents.
    Parent,
}

/// What can be done about lessons without running them.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Lessons {
    /// List the lessons
    List {
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Check a lesson file, a folder of them, or the lessons in use
    Lint {
        /// A file or a folder
        path: Option<PathBuf>,
    },
}

/// A lesson, and perhaps one of its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As it was typed: `02-pid`.
    pub lesson: String,
    /// From 1, as the screen counts.
    pub step: Option<usize>,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (lesson, step) = match text.split_once('.') {
            None => (text, None),
            Some((lesson, step)) => match step.parse() {
                Ok(0) | Err(_) => return Err("a step is a number from 1".to_owned()),
                Ok(step) => (lesson, Some(step)),
            },
        };
        if lesson.is_empty() {
            return Err("the name of a lesson is missing".to_owned());
        }
        Ok(Self {
            lesson: lesson.to_owned(),
            step,
        })
    }
}

impl Cli {
    /// The command, with the default filled in.
    #[must_use]
    pub fn command(&self) -> Command {
        self.command
            .clone()
            .unwrap_or(Command::Learn { place: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lesson: &str, step: Option<usize>) -> Place {
        Place {
            lesson: lesson.to_owned(),
            step,
        }
    }

    #[test]
    fn clap_finds_no_fault_with_it() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn places() {
        assert_eq!("02-pid".parse(), Ok(place("02-pid", None)));
        assert_eq!("02-pid.3".parse(), Ok(place("02-pid", Some(3))));
        for wrong in ["", ".3", "02-pid.", "02-pid.0", "02-pid.x", "02-pid.-1"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn no_command_means_learn_and_options_go_anywhere() {
        let bare = Cli::try_parse_from(["glassbox", "--ascii"]).expect("parse");
        assert_eq!(bare.command(), Command::Learn { place: None });
        assert!(bare.options.ascii);
        let late = Cli::try_parse_from(["glassbox", "learn", "00-labels", "--ascii"]);
        let late = late.expect("parse");
        assert_eq!(
            late.command(),
            Command::Learn {
                place: Some(place("00-labels", None))
            }
        );
        assert!(late.options.ascii);
        assert!(Cli::try_parse_from(["glassbox", "--nonsense"]).is_err());
    }
}

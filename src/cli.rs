//! The command line, as clap reads it. Used by `main`, and by `run` a second time inside the ui.
//! Decides nothing.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

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
        /// Where to begin, for instance 02-pid or 02-pid.3; or a lesson file, my-lessons/60-mine.toml
        #[arg(value_name = "LESSON[.STEP]")]
        place: Option<Place>,
        /// Only the lessons of a track, in its order: workshop, full, talk
        #[arg(long, value_name = "TRACK")]
        track: Option<String>,
    },
    /// Play one lesson as plain lines: for screen readers, simple terminals and pipes
    ///
    /// Questions are answered by a line on the standard input: the number of an answer, or words from
    /// it. At a challenge: check, hint, skip, solution. `quit` leaves, and so does the end of the input.
    /// Lines are as long as COLUMNS says, else 80. Exit code 0: played or left; 4: a step did not go
    /// as the lesson says; 3: the lesson cannot run here; 2: there is no such lesson.
    Play {
        /// For instance 02-pid or 02-pid.3, or a lesson file; goes on where it was left
        #[arg(value_name = "LESSON[.STEP]")]
        place: Place,
    },
    /// Run lessons without a terminal; the kernel grades each step
    Verify {
        /// Only these, by name or as files; all lessons if none is named
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
        /// Whether the lessons of this track run here, and no others: workshop, full, talk
        #[arg(long, value_name = "TRACK")]
        track: Option<String>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show any process or container beside the host: what it shares, what it may do
    ///
    /// On a terminal this is a screen, without a name a list to choose from; else, and with --plain, a
    /// report is printed. Only reads: starts nothing, runs nothing inside, keeps the privileges it was
    /// started with. What is denied is said. Exit code 2: there is no such process or container, or
    /// several; 1: it ended meanwhile; 3: /proc cannot be read.
    Inspect(Inspect),
    /// The mixing desk: a box from any set of namespaces and limits
    ///
    /// Without CMD, and with a terminal, the desk itself opens, with these switches set.
    Lab(Box<Desk>),
    /// Print what completes commands and options in a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Show every namespace on this host, who is in it, who owns it, what keeps it alive
    ///
    /// On a terminal this is a screen; else a tree is printed. Only reads, with the privileges it was
    /// started with. What is denied is said.
    Map {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Print a tree: each namespace below the user namespace that owns it, or below its parent
        #[arg(long, value_name = "BY", num_args = 0..=1, require_equals = true, default_missing_value = "owner", conflicts_with = "json")]
        tree: Option<TreeBy>,
    },
    /// List lessons, check lesson files, begin a new one
    #[command(subcommand)]
    Lessons(Lessons),
}

/// Whom to inspect, and how to show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Inspect {
    /// A process number, a container's name or id, or `list`: the containers that are found
    #[arg(value_name = "PID|NAME|list")]
    pub subject: Option<OsString>,
    /// Compare with this one instead of the host
    #[arg(value_name = "PID|NAME")]
    pub other: Option<OsString>,
    /// Order of the list
    #[arg(long, value_name = "BY")]
    pub sort: Option<SortBy>,
    /// Print the report, also on a terminal
    #[arg(long)]
    pub plain: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// The switches of the mixing desk, and a program to run in such a box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = DESK)]
pub struct Desk {
    /// New namespaces: cgroup, ipc, mnt, net, pid, time, user, uts, or all
    #[arg(long, value_name = "KINDS")]
    pub ns: Option<String>,
    /// The root directory: host, ro (the host's, read-only), overlay or own
    #[arg(long, value_name = "ROOT")]
    pub root: Option<String>,
    /// Make the mount at / read-only
    #[arg(long)]
    pub read_only: bool,
    /// Hostname in the box
    #[arg(long, value_name = "NAME")]
    pub hostname: Option<String>,
    /// Memory at most, such as 64M
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// CPU time at most, in CPUs, such as 0.5
    #[arg(long, value_name = "NUMBER")]
    pub cpus: Option<String>,
    /// Processes and threads at most
    #[arg(long, value_name = "NUMBER")]
    pub pids: Option<String>,
    /// Take a capability away, or ALL; what --cap-add names stays
    #[arg(long, value_name = "NAME")]
    pub cap_drop: Vec<String>,
    /// Leave a capability, such as NET_BIND_SERVICE
    #[arg(long, value_name = "NAME")]
    pub cap_add: Vec<String>,
    /// Set no_new_privs: execve(2) grants nothing any more
    #[arg(long)]
    pub no_new_privs: bool,
    /// Install a filter of system calls: docker-like, no-mkdir or none
    #[arg(long, value_name = "NAME")]
    pub seccomp: Option<String>,
    /// Set the switches as this `docker run` line says; other options come on top
    #[arg(long, value_name = "LINE")]
    pub docker: Option<String>,
    /// Print the lines of glassbox, unshare, bwrap and docker for such a box, and start nothing
    #[arg(long)]
    pub show: bool,
    /// Print facts of both sides as JSON, when CMD has ended: to FILE, or one line on standard error
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub json: Option<PathBuf>,
    /// The program to run in the box, and its arguments
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

const DESK: &str = "\
Exit code: that of CMD; 128 and the number of the signal that ended it; 127: there is no such
CMD in the box; 126: it cannot be executed; 125: there is no such box (the reason is printed,
and nothing is left); 2: the command line is wrong.";

/// The order of the list of containers: most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SortBy {
    /// CPU time that the container's cgroup has used.
    Cpu,
    /// Memory that its cgroup uses.
    Memory,
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
        /// Only those of this track, in its order: workshop, full, talk
        #[arg(long, value_name = "TRACK")]
        track: Option<String>,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Check a lesson file, a folder of them, or the lessons in use
    Lint {
        /// A file or a folder
        path: Option<PathBuf>,
    },
    /// Write a lesson to begin with into the current folder; it lints and verifies as it is
    New {
        /// Lower-case words with hyphens, perhaps after two digits: my-lesson, 60-my-lesson
        name: String,
    },
}

/// What the name of a lesson file ends in.
const FILE: &str = ".toml";

/// A lesson, and perhaps one of its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As it was typed: `02-pid`, or the path of a lesson file.
    pub lesson: String,
    /// From 1, as the screen counts.
    pub step: Option<usize>,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (lesson, step) = match parts(text) {
            (lesson, None) => (lesson, None),
            (lesson, Some(step)) => match step.parse() {
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

/// Lesson and step; a lesson file's name has dots of its own.
fn parts(text: &str) -> (&str, Option<&str>) {
    match text.rfind(FILE) {
        Some(at) => {
            let (path, rest) = text.split_at(at + FILE.len());
            (path, rest.strip_prefix('.'))
        }
        None => match text.split_once('.') {
            Some((lesson, step)) => (lesson, Some(step)),
            None => (text, None),
        },
    }
}

impl Cli {
    /// The command, with the default filled in.
    #[must_use]
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or(Command::Learn {
            place: None,
            track: None,
        })
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
        let file = "my.lessons/60-x.toml";
        assert_eq!(file.parse(), Ok(place(file, None)));
        assert_eq!("./60-x.toml.2".parse(), Ok(place("./60-x.toml", Some(2))));
        for wrong in [
            "60-x.toml.0",
            "60-x.toml.y",
            "",
            ".3",
            "02-pid.",
            "02-pid.0",
            "02-pid.x",
            "02-pid.-1",
        ] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn no_command_means_learn_and_options_go_anywhere() {
        let bare = Cli::try_parse_from(["glassbox", "--ascii"]).expect("parse");
        assert_eq!(
            bare.command(),
            Command::Learn {
                place: None,
                track: None
            }
        );
        assert!(bare.options.ascii);
        let late = Cli::try_parse_from(["glassbox", "learn", "00-labels", "--ascii"]);
        let late = late.expect("parse");
        assert_eq!(
            late.command(),
            Command::Learn {
                place: Some(place("00-labels", None)),
                track: None,
            }
        );
        assert!(late.options.ascii);
        assert!(Cli::try_parse_from(["glassbox", "--nonsense"]).is_err());
    }
}

//! `glassbox inspect`: any process or container of this host beside the host or another one, and the
//! list of containers, as text. Called by main outside any guard: it reads and prints, starts nothing,
//! sends no signal, runs nothing inside, and keeps the privileges that glassbox was started with. The
//! screen is `run::tui`'s.

mod list;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::process::ExitCode;

use super::exit::{self, Exit};
use super::json;
use crate::app::First;
use crate::cli::Inspect;
use crate::kernel::look::Watcher;
use crate::kernel::tty::Tty;
use crate::kernel::{containers, observe, pidfd};
use crate::model::engine::list::{Found, containers as among};
use crate::model::inspect::compare::Compared;
use crate::model::inspect::{Inspection, Report, Seeing, Sight, text};
use crate::model::look::{Look, Who};
use crate::model::{Errno, Links, Seen, Untrusted};

/// Why there is nothing to show, in words.
enum Refusal {
    /// There is no such thing, or several.
    NoSuch(String),
    /// It is gone.
    Ended(String),
    /// Nothing can be read.
    CannotHere(String),
}

/// Whether the screen is wanted: no text was asked for, and there is a terminal.
#[must_use]
pub fn wants_screen(asked: &Inspect) -> bool {
    let text = asked.json || asked.plain || asked.sort.is_some();
    let list = asked.subject.as_deref() == Some(OsStr::new("list"));
    !text && !list && Tty::of_standard_streams().is_some()
}

/// Prints what can be seen of a process, of two, or the list of containers.
#[must_use]
pub fn print(asked: &Inspect) -> ExitCode {
    let (other, sort, json) = (asked.other.as_deref(), asked.sort, asked.json);
    let Some(subject) = asked.subject.as_deref() else {
        return exit::usage(
            "name a process or a container, or `list`; without a name there is a screen, on a terminal",
        );
    };
    let text = match (subject.as_bytes(), other) {
        (b"list", None) => list::print(sort, json),
        (b"list", Some(_)) => return exit::usage("`inspect list` takes no second name"),
        _ if sort.is_some() => return exit::usage("--sort is for `inspect list`"),
        (_, None) => one(subject, json),
        (_, Some(other)) => two(subject, other, json),
    };
    match text {
        Ok(text) => {
            // Whoever closed the pipe has read enough.
            let _ = io::stdout().lock().write_all(text.as_bytes());
            Exit::Ok.into()
        }
        Err(refusal) => refusal.say(),
    }
}

impl Refusal {
    fn say(self) -> ExitCode {
        match self {
            Self::NoSuch(why) => exit::usage(&why),
            Self::Ended(why) => exit::failure(&why),
            Self::CannotHere(why) => exit::cannot_here(&why),
        }
    }
}

fn one(name: &OsStr, json: bool) -> Result<String, Refusal> {
    let target = Target::find(name)?;
    let report = target.report()?;
    Ok(if json {
        json::line(&report)
    } else {
        text::report(&report)
    })
}

fn two(name: &OsStr, other: &OsStr, json: bool) -> Result<String, Refusal> {
    let (left, right) = (Target::find(name)?, Target::find(other)?);
    let reports = [left.report()?, right.report()?];
    let links = [&left.sight()?.subject.links, &right.sight()?.subject.links];
    let compared = Compared::new(reports, links);
    Ok(if json {
        json::line(&compared)
    } else {
        compared.text()
    })
}

/// A process that was held by a pidfd while it was looked at, and what was seen of it.
struct Target {
    pid: i32,
    seen: Inspection,
}

impl Target {
    fn find(name: &OsStr) -> Result<Self, Refusal> {
        let (pid, pidfd) = held(name)?;
        match Watcher::default().inspect(&[pidfd.as_fd()]) {
            Look::Inspect(seen) => Ok(Self { pid, seen: *seen }),
            Look::Blind(why) => Err(Refusal::CannotHere(why.text())),
            Look::Map(_) | Look::Processes(_) => Err(gone(pid)),
        }
    }

    fn sight(&self) -> Result<&Sight, Refusal> {
        let pid = self.pid;
        match self.seen.targets.first().map(|target| &target.sight) {
            Some(Seen::Is(sight)) => Ok(sight),
            Some(Seen::Denied(errno)) => Err(Refusal::CannotHere(format!(
                "process {pid}: {errno}; root may see it: sudo glassbox inspect {pid}"
            ))),
            Some(Seen::Missing) | None => Err(gone(pid)),
        }
    }

    fn report(&self) -> Result<Report, Refusal> {
        let none = Links::read_with(|_| Seen::Missing);
        let ours = self.seen.host_self.value();
        Ok(Report::new(&Seeing {
            sight: self.sight()?,
            other: ours.map_or(&none, |subject| &subject.links),
            hostname: &self.seen.host.world.hostname,
            as_root: self.seen.as_root,
        }))
    }
}

/// Whom a number or a name means; held before anything is read, so that all of it is about one process.
fn held(name: &OsStr) -> Result<(i32, OwnedFd), Refusal> {
    let number: Option<i32> = name.to_str().and_then(|text| text.parse().ok());
    if let Some(pid) = number {
        return Ok((pid, hold(pid)?));
    }
    let found = called(found()?, name.as_bytes())?;
    Ok((found.pid, hold_found(&found)?))
}

/// What the screen is to begin with. What is wrong with a name is said before there is a screen.
pub(super) fn first(asked: &Inspect) -> Result<First, ExitCode> {
    let names = [&asked.subject, &asked.other];
    let one = |name: &OsString| {
        let (pid, pidfd) = held(name)?;
        let start = observe::identity(pidfd.as_fd()).map_err(|_| gone(pid))?.1;
        Ok(Who {
            pid,
            start: Some(start),
        })
    };
    let who = names.into_iter().flatten().map(one);
    let who: Vec<Who> = who.collect::<Result<_, Refusal>>().map_err(Refusal::say)?;
    Ok(if who.is_empty() {
        First::Processes
    } else {
        First::Inspect(who)
    })
}

/// The containers of this host, as far as we may look.
fn found() -> Result<Vec<Found>, Refusal> {
    let cannot = |errno: Errno| Refusal::CannotHere(format!("/proc cannot be read: {errno}"));
    let rows = containers::rows().map_err(cannot)?;
    Ok(among(&rows, &containers::records()))
}

fn called(all: Vec<Found>, name: &[u8]) -> Result<Found, Refusal> {
    let shown = Untrusted::from(name).text();
    let mut fitting: Vec<Found> = all.into_iter().filter(|it| it.is_called(name)).collect();
    match fitting.len() {
        1 => Ok(fitting.remove(0)),
        0 => {
            let hint = "`glassbox inspect list` shows those that are found";
            let hint = if containers::as_root() {
                hint.to_owned()
            } else {
                format!("{hint}, as root it finds more")
            };
            Err(Refusal::NoSuch(format!(
                "no container is called \"{shown}\"; {hint}"
            )))
        }
        _ => {
            let pids: Vec<String> = fitting.iter().map(|it| it.pid.to_string()).collect();
            let pids = pids.join(", ");
            let why = format!(
                "several containers are called \"{shown}\": take one by its process: {pids}"
            );
            Err(Refusal::NoSuch(why))
        }
    }
}

fn hold(pid: i32) -> Result<OwnedFd, Refusal> {
    match pidfd::open(pid) {
        _ if pid <= 0 => Err(Refusal::NoSuch(format!("there is no process {pid}"))),
        Ok(pidfd) if pidfd::alive(&pidfd) => Ok(pidfd),
        Ok(_) => Err(Refusal::Ended(format!("process {pid} has ended"))),
        // A thread that is not the first of its process: pidfd_open(2).
        Err(Errno::EINVAL | Errno::ENOENT) => {
            Err(Refusal::NoSuch(format!("{pid} is a thread, not a process")))
        }
        Err(Errno::ESRCH) => Err(Refusal::NoSuch(format!("there is no process {pid}"))),
        Err(errno) => Err(Refusal::CannotHere(format!("process {pid}: {errno}"))),
    }
}

/// The process of a container, if its number is still its own.
fn hold_found(found: &Found) -> Result<OwnedFd, Refusal> {
    let pidfd = hold(found.pid)?;
    match observe::identity(pidfd.as_fd()) {
        Ok((_, start)) if start == found.start => Ok(pidfd),
        _ => Err(gone(found.pid)),
    }
}

fn gone(pid: i32) -> Refusal {
    Refusal::Ended(format!(
        "process {pid} has ended, or /proc does not show it"
    ))
}

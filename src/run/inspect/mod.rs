//! `glassbox inspect`: any process or container of this host beside the host or another one, and the
//! list of containers. Called by main outside any guard: it reads and prints, starts nothing, sends
//! no signal, runs nothing inside, and keeps the privileges that glassbox was started with.

mod compare;
mod limits;
mod list;
mod means;
mod report;
mod text;

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::process::ExitCode;

use self::compare::Compared;
use self::report::{Report, Seeing};
use super::exit::{self, Exit};
use crate::cli::SortBy;
use crate::kernel::observe::{self, Observer};
use crate::kernel::{containers, ns, paths, pidfd};
use crate::model::cgroup::Group;
use crate::model::engine::list::{Found, containers as among};
use crate::model::engine::{MASKED, READ_ONLY};
use crate::model::snapshot::{Subject, World};
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

/// Prints what can be seen of a process, of two, or the list of containers.
#[must_use]
pub fn print(subject: &OsStr, other: Option<&OsStr>, sort: Option<SortBy>, json: bool) -> ExitCode {
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
        Err(Refusal::NoSuch(why)) => exit::usage(&why),
        Err(Refusal::Ended(why)) => exit::failure(&why),
        Err(Refusal::CannotHere(why)) => exit::cannot_here(&why),
    }
}

fn one(name: &OsStr, json: bool) -> Result<String, Refusal> {
    let target = Target::find(name)?;
    let report = target.report(&ns::links_of_self());
    Ok(if json {
        report.json()
    } else {
        text::report(&report)
    })
}

fn two(name: &OsStr, other: &OsStr, json: bool) -> Result<String, Refusal> {
    let (left, right) = (Target::find(name)?, Target::find(other)?);
    let ours = ns::links_of_self();
    let reports = [left.report(&ours), right.report(&ours)];
    let links = [&left.subject.links, &right.subject.links];
    let compared = Compared::new(reports, links);
    Ok(if json {
        compared.json()
    } else {
        compared.text()
    })
}

/// A process that was held by a pidfd while it was looked at, and what was seen of it.
struct Target {
    subject: Subject,
    found: Option<Found>,
    world: World,
    groups: Vec<Group>,
}

impl Target {
    /// By number or name.
    fn find(name: &OsStr) -> Result<Self, Refusal> {
        let number: Option<i32> = name.to_str().and_then(|text| text.parse().ok());
        if let Some(pid) = number {
            // Held before anything is read by its number, so that all of it is about one process.
            let pidfd = hold(pid)?;
            let found = found()?.into_iter().find(|it| it.members.contains(&pid));
            return Self::look(pid, &pidfd, found);
        }
        let found = called(found()?, name.as_bytes())?;
        let pidfd = hold_found(&found)?;
        Self::look(found.pid, &pidfd, Some(found))
    }

    fn look(pid: i32, pidfd: &OwnedFd, found: Option<Found>) -> Result<Self, Refusal> {
        let snapshot = Observer::new().observe(&[pidfd.as_fd()], None);
        let groups = containers::groups(pid);
        // The cgroups were read by number: it is still this one's.
        if observe::identity(pidfd.as_fd()).is_err() {
            return Err(gone(pid));
        }
        match snapshot.subjects.into_iter().next() {
            Some(Seen::Is(subject)) => Ok(Self {
                subject,
                found,
                world: snapshot.world,
                groups,
            }),
            Some(Seen::Denied(errno)) => Err(Refusal::CannotHere(format!(
                "process {pid}: {errno}; root may see it: sudo glassbox inspect {pid}"
            ))),
            Some(Seen::Missing) | None => Err(gone(pid)),
        }
    }

    fn report(&self, ours: &Links) -> Report {
        let all = self.world.processes.value();
        let parent = all.and_then(|all| all.iter().find(|it| it.pid == self.subject.process.ppid));
        let covered = MASKED.iter().chain(&READ_ONLY).copied();
        let here: Vec<&'static str> = covered.filter(|path| paths::exists(path)).collect();
        Report::new(&Seeing {
            subject: &self.subject,
            parent,
            found: self.found.as_ref(),
            groups: &self.groups,
            other: ours,
            hostname: &self.world.hostname,
            paths: &here,
            as_root: containers::as_root(),
        })
    }
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

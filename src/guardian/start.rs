//! Starting the ui: the guardian's side, and the first moments of the ui itself (becoming the
//! learner, a new exec, arming the death signal). Runs while both are single-threaded.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::fd::RawFd;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::kernel::learner::{self, Ids, Learner};
use crate::kernel::link::Link;
use crate::kernel::{family, watch};

/// By this name the kernel finds our binary even if its path is gone or not ours to walk.
const OURSELVES: &str = "/proc/self/exe";
/// In place of ids: stay who you are.
const STAY: &str = "-";
/// What tells programs where root lives, and would mislead the learner's.
const ROOTS_OWN: &[&str] = &[
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// Starts the ui in our own process group; returns our end of the link and the ui's number.
pub(super) fn ui(arguments: &[OsString]) -> io::Result<(Link, i32)> {
    let (ours, theirs) = Link::pair()?;
    let learner = learner::find();
    let ids = learner
        .as_ref()
        .map_or_else(|| STAY.to_owned(), |learner| learner.ids.to_string());
    let mut command = role_ui(theirs.survive_exec()?, family::own_pid(), &ids, arguments);
    if let Some(learner) = &learner {
        dress(&mut command, learner);
    }
    let child = command.spawn()?;
    let number = i32::try_from(child.id()).map_err(io::Error::other)?;
    Ok((ours, number))
}

/// What the ui has in hand when it is itself.
pub struct Ward {
    /// Its end of the link to the guardian.
    pub link: Link,
    /// The arguments that glassbox was started with.
    pub arguments: Vec<OsString>,
}

/// The beginning of the role `@ui FD GUARDIAN IDS ARGUMENTS...`. Becomes the learner first if ids
/// are given, and executes itself anew: without that, its links under `/proc` stay root's.
pub fn enter(arguments: &[OsString]) -> io::Result<Ward> {
    let [fd, guardian, ids, rest @ ..] = arguments else {
        return Err(misuse());
    };
    let (fd, guardian): (RawFd, i32) = (parsed(fd)?, parsed(guardian)?);
    if ids != STAY {
        learner::become_user(&parsed::<Ids>(ids)?)?;
        return again(fd, guardian, rest).map(|never| match never {});
    }
    watch::unblock_all()?;
    if !family::die_with(guardian)? {
        return Err(io::Error::other("the guardian is gone"));
    }
    let link = Link::inherited(fd)?;
    family::call_ourselves(c"glassbox:ui");
    Ok(Ward {
        link,
        arguments: rest.to_vec(),
    })
}

fn again(fd: RawFd, guardian: i32, rest: &[OsString]) -> io::Result<Infallible> {
    let error = role_ui(fd, guardian, STAY, rest).exec();
    let advice =
        "cannot execute glassbox as the learner (may everybody read and execute the file?)";
    Err(io::Error::new(error.kind(), format!("{advice}: {error}")))
}

fn role_ui(fd: RawFd, guardian: i32, ids: &str, rest: &[OsString]) -> Command {
    let mut command = Command::new(OURSELVES);
    command.arg0("glassbox").arg("@ui");
    command
        .arg(fd.to_string())
        .arg(guardian.to_string())
        .arg(ids)
        .args(rest);
    command
}

/// Home and name of the learner instead of root's; without an account there are none.
fn dress(command: &mut Command, learner: &Learner) {
    for name in ROOTS_OWN {
        command.env_remove(name);
    }
    match &learner.home {
        Some(home) => command.env("HOME", home),
        None => command.env_remove("HOME"),
    };
    for name in ["USER", "LOGNAME"] {
        match &learner.name {
            Some(login) => command.env(name, login),
            None => command.env_remove(name),
        };
    }
}

fn parsed<T: std::str::FromStr>(text: &OsString) -> io::Result<T> {
    text.to_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(misuse)
}

fn misuse() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "this role is for glassbox itself",
    )
}

//! Starting the ui: the guardian's side, and the first moments of the ui itself (becoming the
//! learner, a new exec, arming the death signal). Runs while both are single-threaded.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::fd::RawFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use super::Whose;
use crate::kernel::chan::Channel;
use crate::kernel::learner::{self, Ids, Learner};
use crate::kernel::link::Link;
use crate::kernel::{family, sys, watch};

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

/// What the guardian has started.
pub(super) struct Started {
    /// Our end of the link to the ui.
    pub(super) link: Link,
    /// The ui's number.
    pub(super) ui: i32,
    /// The broker's number, if we are root.
    pub(super) broker: Option<i32>,
}

/// Starts the ui in our own process group, and before it the broker, if we are root and the ui is not
/// to be.
pub(super) fn ui(arguments: &[OsString], whose: Whose) -> io::Result<Started> {
    let (ours, theirs) = Link::pair()?;
    let learner = match whose {
        Whose::Learner => learner::find(),
        Whose::Caller => None,
    };
    let broker = learner.as_ref().map(|it| broker(&it.ids)).transpose()?;
    let channel = broker.as_ref().map(|(channel, _)| channel);
    let ids = learner
        .as_ref()
        .map_or_else(|| STAY.to_owned(), |learner| learner.ids.to_string());
    let channel = match channel.map(Channel::survive_exec) {
        Some(number) => number
            .map_err(|errno| io::Error::from_raw_os_error(errno.0))?
            .to_string(),
        None => STAY.to_owned(),
    };
    let fds = (theirs.survive_exec()?, channel);
    let mut command = role_ui(&fds, family::own_pid(), &ids, arguments);
    if let Some(learner) = &learner {
        dress(&mut command, learner);
    }
    let child = command.spawn()?;
    Ok(Started {
        link: ours,
        ui: number(&child)?,
        broker: broker.map(|(_, pid)| pid),
    })
}

/// Starts the broker; the ui's end of its channel, and its number.
fn broker(ids: &Ids) -> io::Result<(Channel, i32)> {
    let (ours, theirs) = Channel::pair().map_err(io::Error::other)?;
    let end = theirs.survive_exec();
    let end = end.map_err(|errno| io::Error::from_raw_os_error(errno.0))?;
    let mut command = Command::new(OURSELVES);
    command.arg0("glassbox:root").arg("@broker");
    for argument in [end.to_string(), ids.uid.to_string(), ids.gid.to_string()] {
        command.arg(argument);
    }
    command.arg(family::own_pid().to_string());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = command.spawn()?;
    Ok((ours, number(&child)?))
}

fn number(child: &std::process::Child) -> io::Result<i32> {
    i32::try_from(child.id()).map_err(io::Error::other)
}

/// What the ui has in hand when it is itself.
pub struct Ward {
    /// Its end of the link to the guardian.
    pub link: Link,
    /// Its end of the channel to the broker, if there is one.
    pub broker: Option<Channel>,
    /// The arguments that glassbox was started with.
    pub arguments: Vec<OsString>,
}

/// The beginning of the role `@ui FD BROKER GUARDIAN IDS ARGUMENTS...`. Becomes the learner first if ids
/// are given, and executes itself anew: without that, its links under `/proc` stay root's.
pub fn enter(arguments: &[OsString]) -> io::Result<Ward> {
    let [fd, broker, guardian, ids, rest @ ..] = arguments else {
        return Err(misuse());
    };
    let (fd, guardian): (RawFd, i32) = (parsed(fd)?, parsed(guardian)?);
    if ids != STAY {
        learner::become_user(&parsed::<Ids>(ids)?)?;
        let fds = (fd, parsed(broker)?);
        return again(&fds, guardian, rest).map(|never| match never {});
    }
    watch::unblock_all()?;
    if !family::die_with(guardian)? {
        return Err(io::Error::other("the guardian is gone"));
    }
    let link = Link::inherited(fd)?;
    let broker = match broker {
        none if none == STAY => None,
        number => sys::inherited(parsed(number)?).map(Channel::from),
    };
    family::call_ourselves(c"glassbox:ui");
    Ok(Ward {
        link,
        broker,
        arguments: rest.to_vec(),
    })
}

fn again(fds: &Ends, guardian: i32, rest: &[OsString]) -> io::Result<Infallible> {
    let error = role_ui(fds, guardian, STAY, rest).exec();
    let advice =
        "cannot execute glassbox as the learner (may everybody read and execute the file?)";
    Err(io::Error::new(error.kind(), format!("{advice}: {error}")))
}

/// The numbers of its ends: of the link, and of the channel to the broker.
type Ends = (RawFd, String);

fn role_ui((link, broker): &Ends, guardian: i32, ids: &str, rest: &[OsString]) -> Command {
    let mut command = Command::new(OURSELVES);
    command.arg0("glassbox").arg("@ui");
    command
        .arg(link.to_string())
        .arg(broker)
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

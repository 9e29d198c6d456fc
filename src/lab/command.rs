//! A program of somebody's choice in a box: what it starts with, and why it did not start. `glassbox
//! lab` runs one on its own standard streams; shells are started by the same steps.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::boxes::BoxHandle;
use super::dress;
use super::shell::Shell;
use super::{Access, Lab};
use crate::kernel::pty;
use crate::model::port::Size;
use crate::model::sample::Exit;
use crate::model::wire::{Enter, More};
use crate::model::{Errno, Untrusted};

/// Why a program does not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCommand {
    /// execve(2) failed, with this of the last file that was tried; and in words.
    #[error("{1}")]
    NotExecuted(Errno, String),
    /// Something before it failed.
    #[error("{0}")]
    Otherwise(String),
}

impl From<String> for NoCommand {
    fn from(why: String) -> Self {
        Self::Otherwise(why)
    }
}

/// What a program has for its standard streams.
#[derive(Debug)]
pub enum Streams {
    /// A terminal of its own, of this size.
    Terminal(Size),
    /// These: input, output, error.
    Given([OwnedFd; 3]),
}

/// Everything that a keeper is told.
pub(super) struct Start<'s> {
    /// The box, or `host`.
    pub(super) name: &'s str,
    /// Whom it shall stand beside; `None` on the host.
    pub(super) lead: Option<BorrowedFd<'s>>,
    pub(super) enter: Enter,
    /// The terminal, or standard input.
    pub(super) first: OwnedFd,
    /// The other side of the terminal, and its size.
    pub(super) master: Option<(OwnedFd, Size)>,
    pub(super) more: Option<(More, Vec<OwnedFd>)>,
}

impl Lab {
    /// Starts a program where the lead of that box stands, held to what the box's programs are.
    pub fn command_start(
        &mut self,
        box_name: &str,
        argv: &[Untrusted],
        streams: Streams,
    ) -> Result<(), NoCommand> {
        let handle = self.boxes.iter_mut().find(|it| it.name == box_name);
        let handle = handle.ok_or_else(|| format!("there is no box `{box_name}`"))?;
        let (mut more, mut fds) = handle.hold_of(&self.access)?;
        handle.collect_news();
        let lead = handle.lead_held().ok_or("the box has ended".to_owned())?;
        let failed = |errno: Errno| format!("open /dev/ptmx: {errno}");
        let on_streams = matches!(streams, Streams::Given(_));
        let (first, master) = match streams {
            Streams::Terminal(size) => {
                let terminal = pty::open().map_err(failed)?;
                pty::resize(&terminal.master, size).map_err(failed)?;
                (terminal.slave, Some((terminal.master, size)))
            }
            Streams::Given([input, output, error]) => {
                fds.splice(0..0, [output, error]);
                (input, None)
            }
        };
        more.streams = on_streams;
        let start = Start {
            name: box_name,
            lead: Some(lead.pidfd.as_fd()),
            enter: dress::command(argv, !on_streams),
            first,
            master,
            more: Some((more, fds)),
        };
        let started = Shell::begin(&self.spawner, start)?;
        handle.take_in(started)?;
        Ok(())
    }

    /// How the program ended, waiting for that so long at most.
    pub fn command_ended(&mut self, box_name: &str, within: Duration) -> Option<Exit> {
        let handle = self.boxes.iter_mut().find(|it| it.name == box_name)?;
        handle.shell.as_mut()?.ended_within(within)
    }
}

impl BoxHandle {
    /// What a keeper is told of that, with the directories of the cgroup.
    pub(super) fn hold_of(&self, access: &Access) -> Result<(More, Vec<OwnedFd>), String> {
        let fds = match &self.hold.cgroup {
            None => Vec::new(),
            Some(name) => {
                let cgroups = access.cgroups.as_ref();
                let found = cgroups.and_then(|cgroups| cgroups.handles(name));
                found.ok_or_else(|| format!("there is no cgroup `{name}`"))?
            }
        };
        let more = More {
            streams: false,
            restraint: self.hold.restraint.clone(),
        };
        Ok((more, fds))
    }
}

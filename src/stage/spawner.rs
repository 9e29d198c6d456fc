//! The spawner: forked by the ui before its first thread, in the host's namespaces to the end.
//! Starts stages, eyes and keepers on request, reaps them, and ends them all when the ui is gone.
//!
//! Eyes are its children and not the stage's: a stage that has unshared a pid namespace would make
//! its next child PID 1 of it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::kernel::chan::{ChanError, Channel, wait_readable};
use crate::kernel::program::{self, Child, Program};
use crate::kernel::{birth, pidfd, sys};
use crate::model::Errno;
use crate::model::wire::{SpawnerReply, SpawnerRequest};

/// Descriptor 3: the channel to the lab.
const LAB: i32 = 3;

/// `number` is that of the channel, where systemd-run stands between and cannot put it elsewhere.
pub(super) fn run(number: Option<&str>) -> Result<(), ChanError> {
    let number = number.map_or(Ok(LAB), str::parse);
    let number = number.map_err(|_| ChanError::Io(Errno::EINVAL))?;
    let lab = Channel::from(sys::inherited(number).ok_or(ChanError::Ended)?);
    birth::arm("box:spawner").map_err(ChanError::Io)?;
    let own = program::own_binary().map_err(ChanError::Io)?;
    let sealed = program::sealed_binary().map_err(ChanError::Io)?;
    let mut children = Children::default();
    let end = serve(&lab, &own, &sealed, &mut children);
    children.end();
    end
}

/// Answers requests until the lab is gone; reaps in between.
fn serve(
    lab: &Channel,
    own: &OwnedFd,
    sealed: &OwnedFd,
    children: &mut Children,
) -> Result<(), ChanError> {
    loop {
        let mut watched: Vec<BorrowedFd<'_>> = vec![lab.as_fd()];
        watched.extend(children.iter().map(AsFd::as_fd));
        let ready = wait_readable(&watched, None).map_err(ChanError::Io)?;
        children.reap();
        if !ready[0] {
            continue;
        }
        let (request, fds) = lab.recv::<SpawnerRequest>(None)?;
        if request == SpawnerRequest::Hello {
            lab.send(&SpawnerReply::Here, &[])?;
            continue;
        }
        match start(&request, &fds, own, sealed) {
            Ok((channel, child)) => {
                lab.send(
                    &SpawnerReply::Started,
                    &[channel.as_fd(), child.pidfd.as_fd()],
                )?;
                match request {
                    SpawnerRequest::Shell { .. } => children.keepers.push(child.pidfd),
                    _ => children.others.push(child.pidfd),
                }
            }
            Err((call, errno)) => {
                lab.send(
                    &SpawnerReply::Failed {
                        call: call.to_owned(),
                        errno,
                    },
                    &[],
                )?;
            }
        }
    }
}

/// Starts one of them; all get their channel as descriptor 3, some one more as 4.
fn start(
    request: &SpawnerRequest,
    fds: &[OwnedFd],
    own: &OwnedFd,
    sealed: &OwnedFd,
) -> Result<(Channel, Child), (&'static str, Errno)> {
    let (ours, theirs) = Channel::pair().map_err(|_| ("socketpair", Errno::EIO))?;
    let (name, role, shown, fourth) = match request {
        SpawnerRequest::Hello => return Err(("recvmsg", Errno::EINVAL)),
        SpawnerRequest::Stage { box_name } => (box_name, "@stage", "helper", Some(sealed)),
        SpawnerRequest::Eye { box_name } => {
            let lead = fds.first().ok_or(("recvmsg", Errno::EINVAL))?;
            (box_name, "@eye", "eye", Some(lead))
        }
        SpawnerRequest::Shell { name } => (name, "@shell", "keeper", None),
    };
    let fourth = fourth.map(AsFd::as_fd);
    let program = Program {
        image: own.as_fd(),
        argv: vec![format!("{name}:{shown}"), role.to_owned(), name.clone()],
        stdin: None,
        stderr: None,
        extra: std::iter::once(theirs.as_fd()).chain(fourth).collect(),
        new_session: true,
    };
    let child = program::start(&program, None).map_err(|errno| ("fork", errno))?;
    Ok((ours, child))
}

/// Whom we started and have not reaped.
#[derive(Default)]
struct Children {
    /// They see the lab's end by themselves, and then have others to end.
    keepers: Vec<OwnedFd>,
    others: Vec<OwnedFd>,
}

impl Children {
    fn iter(&self) -> impl Iterator<Item = &OwnedFd> {
        self.others.iter().chain(&self.keepers)
    }

    fn reap(&mut self) {
        for all in [&mut self.keepers, &mut self.others] {
            all.retain(|child| !matches!(pidfd::reap(child), Ok(Some(_)) | Err(_)));
        }
    }

    fn end(&self) {
        for child in &self.others {
            pidfd::kill(child);
        }
        for child in self.iter() {
            if !pidfd::ended_within(child, std::time::Duration::from_secs(1)) {
                pidfd::kill(child);
            }
            // ECHILD or still running (in D state): nothing more we could do about either.
            let _ = pidfd::reap(child);
        }
    }
}

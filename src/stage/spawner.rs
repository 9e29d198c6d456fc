//! The spawner: forked by the ui before its first thread, in the host's namespaces to the end.
//! Starts stages and eyes on request, reaps them, and ends them all when the ui is gone.
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
    let mut children = Vec::new();
    let end = serve(&lab, &own, &sealed, &mut children);
    end_all(&children);
    end
}

/// Answers requests until the lab is gone; reaps in between.
fn serve(
    lab: &Channel,
    own: &OwnedFd,
    sealed: &OwnedFd,
    children: &mut Vec<OwnedFd>,
) -> Result<(), ChanError> {
    loop {
        let mut watched: Vec<BorrowedFd<'_>> = vec![lab.as_fd()];
        watched.extend(children.iter().map(AsFd::as_fd));
        let ready = wait_readable(&watched, None).map_err(ChanError::Io)?;
        children.retain(|child| !matches!(pidfd::reap(child), Ok(Some(_)) | Err(_)));
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
                children.push(child.pidfd);
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

/// Starts a stage or an eye; both get their channel as descriptor 3 and one more as 4.
fn start(
    request: &SpawnerRequest,
    fds: &[OwnedFd],
    own: &OwnedFd,
    sealed: &OwnedFd,
) -> Result<(Channel, Child), (&'static str, Errno)> {
    let (ours, theirs) = Channel::pair().map_err(|_| ("socketpair", Errno::EIO))?;
    let (box_name, role, fourth) = match request {
        SpawnerRequest::Hello => return Err(("recvmsg", Errno::EINVAL)),
        SpawnerRequest::Stage { box_name } => (box_name, "stage", sealed),
        SpawnerRequest::Eye { box_name } => (
            box_name,
            "eye",
            fds.first().ok_or(("recvmsg", Errno::EINVAL))?,
        ),
    };
    let shown = if role == "stage" { "helper" } else { role };
    let program = Program {
        image: own.as_fd(),
        argv: vec![
            format!("{box_name}:{shown}"),
            format!("@{role}"),
            box_name.clone(),
        ],
        stdin: None,
        stderr: None,
        extra: vec![theirs.as_fd(), fourth.as_fd()],
        new_session: true,
    };
    let child = program::start(&program, None).map_err(|errno| ("fork", errno))?;
    Ok((ours, child))
}

fn end_all(children: &[OwnedFd]) {
    for child in children {
        pidfd::kill(child);
    }
    for child in children {
        pidfd::ended_within(child, std::time::Duration::from_secs(1));
        // ECHILD or still running (in D state): nothing more we could do about either.
        let _ = pidfd::reap(child);
    }
}

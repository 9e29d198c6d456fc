//! The lab's end of an eye. An eye is good for one lead in one set of namespaces with one root;
//! when any of them changes, a new eye is made.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::Spawner;
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::observe;
use crate::kernel::pidfd;
use crate::kernel::proc::RootId;
use crate::model::wire::{Look, Sight};
use crate::model::{Errno, Links, Seen, Snapshot};

/// How long an eye may take to get there, and to look once: long enough for an emulated machine with
/// much else to do. Only the lab's thread waits.
const THERE_WITHIN: Duration = Duration::from_secs(20);
const SEEN_WITHIN: Duration = Duration::from_secs(10);
/// How long an eye may take to end by itself, and when it was killed.
const GOES_WITHIN: Duration = Duration::from_millis(500);
const DIES_WITHIN: Duration = Duration::from_secs(1);

/// What an eye was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    lead: (i32, u64),
    links: Links,
    root: Option<RootId>,
}

/// An eye, or the reason why there is none at that place.
#[derive(Debug)]
pub(super) struct Eye {
    place: Place,
    /// The process that the spawner started; the one that looks may be its child.
    pidfd: OwnedFd,
    channel: Result<Channel, Errno>,
}

impl Eye {
    /// Looks from where `lead` stands, with the eye in `slot` if it is still good; also into the
    /// network namespaces of `neighbours`.
    pub(super) fn look(
        slot: &mut Option<Self>,
        box_name: &str,
        (lead, neighbours): (BorrowedFd<'_>, &[BorrowedFd<'_>]),
        files: &[String],
        spawner: &Spawner,
    ) -> Seen<Snapshot> {
        let place = match place(lead) {
            Ok(place) => place,
            Err(Errno::ESRCH | Errno::ENOENT) => return Seen::Missing,
            Err(errno) => return Seen::Denied(errno),
        };
        if slot
            .as_ref()
            .is_none_or(|eye| eye.place != place || eye.has_died())
        {
            slot.take(); // the old one goes before the new one comes
            match Self::open(place, box_name, lead, spawner) {
                Ok(eye) => *slot = Some(eye),
                Err(errno) => return Seen::Denied(errno),
            }
        }
        let Some(eye) = slot else {
            return Seen::Missing;
        };
        eye.ask(lead, neighbours, files)
            .unwrap_or_else(Seen::Denied)
    }

    fn open(
        place: Place,
        box_name: &str,
        lead: BorrowedFd<'_>,
        spawner: &Spawner,
    ) -> Result<Self, Errno> {
        let (channel, pidfd) = spawner.eye(box_name, lead).map_err(|_| Errno::EIO)?;
        let channel = match channel.recv(Some(THERE_WITHIN)) {
            Ok((Sight::Ready, _)) => Ok(channel),
            Ok((Sight::Blocked { errno, .. }, _)) => Err(errno),
            Ok((Sight::Saw(_), _)) => Err(Errno::EIO),
            Err(error) => Err(errno_of(&error)),
        };
        Ok(Self {
            place,
            pidfd,
            channel,
        })
    }

    fn ask(
        &self,
        lead: BorrowedFd<'_>,
        neighbours: &[BorrowedFd<'_>],
        files: &[String],
    ) -> Result<Seen<Snapshot>, Errno> {
        let channel = self.channel.as_ref().map_err(|errno| *errno)?;
        let mut pidfds = vec![lead];
        pidfds.extend(neighbours);
        channel
            .send(
                &Look {
                    subjects: 1,
                    files: files.to_vec(),
                },
                &pidfds,
            )
            .map_err(|e| errno_of(&e))?;
        match channel.recv(Some(SEEN_WITHIN)) {
            Ok((Sight::Saw(snapshot), _)) => Ok(Seen::Is(*snapshot)),
            Ok(_) => Err(Errno::EIO),
            Err(error) => Err(errno_of(&error)),
        }
    }

    /// A blocked eye has ended, too, but trying again at the same place would end the same way.
    fn has_died(&self) -> bool {
        self.channel.as_ref().is_ok_and(Channel::ended)
    }

    /// The process that the spawner started.
    pub(super) fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

impl Drop for Eye {
    /// The end of the channel ends whoever looks, and then its parent, which has reaped it: when that
    /// one is gone, none of them is in any list. A kill would leave the child for a moment.
    fn drop(&mut self) {
        self.channel = Err(Errno::ESRCH);
        if !pidfd::ended_within(&self.pidfd, GOES_WITHIN) {
            pidfd::kill(&self.pidfd);
            pidfd::ended_within(&self.pidfd, DIES_WITHIN);
        }
    }
}

fn errno_of(error: &ChanError) -> Errno {
    match error {
        ChanError::Ended => Errno::ESRCH,
        ChanError::Timeout => Errno::ETIMEDOUT,
        ChanError::Io(errno) => *errno,
        ChanError::Malformed(_) => Errno::EIO,
    }
}

fn place(lead: BorrowedFd<'_>) -> Result<Place, Errno> {
    Ok(Place {
        lead: observe::identity(lead)?,
        links: observe::links(lead)?,
        root: observe::root(lead).ok(),
    })
}

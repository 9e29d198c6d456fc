//! The eye: looks from where the lead of a box stands, with the same code that looks on the host.
//!
//! Started by the spawner in the host's namespaces; joins those of the lead by its pidfd, goes to
//! the lead's root, and forks once more, since only a child is in a joined pid namespace. It only
//! reads. The lab starts a new one when the lead, its namespaces or its root have changed.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::there::{Failed, There};
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::net::away::Away;
use crate::kernel::observe::Observer;
use crate::kernel::sys::{self, Forked};
use crate::kernel::{birth, pidfd};
use crate::model::wire::{Look, Sight};

/// Descriptor 3: the channel to the lab. Descriptor 4: the lead's pidfd.
const LAB: i32 = 3;
const LEAD: i32 = 4;
/// Rows of a box's process list that travel at most.
const MOST_ROWS: usize = 512;

pub(super) fn run(box_name: &str) -> Result<(), ChanError> {
    let lab = Channel::from(sys::inherited(LAB).ok_or(ChanError::Ended)?);
    let lead = sys::inherited(LEAD).ok_or(ChanError::Ended)?;
    let name = format!("{box_name}:eye");
    birth::arm(&name).map_err(ChanError::Io)?;
    match go_there(lead) {
        Ok(Place::Here) => watch(&lab),
        Ok(Place::Child(child)) => {
            drop(lab); // or the lab would not see the child's end as the end of the channel
            pidfd::wait_for_end(&child).map_err(ChanError::Io)?;
            // Reaped at once: the end of a pid namespace waits for every process in it.
            pidfd::reap(&child).map(|_| ()).map_err(ChanError::Io)
        }
        Ok(Place::InChild) => {
            // New credentials and a new parent: prctl(2), PR_SET_PDEATHSIG.
            birth::arm(&name).map_err(ChanError::Io)?;
            watch(&lab)
        }
        Err((call, errno)) => lab.send(
            &Sight::Blocked {
                call: call.to_owned(),
                errno,
            },
            &[],
        ),
    }
}

/// Where we ended up.
enum Place {
    /// This process stands where the lead stands.
    Here,
    /// Its child does; this process only waits.
    Child(OwnedFd),
    /// This is that child.
    InChild,
}

fn go_there(lead: OwnedFd) -> Result<Place, Failed> {
    if !There::of(lead)?.go()? {
        return Ok(Place::Here);
    }
    match sys::fork().map_err(|errno| ("fork", errno))? {
        Forked::Parent { pidfd, .. } => Ok(Place::Child(pidfd)),
        Forked::Child => Ok(Place::InChild),
    }
}

fn watch(lab: &Channel) -> Result<(), ChanError> {
    lab.send(&Sight::Ready, &[])?;
    let mut observer = Observer::new();
    let mut away = Away::default();
    loop {
        let (Look { subjects, files }, pidfds) = lab.recv(None)?;
        observer.watch(files);
        let pidfds: Vec<BorrowedFd<'_>> = pidfds.iter().map(AsFd::as_fd).collect();
        let (subjects, neighbours) = pidfds.split_at(subjects.min(pidfds.len()));
        let mut snapshot = observer.observe(subjects, Some(MOST_ROWS));
        snapshot.networks = away.look(neighbours);
        lab.send(&Sight::Saw(Box::new(snapshot)), &[])?;
    }
}

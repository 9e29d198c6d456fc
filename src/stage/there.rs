//! Going to where another process stands: its namespaces, its root directory, its working directory.
//! Used by the eye and by what becomes a shell; both start in the host's namespaces.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::kernel::{calls, ns, observe};
use crate::model::{Errno, NsKind, NsLink};

/// What a failed call is told by.
pub(super) type Failed = (&'static str, Errno);

/// Where a process stands.
pub(super) struct There {
    lead: OwnedFd,
    root: OwnedFd,
    directory: Option<OwnedFd>,
    kinds: Vec<NsKind>,
}

impl There {
    /// Opens what belongs to the process, while the host's /proc still shows it.
    pub(super) fn of(lead: OwnedFd) -> Result<Self, Failed> {
        let directory = observe::directory(lead.as_fd()).map_err(|errno| ("openat", errno))?;
        let root = calls::open_directory(directory.as_fd(), "root").map_err(|e| ("openat", e))?;
        let kinds = differing(directory.as_fd())?;
        // A directory that was removed, or that we may not enter, is no reason to stay away.
        let directory = calls::open_directory(directory.as_fd(), "cwd").ok();
        Ok(Self {
            lead,
            root,
            directory,
            kinds,
        })
    }

    /// The user namespace, if it is another one than ours.
    pub(super) fn user(&self) -> Option<OwnedFd> {
        let other = self.kinds.contains(&NsKind::User);
        let directory = observe::directory(self.lead.as_fd())
            .ok()
            .filter(|_| other)?;
        ns::open(directory.as_fd(), NsLink::Own(NsKind::User)).ok()
    }

    /// Joins the namespaces and the root. `true`: only a child of ours will be there, since a pid
    /// namespace is joined by children alone.
    pub(super) fn go(&self) -> Result<bool, Failed> {
        if !self.kinds.is_empty() {
            calls::setns(&self.lead, &self.kinds).map_err(|errno| ("setns", errno))?;
        }
        // A process in no user namespace of its own may not chroot(2), and need not.
        if !(self.kinds.is_empty() && calls::is_our_root(&self.root)) {
            calls::enter_root(&self.root).map_err(|errno| ("chroot", errno))?;
        }
        Ok(self.kinds.contains(&NsKind::Pid))
    }

    /// On to the process's working directory, if that lies below its root.
    pub(super) fn go_to_directory(&self) -> bool {
        let Some(directory) = &self.directory else {
            return false;
        };
        if calls::change_directory(directory).is_ok() && std::env::current_dir().is_ok() {
            return true;
        }
        // Outside of the root there would be a way out of the box: never stay there.
        let _ = calls::enter_root(&self.root);
        false
    }
}

/// The kinds in which the lead is elsewhere. Joining the others again would need rights over the
/// host's namespaces that nobody here has.
fn differing(lead: BorrowedFd<'_>) -> Result<Vec<NsKind>, Failed> {
    let mut kinds = Vec::new();
    for kind in NsKind::ALL {
        let link = NsLink::Own(kind);
        match (ns::of_self(link), ns::id(lead, link)) {
            (Ok(ours), Ok(theirs)) if ours != theirs => kinds.push(kind),
            (Ok(_), Ok(_)) | (Err(Errno::ENOENT), Err(Errno::ENOENT)) => {}
            (Err(errno), _) | (_, Err(errno)) => return Err(("stat", errno)),
        }
    }
    Ok(kinds)
}

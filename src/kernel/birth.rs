//! The first breath of a member: it must not outlive its starter, and must not do anything visible
//! before everybody who must know of it does (guarantee G1).
//!
//! PDEATHSIG alone is racy: the starter may die between fork and prctl(2). So: arm, then look
//! whether the starter still holds the other end of our channel, then say ready, then wait for go.

use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::Signal;
use serde::{Serialize, de::DeserializeOwned};

use super::chan::{ChanError, Channel};
use super::sys::{self, Forked};
use crate::model::Errno;

/// How long a starter waits for `Ready`.
pub const READY_WITHIN: Duration = Duration::from_secs(10);

/// Sets our name (`comm`, cut to 15 bytes).
pub fn rename(name: &str) -> Result<(), Errno> {
    let name = CString::new(name).map_err(|_| Errno::EINVAL)?;
    Ok(rustix::thread::set_name(&name)?)
}

/// setsid(2)
pub fn new_session() -> Result<(), Errno> {
    nix::unistd::setsid()?;
    Ok(())
}

/// Sets our name and asks to be killed when our parent dies.
pub fn arm(name: &str) -> Result<(), Errno> {
    rename(name)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}

/// Forks a child of a demo program: it takes that name, does what it is told, and exits with status 0
/// if that went well. It arms no death signal; it must hold on to the lifeline that it inherits.
pub fn child(name: &str, run: impl FnOnce() -> bool) -> Result<OwnedFd, Errno> {
    live(sys::fork()?, name, run)
}

/// The same, born in new namespaces: clone3(2) with these `CLONE_NEW*` bits.
pub fn child_in(bits: u64, name: &str, run: impl FnOnce() -> bool) -> Result<OwnedFd, Errno> {
    live(sys::clone(bits, None)?.0, name, run)
}

fn live(born: Forked, name: &str, run: impl FnOnce() -> bool) -> Result<OwnedFd, Errno> {
    match born {
        Forked::Parent { pidfd, .. } => Ok(pidfd),
        Forked::Child => {
            // A child with its parent's name, or an odd one, is still the child we want.
            let name = CString::new(name).unwrap_or_default();
            let _ = rustix::thread::set_name(&name);
            let code = i32::from(!run());
            // What would be dropped here is the parent's, and it drops that itself.
            #[allow(clippy::disallowed_methods)]
            std::process::exit(code)
        }
    }
}

/// getpid(2)
#[must_use]
pub fn me() -> i32 {
    nix::unistd::getpid().as_raw()
}

/// getppid(2)
#[must_use]
pub fn parent() -> i32 {
    nix::unistd::getppid().as_raw()
}

/// The whole first breath of a hidden role whose channel waits under `number`.
/// Ends the process silently when the starter is gone: there is nobody left to tell.
pub fn begin<R: Serialize, G: DeserializeOwned>(
    name: &str,
    number: i32,
    ready: &R,
) -> Result<(Channel, G, Vec<OwnedFd>), ChanError> {
    let channel = Channel::from(sys::inherited(number).ok_or(ChanError::Ended)?);
    arm(name).map_err(ChanError::Io)?;
    if channel.ended() {
        return Err(ChanError::Ended);
    }
    channel.send(ready, &[])?;
    let (go, fds) = channel.recv(None)?;
    Ok((channel, go, fds))
}

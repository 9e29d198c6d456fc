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
use super::sys;
use crate::model::Errno;

/// How long a starter waits for `Ready`.
pub const READY_WITHIN: Duration = Duration::from_secs(10);

/// Sets our name (`comm`, cut to 15 bytes) and asks to be killed when our parent dies.
pub fn arm(name: &str) -> Result<(), Errno> {
    let name = CString::new(name).map_err(|_| Errno::EINVAL)?;
    rustix::thread::set_name(&name)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
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

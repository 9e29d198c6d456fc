//! Dispositions of signals, for demo programs: none at all, or handlers for TERM and CHLD. Used by
//! `workload`; the guardian and the ui wait for theirs in `watch`, without handlers.

use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGCHLD, SIGTERM};
use signal_hook::low_level::pipe;

use super::sys;
use crate::model::Errno;

/// A process like one written in C that never heard of signals: SigBlk, SigIgn and SigCgt are 0.
pub fn reset() {
    sys::default_signals();
}

/// A signal that is caught: its handler writes a byte, and that can be waited for.
#[derive(Debug)]
pub struct Caught(UnixStream);

impl Caught {
    /// Handles SIGTERM from now on.
    pub fn term() -> Result<Self, Errno> {
        Self::install(SIGTERM)
    }

    /// Handles SIGCHLD from now on.
    pub fn child() -> Result<Self, Errno> {
        Self::install(SIGCHLD)
    }

    fn install(number: i32) -> Result<Self, Errno> {
        let (ours, handlers) = UnixStream::pair().map_err(|e| Errno::from(&e))?;
        ours.set_nonblocking(true).map_err(|e| Errno::from(&e))?;
        pipe::register(number, handlers).map_err(|e| Errno::from(&e))?;
        Ok(Self(ours))
    }

    /// Forgets what has arrived so far.
    pub fn clear(&mut self) {
        // EAGAIN: nothing (more) there, which is what was wanted.
        let _ = self.0.read(&mut [0; 64]);
    }
}

impl AsFd for Caught {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

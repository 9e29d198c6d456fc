//! What one of our processes keeps for those who find it by its number: a sealed memfd among its
//! descriptors, known by its name. Written by the lab for the stage to hold, read by `glassbox shell`.
//! Sources: memfd_create(2), proc_pid_fd(5).

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags, SealFlags};
use serde::{Serialize, de::DeserializeOwned};

use super::chan::{self, ChanError};
use super::{observe, proc};
use crate::model::Errno;

/// Its name.
const NAME: &str = "glassbox-kept";
/// What the links in `/proc/PID/fd` lead to.
const TARGET: &[u8] = b"/memfd:glassbox-kept (deleted)";
/// Nothing that is kept is longer.
const CAP: usize = 1 << 16;

/// A descriptor to be kept.
pub fn write<T: Serialize>(what: &T) -> Result<OwnedFd, ChanError> {
    let json = serde_json::to_vec(what).map_err(|e| ChanError::Malformed(e.to_string()))?;
    chan::sealed_memfd(NAME, &json)
}

/// What that process keeps, if it does. EACCES: we may not look at its descriptors; EIO: it is nothing
/// that we have written.
pub fn read<T: DeserializeOwned>(pidfd: BorrowedFd<'_>) -> Result<Option<T>, Errno> {
    let process = observe::directory(pidfd)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let all = rustix::fs::openat(process.as_fd(), "fd", flags, Mode::empty())?;
    for entry in rustix::fs::Dir::read_from(&all)? {
        let entry = entry?;
        let name = entry.file_name();
        let link = rustix::fs::readlinkat(&all, name, Vec::new());
        if !link.is_ok_and(|link| link.as_bytes() == TARGET) {
            continue;
        }
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = rustix::fs::openat(&all, name, flags, Mode::empty())?;
        // A file may have that name as well. No other than a memfd has seals.
        let sealed = rustix::fs::fcntl_get_seals(&file);
        if !sealed.is_ok_and(|seals| seals.contains(SealFlags::SEAL | SealFlags::GROW)) {
            return Err(Errno::EIO);
        }
        let json = proc::read_fd(file.as_fd(), CAP)?;
        return serde_json::from_slice(&json).map_err(|_| Errno::EIO);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::pidfd;

    #[test]
    fn what_is_kept_is_found_in_the_process_that_keeps_it() {
        let me = pidfd::open(std::process::id().cast_signed()).expect("pidfd");
        assert_eq!(read::<Vec<u8>>(me.as_fd()), Ok(None));
        let kept = write(&[1, 2, 3]).expect("memfd");
        for _ in 0..2 {
            assert_eq!(read(me.as_fd()), Ok(Some(vec![1, 2, 3])));
        }
        assert_eq!(read::<String>(me.as_fd()), Err(Errno::EIO));
        drop(kept);
        assert_eq!(read::<Vec<u8>>(me.as_fd()), Ok(None));
    }
}

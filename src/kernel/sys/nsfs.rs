//! What a namespace says about itself: ioctl_nsfs(2). EPERM says that what is asked for lies outside
//! of what the caller may see. Called by `ns` and `nsmap`; changes nothing.
#![allow(unsafe_code)]

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use crate::model::Errno;

/// The parent of a pid or user namespace: `NS_GET_PARENT`. EPERM says, too, that there is none.
pub(in crate::kernel) fn parent(namespace: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    nix::ioctl_none!(get, 0xb7, 0x2);
    // SAFETY: the descriptor is open for the length of the call, and this request takes no argument.
    opened(unsafe { get(namespace.as_raw_fd()) })
}

/// The user namespace that owns a namespace; of a user namespace its parent: `NS_GET_USERNS`.
pub(in crate::kernel) fn owner(namespace: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    nix::ioctl_none!(get, 0xb7, 0x1);
    // SAFETY: as in `parent`.
    opened(unsafe { get(namespace.as_raw_fd()) })
}

fn opened(fd: nix::Result<RawFd>) -> Result<OwnedFd, Errno> {
    // SAFETY: the kernel has just made this descriptor (close-on-exec) for us; nobody else has it.
    fd.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
        .map_err(Errno::from)
}

/// The uid that made a user namespace, as our own calls it: `NS_GET_OWNER_UID`.
pub(in crate::kernel) fn owner_uid(namespace: BorrowedFd<'_>) -> Result<u32, Errno> {
    nix::ioctl_read_bad!(get, nix::request_code_none!(0xb7, 0x4), libc::uid_t);
    let mut uid = 0;
    // SAFETY: the request writes one uid, to a place that outlives the call.
    unsafe { get(namespace.as_raw_fd(), &raw mut uid) }?;
    Ok(uid)
}

//! System calls that no crate wraps safely: the only file with `unsafe` in it. Every block says why
//! it is sound; every descriptor that comes out is owned and close-on-exec.
#![allow(unsafe_code)]

// nsfs

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use crate::model::Errno;

/// The parent of a pid or user namespace: `NS_GET_PARENT`, ioctl_nsfs(2). EPERM says that there is
/// none, or that it lies outside of what the caller may see.
pub fn ns_parent(namespace: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    nix::ioctl_none!(ns_get_parent, 0xb7, 0x2);
    // SAFETY: the descriptor is open for the length of the call, and this request takes no argument.
    let fd = unsafe { ns_get_parent(namespace.as_raw_fd()) }.map_err(|e| Errno(e as i32))?;
    // SAFETY: the kernel has just made this descriptor (close-on-exec) for us; nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

// clone3

/// Whether the kernel, or a filter in front of it, answers clone3(2) with ENOSYS. Starts nothing.
#[must_use]
pub fn clone3_is_absent() -> bool {
    // SAFETY: clone3 without arguments of the least size fails (EINVAL) before it reads any.
    let result = unsafe { libc::syscall(libc::SYS_clone3, std::ptr::null::<u8>(), 0_usize) };
    result == -1 && nix::errno::Errno::last() == nix::errno::Errno::ENOSYS
}

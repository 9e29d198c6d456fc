//! add_key(2) and keyctl(2), which no crate of ours wraps. Called by `kernel::keys` alone.

use std::ffi::CStr;

use super::last_errno;
use crate::model::Errno;

const USER: &CStr = c"user";

/// Leaves the session keyring for a new one without a name.
pub(in crate::kernel) fn join_new_session_keyring() -> Result<i64, Errno> {
    let operation = libc::c_long::from(libc::KEYCTL_JOIN_SESSION_KEYRING);
    // SAFETY: a null pointer is what the call takes for "without a name".
    number(unsafe { libc::syscall(libc::SYS_keyctl, operation, 0_usize) })
}

/// Puts a key of the type `user` into the session keyring.
pub(in crate::kernel) fn add_user_key(name: &CStr, text: &[u8]) -> Result<i64, Errno> {
    // SAFETY: both texts end with a null byte, the payload has the length that is told, and all of
    // them outlive the call, which makes copies.
    number(unsafe {
        libc::syscall(
            libc::SYS_add_key,
            USER.as_ptr(),
            name.as_ptr(),
            text.as_ptr(),
            text.len(),
            libc::c_long::from(libc::KEY_SPEC_SESSION_KEYRING),
        )
    })
}

/// Looks for such a key in the session keyring and those in it.
pub(in crate::kernel) fn search_user_key(name: &CStr) -> Result<i64, Errno> {
    // SAFETY: both texts end with a null byte and outlive the call; 0 means that it links the key
    // nowhere.
    number(unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            libc::c_long::from(libc::KEYCTL_SEARCH),
            libc::c_long::from(libc::KEY_SPEC_SESSION_KEYRING),
            USER.as_ptr(),
            name.as_ptr(),
            0_usize,
        )
    })
}

/// Reads what a key holds; returns how long that is, also where `buffer` is too short for it.
pub(in crate::kernel) fn read_key(key: i64, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the buffer is as long as it is told to be, and is written to during the call only.
    let length = number(unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            libc::c_long::from(libc::KEYCTL_READ),
            key,
            buffer.as_mut_ptr(),
            buffer.len(),
        )
    })?;
    usize::try_from(length).map_err(|_| Errno::EIO)
}

/// syslog(2), `SYSLOG_ACTION_READ_ALL`: the end of the kernel's log, which stays as it is.
pub(in crate::kernel) fn kernel_log(buffer: &mut [u8]) -> Result<usize, Errno> {
    const READ_ALL: libc::c_int = 3;
    let length = libc::c_int::try_from(buffer.len()).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the buffer is as long as it is told to be, and is written to during the call only.
    let result = unsafe { libc::klogctl(READ_ALL, buffer.as_mut_ptr().cast(), length) };
    usize::try_from(number(libc::c_long::from(result))?).map_err(|_| Errno::EIO)
}

fn number(result: libc::c_long) -> Result<i64, Errno> {
    if result == -1 {
        Err(last_errno())
    } else {
        Ok(result)
    }
}

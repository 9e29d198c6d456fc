//! The calls of `kernel::limits` and `kernel::tries` that no crate wraps: seccomp(2) without the
//! no_new_privs that crates set first, and three that come to nothing. Called by these alone.

use super::last_errno;
use crate::model::Errno;

/// `struct sock_fprog` of seccomp(2).
#[repr(C)]
struct Program {
    length: libc::c_ushort,
    filter: *const seccompiler::sock_filter,
}

/// seccomp(2), `SECCOMP_SET_MODE_FILTER`, for the calling thread.
pub(in crate::kernel) fn set_filter(program: &[seccompiler::sock_filter]) -> Result<(), Errno> {
    let length = libc::c_ushort::try_from(program.len()).map_err(|_| Errno::EINVAL)?;
    let program = Program {
        length,
        filter: program.as_ptr(),
    };
    // SAFETY: the program has the layout that the call reads, as many instructions as it says, and
    // outlives the call, which makes a copy.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            std::ptr::from_ref(&program),
        )
    };
    unit(result)
}

/// keyctl(2), `KEYCTL_DESCRIBE`, of the key with the highest number there is: which nobody has, so
/// the answer is ENOKEY. Needs no privilege.
pub(in crate::kernel) fn describe_no_key() -> Result<(), Errno> {
    const KEYCTL_DESCRIBE: libc::c_long = 6;
    // SAFETY: with a null buffer of no length the call writes nothing.
    let result = unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            KEYCTL_DESCRIBE,
            libc::c_long::from(i32::MAX),
            0_usize,
            0_usize,
        )
    };
    unit(result)
}

/// reboot(2) without the two magic numbers: EPERM without the capability, else EINVAL, and never a
/// reboot.
pub(in crate::kernel) fn reboot_without_magic() -> Result<(), Errno> {
    // SAFETY: no pointers; without the numbers the kernel does nothing.
    unit(unsafe { libc::syscall(libc::SYS_reboot, 0, 0, 0, 0_usize) })
}

/// adjtimex(2) with a length of the tick that no clock has: EPERM without the capability, else EINVAL,
/// and never another clock.
pub(in crate::kernel) fn tick_of_no_length() -> Result<(), Errno> {
    // SAFETY: a structure of numbers, for which all zeros is a value.
    let mut change: libc::timex = unsafe { std::mem::zeroed() };
    change.modes = libc::ADJ_TICK;
    // SAFETY: the structure is ours for the whole call.
    unit(unsafe { libc::adjtimex(&raw mut change) }.into())
}

fn unit(result: libc::c_long) -> Result<(), Errno> {
    if result == -1 {
        Err(last_errno())
    } else {
        Ok(())
    }
}

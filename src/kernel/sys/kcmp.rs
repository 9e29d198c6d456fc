//! Whether two processes have the same open file: kcmp(2). Called by `nsmap`; changes nothing.
#![allow(unsafe_code)]

/// `KCMP_FILE` of <linux/kcmp.h>.
const FILE: libc::c_int = 0;

/// Whether that descriptor of both is the same open file description, as after fork(2). `false` also
/// where nobody says: no such process or descriptor, no permission, a kernel without it.
pub(in crate::kernel) fn same_file(one: i32, other: i32, fd: i32) -> bool {
    let fd = libc::c_long::from(fd);
    // SAFETY: the call takes five numbers and touches no memory of ours.
    let order = unsafe { libc::syscall(libc::SYS_kcmp, one, other, FILE, fd, fd) };
    order == 0
}

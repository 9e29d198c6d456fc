//! Filters for children of tests, seccomp(2): a kernel, or a container engine around us, that refuses
//! a system call. Used by tests that ask what glassbox says then.

#![allow(unsafe_code, reason = "two prctl calls: see their SAFETY comments")]

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::libc::{self, c_int, c_long, sock_filter, sock_fprog};

/// A system call, the bits of its first argument that matter (`None`: whatever it is), and the errno.
type Refusal = (c_long, Option<u32>, c_int);

/// All `CLONE_NEW*` bits that clone(2) knows.
const NEW: u32 = 0x7e02_0000;
/// `CLONE_NEWTIME`
const NEWTIME: u32 = 0x80;

/// What docker's default profile does to a process without CAP_SYS_ADMIN, as far as it matters here.
pub(crate) const DOCKER: &[Refusal] = &[
    (libc::SYS_clone3, None, libc::ENOSYS),
    (libc::SYS_clone, Some(NEW), libc::EPERM),
    (libc::SYS_unshare, None, libc::EPERM),
    (libc::SYS_setns, None, libc::EPERM),
    (libc::SYS_mount, None, libc::EPERM),
    (libc::SYS_umount2, None, libc::EPERM),
    (libc::SYS_pivot_root, None, libc::EPERM),
    (libc::SYS_sethostname, None, libc::EPERM),
];

/// What a kernel without POSIX message queues answers.
pub(crate) const NO_MQUEUE: &[Refusal] = &[(libc::SYS_mq_open, None, libc::ENOSYS)];

/// What a kernel without time namespaces answers.
pub(crate) const NO_TIME: &[Refusal] = &[(libc::SYS_unshare, Some(NEWTIME), libc::EINVAL)];

/// The command will run behind the filter, and so will everything that it starts.
pub(crate) fn refuse(command: &mut Command, refusals: &[Refusal]) {
    let filter = program(refusals);
    // SAFETY: between fork and exec it makes two system calls and allocates nothing.
    unsafe { command.pre_exec(move || install(&filter)) };
}

/// In classic BPF: load the number; for each refusal compare, and answer; at the end allow.
fn program(refusals: &[Refusal]) -> Vec<sock_filter> {
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const ANY_BIT: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
    const ANSWER: u32 = libc::BPF_RET | libc::BPF_K;
    /// Where the lower half of the first argument stands in struct seccomp_data.
    const FIRST: u32 = 16;
    let line = |code: u32, k: u32, jt: u8, jf: u8| sock_filter {
        code: u16::try_from(code).expect("a short code"),
        jt,
        jf,
        k,
    };
    let mut lines = vec![line(LOAD, 0, 0, 0)];
    for (call, bits, errno) in refusals {
        let number = u32::try_from(*call).expect("a call's number");
        let answer = line(ANSWER, libc::SECCOMP_RET_ERRNO | errno.unsigned_abs(), 0, 0);
        match bits {
            None => lines.extend([line(EQUAL, number, 0, 1), answer]),
            Some(bits) => lines.extend([
                line(EQUAL, number, 0, 4),
                line(LOAD, FIRST, 0, 0),
                line(ANY_BIT, *bits, 0, 1),
                answer,
                line(LOAD, 0, 0, 0),
            ]),
        }
    }
    lines.push(line(ANSWER, libc::SECCOMP_RET_ALLOW, 0, 0));
    lines
}

fn install(filter: &[sock_filter]) -> io::Result<()> {
    let program = sock_fprog {
        len: u16::try_from(filter.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
        filter: filter.as_ptr().cast_mut(),
    };
    nix::sys::prctl::set_no_new_privs()?;
    // SAFETY: `program` and the lines it points to outlive the call, which only reads them.
    let done = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

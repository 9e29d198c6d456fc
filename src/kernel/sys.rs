//! The only file with `unsafe`, with those of its folder: system calls that no crate wraps safely.
//!
//! The processes that call these are single-threaded from exec to exit (invariant of
//! `ARCHITECTURE.md`); the ui process, which has threads, calls none of the forking ones after its
//! first thread exists.
#![allow(unsafe_code)]

pub(super) mod kcmp;
pub(super) mod keys;
pub(super) mod limits;
pub(super) mod loops;
pub(super) mod nsfs;

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use crate::model::Errno;

/// Which side of a fork we are on.
#[derive(Debug)]
pub enum Forked {
    /// In the new process.
    Child,
    /// In the old one.
    Parent {
        /// The child's number in our pid namespace.
        pid: i32,
        /// A pidfd for it, close-on-exec.
        pidfd: OwnedFd,
    },
}

/// `struct clone_args` of clone3(2): what came with Linux 5.3 (64 bytes), 5.5 and 5.7.
#[repr(C)]
#[derive(Default)]
struct CloneArgs {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// Its size in Linux 5.3: the kernel may not know the rest.
const CLONE_ARGS_VER0: usize = 64;
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// clone3(2) with `CLONE_PIDFD` and the given `CLONE_NEW*` bits, like fork(2) otherwise; with a
/// directory of cgroup v2 the child is born in that cgroup (`CLONE_INTO_CGROUP`, Linux 5.7; an older
/// kernel answers E2BIG).
///
/// The second value is the call that did it: `clone3`, or `clone` where a seccomp filter or an old
/// kernel answers ENOSYS. Must be called from a single-threaded process.
pub fn clone(
    namespaces: u64,
    cgroup: Option<BorrowedFd<'_>>,
) -> Result<(Forked, &'static str), Errno> {
    let mut pidfd: RawFd = -1;
    let flags = namespaces | libc::CLONE_PIDFD as u64;
    let (into, size) = match cgroup {
        Some(_) => (CLONE_INTO_CGROUP, size_of::<CloneArgs>()),
        None => (0, CLONE_ARGS_VER0),
    };
    let mut args = CloneArgs {
        flags: flags | into,
        cgroup: cgroup.map_or(0, |fd| u64::from(fd.as_raw_fd().unsigned_abs())),
        pidfd: std::ptr::from_mut(&mut pidfd) as u64,
        exit_signal: libc::SIGCHLD as u64,
        ..CloneArgs::default()
    };
    // SAFETY: `args` is a valid clone_args of the size we pass and outlives the call; without
    // CLONE_VM the child gets its own copy of our memory, and we have no other thread whose locks
    // it could inherit.
    let mut pid = unsafe { libc::syscall(libc::SYS_clone3, std::ptr::from_mut(&mut args), size) };
    let mut name = "clone3";
    if pid == -1 && last_errno() == Errno::ENOSYS {
        name = "clone";
        // CLONE_NEWTIME is not for clone(2), whose lowest byte is the exit signal; nor is a cgroup.
        if namespaces & 0xff != 0 || cgroup.is_some() {
            return Err(Errno::ENOSYS);
        }
        // SAFETY: as above; a null stack means "go on with the copy of this one". CLONE_PIDFD puts
        // the descriptor where the third argument points.
        pid = unsafe {
            libc::syscall(
                libc::SYS_clone,
                flags | libc::SIGCHLD as u64,
                0usize,
                std::ptr::from_mut(&mut pidfd),
                0usize,
                0usize,
            )
        };
    }
    forked(pid, || {
        // SAFETY: the kernel has just opened this descriptor for us; nobody else owns it.
        Ok(unsafe { OwnedFd::from_raw_fd(pidfd) })
    })
    .map(|forked| (forked, name))
}

/// fork(2), then pidfd_open(2) of the child. Must be called from a single-threaded process.
pub fn fork() -> Result<Forked, Errno> {
    // SAFETY: the caller is single-threaded, so the child may do whatever it could do.
    let pid = unsafe { libc::fork() };
    forked(i64::from(pid), || {
        // The child is ours and not reaped, so its number cannot mean another process.
        let pid = rustix::process::Pid::from_raw(pid).ok_or(Errno::ESRCH)?;
        Ok(rustix::process::pidfd_open(
            pid,
            rustix::process::PidfdFlags::empty(),
        )?)
    })
}

fn forked(pid: i64, pidfd: impl FnOnce() -> Result<OwnedFd, Errno>) -> Result<Forked, Errno> {
    match pid {
        -1 => Err(last_errno()),
        0 => Ok(Forked::Child),
        pid => {
            let pid = i32::try_from(pid).map_err(|_| Errno::EINVAL)?;
            Ok(Forked::Parent {
                pid,
                pidfd: pidfd()?,
            })
        }
    }
}

fn last_errno() -> Errno {
    Errno(
        std::io::Error::last_os_error()
            .raw_os_error()
            .unwrap_or(Errno::EIO.0),
    )
}

/// Takes ownership of a descriptor that was handed to this program at exec under a fixed number.
/// `None` if there is none. Call it once per number, first thing in a hidden role.
#[must_use]
pub fn inherited(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: F_GETFD only asks whether the number is open.
    if unsafe { libc::fcntl(number, libc::F_GETFD) } == -1 {
        return None;
    }
    // SAFETY: F_SETFD with a valid flag on an open descriptor.
    unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) };
    // SAFETY: it is open, it was opened for this role by whoever started us, and nothing else in
    // this program has taken it: the roles call this before they open anything.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Makes `fd` open under `number`, without close-on-exec. Only between fork and exec.
pub fn place(fd: RawFd, number: RawFd) -> Result<(), Errno> {
    // SAFETY: between fork and exec the child owns every number; whatever was open under `number`
    // is a leftover of the parent that this program image will not touch again.
    if unsafe { libc::dup2(fd, number) } == -1 {
        Err(last_errno())
    } else {
        Ok(())
    }
}

/// Closes every descriptor from `first` on but `keep`. Only between fork and exec.
pub fn close_all_but(first: RawFd, keep: RawFd) {
    // The numbers are never negative here; the casts keep them as they are.
    #[allow(clippy::cast_sign_loss)]
    let (first, keep) = (first as libc::c_uint, keep as libc::c_uint);
    // SAFETY: between fork and exec nothing uses these descriptors any more; close_range(2) never
    // fails for a valid range on the kernels we support (5.9 and newer).
    unsafe {
        if keep > first {
            libc::syscall(libc::SYS_close_range, first, keep - 1, 0);
        }
        libc::syscall(
            libc::SYS_close_range,
            keep.max(first) + 1,
            libc::c_uint::MAX,
            0,
        );
    }
}

/// Ends a forked child at once: without destructors and exit handlers, which are its parent's.
pub fn leave(code: i32) -> ! {
    // SAFETY: _exit(2) does not return, and this process has nothing to clean up.
    unsafe { libc::_exit(code) }
}

// clone3

/// Whether the kernel, or a filter in front of it, answers clone3(2) with ENOSYS. Starts nothing.
#[must_use]
pub fn clone3_is_absent() -> bool {
    // SAFETY: clone3 without arguments of the least size fails (EINVAL) before it reads any.
    let result = unsafe { libc::syscall(libc::SYS_clone3, std::ptr::null::<u8>(), 0_usize) };
    result == -1 && nix::errno::Errno::last() == nix::errno::Errno::ENOSYS
}

// signals

/// `struct sigaction` as rt_sigaction(2) takes it where we run (x86-64, arm64, riscv64): 32 bytes.
#[repr(C)]
struct SigAction {
    handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

/// Gives every signal back to the kernel's default and unblocks all. Gone is what the runtime of the
/// language set up before `main` (handlers for SIGSEGV and SIGBUS, SIGPIPE ignored), and what was
/// inherited: ignored signals stay so over execve(2).
pub fn default_signals() {
    let default = SigAction {
        handler: libc::SIG_DFL,
        flags: 0,
        restorer: 0,
        mask: 0,
    };
    // Not sigaction(3): the C library keeps 32 and 33 for itself.
    for number in 1..=64 {
        // SAFETY: `default` has the layout that the call reads and outlives it. SIG_DFL is no code of
        // ours, so any signal may have it; for KILL and STOP the call fails and changes nothing.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                number,
                std::ptr::from_ref(&default),
                std::ptr::null_mut::<SigAction>(),
                size_of::<u64>(),
            )
        };
    }
    let mut none = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset fills the set that the second call reads; nobody else has a pointer to it.
    unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut());
    }
}

// System V shared memory

/// shmget(2): the segment of that key, made with mode 0600 if `create` says so.
pub fn shm_get(key: i32, size: usize, create: bool) -> Result<i32, Errno> {
    let flags = if create { libc::IPC_CREAT | 0o600 } else { 0 };
    // SAFETY: no pointers; it gives a number.
    match unsafe { libc::shmget(key, size, flags) } {
        -1 => Err(last_errno()),
        id => Ok(id),
    }
}

/// semget(2): the set of that key, made with mode 0600 if there is none.
pub fn sem_get(key: i32, count: i32) -> Result<i32, Errno> {
    // SAFETY: no pointers; it gives a number.
    match unsafe { libc::semget(key, count, libc::IPC_CREAT | 0o600) } {
        -1 => Err(last_errno()),
        id => Ok(id),
    }
}

/// msgget(2): the queue of that key, made with mode 0600 if there is none.
pub fn msg_get(key: i32) -> Result<i32, Errno> {
    // SAFETY: no pointers; it gives a number.
    match unsafe { libc::msgget(key, libc::IPC_CREAT | 0o600) } {
        -1 => Err(last_errno()),
        id => Ok(id),
    }
}

/// msgsnd(2) of a message of type 1, never waiting.
pub fn msg_send(id: i32, text: &[u8]) -> Result<(), Errno> {
    let mut message = libc::c_long::from(1_i32).to_ne_bytes().to_vec();
    message.extend(text);
    // SAFETY: `message` is a long and after it `text.len()` bytes: struct msgbuf of msgop(2).
    let result = unsafe { libc::msgsnd(id, message.as_ptr().cast(), text.len(), libc::IPC_NOWAIT) };
    if result == -1 {
        Err(last_errno())
    } else {
        Ok(())
    }
}

/// A segment of shared memory in our address space, its first page at least.
#[derive(Debug)]
pub struct Attached {
    address: *mut u8,
    writable: bool,
}

impl Attached {
    /// What shmat(2) returned.
    #[must_use]
    pub fn address(&self) -> i64 {
        address(self.address)
    }
}

/// Addresses of user space have no highest bit.
fn address(pointer: *mut u8) -> i64 {
    i64::try_from(pointer.addr()).unwrap_or(i64::MAX)
}

/// A page on most machines; any attached segment has one.
const PAGE: usize = 4096;

/// shmat(2)
pub fn shm_attach(id: i32, writable: bool) -> Result<Attached, Errno> {
    let flags = if writable { 0 } else { libc::SHM_RDONLY };
    // SAFETY: with a null address the kernel chooses a place where nothing is.
    let address = unsafe { libc::shmat(id, std::ptr::null(), flags) };
    if address.addr() == usize::MAX {
        return Err(last_errno());
    }
    let address = address.cast();
    Ok(Attached { address, writable })
}

impl Attached {
    /// Writes to its beginning, at most a page; nothing if it is not writable.
    pub fn write(&self, bytes: &[u8]) {
        if !self.writable {
            return;
        }
        for (position, byte) in bytes.iter().take(PAGE).enumerate() {
            // SAFETY: within the first page of a mapping that lives as long as `self` and is
            // writable; volatile, since other processes may look and write at any time.
            unsafe { self.address.add(position).write_volatile(*byte) };
        }
    }

    /// Reads from its beginning, at most a page.
    #[must_use]
    pub fn read(&self, count: usize) -> Vec<u8> {
        let positions = 0..count.min(PAGE);
        // SAFETY: as above, and every mapping is readable.
        let byte = |position| unsafe { self.address.add(position).read_volatile() };
        positions.map(byte).collect()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        // SAFETY: shmat gave this address, and nobody uses it any more.
        unsafe { libc::shmdt(self.address.cast_const().cast()) };
    }
}

// memory

/// Anonymous memory of our own: address space first, memory page by page as it is touched.
#[derive(Debug)]
pub struct Reserved {
    address: *mut u8,
    length: usize,
}

/// mmap(2), `PROT_READ|PROT_WRITE`, `MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE`.
pub fn reserve(length: usize) -> Result<Reserved, Errno> {
    let rights = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: with a null address the kernel chooses a place where nothing is.
    let address = unsafe { libc::mmap(std::ptr::null_mut(), length, rights, flags, -1, 0) };
    if address == libc::MAP_FAILED {
        return Err(last_errno());
    }
    let address = address.cast();
    Ok(Reserved { address, length })
}

impl Reserved {
    /// What mmap(2) returned.
    #[must_use]
    pub fn address(&self) -> i64 {
        address(self.address)
    }

    /// Writes to each page from one offset to before another, as far as there are any.
    pub fn touch(&mut self, from: usize, to: usize) {
        for offset in (from..to.min(self.length)).step_by(PAGE) {
            // SAFETY: within the mapping, which is writable, ours alone and lives as long as `self`.
            unsafe { self.address.add(offset).write_volatile(1) };
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        // SAFETY: `reserve` got this mapping, and nobody uses it any more.
        unsafe { libc::munmap(self.address.cast(), self.length) };
    }
}

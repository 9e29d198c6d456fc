//! The calls of the operation `try`: each asked for really, and once more with arguments that cannot be
//! right, which tells a filter from all that comes after it. The stage has made sure that the
//! caller is in a user namespace of its own, so nothing here can change the machine; for one that is
//! not, there is `host`.

pub mod host;

use rustix::fs::{CWD, Mode};
use rustix::time::{ClockId, Timespec, clock_gettime, clock_settime};

use super::chan::Channel;
use super::sys::limits as sys;
use super::{birth, calls, paths, pidfd};
use crate::model::tries::Try;
use crate::model::{Errno, NsKind};

/// The name of what is made, in the directory of the operation.
const NAME: &str = "tried";
/// The uid that a file, or a child, is to get: in a map of one id it has no number.
const OTHER: u32 = 1;
/// The device file that would be made: `/dev/null`'s numbers.
const NULL: (u32, u32) = (1, 3);
/// No path may be that long: path_resolution(7).
const TOO_LONG: usize = 5000;

/// Name and arguments of the call as strace would show them.
#[must_use]
pub fn shown(tried: Try, at: &str) -> (&'static str, Vec<String>) {
    let path = format!("\"{at}/{NAME}\"");
    let here = "AT_FDCWD";
    let args: &[&str] = match tried {
        Try::Mkdir => &[here, &path, "0755"],
        Try::Mount => &["\"none\"", &format!("\"{at}\""), "\"tmpfs\"", "0", "NULL"],
        Try::Mknod => &[here, &path, "S_IFCHR|0600", "makedev(1, 3)"],
        Try::Chown => &[here, &path, "1", "-1", "0"],
        Try::Chroot => &["\"/\""],
        Try::Unshare => &["CLONE_NEWUTS"],
        Try::Setuid => &["1"],
        Try::Rawsocket => &["AF_INET", "SOCK_RAW", "IPPROTO_ICMP"],
        Try::Ptrace => &["PTRACE_SEIZE", "a child", "NULL", "0"],
        Try::Keyctl => &["KEYCTL_DESCRIBE", "2147483647", "NULL", "0"],
        Try::Reboot => &["0", "0", "0", "NULL"],
        Try::Clock => &["CLOCK_REALTIME", "{now}"],
        Try::Dmesg => &["SYSLOG_ACTION_READ_ALL", "...", "4096"],
    };
    (
        call(tried),
        args.iter().map(|arg| (*arg).to_owned()).collect(),
    )
}

fn call(tried: Try) -> &'static str {
    match tried {
        Try::Mkdir => "mkdirat",
        Try::Mount => "mount",
        Try::Mknod => "mknodat",
        Try::Chown => "fchownat",
        Try::Chroot => "chroot",
        Try::Unshare => "unshare",
        Try::Setuid => "setuid",
        Try::Rawsocket => "socket",
        Try::Ptrace => "ptrace",
        Try::Keyctl => "keyctl",
        Try::Reboot => "reboot",
        Try::Clock => "clock_settime",
        Try::Dmesg => "syslog",
    }
}

/// What is a yes although it is an error: the key does not exist, and without two numbers there is no
/// reboot.
#[must_use]
pub fn is_yes(tried: Try, errno: Errno) -> bool {
    matches!(
        (tried, errno),
        (Try::Keyctl, Errno::ENOKEY) | (Try::Reboot, Errno::EINVAL)
    )
}

/// Makes what a call needs to find; what cannot be made, the call says.
pub fn prepare(tried: Try, at: &str) {
    if tried == Try::Chown {
        let _ = paths::open_to_write(&format!("{at}/{NAME}"), paths::Writing::Afresh);
    }
}

/// Makes the call.
pub fn really(tried: Try, at: &str) -> Result<(), Errno> {
    let path = format!("{at}/{NAME}");
    match tried {
        Try::Mkdir => paths::mkdir(&path),
        Try::Mount => mount(at),
        Try::Mknod => mknod(&path),
        Try::Chown => chown(&path),
        Try::Chroot => paths::chroot("/"),
        Try::Unshare => in_child(|| calls::unshare(&[NsKind::Uts])),
        Try::Setuid => in_child(|| set_uid(OTHER)),
        Try::Rawsocket => socket(rustix::net::AddressFamily::INET),
        Try::Ptrace => trace_child(),
        Try::Keyctl => sys::describe_no_key(),
        Try::Reboot => sys::reboot_without_magic(),
        // To what it says: should a kernel allow it after all, hardly anybody would notice.
        Try::Clock => Ok(clock_settime(
            ClockId::Realtime,
            clock_gettime(ClockId::Realtime),
        )?),
        Try::Dmesg => super::sys::keys::kernel_log(&mut [0; 4096]).map(drop),
    }
}

/// The same call with arguments that the kernel refuses before it asks for any permission; EPERM then
/// comes from a filter. `None`: there are no such arguments.
#[must_use]
pub fn absurdly(tried: Try) -> Option<Result<(), Errno>> {
    let long = format!("/{}", "x".repeat(TOO_LONG));
    Some(match tried {
        Try::Mkdir => paths::mkdir(&long),
        Try::Mount => mount(&long),
        Try::Mknod => mknod(&long),
        Try::Chown => chown(&long),
        Try::Chroot => paths::chroot(&long),
        Try::Unshare => in_child(calls::unshare_nothing_known),
        Try::Setuid => in_child(|| set_uid(u32::MAX)),
        Try::Rawsocket => socket(rustix::net::AddressFamily::from_raw(u16::MAX)),
        Try::Keyctl => sys::describe_no_key(),
        Try::Clock => {
            let mut never = clock_gettime(ClockId::Realtime);
            never.tv_nsec = -1;
            set_clock(never)
        }
        Try::Ptrace | Try::Reboot | Try::Dmesg => return None,
    })
}

/// Takes back what succeeded.
pub fn undo(tried: Try, at: &str) {
    let path = format!("{at}/{NAME}");
    let _ = match tried {
        Try::Mkdir => paths::rmdir(&path),
        Try::Mount => calls::umount(at, true),
        Try::Mknod | Try::Chown => paths::unlink(&path),
        _ => Ok(()),
    };
}

fn set_clock(time: Timespec) -> Result<(), Errno> {
    Ok(clock_settime(ClockId::Realtime, time)?)
}

fn mount(target: &str) -> Result<(), Errno> {
    let (flags, _) = calls::MountFlags::from_words(&[]).map_err(|_| Errno::EINVAL)?;
    calls::mount("none", target, Some("tmpfs"), flags, None)
}

fn mknod(path: &str) -> Result<(), Errno> {
    let kind = rustix::fs::FileType::CharacterDevice;
    let device = rustix::fs::makedev(NULL.0, NULL.1);
    let mode = Mode::from_raw_mode(0o600);
    Ok(rustix::fs::mknodat(CWD, path, kind, mode, device)?)
}

fn chown(path: &str) -> Result<(), Errno> {
    let owner = Some(rustix::process::Uid::from_raw(OTHER));
    let flags = rustix::fs::AtFlags::empty();
    Ok(rustix::fs::chownat(CWD, path, owner, None, flags)?)
}

fn set_uid(uid: u32) -> Result<(), Errno> {
    Ok(nix::unistd::setuid(nix::unistd::Uid::from_raw(uid))?)
}

fn socket(family: rustix::net::AddressFamily) -> Result<(), Errno> {
    use rustix::net::{SocketFlags, SocketType, ipproto, socket_with};
    let protocol = Some(ipproto::ICMP);
    let flags = SocketFlags::CLOEXEC;
    Ok(socket_with(family, SocketType::RAW, flags, protocol).map(drop)?)
}

/// What would change us, a child does, and ends.
fn in_child(run: impl FnOnce() -> Result<(), Errno>) -> Result<(), Errno> {
    let (ours, theirs) = Channel::pair().map_err(|_| Errno::EIO)?;
    let child = birth::child("try", || {
        let errno = run().err().map(|errno| errno.0);
        theirs.send(&errno, &[]).is_ok()
    })?;
    drop(theirs);
    let answer = ours.recv::<Option<i32>>(Some(birth::READY_WITHIN));
    pidfd::kill(&child);
    pidfd::wait_for_end(&child)?;
    pidfd::reap(&child)?;
    match answer {
        Ok((None, _)) => Ok(()),
        Ok((Some(errno), _)) => Err(Errno(errno)),
        Err(_) => Err(Errno::EIO),
    }
}

/// Seizes a child that waits, and ends it: ptrace(2).
fn trace_child() -> Result<(), Errno> {
    let (ours, theirs) = Channel::pair().map_err(|_| Errno::EIO)?;
    let child = birth::child("try", || {
        let said = theirs.send(&birth::me(), &[]);
        said.is_ok() && theirs.recv::<()>(Some(birth::READY_WITHIN)).is_ok()
    })?;
    let traced = ours
        .recv::<i32>(Some(birth::READY_WITHIN))
        .map_err(|_| Errno::EIO)
        .and_then(|(pid, _)| {
            let pid = nix::unistd::Pid::from_raw(pid);
            let options = nix::sys::ptrace::Options::empty();
            Ok(nix::sys::ptrace::seize(pid, options)?)
        });
    pidfd::kill(&child);
    pidfd::wait_for_end(&child)?;
    pidfd::reap(&child)?;
    traced
}

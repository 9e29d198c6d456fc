//! The same questions, asked by an ordinary process of the host: with arguments that come to nothing
//! where the answer is yes. The kernel asks for the permission first; each comment says where. Called
//! by the stage for a process that is in the host's user namespace; changes nothing of the machine.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{CWD, FileType, Mode, makedev};
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};

use super::super::sys::{keys, limits as sys};
use super::super::{calls, chan, limits, paths};
use super::{NULL, OTHER, in_child, set_uid, socket, trace_child};
use crate::model::tries::Try;
use crate::model::{Errno, NsKind};

/// Where a device file is asked for that cannot be made for want of the capability.
const NOWHERE: &str = "/dev/shm";
/// `CAP_MKNOD`
const MKNOD: u64 = 1 << 27;

/// Name and arguments of the call as strace would show them.
#[must_use]
pub fn shown(tried: Try) -> (&'static str, Vec<String>) {
    let args: &[&str] = match tried {
        Try::Mkdir => &["AT_FDCWD", "\"/\"", "0755"],
        Try::Mount => &["\"none\"", "\"/\"", "NULL", "MS_SHARED|MS_PRIVATE", "NULL"],
        Try::Mknod => &["a directory", "\"tried\"", "S_IFCHR|0600", "makedev(1, 3)"],
        Try::Chown => &["memfd", "1", "-1"],
        Try::Clock => &["{modes=ADJ_TICK, tick=0}"],
        same => return super::shown(same, ""),
    };
    let name = match tried {
        Try::Chown => "fchown",
        Try::Clock => "adjtimex",
        same => super::call(same),
    };
    (name, args.iter().map(|arg| (*arg).to_owned()).collect())
}

/// What is a yes although it is an error.
#[must_use]
pub fn is_yes(tried: Try, errno: Errno) -> bool {
    match tried {
        Try::Mkdir => errno == Errno::EEXIST,
        Try::Mount | Try::Clock => errno == Errno::EINVAL,
        _ => super::is_yes(tried, errno),
    }
}

/// Makes the call. `None`: there is no way to ask here that could change nothing.
#[must_use]
pub fn really(tried: Try) -> Option<Result<(), Errno>> {
    Some(match tried {
        // The root directory is there already: filename_create().
        Try::Mkdir => paths::mkdir("/"),
        // may_mount(), and then "only one propagation flag": path_mount(), do_change_type().
        Try::Mount => mount_with_two_propagations(),
        Try::Mknod => return mknod(),
        Try::Chown => chown(),
        // It stays what it is; a child, so that nobody has to reason about that.
        Try::Chroot => in_child(|| paths::chroot("/")),
        Try::Unshare => in_child(|| calls::unshare(&[NsKind::Uts])),
        Try::Setuid => in_child(|| set_uid(OTHER)),
        Try::Rawsocket => socket(rustix::net::AddressFamily::INET),
        Try::Ptrace => trace_child(),
        Try::Keyctl => sys::describe_no_key(),
        Try::Reboot => sys::reboot_without_magic(),
        // CAP_SYS_TIME, and then the range of the tick: timekeeping_validate_timex().
        Try::Clock => sys::tick_of_no_length(),
        // Read, and kept by nobody.
        Try::Dmesg => keys::kernel_log(&mut [0; 4096]).map(drop),
    })
}

fn mount_with_two_propagations() -> Result<(), Errno> {
    use nix::mount::MsFlags;
    let flags = MsFlags::MS_SHARED | MsFlags::MS_PRIVATE;
    Ok(nix::mount::mount::<str, str, str, str>(
        Some("none"),
        "/",
        None,
        flags,
        None,
    )?)
}

/// In a filesystem that is mounted nowhere and goes with its descriptor; where that cannot be had, for
/// somebody who lacks the capability, in a directory where everybody may make files.
fn mknod() -> Option<Result<(), Errno>> {
    let make = |dir: &OwnedFd| {
        let (kind, mode) = (FileType::CharacterDevice, Mode::from_raw_mode(0o600));
        let device = makedev(NULL.0, NULL.1);
        Ok(rustix::fs::mknodat(
            dir,
            "glassbox-tried",
            kind,
            mode,
            device,
        )?)
    };
    if let Ok(detached) = detached() {
        return Some(make(&detached));
    }
    if limits::capabilities().ok()?.effective & MKNOD != 0 {
        return None;
    }
    let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::DIRECTORY;
    let flags = flags | rustix::fs::OFlags::CLOEXEC;
    let dir = rustix::fs::openat(CWD, NOWHERE, flags, Mode::empty()).ok()?;
    Some(make(&dir))
}

fn detached() -> Result<OwnedFd, Errno> {
    let tmpfs = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_create(tmpfs.as_fd())?;
    let (flags, attributes) = (FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty());
    Ok(fsmount(tmpfs.as_fd(), flags, attributes)?)
}

/// The file has no name, and is gone with its descriptor.
fn chown() -> Result<(), Errno> {
    let file = chan::sealed_memfd("tried", b"").map_err(|error| error.errno())?;
    let owner = Some(rustix::process::Uid::from_raw(OTHER));
    Ok(rustix::fs::fchown(&file, owner, None)?)
}

/// Whether we are in the user namespace that the machine began with: its number is the same everywhere,
/// `PROC_USER_INIT_INO` of `linux/proc_ns.h`.
#[must_use]
pub fn is_initial() -> bool {
    const FIRST: u64 = 0xEFFF_FFFD;
    let link = crate::model::NsLink::Own(NsKind::User);
    super::super::ns::of_self(link).is_ok_and(|id| id.ino == FIRST)
}

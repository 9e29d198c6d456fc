//! One thin function for each system call that operations make. Flags are the kernel's bits; every
//! error is the errno as it came.

use std::ffi::CString;
use std::io::Write as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::mount::{MntFlags, MsFlags};
use nix::sched::CloneFlags;

use crate::model::{Errno, NsKind, Untrusted};

/// unshare(2)
pub fn unshare(kinds: &[NsKind]) -> Result<(), Errno> {
    Ok(nix::sched::unshare(flags(kinds))?)
}

/// unshare(2) with a flag that no kernel knows: EINVAL, unless a filter answers.
pub fn unshare_nothing_known() -> Result<(), Errno> {
    Ok(nix::sched::unshare(CloneFlags::from_bits_retain(1))?)
}

/// setns(2) with a pidfd (Linux 5.8): all kinds at once, the user namespace first.
pub fn setns(pidfd: impl AsFd, kinds: &[NsKind]) -> Result<(), Errno> {
    Ok(nix::sched::setns(pidfd, flags(kinds))?)
}

fn flags(kinds: &[NsKind]) -> CloneFlags {
    let bits = kinds.iter().fold(0, |bits, kind| bits | kind.flag());
    // nix has no name for CLONE_NEWTIME; every CLONE_NEW* bit fits an int.
    CloneFlags::from_bits_retain(i32::try_from(bits).unwrap_or(0))
}

/// mount(2)
pub fn mount(
    source: &str,
    target: &str,
    fstype: Option<&str>,
    flags: MountFlags,
    data: Option<&str>,
) -> Result<(), Errno> {
    Ok(nix::mount::mount(
        Some(source),
        target,
        fstype,
        flags.0,
        data,
    )?)
}

/// umount2(2)
pub fn umount(target: &str, detach: bool) -> Result<(), Errno> {
    let flags = if detach {
        MntFlags::MNT_DETACH
    } else {
        MntFlags::empty()
    };
    Ok(nix::mount::umount2(target, flags)?)
}

/// Flags of mount(2).
#[derive(Debug, Clone, Copy)]
pub struct MountFlags(MsFlags);

impl MountFlags {
    /// From the words that mount(8) uses, with the names of the constants. `Err`: the unknown word.
    pub fn from_words(words: &[String]) -> Result<(Self, String), String> {
        let mut flags = MsFlags::empty();
        let mut names = Vec::new();
        for word in words {
            let (flag, name) = mount_flag(word).ok_or_else(|| word.clone())?;
            flags |= flag;
            names.push(name);
        }
        let shown = if names.is_empty() {
            "0".to_owned()
        } else {
            names.join("|")
        };
        Ok((Self(flags), shown))
    }
}

fn mount_flag(word: &str) -> Option<(MsFlags, &'static str)> {
    Some(match word {
        "bind" => (MsFlags::MS_BIND, "MS_BIND"),
        "rec" => (MsFlags::MS_REC, "MS_REC"),
        "private" => (MsFlags::MS_PRIVATE, "MS_PRIVATE"),
        "slave" => (MsFlags::MS_SLAVE, "MS_SLAVE"),
        "shared" => (MsFlags::MS_SHARED, "MS_SHARED"),
        "remount" => (MsFlags::MS_REMOUNT, "MS_REMOUNT"),
        "ro" => (MsFlags::MS_RDONLY, "MS_RDONLY"),
        "nosuid" => (MsFlags::MS_NOSUID, "MS_NOSUID"),
        "nodev" => (MsFlags::MS_NODEV, "MS_NODEV"),
        "noexec" => (MsFlags::MS_NOEXEC, "MS_NOEXEC"),
        _ => return None,
    })
}

/// sethostname(2)
pub fn sethostname(name: &str) -> Result<(), Errno> {
    Ok(nix::unistd::sethostname(name)?)
}

/// setdomainname(2)
pub fn setdomainname(name: &str) -> Result<(), Errno> {
    Ok(rustix::system::setdomainname(name.as_bytes())?)
}

/// geteuid(2) and getegid(2)
#[must_use]
pub fn effective_ids() -> (u32, u32) {
    (
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
    )
}

/// setresgid(2), all three the same
pub fn set_gids(gid: u32) -> Result<(), Errno> {
    let gid = nix::unistd::Gid::from_raw(gid);
    Ok(nix::unistd::setresgid(gid, gid, gid)?)
}

/// setresuid(2), all three the same
pub fn set_uids(uid: u32) -> Result<(), Errno> {
    let uid = nix::unistd::Uid::from_raw(uid);
    Ok(nix::unistd::setresuid(uid, uid, uid)?)
}

/// setns(2) with an open namespace.
pub fn join(namespace: impl AsFd, kind: NsKind) -> Result<(), Errno> {
    Ok(nix::sched::setns(namespace, flags(&[kind]))?)
}

/// Becomes uid 0 and gid 0 of our user namespace, in no other group, as far as it has those.
pub fn become_root() {
    // Refused where no map names them, or where groups may not be set: then it is as it was.
    let _ = nix::unistd::setgroups(&[]);
    let _ = set_gids(0);
    let _ = set_uids(0);
}

/// A file opened for one write(2), as files under /proc want it.
#[derive(Debug)]
pub struct OneWrite(std::fs::File);

impl OneWrite {
    /// openat(2) with `O_WRONLY|O_CLOEXEC`.
    pub fn open(path: &str) -> Result<Self, Errno> {
        let file = std::fs::OpenOptions::new().write(true).open(path);
        file.map(Self).map_err(|e| (&e).into())
    }

    /// openat(2) below an open directory, with `O_WRONLY|O_CLOEXEC`.
    pub fn open_at(directory: BorrowedFd<'_>, name: &str) -> Result<Self, Errno> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(directory, name, flags, Mode::empty())?;
        Ok(Self(file.into()))
    }

    /// write(2), once; how many bytes were taken.
    pub fn write(mut self, text: &str) -> Result<i64, Errno> {
        let taken = self.0.write(text.as_bytes()).map_err(|e| Errno::from(&e))?;
        Ok(i64::try_from(taken).unwrap_or(i64::MAX))
    }
}

/// openat(2) of a directory below another one, such as `/proc/PID/root`.
pub fn open_directory(at: BorrowedFd<'_>, path: &str) -> Result<OwnedFd, Errno> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(at, path, flags, Mode::empty())?)
}

/// Whether a directory is the root of the calling process.
#[must_use]
pub fn is_our_root(directory: &OwnedFd) -> bool {
    let (theirs, ours) = (rustix::fs::fstat(directory), rustix::fs::stat("/"));
    matches!((theirs, ours), (Ok(a), Ok(b)) if (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino))
}

/// fchdir(2) and chroot(2) into an open directory.
pub fn enter_root(root: impl AsFd) -> Result<(), Errno> {
    rustix::process::fchdir(root)?;
    Ok(rustix::process::chroot(".")?)
}

/// fchdir(2)
pub fn change_directory(directory: impl AsFd) -> Result<(), Errno> {
    Ok(rustix::process::fchdir(directory)?)
}

/// The file mode creation mask that login programs and container engines set: umask(2). It fails never.
pub fn usual_umask() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
}

/// execve(2). Returns only where it failed.
#[must_use]
pub fn execute(argv: &[Untrusted], environment: &[Untrusted]) -> Errno {
    let words = |words: &[Untrusted]| -> Result<Vec<CString>, Errno> {
        let word = |word: &Untrusted| CString::new(word.as_bytes()).map_err(|_| Errno::EINVAL);
        words.iter().map(word).collect()
    };
    let result = words(argv).and_then(|argv| {
        let path = argv.first().ok_or(Errno::EINVAL)?;
        Ok(nix::unistd::execve(path, &argv, &words(environment)?)?)
    });
    match result {
        Ok(never) => match never {},
        Err(errno) => errno,
    }
}

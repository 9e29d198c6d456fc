//! System calls on paths, for the operations on files, and the check that comes before each: on which
//! filesystem a path really lies. One thin function for each call; the stage decides.

use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, openat2, statat};

use super::mounts;
use crate::model::mounts::Mount;
use crate::model::{Errno, Untrusted};

/// Deepest directory that is followed upward.
const DEPTH: usize = 64;

/// Where a path leads, resolved to its end.
#[derive(Debug)]
pub struct Place {
    fd: OwnedFd,
    /// The mount that it lies on.
    pub mount: Mount,
}

impl Place {
    /// Of what is at `path`, links followed.
    pub fn of(path: &str) -> Result<Self, Errno> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let fd = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS)?;
        let id = mounts::id_of(&fd)?;
        let all = mounts::of_self()?;
        let mount = all.rows.into_iter().find(|row| row.id == id);
        let mount = mount.ok_or(Errno::ENOENT)?;
        Ok(Self { fd, mount })
    }

    /// Of the directory that holds `path`.
    pub fn of_parent(path: &str) -> Result<Self, Errno> {
        let parent = Path::new(path).parent().and_then(Path::to_str);
        Self::of(parent.ok_or(Errno::EINVAL)?)
    }

    /// Whether it is the directory with that `st_dev` and `st_ino`, or lies below it.
    pub fn is_below(&self, wanted: (u64, u64)) -> Result<bool, Errno> {
        let mut here = self.fd.try_clone().map_err(|e| Errno::from(&e))?;
        let mut last = None;
        for _ in 0..DEPTH {
            let found = identity(&rustix::fs::fstat(&here)?);
            if found == wanted {
                return Ok(true);
            }
            if last == Some(found) {
                return Ok(false);
            }
            last = Some(found);
            let flags = OFlags::PATH | OFlags::CLOEXEC;
            here = match rustix::fs::openat(&here, "..", flags, Mode::empty()) {
                Ok(above) => above,
                // A file; the stage asks for its directory.
                Err(rustix::io::Errno::NOTDIR) => return Ok(false),
                Err(errno) => return Err(errno.into()),
            };
        }
        Ok(false)
    }
}

fn identity(stat: &rustix::fs::Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}

/// `st_dev` and `st_ino` of a directory that is no link.
pub fn directory_id(path: &str) -> Result<(u64, u64), Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
    Ok(identity(&rustix::fs::fstat(directory)?))
}

/// `st_dev` and `st_ino` of an open file.
pub fn id_of(file: impl AsFd) -> Result<(u64, u64), Errno> {
    Ok(identity(&rustix::fs::fstat(file)?))
}

/// move_mount(2) of a mount that is attached nowhere.
pub fn move_mount(mount: impl AsFd, target: &str) -> Result<(), Errno> {
    use rustix::mount::{MoveMountFlags, move_mount};
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    Ok(move_mount(mount, "", CWD, target, flags)?)
}

/// openat(2) of a directory.
pub fn open_directory(path: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

/// fcntl(2), `F_DUPFD`: opens it once more under a number, until this process and whatever it executes
/// has ended. EBUSY if the number is taken.
pub fn keep_open(directory: &OwnedFd, number: i32) -> Result<(), Errno> {
    use nix::fcntl::{FcntlArg, fcntl};
    let got = fcntl(directory, FcntlArg::F_DUPFD(number))?;
    if got == number {
        return Ok(());
    }
    nix::unistd::close(got)?;
    Err(Errno::EBUSY)
}

/// Whether something is there, a dangling link included.
#[must_use]
pub fn exists(path: &str) -> bool {
    statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// Whether it is a directory itself, not a link to one.
#[must_use]
pub fn is_directory(path: &str) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Whether it is a plain file itself, not a link to one.
#[must_use]
pub fn is_regular(path: &str) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// The target of a link; `None` if it is none.
#[must_use]
pub fn link_target(path: &str) -> Option<Untrusted> {
    let found = rustix::fs::readlinkat(CWD, path, Vec::new()).ok()?;
    Some(Untrusted::from(found.as_bytes()))
}

/// mkdir(2)
pub fn mkdir(path: &str) -> Result<(), Errno> {
    Ok(rustix::fs::mkdirat(CWD, path, Mode::from_raw_mode(0o755))?)
}

/// symlink(2)
pub fn symlink(target: &[u8], path: &str) -> Result<(), Errno> {
    Ok(rustix::fs::symlinkat(target, CWD, path)?)
}

/// unlink(2)
pub fn unlink(path: &str) -> Result<(), Errno> {
    Ok(rustix::fs::unlinkat(CWD, path, AtFlags::empty())?)
}

/// rmdir(2)
pub fn rmdir(path: &str) -> Result<(), Errno> {
    Ok(rustix::fs::unlinkat(CWD, path, AtFlags::REMOVEDIR)?)
}

/// rename(2)
pub fn rename(from: &str, to: &str) -> Result<(), Errno> {
    Ok(rustix::fs::renameat(CWD, from, CWD, to)?)
}

/// chmod(2)
pub fn chmod(path: &str, bits: u32) -> Result<(), Errno> {
    let mode = Mode::from_raw_mode(bits);
    Ok(rustix::fs::chmodat(CWD, path, mode, AtFlags::empty())?)
}

/// chown(2)
pub fn chown(path: &str, uid: u32, gid: u32) -> Result<(), Errno> {
    use rustix::process::{Gid, Uid};
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    Ok(rustix::fs::chownat(
        CWD,
        path,
        Some(uid),
        Some(gid),
        AtFlags::empty(),
    )?)
}

/// chdir(2)
pub fn chdir(path: &str) -> Result<(), Errno> {
    Ok(rustix::process::chdir(path)?)
}

/// chroot(2)
pub fn chroot(path: &str) -> Result<(), Errno> {
    Ok(rustix::process::chroot(path)?)
}

/// pivot_root(2)
pub fn pivot_root(new_root: &str, put_old: &str) -> Result<(), Errno> {
    Ok(rustix::process::pivot_root(new_root, put_old)?)
}

/// How a file is opened for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// `O_WRONLY|O_CREAT|O_TRUNC`
    Afresh,
    /// `O_WRONLY|O_CREAT|O_APPEND`
    AtTheEnd,
}

/// open(2) for writing.
pub fn open_to_write(path: &str, how: Writing) -> Result<OpenFile, Errno> {
    let more = match how {
        Writing::Afresh => OFlags::TRUNC,
        Writing::AtTheEnd => OFlags::APPEND,
    };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOCTTY | more;
    // NONBLOCK: a FIFO that nobody reads is ENXIO, not a wait.
    let flags = flags | OFlags::NONBLOCK;
    let file = rustix::fs::openat(CWD, path, flags, Mode::from_raw_mode(0o644))?;
    Ok(OpenFile(file.into()))
}

/// open(2) for reading.
pub fn open_to_read(path: &str) -> Result<OpenFile, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
    Ok(OpenFile(file.into()))
}

/// An open file.
#[derive(Debug)]
pub struct OpenFile(std::fs::File);

impl OpenFile {
    /// write(2), once; how many bytes were taken.
    pub fn write(&mut self, text: &str) -> Result<i64, Errno> {
        let taken = self.0.write(text.as_bytes()).map_err(|e| Errno::from(&e))?;
        Ok(i64::try_from(taken).unwrap_or(i64::MAX))
    }

    /// read(2), once, of at most 4096 bytes; how many came.
    pub fn read(&mut self) -> Result<i64, Errno> {
        let mut buffer = [0; 4096];
        let came = self.0.read(&mut buffer).map_err(|e| Errno::from(&e))?;
        Ok(i64::try_from(came).unwrap_or(i64::MAX))
    }
}

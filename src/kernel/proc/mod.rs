//! Reading procfs relative to a descriptor: the visible `/proc`, one process in it, one file of that.
//! Used by `observe`, `ns` and `support`. Every read has a size cap; nothing here reads a file that
//! waits for another process's locks (`cmdline`, `environ`, `maps` do).

pub mod lines;
pub mod stat;
pub mod status;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, PROC_SUPER_MAGIC};

use crate::model::{Errno, Seen};

/// Plenty for any file that we read of one process; `status` alone may be long (65,536 groups).
pub const CAP: usize = 1 << 20;

/// What a failed read means to an observer: a thing that is not there is no denial.
pub(crate) fn unseen<T>(error: Errno) -> Seen<T> {
    match error {
        Errno::ENOENT | Errno::ESRCH => Seen::Missing,
        other => Seen::Denied(other),
    }
}

/// A result as an observer tells it.
pub(crate) fn seen<T>(result: Result<T, Errno>) -> Seen<T> {
    result.map_or_else(unseen, Seen::Is)
}

const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Reads a file of procfs to its end, or to `cap` bytes.
pub fn read_at(dir: BorrowedFd<'_>, path: &str, cap: usize) -> Result<Vec<u8>, Errno> {
    let file = rustix::fs::openat(dir, path, READ, Mode::empty())?;
    read_fd(file.as_fd(), cap)
}

/// The same for a file that may be anything: a FIFO's bytes are not taken from whoever waits for
/// them, and a device is not read. EINVAL says that it is no regular file.
pub fn read_regular(path: &str, cap: usize) -> Result<Vec<u8>, Errno> {
    let file = rustix::fs::open(path, READ, Mode::empty())?;
    match FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) {
        FileType::RegularFile => read_fd(file.as_fd(), cap),
        _ => Err(Errno::EINVAL),
    }
}

pub(crate) fn read_fd(file: BorrowedFd<'_>, cap: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = vec![0; cap.min(4096)];
    let mut filled = 0;
    loop {
        if filled == bytes.len() {
            if filled == cap {
                break;
            }
            bytes.resize(cap.min(filled * 2), 0);
        }
        match rustix::io::read(file, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// The procfs that is visible at `/proc` at this moment. A lesson may mount another one over it at
/// any time, so nobody keeps this for longer than one look.
#[derive(Debug)]
pub struct Procfs {
    root: OwnedFd,
    dev: u64,
}

impl AsFd for Procfs {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }
}

impl Procfs {
    /// Opens what is at `/proc`; ENOENT when that is no procfs.
    pub fn open() -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open("/proc", flags, Mode::empty())?;
        if rustix::fs::fstatfs(&root)?.f_type != PROC_SUPER_MAGIC {
            return Err(Errno::ENOENT);
        }
        let dev = rustix::fs::fstat(&root)?.st_dev;
        Ok(Self { root, dev })
    }

    /// Tells one mounted procfs from another.
    #[must_use]
    pub fn dev(&self) -> u64 {
        self.dev
    }

    /// What this procfs says the caller's number is; ENOENT if the caller is not in its pid
    /// namespace or below it.
    pub fn self_pid(&self) -> Result<i32, Errno> {
        let link = rustix::fs::readlinkat(&self.root, "self", Vec::new())?;
        lines::number(link.as_bytes()).ok_or(Errno::EINVAL)
    }

    /// The number by which this procfs shows a process.
    pub fn number(&self, pidfd: BorrowedFd<'_>) -> Result<i32, Errno> {
        let path = format!("self/fdinfo/{}", pidfd.as_raw_fd());
        match lines::fdinfo_pid(&self.read(&path)?) {
            Some(pid) if pid > 0 => Ok(pid),
            // 0: in another branch of the tree of pid namespaces; -1: reaped.
            Some(_) => Err(Errno::ESRCH),
            None => Err(Errno::EINVAL),
        }
    }

    /// The directory of a number, whoever has that number now.
    pub fn pid(&self, pid: i32) -> Result<PidDir, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = pid.to_string();
        let dir = rustix::fs::openat(&self.root, path.as_str(), flags, Mode::empty())?;
        Ok(PidDir { dir })
    }

    /// The directory of just that process, with its number. The number cannot change hands while
    /// the process exists (a zombie exists), so asking before and after opening is enough; from
    /// then on the directory itself belongs to the process and to no later one of its number.
    pub fn process(&self, pidfd: BorrowedFd<'_>) -> Result<(i32, PidDir), Errno> {
        let pid = self.number(pidfd)?;
        let dir = self.pid(pid)?;
        if self.number(pidfd)? == pid {
            Ok((pid, dir))
        } else {
            Err(Errno::ESRCH)
        }
    }

    /// A file relative to this procfs.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        read_at(self.root.as_fd(), path, CAP)
    }

    /// Every process in it: number and inode of its directory, as getdents(2) gives them.
    pub fn list(&self) -> Result<Vec<(i32, u64)>, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(&self.root, ".", flags, Mode::empty())?;
        let mut buffer = Vec::with_capacity(32 * 1024);
        let mut entries = rustix::fs::RawDir::new(dir, buffer.spare_capacity_mut());
        let mut found = Vec::new();
        while let Some(entry) = entries.next() {
            let entry = entry?;
            if let Some(pid) = lines::number(entry.file_name().to_bytes()) {
                found.push((pid, entry.ino()));
            }
        }
        Ok(found)
    }
}

/// The directory of one process. Once that process is gone every read fails; it is never another's.
#[derive(Debug)]
pub struct PidDir {
    dir: OwnedFd,
}

impl AsFd for PidDir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

impl PidDir {
    /// One of its files, by name.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, Errno> {
        read_at(self.as_fd(), name, CAP)
    }

    /// `stat`, taken apart.
    pub fn stat(&self) -> Result<stat::Stat, Errno> {
        stat::parse(&self.read("stat")?).ok_or(Errno::EIO)
    }

    /// `status`, taken apart.
    pub fn status(&self) -> Result<status::Status, Errno> {
        status::parse(&self.read("status")?).ok_or(Errno::EIO)
    }

    /// What its root directory is. Two processes with the same answer see the same `/`.
    pub fn root(&self) -> Result<RootId, Errno> {
        use rustix::fs::StatxFlags;
        let wanted = StatxFlags::INO | StatxFlags::MNT_ID;
        let found = rustix::fs::statx(self.as_fd(), "root", AtFlags::empty(), wanted);
        let found = found?;
        let mount = StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::MNT_ID);
        Ok(RootId {
            dev: (found.stx_dev_major, found.stx_dev_minor),
            ino: found.stx_ino,
            mount: mount.then_some(found.stx_mnt_id),
        })
    }
}

/// Identity of a root directory: device, inode, and the mount it is reached through (Linux 5.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootId {
    /// Major and minor number of the device.
    pub dev: (u32, u32),
    /// Inode number.
    pub ino: u64,
    /// Mount id, which tells a bind mount from its source.
    pub mount: Option<u64>,
}

//! Reading files that may be anything: with a size cap, never waiting, never taking a FIFO's bytes
//! from whoever they are for, never reading a device. Called by `proc` and, for lessons, by `run`.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags};

use crate::model::Errno;

/// How a file is opened for reading.
pub(super) const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Reads what the descriptor gives to its end, or to `cap` bytes.
pub(super) fn read_fd(file: BorrowedFd<'_>, cap: usize) -> Result<Vec<u8>, Errno> {
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

/// Reads a file, wherever its path leads. EINVAL says that it is no regular file.
pub fn read_regular(path: &str, cap: usize) -> Result<Vec<u8>, Errno> {
    regular(&rustix::fs::open(path, READ, Mode::empty())?, cap)
}

/// Reads a file that lies in `folder` itself: ELOOP says that it is a symbolic link, EINVAL that it
/// is no regular file or no plain name.
pub fn read_inside(folder: &Path, name: &OsStr, cap: usize) -> Result<Vec<u8>, Errno> {
    if Path::new(name).file_name() != Some(name) {
        return Err(Errno::EINVAL);
    }
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(CWD, folder, flags, Mode::empty())?;
    let file = rustix::fs::openat(&folder, name, READ | OFlags::NOFOLLOW, Mode::empty())?;
    regular(&file, cap)
}

fn regular(file: &OwnedFd, cap: usize) -> Result<Vec<u8>, Errno> {
    match FileType::from_raw_mode(rustix::fs::fstat(file)?.st_mode) {
        FileType::RegularFile => read_fd(file.as_fd(), cap),
        _ => Err(Errno::EINVAL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().expect("folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("file"), "0123456789").expect("write");
        let mode = nix::sys::stat::Mode::S_IRWXU;
        nix::unistd::mkfifo(path("fifo").as_str(), mode).expect("fifo");
        assert_eq!(read_regular(&path("file"), 4), Ok(b"0123".to_vec()));
        assert_eq!(read_regular(&path("file"), 100), Ok(b"0123456789".to_vec()));
        assert_eq!(read_regular(&path("fifo"), 4), Err(Errno::EINVAL));
        assert_eq!(read_regular("/dev/zero", 4), Err(Errno::EINVAL));
        assert_eq!(read_regular(&path("none"), 4), Err(Errno::ENOENT));
    }

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("file"), "inside").expect("write");
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).expect("link");
        let read = |name: &str| read_inside(folder.path(), name.as_ref(), 100);
        let eloop = Errno::from_name("ELOOP").expect("known");
        assert_eq!(read("file"), Ok(b"inside".to_vec()));
        assert_eq!(read("link"), Err(eloop));
        assert_eq!(read("../file"), Err(Errno::EINVAL));
        assert_eq!(read(".."), Err(Errno::EINVAL));
        assert_eq!(read("none"), Err(Errno::ENOENT));
    }
}

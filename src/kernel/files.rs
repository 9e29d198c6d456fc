//! Files that somebody else named: read with a size cap, and only if they are plain files in the
//! folder they were found in. Used by run for lessons and progress; never follows a link, never
//! waits for a FIFO.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};

use crate::model::{Errno, Untrusted};

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The kernel refused.
    #[error("{0}")]
    Failed(Errno),
    /// It is something else: a FIFO, a device, a directory.
    #[error("{0}; expected a regular file")]
    NotAFile(&'static str),
    /// It has more bytes than its kind may have.
    #[error("more than {0} bytes")]
    TooBig(u64),
    /// It is not text.
    #[error("not UTF-8 text")]
    NotText,
}

impl From<rustix::io::Errno> for FileError {
    fn from(errno: rustix::io::Errno) -> Self {
        // What O_NOFOLLOW says of a link.
        if errno == rustix::io::Errno::LOOP {
            Self::NotAFile("a symbolic link")
        } else {
            Self::Failed(errno.into())
        }
    }
}

/// A folder, held open: its name may change meanwhile, its files are still its own.
#[derive(Debug)]
pub struct Folder(OwnedFd);

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Folder {
    /// The folder at `path`; the path itself may lead through links, as the caller chose it.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// The names in it that end in `suffix`, in order; at most `limit`.
    pub fn names(&self, suffix: &str, limit: usize) -> Result<Vec<OsString>, FileError> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name.ends_with(suffix.as_bytes()) && name.first() != Some(&b'.') {
                names.push(OsStr::from_bytes(name).to_owned());
            }
            if names.len() > limit {
                return Err(FileError::Failed(
                    Errno::from_name("E2BIG").unwrap_or(Errno::EINVAL),
                ));
            }
        }
        names.sort();
        Ok(names)
    }

    /// The text of a file in it.
    pub fn read(&self, name: &OsStr, limit: u64) -> Result<String, FileError> {
        let looked = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        regular(FileType::from_raw_mode(looked.st_mode))?;
        // NONBLOCK: if it became a FIFO since, open does not wait for a writer.
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::empty())?;
        regular(FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode))?;
        read_text(file, limit)
    }
}

fn regular(kind: FileType) -> Result<(), FileError> {
    let found = match kind {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something unknown",
    };
    Err(FileError::NotAFile(found))
}

fn read_text(file: OwnedFd, limit: u64) -> Result<String, FileError> {
    let mut bytes = Vec::new();
    // One more than allowed, so that a file that grows meanwhile is noticed, too.
    std::fs::File::from(file)
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::Failed((&error).into()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(FileError::TooBig(limit));
    }
    String::from_utf8(bytes).map_err(|_| FileError::NotText)
}

/// A path as text that is safe to show.
#[must_use]
pub fn shown(path: &Path) -> String {
    Untrusted::from(path.as_os_str().as_bytes()).text()
}

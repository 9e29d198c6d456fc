//! The paths that a lesson watches, looked at from where this process stands, or below the root of
//! another one. Only reads, and only what cannot wait: regular files, directories and links.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, fgetxattr, fstat, openat2};

use crate::kernel::proc::{read_fd, seen};
use crate::model::files::{CONTENT, ENTRIES, Entry, File, Kind, WATCHED, Watched};
use crate::model::{Errno, Seen, Untrusted};

/// Looks at each path from here.
pub(super) fn from_here(paths: &[String]) -> Vec<Watched> {
    let here = rustix::fs::open("/", OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
    match here {
        Ok(root) => below(root.as_fd(), paths),
        Err(_) => Vec::new(),
    }
}

/// Looks at each path below the root directory of the process with that `/proc/PID` directory.
pub(super) fn from_root_of(pid_dir: BorrowedFd<'_>, paths: &[String]) -> Vec<Watched> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match rustix::fs::openat(pid_dir, "root", flags, Mode::empty()) {
        Ok(root) => below(root.as_fd(), paths),
        Err(_) => Vec::new(),
    }
}

fn below(root: BorrowedFd<'_>, paths: &[String]) -> Vec<Watched> {
    let look = |path: &String| {
        let found = open(root, path.trim_start_matches('/'), OFlags::PATH);
        let seen_file = seen(found.as_ref().map_err(|e| *e).and_then(look));
        let entries = match (&found, seen_file.value()) {
            (
                Ok(_),
                Some(File {
                    kind: Kind::Dir, ..
                }),
            ) => entries(root, path),
            _ => Vec::new(),
        };
        Watched {
            path: path.clone(),
            seen: seen_file,
            entries,
        }
    };
    paths.iter().take(WATCHED).map(look).collect()
}

/// Opens without leaving `root` by `..` or a link, and without following a last link.
fn open(root: BorrowedFd<'_>, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let path = if path.is_empty() { "." } else { path };
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let within = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    openat2(root, path, flags, Mode::empty(), within).map_err(Errno::from)
}

fn entries(root: BorrowedFd<'_>, path: &str) -> Vec<Entry> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK;
    let Ok(dir) = open(root, path.trim_start_matches('/'), flags) else {
        return Vec::new();
    };
    let Ok(listing) = Dir::read_from(&dir) else {
        return Vec::new();
    };
    let mut names: Vec<Vec<u8>> = listing
        // Up to an error: after one, the listing gives the same error for ever.
        .map_while(|entry| Some(entry.ok()?.file_name().to_bytes().to_vec()))
        .filter(|name| !matches!(&name[..], b"." | b".."))
        .take(ENTRIES * 8)
        .collect();
    names.sort();
    names.truncate(ENTRIES);
    let entry = |name: Vec<u8>| {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&dir, name.as_slice(), flags, Mode::empty());
        Entry {
            seen: seen(file.map_err(Errno::from).and_then(|file| look(&file))),
            name: Untrusted::from(name),
        }
    };
    names.into_iter().map(entry).collect()
}

/// What an `O_PATH` descriptor stands for.
fn look(file: &OwnedFd) -> Result<File, Errno> {
    let stat = fstat(file)?;
    let kind = kind(&stat)?;
    let (content, opaque) = match kind {
        Kind::File => (content(file), false),
        Kind::Link => (target(file), false),
        Kind::Dir => (Seen::Missing, is_opaque(file)),
        _ => (Seen::Missing, false),
    };
    Ok(File {
        kind,
        uid: stat.st_uid,
        gid: stat.st_gid,
        mode: stat.st_mode & 0o7777,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        rdev: (
            rustix::fs::major(stat.st_rdev),
            rustix::fs::minor(stat.st_rdev),
        ),
        content,
        opaque,
    })
}

fn kind(stat: &Stat) -> Result<Kind, Errno> {
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Dir,
        FileType::Symlink => Kind::Link,
        FileType::CharacterDevice => Kind::Char,
        FileType::BlockDevice => Kind::Block,
        FileType::Fifo => Kind::Fifo,
        FileType::Socket => Kind::Socket,
        FileType::Unknown => return Err(Errno::EIO),
    })
}

/// Opens the very file behind an `O_PATH` descriptor, whatever its name leads to by now.
fn reopen(file: &OwnedFd, flags: OFlags) -> Result<OwnedFd, Errno> {
    use std::os::fd::AsRawFd as _;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let flags = flags | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, path.as_str(), flags, Mode::empty()).map_err(Errno::from)
}

fn content(file: &OwnedFd) -> Seen<Untrusted> {
    let read = |file: OwnedFd| read_fd(file.as_fd(), CONTENT).map(Untrusted::from);
    seen(reopen(file, OFlags::empty()).and_then(read))
}

fn target(link: &OwnedFd) -> Seen<Untrusted> {
    let target = rustix::fs::readlinkat(link, "", Vec::new()).map_err(Errno::from);
    seen(target.map(|text| {
        let bytes = text.as_bytes();
        Untrusted::from(&bytes[..bytes.len().min(CONTENT)])
    }))
}

/// `user.overlay.opaque`, which an overlay mounted with `userxattr` sets; the one of the `trusted.`
/// class cannot be read without privilege.
fn is_opaque(dir: &OwnedFd) -> bool {
    let mut value = [0_u8; 8];
    let Ok(dir) = reopen(dir, OFlags::DIRECTORY) else {
        return false;
    };
    let got = fgetxattr(&dir, "user.overlay.opaque", &mut value[..]);
    got.is_ok_and(|length| value[..length] == *b"y")
}

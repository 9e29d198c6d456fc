//! A directory on disk that belongs to one lab: for the upper layers of overlays, which want a
//! filesystem with extended attributes. Made and removed by the lab; what a killed one left behind is
//! swept by the guardian and by the next lab. A lock on the directory says that its lab lives.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, chmodat, flock, fstat, mkdirat,
    openat, statat, unlinkat,
};

use super::learner;
use crate::model::Errno;

/// On disk on most machines, kept over a reboot, and open to everybody: file-hierarchy(7).
pub const BASE: &str = "/var/tmp";
const MARK: &str = "glassbox-";
/// Nothing of ours is nested deeper.
const DEPTH: usize = 32;
const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// The directory, held and locked.
#[derive(Debug)]
pub struct WorkDir {
    name: String,
    dir: OwnedFd,
}

impl WorkDir {
    /// Makes it, closed to others.
    pub fn make() -> Result<Self, Errno> {
        let base = base()?;
        // Between mkdir and flock another glassbox may take it for a leftover: then once more.
        for _ in 0..8 {
            let name = new_name();
            mkdirat(&base, name.as_str(), Mode::RWXU)?;
            let Ok(dir) = openat(&base, name.as_str(), DIRECTORY, Mode::empty()) else {
                continue;
            };
            flock(&dir, FlockOperation::NonBlockingLockExclusive).ok();
            let still = statat(&base, name.as_str(), AtFlags::SYMLINK_NOFOLLOW);
            if still.is_ok_and(|found| fstat(&dir).is_ok_and(|own| own.st_ino == found.st_ino)) {
                return Ok(Self { name, dir });
            }
        }
        Err(Errno::EBUSY)
    }

    /// A directory in it, made if need be; its path.
    pub fn folder(&self, name: &str) -> Result<String, Errno> {
        match mkdirat(&self.dir, name, Mode::RWXU) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(format!("{BASE}/{}/{name}", self.name)),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{BASE}/{}", self.name)
    }

    /// Removes it with all that is in it; ENOTEMPTY and the like if something stays.
    pub fn remove(self) -> Result<(), Errno> {
        remove(base()?.as_fd(), self.name.as_bytes(), self.dir.as_fd())
    }
}

/// Removes what labs of this user left behind that live no longer.
pub fn sweep(uid: u32) {
    let Ok(base) = base() else { return };
    let Ok(listing) = Dir::read_from(&base) else {
        return;
    };
    // Up to an error: after one, the listing gives the same error for ever.
    for entry in listing.map_while(Result::ok) {
        let name = entry.file_name().to_bytes();
        if !name.starts_with(MARK.as_bytes()) {
            continue;
        }
        let Ok(dir) = openat(&base, name, DIRECTORY, Mode::empty()) else {
            continue;
        };
        let own =
            fstat(&dir).is_ok_and(|stat| stat.st_uid == uid && stat.st_mode & 0o7777 == 0o700);
        if own && flock(&dir, FlockOperation::NonBlockingLockExclusive).is_ok() {
            // What cannot be removed now is there for the next sweep.
            let _ = remove(base.as_fd(), name, dir.as_fd());
        }
    }
}

/// The same for the learner: whoever we are, or shall be once we are root no more. For the guardian,
/// when the ui was killed and all the rest has ended.
pub fn sweep_for_learner() {
    let own = || rustix::process::geteuid().as_raw();
    sweep(learner::find().map_or_else(own, |learner| learner.ids.uid));
}

fn base() -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, BASE, flags, Mode::empty()).map_err(Errno::from)
}

fn new_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = now.map_or(0, |now| now.as_nanos());
    format!("{MARK}{}-{nanos:x}", std::process::id())
}

fn remove(base: BorrowedFd<'_>, name: &[u8], dir: BorrowedFd<'_>) -> Result<(), Errno> {
    empty(dir, DEPTH)?;
    unlinkat(base, name, AtFlags::REMOVEDIR).map_err(Errno::from)
}

/// Removes all entries. Never follows a link, never leaves the directory.
fn empty(dir: BorrowedFd<'_>, depth: usize) -> Result<(), Errno> {
    let depth = depth.checked_sub(1).ok_or(Errno::EINVAL)?;
    // All names first: what a listing gives of a directory that changes meanwhile is up to the
    // filesystem.
    let names: Vec<_> = Dir::read_from(dir)?.collect::<Result<_, _>>()?;
    for entry in names {
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let stat = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            // An overlay's work/work has no permission bits at all.
            chmodat(dir, name, Mode::RWXU, AtFlags::empty())?;
            empty(openat(dir, name, DIRECTORY, Mode::empty())?.as_fd(), depth)?;
            unlinkat(dir, name, AtFlags::REMOVEDIR)?;
        } else {
            unlinkat(dir, name, AtFlags::empty())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    #[test]
    fn it_is_closed_to_others_and_goes_with_all_it_holds() {
        let work = WorkDir::make().expect("make");
        let path = work.path();
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
        let folder = work.folder("box").expect("folder");
        assert_eq!(work.folder("box").expect("again"), folder);
        let closed = Path::new(&folder).join("work/work");
        std::fs::create_dir_all(&closed).expect("mkdir");
        std::fs::write(closed.join("file"), "x").expect("write");
        std::os::unix::fs::symlink("/etc", Path::new(&folder).join("link")).expect("link");
        let none = std::fs::Permissions::from_mode(0o000);
        std::fs::set_permissions(&closed, none).expect("chmod");
        work.remove().expect("remove");
        assert!(!Path::new(&path).exists());
        assert!(Path::new("/etc").exists());
    }

    #[test]
    fn a_sweep_takes_what_nobody_holds_and_nothing_else() {
        let uid = nix::unistd::geteuid().as_raw();
        let held = WorkDir::make().expect("make");
        let left = WorkDir::make().expect("make");
        let (held_path, left_path) = (held.path(), left.path());
        std::fs::write(format!("{left_path}/file"), "x").expect("write");
        drop(left); // as a kill would: the lock goes, the directory stays
        sweep(uid);
        assert!(Path::new(&held_path).exists());
        assert!(!Path::new(&left_path).exists());
        held.remove().expect("remove");
    }
}

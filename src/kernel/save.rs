//! Keeping a small file of our own so that no crash, full disk or second instance can damage it:
//! lock, replace in one step, set aside. Used by run for progress; knows nothing of what is in it.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno as Raw;

use super::files::{FileError, Folder};
use crate::model::Errno;

/// More files than this were not set aside by accident.
const MOST_ASIDE: u32 = 99;
/// Between two attempts to get the lock.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A call that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {errno}")]
pub struct Refused {
    call: &'static str,
    errno: Errno,
}

impl Refused {
    /// Why.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.errno
    }
}

/// For `map_err`: gives an errno the name of its call.
fn refused<E: Into<Errno>>(call: &'static str) -> impl FnOnce(E) -> Refused {
    move |errno| Refused {
        call,
        errno: errno.into(),
    }
}

/// While it lives, no other instance changes what it stands for.
#[derive(Debug)]
#[must_use]
pub struct Lock(#[expect(dead_code, reason = "closing it unlocks")] OwnedFd);

impl Folder {
    /// The folder at `path`, which is made if it is missing, for its owner only.
    pub fn make(path: &Path) -> Result<Self, FileError> {
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.recursive(true).create(path);
        made.map_err(|error| FileError::Failed((&error).into()))?;
        Self::open(path)
    }

    /// Waits for the lock of that name, but not for ever: who holds it may have been stopped, which
    /// is `None`. The kernel gives it up when the holder dies.
    pub fn lock(&self, name: &str, patience: Duration) -> Result<Option<Lock>, Refused> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let flags = flags | OFlags::NONBLOCK;
        let file = rustix::fs::openat(self, name, flags, Mode::from_raw_mode(0o600));
        let file = file.map_err(refused("open of the lock"))?;
        let deadline = Instant::now() + patience;
        loop {
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Some(Lock(file))),
                Err(Raw::WOULDBLOCK | Raw::INTR) if Instant::now() < deadline => {
                    std::thread::sleep(LOOK_AGAIN);
                }
                Err(Raw::WOULDBLOCK | Raw::INTR) => return Ok(None),
                Err(errno) => return Err(refused("flock")(errno)),
            }
        }
    }

    /// Gives the file `name` these bytes: whoever reads it, whenever, and after whichever crash,
    /// finds the old bytes or the new ones. The file before becomes `name.old`. To be called under
    /// a lock, since the temporary file always has the same name: a crash leaves one at most.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Refused> {
        let temporary = format!(".{name}.new");
        let written = self.write(&temporary, bytes);
        if written.is_err() {
            let _ = rustix::fs::unlinkat(self, &temporary, AtFlags::empty());
        }
        written?;
        self.take_place(&temporary, name)
            .map_err(refused("rename"))?;
        self.sync()
    }

    /// The file must be on the disk before its name says so: rename(2) promises nothing for data.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Refused> {
        match rustix::fs::unlinkat(self, name, AtFlags::empty()) {
            Ok(()) | Err(Raw::NOENT) => {}
            Err(errno) => return Err(refused("unlink")(errno)),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = rustix::fs::openat(self, name, flags, Mode::from_raw_mode(0o600));
        let mut file = File::from(file.map_err(refused("open"))?);
        let wrote = file.write_all(bytes);
        wrote.map_err(|error| refused("write")(&error))?;
        file.sync_all().map_err(|error| refused("fsync")(&error))
    }

    /// The exchange never leaves a moment without the file. Where the file system has none, a crash
    /// between the two renames leaves `name.old`, which its reader must look for.
    fn take_place(&self, temporary: &str, name: &str) -> Result<(), Raw> {
        let old = format!("{name}.old");
        let rename = |from: &str, to: &str| rustix::fs::renameat(self, from, self, to);
        match rustix::fs::renameat_with(self, temporary, self, name, RenameFlags::EXCHANGE) {
            Ok(()) => rename(temporary, &old),
            Err(Raw::NOENT) => rename(temporary, name),
            Err(Raw::INVAL | Raw::NOSYS | Raw::OPNOTSUPP) => {
                rename(name, &old)?;
                rename(temporary, name)
            }
            Err(errno) => Err(errno),
        }
    }

    /// Gives a file a name that nothing has, `name.damaged-N`, and returns it. Under a lock.
    pub fn set_aside(&self, name: &str) -> Result<String, Refused> {
        for number in 1..=MOST_ASIDE {
            let aside = format!("{name}.damaged-{number}");
            let found = rustix::fs::statat(self, &aside, AtFlags::SYMLINK_NOFOLLOW);
            if found.err() == Some(Raw::NOENT) {
                let renamed = rustix::fs::renameat(self, name, self, &aside);
                renamed.map_err(refused("rename"))?;
                self.sync()?;
                return Ok(aside);
            }
        }
        Err(refused("rename")(Raw::EXIST))
    }

    /// The names are on the disk, too. Some file systems have no fsync for folders.
    fn sync(&self) -> Result<(), Refused> {
        match rustix::fs::fsync(self) {
            Ok(()) | Err(Raw::INVAL) => Ok(()),
            Err(errno) => Err(refused("fsync")(errno)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "thing";

    fn folder() -> (tempfile::TempDir, Folder) {
        let path = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(path.path()).expect("open");
        (path, folder)
    }

    fn names(path: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(path).expect("list").flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_one_before_is_kept_and_nothing_else() {
        let (path, folder) = folder();
        let read = |name: &str| std::fs::read_to_string(path.path().join(name)).expect("read");
        folder.replace(NAME, b"one").expect("replace");
        assert_eq!(names(path.path()), [NAME]);
        for (new, old) in [("two", "one"), ("three", "two")] {
            folder.replace(NAME, new.as_bytes()).expect("replace");
            assert_eq!((read(NAME), read("thing.old")), (new.into(), old.into()));
            assert_eq!(names(path.path()), [NAME, "thing.old"]);
        }
    }

    #[test]
    fn what_a_crash_or_a_prank_left_is_no_obstacle() {
        let (path, folder) = folder();
        let left = path.path().join(".thing.new");
        let victim = path.path().join("victim");
        std::fs::write(&victim, "mine").expect("write");
        std::os::unix::fs::symlink(&victim, &left).expect("link");
        folder.replace(NAME, b"new").expect("replace");
        assert_eq!(std::fs::read(&victim).expect("read"), b"mine");
        assert_eq!(std::fs::read(path.path().join(NAME)).expect("read"), b"new");
    }

    #[test]
    fn nothing_set_aside_is_overwritten() {
        let (path, folder) = folder();
        for number in 1..=3 {
            std::fs::write(path.path().join(NAME), number.to_string()).expect("write");
            let aside = folder.set_aside(NAME).expect("set aside");
            assert_eq!(aside, format!("thing.damaged-{number}"));
        }
        for number in 1..=3 {
            let aside = path.path().join(format!("thing.damaged-{number}"));
            let text = std::fs::read_to_string(aside).expect("read");
            assert_eq!(text, number.to_string());
        }
    }

    #[test]
    fn a_lock_is_waited_for_and_not_for_ever() {
        let (_path, folder) = folder();
        let lock = |patience| folder.lock("lock", Duration::from_millis(patience));
        let held = lock(0).expect("lock").expect("free");
        let start = Instant::now();
        assert!(lock(30).expect("lock").is_none());
        assert!(start.elapsed() >= Duration::from_millis(30));
        drop(held);
        assert!(lock(0).expect("lock").is_some());
    }
}

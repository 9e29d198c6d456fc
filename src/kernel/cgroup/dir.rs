//! A cgroup: its directory in each hierarchy that is used, held open, so that no path is followed
//! after it was made.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, Dir as Listing, DirEntry, FileType, Mode, OFlags, mkdirat, openat, unlinkat,
};

use crate::kernel::proc::read_fd;
use crate::model::cgroup::{Branch, Version};
use crate::model::{Errno, Untrusted};

/// Enough for any file of a cgroup that we read.
pub(super) const CAP: usize = 1 << 16;
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Whether a directory is one of cgroup v2.
#[must_use]
pub fn is_v2(fd: BorrowedFd<'_>) -> bool {
    // CGROUP2_SUPER_MAGIC, linux/magic.h.
    rustix::fs::fstatfs(fd).is_ok_and(|found| found.f_type == 0x6367_7270)
}

/// Moves a process, by its number in our pid namespace, to the cgroup of that directory; how many
/// bytes were taken.
pub fn attach_at(fd: BorrowedFd<'_>, pid: i32) -> Result<i64, Errno> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = openat(fd, "cgroup.procs", flags, Mode::empty())?;
    let taken = rustix::io::write(&file, pid.to_string().as_bytes())?;
    Ok(i64::try_from(taken).unwrap_or(i64::MAX))
}

/// Opens what a process steps into a cgroup by, for [`step_in`].
pub fn door(fd: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    Ok(openat(fd, "cgroup.procs", flags, Mode::empty())?)
}

/// Moves the calling process, whatever its number is where it stands: cgroups(7), "Creating cgroups
/// and moving processes".
pub fn step_in(door: &OwnedFd) -> Result<(), Errno> {
    rustix::io::write(door, b"0")?;
    Ok(())
}

/// Its directory in one hierarchy.
#[derive(Debug)]
pub struct Twig {
    /// What and where it is.
    pub branch: Branch,
    pub(super) fd: OwnedFd,
}

impl Twig {
    /// Takes over an open directory.
    #[must_use]
    pub fn new(branch: Branch, fd: OwnedFd) -> Self {
        Self { branch, fd }
    }

    /// The path of a file in it, for the list of calls.
    #[must_use]
    pub fn path(&self, file: &str) -> String {
        let directory = String::from_utf8_lossy(self.branch.directory.as_bytes()).into_owned();
        super::find::join(&directory, file)
    }

    /// Whether it has a file.
    #[must_use]
    pub fn has(&self, file: &str) -> bool {
        rustix::fs::statat(&self.fd, file, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Opens a file to read.
    pub fn open(&self, file: &str) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(openat(&self.fd, file, flags, Mode::empty())?)
    }

    /// Reads a file.
    pub fn read(&self, file: &str) -> Result<String, Errno> {
        let bytes = read_fd(self.open(file)?.as_fd(), CAP)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes a text in one write(2); returns how many bytes were taken.
    pub fn write(&self, file: &str, text: &str) -> Result<i64, Errno> {
        let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = openat(&self.fd, file, flags, Mode::empty())?;
        let taken = rustix::io::write(&file, text.as_bytes())?;
        Ok(i64::try_from(taken).unwrap_or(i64::MAX))
    }

    /// mkdir(2), and what a cgroup of v1 wants before a process can be in it.
    pub fn make(&self, name: &str) -> Result<Self, Errno> {
        mkdirat(&self.fd, name, Mode::from_raw_mode(0o755))?;
        let child = self.child(name)?;
        if child.branch.version == Version::V1 {
            child.prepare_v1(self)?;
        }
        Ok(child)
    }

    /// The directory in it of that name.
    pub fn child(&self, name: &str) -> Result<Self, Errno> {
        let fd = openat(&self.fd, name, FOLDER, Mode::empty())?;
        let below = |path: &Untrusted| {
            let path = String::from_utf8_lossy(path.as_bytes()).into_owned();
            Untrusted::from(super::find::join(&path, name))
        };
        let mut branch = self.branch.clone();
        branch.place.path = below(&branch.place.path);
        branch.directory = below(&branch.directory);
        Ok(Self { branch, fd })
    }

    /// On v1, a new cpuset is empty, and memory below a cgroup did not count in it before 5.11.
    fn prepare_v1(&self, parent: &Self) -> Result<(), Errno> {
        for file in ["cpuset.cpus", "cpuset.mems"] {
            if self.has(file) && self.read(file)?.trim().is_empty() {
                self.write(file, parent.read(file)?.trim())?;
            }
        }
        let counts = self.read("memory.use_hierarchy");
        if counts.is_ok_and(|text| text.trim() == "0") {
            self.write("memory.use_hierarchy", "1")?;
        }
        Ok(())
    }

    /// rmdir(2) of a directory in it.
    pub fn remove(&self, name: &str) -> Result<(), Errno> {
        Ok(unlinkat(&self.fd, name, AtFlags::REMOVEDIR)?)
    }

    /// Names of the cgroups in it.
    pub fn names(&self) -> Result<Vec<String>, Errno> {
        let mut names = Vec::new();
        for entry in Listing::read_from(&self.fd)? {
            names.extend(folder(&entry?).map(|(name, _)| name));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Numbers in `cgroup.procs`, as our pid namespace has them.
    pub fn procs(&self) -> Result<Vec<i32>, Errno> {
        let text = self.read("cgroup.procs")?;
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }
}

/// A directory's name and inode number, if it is one.
fn folder(entry: &DirEntry) -> Option<(String, u64)> {
    let name = entry.file_name().to_string_lossy().into_owned();
    let found = entry.file_type() == FileType::Directory && name != "." && name != "..";
    found.then(|| (name, entry.ino()))
}

impl AsFd for Twig {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A cgroup: v2's directory first, if there is one.
#[derive(Debug)]
pub struct Dir(pub Vec<Twig>);

impl Dir {
    /// The same directories once more.
    pub fn try_clone(&self) -> Result<Self, Errno> {
        let copy = |twig: &Twig| {
            let fd = twig.fd.try_clone().map_err(|error| Errno::from(&error))?;
            Ok(Twig::new(twig.branch.clone(), fd))
        };
        self.0.iter().map(copy).collect::<Result<_, _>>().map(Self)
    }

    /// Its directory on v2.
    #[must_use]
    pub fn v2(&self) -> Option<&Twig> {
        self.0.iter().find(|it| it.branch.version == Version::V2)
    }

    /// The one of a v1 controller.
    #[must_use]
    pub fn v1(&self, controller: &str) -> Option<&Twig> {
        let has = |it: &&Twig| it.branch.place.controllers.iter().any(|n| n == controller);
        self.0.iter().find(has)
    }

    /// The first that has the file.
    #[must_use]
    pub fn with(&self, file: &str) -> Option<&Twig> {
        self.0.iter().find(|it| it.has(file))
    }

    /// The cgroup in it of that name, which is there already.
    pub fn child(&self, name: &str) -> Result<Self, Errno> {
        let all: Result<Vec<Twig>, Errno> = self.0.iter().map(|it| it.child(name)).collect();
        all.map(Self)
    }

    /// What of that cgroup is there: the directories in it of that name, in any hierarchy.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        Self(self.0.iter().filter_map(|it| it.child(name).ok()).collect())
    }

    /// The cgroups in it, at most so many of each hierarchy, and the inode numbers of their directories.
    #[must_use]
    pub fn children(&self, most: usize) -> BTreeMap<String, Vec<u64>> {
        let mut all: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for twig in &self.0 {
            let listing = Listing::read_from(&twig.fd).into_iter().flatten();
            let folders = listing.filter_map(|entry| folder(&entry.ok()?));
            for (name, inode) in folders.take(most) {
                all.entry(name).or_default().push(inode);
            }
        }
        all
    }

    /// Makes one in it, everywhere; takes back what it made if one directory cannot be made.
    pub fn make(&self, name: &str) -> Result<Self, Errno> {
        let mut made = Vec::new();
        for twig in &self.0 {
            match twig.make(name) {
                Ok(child) => made.push(child),
                Err(errno) => {
                    for twig in self.0.iter().take(made.len() + 1) {
                        let _ = twig.remove(name);
                    }
                    return Err(errno);
                }
            }
        }
        Ok(Self(made))
    }

    /// Moves a process there, by its number in our pid namespace.
    pub fn attach(&self, pid: i32) -> Result<(), Errno> {
        for twig in &self.0 {
            twig.write("cgroup.procs", &pid.to_string())?;
        }
        Ok(())
    }

    /// Everybody in it, by numbers of our pid namespace; each once.
    #[must_use]
    pub fn procs(&self) -> Vec<i32> {
        let listed = self.0.iter().filter_map(|twig| twig.procs().ok());
        let mut all: Vec<i32> = listed.flatten().filter(|pid| *pid > 0).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

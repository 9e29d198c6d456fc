//! A disk of our own: an empty ext4 on a loop device, on a file without a name. Made by the broker,
//! which is root; nothing in it comes from anybody else. It is mounted nowhere: whoever gets the
//! descriptor may attach it in a mount namespace of their own. With the last of those it is gone, and
//! so are the device's hold on the file and the file, whoever was killed.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FallocateFlags, Mode, OFlags, fallocate, fstat, ftruncate, openat};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount,
    fsopen,
};

use super::sys::loops;
use crate::model::Errno;

/// How large it is.
const SIZE: u64 = 64 << 20;
/// Of the filesystem and of the device: what direct writing to the file may ask for.
const BLOCK: u32 = 4096;
/// Where the file may lie, if that is on a disk.
const PLACES: [&str; 3] = ["/var/tmp", "/var/lib", "/"];
/// Where mke2fs(8) may be.
const MKFS: [&str; 3] = ["/usr/sbin/mke2fs", "/sbin/mke2fs", "/usr/bin/mke2fs"];
/// For each file without a name, others may take the free device before we have it.
const TRIES: usize = 8;
/// How long a device may take to let go of its file.
const GONE_WITHIN: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// All of them are in memory.
    #[error("neither /var/tmp nor /var/lib nor / is on a disk")]
    NoPlace,
    /// e2fsprogs is not installed.
    #[error("mke2fs is not installed")]
    NoMkfs,
    /// It has failed.
    #[error("mke2fs failed")]
    Mkfs,
    /// A call has.
    #[error("{0}: {1}")]
    Failed(&'static str, Errno),
}

/// The disk, as the broker remembers it.
#[derive(Debug)]
pub struct OwnDisk {
    number: i32,
    /// What the kernel calls the file: the same number may be another's device later.
    file: String,
    /// There were too few devices, and the kernel has added this one.
    added: bool,
}

/// The disk, as whoever gets it has it.
#[derive(Debug)]
pub struct Handed {
    /// Its filesystem, mounted nowhere.
    pub mount: OwnedFd,
    /// Major and minor number.
    pub device: (u32, u32),
}

impl OwnDisk {
    /// Makes one; its root directory belongs to `owner`, uid and gid.
    pub fn make(owner: (u32, u32)) -> Result<(Self, Handed), DiskError> {
        let file = without_a_name()?;
        format(&file, owner)?;
        let (number, added, device) = attach(&file)?;
        let disk = Self {
            number,
            file: backing(number).unwrap_or_default(),
            added,
        };
        let mounted = mount(number).and_then(|mount| {
            let found = fstat(&device).map_err(failed("fstat"))?;
            let (major, minor) = (
                rustix::fs::major(found.st_rdev),
                rustix::fs::minor(found.st_rdev),
            );
            let device = (major, minor);
            Ok(Handed { mount, device })
        });
        // From here on the mount holds the device, if there is one.
        drop(device);
        match mounted {
            Ok(handed) => Ok((disk, handed)),
            Err(error) => {
                disk.end();
                Err(error)
            }
        }
    }

    /// Waits until nobody uses it any more; says whether that is so.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        let until = Instant::now() + GONE_WITHIN;
        while backing(self.number).is_some_and(|file| file == self.file) {
            if Instant::now() > until {
                return false;
            }
            std::thread::sleep(PAUSE);
        }
        true
    }

    /// When all who used it have ended: the machine gets as many devices as it had.
    pub fn end(self) {
        if !self.is_gone() || !self.added {
            return;
        }
        let Ok(control) = open("/dev/loop-control") else {
            return;
        };
        let until = Instant::now() + GONE_WITHIN;
        // EBUSY: udev still looks at it, or it is another's by now, who keeps it.
        while loops::remove(control.as_fd(), self.number) == Err(Errno::EBUSY)
            && Instant::now() < until
        {
            std::thread::sleep(PAUSE);
        }
    }
}

fn failed<E: Into<Errno>>(call: &'static str) -> impl Fn(E) -> DiskError {
    move |errno| DiskError::Failed(call, errno.into())
}

fn open(path: &str) -> rustix::io::Result<OwnedFd> {
    openat(CWD, path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
}

/// A file on a disk that has no name, with all its blocks: a write into it never finds that there is
/// no room.
fn without_a_name() -> Result<File, DiskError> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    let mut last = DiskError::NoPlace;
    for place in PLACES
        .into_iter()
        .filter(|place| super::cgroup::disk::keeps(place))
    {
        match openat(CWD, place, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => {
                let room = match fallocate(&file, FallocateFlags::empty(), 0, SIZE) {
                    Err(rustix::io::Errno::OPNOTSUPP) => ftruncate(&file, SIZE),
                    other => other,
                };
                room.map_err(failed("fallocate"))?;
                return Ok(file.into());
            }
            Err(errno) => last = failed("open O_TMPFILE")(errno),
        }
    }
    Err(last)
}

/// mke2fs(8) on its standard input: a file without a name has no other path.
fn format(file: &File, (uid, gid): (u32, u32)) -> Result<(), DiskError> {
    let program = MKFS
        .into_iter()
        .find(|path| std::path::Path::new(path).exists());
    let program = program.ok_or(DiskError::NoMkfs)?;
    let input = file
        .try_clone()
        .map_err(|e| failed("fcntl")(Errno::from(&e)))?;
    let status = Command::new(program)
        .env_clear()
        .args([
            "-q",
            "-F",
            "-t",
            "ext4",
            "-b",
            &BLOCK.to_string(),
            "-m",
            "0",
        ])
        .args(["-O", "^has_journal,^resize_inode", "-E"])
        .arg(format!(
            "root_owner={uid}:{gid},lazy_itable_init=0,nodiscard"
        ))
        .arg("/proc/self/fd/0")
        .stdin(Stdio::from(input))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(DiskError::Mkfs),
    }
}

/// The device's number, whether it is a new one, and the device.
fn attach(file: &File) -> Result<(i32, bool, OwnedFd), DiskError> {
    let control = open("/dev/loop-control").map_err(failed("open /dev/loop-control"))?;
    let mut last = Errno::EBUSY;
    for _ in 0..TRIES {
        let before = known();
        let number =
            loops::free_number(control.as_fd()).map_err(failed("ioctl LOOP_CTL_GET_FREE"))?;
        let added = !before.contains(&number);
        let device = open(&path(number)).map_err(failed("open /dev/loopN"));
        let shown = device.and_then(|device| {
            let shown = loops::configure(device.as_fd(), file.as_fd(), BLOCK);
            shown
                .map_err(failed("ioctl LOOP_CONFIGURE"))
                .map(|()| device)
        });
        match shown {
            Ok(device) => return Ok((number, added, device)),
            Err(DiskError::Failed(_, Errno::EBUSY)) => {}
            Err(error) => {
                if added {
                    let _ = loops::remove(control.as_fd(), number);
                }
                return Err(error);
            }
        }
        last = Errno::EBUSY;
    }
    Err(DiskError::Failed("ioctl LOOP_CONFIGURE", last))
}

/// The new mount, outside of every list of mounts: fsmount(2).
fn mount(number: i32) -> Result<OwnedFd, DiskError> {
    let context = fsopen("ext4", FsOpenFlags::FSOPEN_CLOEXEC).map_err(failed("fsopen"))?;
    let fd = context.as_fd();
    fsconfig_set_string(fd, "source", path(number)).map_err(failed("fsconfig"))?;
    fsconfig_create(fd).map_err(failed("fsconfig"))?;
    let attributes = MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOSUID;
    fsmount(fd, FsMountFlags::FSMOUNT_CLOEXEC, attributes).map_err(failed("fsmount"))
}

fn path(number: i32) -> String {
    format!("/dev/loop{number}")
}

/// The numbers of all loop devices there are.
fn known() -> Vec<i32> {
    let names = std::fs::read_dir("/sys/block")
        .into_iter()
        .flatten()
        .flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter_map(|name| name.strip_prefix("loop")?.parse().ok())
        .collect()
}

/// The file behind a device, as the kernel calls it; `None`: it is free.
fn backing(number: i32) -> Option<String> {
    std::fs::read_to_string(format!("/sys/block/loop{number}/loop/backing_file")).ok()
}

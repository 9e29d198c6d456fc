//! The disk that a directory lies on: whether it is one at all, and the numbers that `io.max` wants:
//! those of the whole disk, since limits are its request queue's and a partition has none. Called by
//! the lab, the survey and the broker.

use crate::model::Errno;

/// Major and minor number of the disk. ENODEV: the filesystem is on no block device of its own.
pub fn below(path: &str) -> Result<(u32, u32), Errno> {
    let found = rustix::fs::stat(path)?;
    let (major, minor) = (
        rustix::fs::major(found.st_dev),
        rustix::fs::minor(found.st_dev),
    );
    let device = format!("/sys/dev/block/{major}:{minor}");
    let is_part = std::path::Path::new(&device).join("partition").exists();
    let file = if is_part { "../dev" } else { "dev" };
    let text = std::fs::read_to_string(format!("{device}/{file}")).map_err(|_| Errno::ENODEV)?;
    let (major, minor) = text.trim().split_once(':').ok_or(Errno::EIO)?;
    let number = |text: &str| text.parse().map_err(|_| Errno::EIO);
    Ok((number(major)?, number(minor)?))
}

/// Whether what is written there can be taken out of memory again: it is on no filesystem that lives
/// in memory.
#[must_use]
pub fn keeps(path: &str) -> bool {
    /// `f_type` of tmpfs and ramfs: statfs(2).
    const IN_MEMORY: [i64; 2] = [0x0102_1994, 0x8584_58f6];
    let found = rustix::fs::statfs(path);
    found.is_ok_and(|found| !IN_MEMORY.contains(&found.f_type))
}

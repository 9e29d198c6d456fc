//! Every namespace of the host, of every type, and what keeps it alive. Called by `run::map`. Only
//! reads: links below `/proc/PID`, lists of mounts, and what ioctl_nsfs(2) says of parent and owner.

mod ancestry;
mod scan;

use self::scan::Scan;
use super::proc::Procfs;
use crate::model::Errno;
use crate::model::map::Map;

/// Looks once. Each process costs some twenty system calls, each namespace some ten.
///
/// # Errors
/// ENOENT if there is no procfs at `/proc`.
pub fn survey() -> Result<Map, Errno> {
    let proc = Procfs::open()?;
    let mut scan = Scan::new(&proc);
    scan.map.denied.as_root = rustix::process::geteuid().is_root();
    let mut listed = proc.list()?;
    listed.sort_unstable();
    for (pid, _) in listed {
        scan.process(&proc, pid);
    }
    scan.count_rest();
    scan.mounts(&proc);
    ancestry::climb(&proc, &mut scan);
    scan.name_leads(&proc);
    Ok(scan.map)
}

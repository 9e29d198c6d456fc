//! Who is in namespaces that should be empty: the lab asks when it has ended its boxes. Only reads,
//! and counts what it may not read.

use std::collections::BTreeSet;
use std::os::fd::AsFd as _;

use crate::kernel::ns;
use crate::kernel::proc::{PidDir, Procfs};
use crate::model::{Errno, NsId, NsKind, NsLink};

/// What a look at every process found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Processes whose namespaces we may see.
    pub looked_at: usize,
    /// Processes whose namespaces we may not see: of other users, mostly.
    pub hidden: usize,
    /// Processes in one of the namespaces, and the kind of the first such.
    pub found: Vec<(i32, NsKind)>,
}

/// Looks at every process of the visible `/proc`. Zombies are in no namespace any more.
#[must_use]
pub fn census(namespaces: &BTreeSet<NsId>) -> Census {
    let mut census = Census::default();
    let Ok(proc) = Procfs::open() else {
        return census;
    };
    for (pid, _) in proc.list().unwrap_or_default() {
        let Ok(dir) = proc.pid(pid) else { continue };
        match kind_in(&dir, namespaces) {
            Ok(found) => {
                census.looked_at += 1;
                census.found.extend(found.map(|kind| (pid, kind)));
            }
            // It has ended, or waits for its parent.
            Err(Errno::ENOENT | Errno::ESRCH) => {}
            Err(_) => census.hidden += 1,
        }
    }
    census
}

fn kind_in(dir: &PidDir, namespaces: &BTreeSet<NsId>) -> Result<Option<NsKind>, Errno> {
    for kind in NsKind::ALL {
        match ns::id(dir.as_fd(), NsLink::Own(kind)) {
            Ok(id) if namespaces.contains(&id) => return Ok(Some(kind)),
            Ok(_) => {}
            // A kernel without that kind has no such link; a process that has ended has none.
            Err(Errno::ENOENT) if kind != NsKind::Mnt => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(None)
}

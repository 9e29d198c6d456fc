//! Operations on who a process is: ranges of ids for a user namespace, and the ids of a process.

use serde::{Deserialize, Serialize};

use super::Errno_;

operation!(
    /// Has newuidmap(1), or newgidmap(1), write a map for the user namespace of the box's helper:
    /// the learner as 0, and from 1 on the learner's range of subordinate ids. glassbox starts the
    /// program on the host, as the learner.
    Newmap {}
);
operation!(
    /// Real, effective and saved ids, group first. Supplementary groups stay.
    Setids {
        /// As the caller's user namespace counts.
        uid: u32,
        /// Likewise.
        gid: u32,
    }
);

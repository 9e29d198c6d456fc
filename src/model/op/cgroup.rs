//! Operations on cgroups. glassbox carries them out itself, on the host and from outside, as a
//! container engine does; no process of the box takes part. They touch only cgroups of the lesson.

use serde::{Deserialize, Serialize};

use super::Errno_;
use crate::model::cgroup::Version;

macro_rules! cgroup_operation {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        operation!(
            $(#[$doc])*
            $name {
                $($(#[$field_doc])* $field: $type,)*
                /// Only where the controller that it is about has this interface; elsewhere the
                /// operation is left out.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                on: Option<Version>,
            }
        );
    };
}

cgroup_operation!(
    /// Makes a cgroup.
    Make {
        /// Its name, `jar`, or `jar/left` for one in another.
        name: String,
    }
);
cgroup_operation!(
    /// Hands controllers on to the cgroups in one.
    Enable {
        /// The cgroup.
        cgroup: String,
        /// By the names of v2.
        controllers: Vec<String>,
    }
);
cgroup_operation!(
    /// Sets a limit, and reads it back.
    Limit {
        /// The cgroup.
        cgroup: String,
        /// By the name that v2 has for it.
        file: String,
        /// As v2 has it.
        value: String,
    }
);
cgroup_operation!(
    /// Moves a process of a box.
    Move {
        /// Where to.
        cgroup: String,
        /// The process by name.
        who: String,
    }
);
cgroup_operation!(
    /// Does something to a whole cgroup.
    Whole {
        /// The cgroup.
        cgroup: String,
    }
);
operation!(
    /// Looks on for a while.
    Observe {
        /// At most [`MOST_SECONDS`]; 0, which no file may say, is one sample.
        seconds: u32,
    }
);

/// The longest `observe`.
pub const MOST_SECONDS: u32 = 10;

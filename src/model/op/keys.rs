//! Operations on the kernel's keys: keyrings(7). They touch only a session keyring that the box's
//! processes made themselves; it ends with the last of them.

use serde::{Deserialize, Serialize};

use super::Errno_;

operation!(
    /// keyctl(2), KEYCTL_JOIN_SESSION_KEYRING: a new, empty session keyring.
    Keyring {}
);
operation!(
    /// add_key(2): puts a key of the type `user` into the session keyring.
    Addkey {
        /// What it is found by.
        name: String,
        /// What it holds.
        text: String,
    }
);
operation!(
    /// keyctl(2), KEYCTL_SEARCH and KEYCTL_READ.
    Readkey {
        /// What it is found by.
        name: String,
    }
);

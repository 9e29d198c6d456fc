//! The error number that an operation is expected to fail with, by its name. A field of every operation.

use serde::{Deserialize, Serialize};

use crate::model::Errno;

/// An error number written by name in a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Errno_(pub Errno);

impl TryFrom<String> for Errno_ {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Errno::from_name(&name).map(Self).ok_or_else(|| {
            format!("`{name}` is no error number of Linux; expected a name such as EPERM")
        })
    }
}

impl From<Errno_> for String {
    fn from(errno: Errno_) -> Self {
        errno.0.name()
    }
}

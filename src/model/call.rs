//! System calls as they happened: what the learner sees in the calls panel.

use serde::{Deserialize, Serialize};

use super::{Errno, Untrusted};

/// Who made a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// glassbox itself, in the host's namespaces: the side that writes the uid and gid maps.
    Host,
    /// A process of a box, by the name of the box and its own name (`helper`, `init`, `a`, ...).
    Member(String, String),
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The value the call returned (a pid, a count of bytes, 0).
    Ok(i64),
    /// The error number it set.
    Failed(Errno),
}

impl Outcome {
    /// The error number, if it failed.
    #[must_use]
    pub fn errno(self) -> Option<Errno> {
        match self {
            Self::Ok(_) => None,
            Self::Failed(errno) => Some(errno),
        }
    }
}

/// One system call as it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The name in section 2 of the manual: `unshare`, `clone3`, `mount`.
    pub name: String,
    /// Arguments as strace would decode them: `CLONE_NEWPID`, `"/proc"`.
    pub args: Vec<Untrusted>,
    /// Result or error number.
    pub outcome: Outcome,
    /// Wall time between call and return, in microseconds.
    pub micros: u64,
    /// Who made it.
    pub actor: Actor,
    /// Why it failed here and what to do, in one or two sentences; empty when it succeeded.
    pub advice: String,
    /// What came of it, where the step tried what is usually refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<super::tries::Tried>,
    /// The step said that this call would fail in just this way.
    pub expected_failure: bool,
}

/// A call that failed although the step did not say so; the step stopped there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The operation's position in the step, from 0.
    pub op: usize,
    /// What happened, with the failed call's advice, ready to be shown after [`Untrusted::text`].
    pub message: Untrusted,
    /// The error number, where a system call gave one.
    pub errno: Option<Errno>,
}

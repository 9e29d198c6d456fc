//! What the app asks of the lab, and what the lab tells the app. Neither knows the other's code.

use serde::{Deserialize, Serialize};

use super::{Call, Fault, Op, Sample, Untrusted};

/// A box that a lesson wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoxSpec {
    /// `[a-z][a-z0-9]{0,11}`
    pub name: String,
    /// The outer box, for a nested one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
    /// Paths that are watched from inside, and the same paths on the host; at most
    /// [`super::files::WATCHED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Whether it has a directory on disk for the operation `disk`.
    #[serde(default)]
    pub disk: bool,
    /// Who makes its user namespace and writes the maps.
    #[serde(default, skip_serializing_if = "Maps::is_one")]
    pub maps: Maps,
    /// Whether the lesson makes cgroups: its `needs` say so.
    #[serde(skip)]
    pub cgroups: bool,
}

/// Who makes a box's user namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Maps {
    /// The lab, before the first step: one uid and one gid, 0 inside.
    #[default]
    One,
    /// The steps of the lesson. Until then the box's helper is an ordinary process of the learner's,
    /// and may do what the learner may do.
    None,
}

impl Maps {
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    fn is_one(&self) -> bool {
        *self == Self::One
    }
}

/// The app to the lab. Commands are carried out in order; each of the first three is answered once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// End whatever runs, make these boxes, and carry out the operations of the steps before the
    /// one to be shown. Answered by `Opened`.
    Open {
        /// The lesson's boxes.
        boxes: Vec<BoxSpec>,
        /// Operations of earlier steps, in order.
        replay: Vec<Op>,
    },
    /// Carry out the operations of one step. Answered by `Ran`.
    Run {
        /// In order.
        ops: Vec<Op>,
    },
    /// End whatever runs. Answered by `Cleared`.
    Clear,
    /// End whatever runs, and the lab.
    Quit,
}

/// The lab to the app.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // a handful exist at a time
pub enum LabEvent {
    /// The boxes stand; `sample` is the `before` of the next step.
    Opened {
        /// How the boxes were made: user namespace and maps.
        calls: Vec<Call>,
        /// Both sides now.
        sample: Sample,
        /// Why it stopped early, if it did.
        fault: Option<Fault>,
    },
    /// A step was carried out.
    Ran {
        /// What was called, in order.
        calls: Vec<Call>,
        /// Both sides before the first call.
        before: Sample,
        /// Both sides after the last call.
        after: Sample,
        /// Why it stopped early, if it did.
        fault: Option<Fault>,
    },
    /// Something changed by itself, or during `observe`; sent at most four times a second.
    Sampled(Sample),
    /// Nothing of ours runs any more.
    Cleared(Proof),
    /// The lab cannot go on (its spawner died, for instance).
    Lost(Untrusted),
}

/// What was checked after the end of all boxes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Processes that were ended.
    pub ended: usize,
    /// What is still there, in words; empty when all is well.
    pub left: Vec<Untrusted>,
}

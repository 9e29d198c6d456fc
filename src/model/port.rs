//! What the app asks of the lab, and what the lab tells the app. Neither knows the other's code.

use serde::{Deserialize, Serialize};

use super::look::{Look, Wanted};
use super::sample::Exit;
use super::wire::Restraint;
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
    /// What programs are held to that the lab starts in it. In a lesson to nothing: there a shell is
    /// root's of the box.
    #[serde(skip)]
    pub hold: Hold,
}

/// What a program is held to that is started in a box. Its stage keeps that, for those who come in
/// from another terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The name of the cgroup that it joins.
    pub cgroup: Option<String>,
    /// What it may not do.
    pub restraint: Restraint,
}

/// Where a shell stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// On the host, as any other shell of the learner.
    Host,
    /// Where the lead of that box stands.
    Box(String),
}

/// A place, and beside whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Where.
    pub place: Place,
    /// In a box: the member whose namespaces and root it shares; the lead if left out.
    pub beside: Option<String>,
}

impl From<Place> for Spot {
    fn from(place: Place) -> Self {
        let beside = None;
        Self { place, beside }
    }
}

/// A terminal's size in cells; neither is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Lines.
    pub rows: u16,
    /// Cells in a line.
    pub columns: u16,
}

/// What a shell is called from its opening on; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShellId(pub u32);

/// How a shell came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShellEnd {
    /// It ended by itself, or somebody ended it.
    Ended(Exit),
    /// It was not to be had: why, in words.
    Refused(Untrusted),
    /// It was closed, because it was asked for or because its box came to its end.
    Closed,
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
    /// Start a shell on a terminal of its own. At most one stands at a place. Answered by
    /// `ShellOpened` or `ShellEnded`.
    OpenShell {
        /// What it is to be called.
        id: ShellId,
        /// Where.
        spot: Spot,
        /// How large its terminal is.
        size: Size,
    },
    /// Type into a shell's terminal. What does not fit into its queue is lost, and said to be.
    Type {
        /// Which.
        id: ShellId,
        /// As a keyboard sends them.
        bytes: Vec<u8>,
    },
    /// What a program asked of its terminal. Lost where nobody reads it: keys come first.
    Answer {
        /// Which terminal.
        id: ShellId,
        /// The answer.
        bytes: Vec<u8>,
    },
    /// Give a shell's terminal another size.
    Resize {
        /// Which.
        id: ShellId,
        /// The new one.
        size: Size,
    },
    /// Take a sample at least 300 ms from now, and tell it even if nothing has changed. Answered by
    /// `Sampled`, unless the boxes are gone by then.
    LookAgain,
    /// Look at the whole machine from now on, or no more. Told by `Looked`, again and again.
    Watch(Option<Wanted>),
    /// End a shell, and whatever was started in it. Answered by `ShellEnded`.
    CloseShell {
        /// Which.
        id: ShellId,
    },
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
    /// What the last `Watch` asked for, where it is not as it was.
    Looked(Look),
    /// A shell runs.
    ShellOpened {
        /// Which.
        id: ShellId,
        /// The name of the program: `bash`.
        program: Untrusted,
    },
    /// A shell's terminal was written to: any bytes, for an emulator alone. The next piece comes
    /// only when the last but one was taken in.
    Terminal {
        /// Which.
        id: ShellId,
        /// At most 16 KiB.
        bytes: Vec<u8>,
    },
    /// A shell is no more.
    ShellEnded {
        /// Which.
        id: ShellId,
        /// How it ended.
        end: ShellEnd,
    },
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
    /// Namespaces that were seen in the boxes, and are not the host's.
    pub namespaces: usize,
    /// Processes of the host that were looked at afterwards, for whether they are in one of these.
    pub looked_at: usize,
    /// Processes whose namespaces may not be seen.
    pub hidden: usize,
    /// Mounts in the boxes' own mount namespaces, at their end.
    pub mounts: usize,
    /// Mounts of the host: before the boxes were made, and after their end.
    pub host_mounts: (usize, usize),
    /// Cgroups that were removed.
    pub cgroups: usize,
    /// What is still there, in words; empty when all is well.
    pub left: Vec<Untrusted>,
}

//! Everything that two processes of glassbox may say to each other, besides the descriptors that
//! travel along. Each channel is one SEQPACKET socketpair; its end is the death of the other side.

use serde::{Deserialize, Serialize};

use super::cgroup::Branch;
use super::filter::Filter;
use super::op::Cap;
use super::{
    Call, Errno, Links, NsId, Op, Seen, Snapshot, Untrusted, sample::Exit, sample::Role, with::With,
};

/// The lab to the spawner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpawnerRequest {
    /// Start the stage of a box. Answered by `Started` with the channel and the pidfd; over the
    /// channel the stage says `Ready` and waits for `Go`.
    Stage {
        /// The box's name.
        box_name: String,
    },
    /// Start the keeper of a shell, which waits for `Enter` on its channel. Answered like `Stage`.
    Shell {
        /// The box's name, or `host`.
        name: String,
    },
    /// Start an eye. The request carries the lead's pidfd; answered like `Stage`; over the channel
    /// the eye then says `Sight::Ready` or `Sight::Blocked`.
    Eye {
        /// The box's name.
        box_name: String,
    },
    /// Say that you are there. Answered by `Here`.
    Hello,
}

/// The spawner to the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpawnerReply {
    /// Carries two descriptors: the channel to the new process, and its pidfd.
    Started,
    /// It lives.
    Here,
    /// It could not be started.
    Failed {
        /// The system call that failed.
        call: String,
        /// Its error number.
        errno: Errno,
    },
}

/// The lab to the broker, which is root: all that can be asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerRequest {
    /// Make the subtree of cgroups, if it is not there yet, and move the spawner into it. Carries
    /// the spawner's pidfd.
    Admit,
    /// Make the subtree, if it is not there yet, so that somebody can see what it has.
    Look,
    /// Tell every namespace.
    Map,
    /// Tell every process and container, and what they use.
    Processes,
    /// Tell what can be seen of one process or two, beside the host. Carries their pidfds.
    Inspect,
    /// Make a small disk: a loop device on a file without a name. One at a time.
    Disk,
}

/// The broker to the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerReply {
    /// Carries a descriptor of the subtree's directory in each hierarchy.
    Admitted {
        /// What and where they are, in the same order.
        branches: Vec<Branch>,
    },
    /// What `Map`, `Processes` and `Inspect` ask for.
    Seen(Box<super::look::Look>),
    /// Carries the disk's filesystem, mounted nowhere.
    Disk {
        /// Major and minor number.
        device: (u32, u32),
    },
    /// It cannot be.
    Refused {
        /// Why, in words.
        why: String,
    },
}

/// The lab to a stage, and a stage to the members that can carry out operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Create the box's user namespace; answered by `Done`, then the lab writes the maps.
    EnterUser,
    /// The maps are written: check that we are uid 0 and gid 0 inside.
    MapsWritten,
    /// Carry out one operation. Carries what it needs of descriptors: for `setns` and `signal` the
    /// other process's pidfd, for what starts a program (stage to member) the sealed binary; and
    /// last, for one that is born in a cgroup, that cgroup's directory in each hierarchy.
    Execute(Op, Birth),
    /// Tell how members ended, and what they said, since the last time.
    News,
}

/// How a process comes into the cgroup that it is to be born in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Birth {
    /// By `CLONE_INTO_CGROUP` where the kernel can do that.
    #[default]
    Inside,
    /// Moved there before its first breath: once somebody has written to `cgroup.kill`, Linux 6.18
    /// kills whoever is cloned into that cgroup from another, for ever (cgroup_css_set_fork() takes
    /// the number of kills from the parent's cgroup, cgroup_post_fork() from the child's).
    Moved,
}

/// A stage, or a member that can carry out operations, to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The request was carried out. Carries, for each of `started`, a pidfd; from a member to its
    /// stage also, after each pidfd, the channel to the new member.
    Done {
        /// What was called, in order.
        calls: Vec<Call>,
        /// Members that were started.
        started: Vec<Started>,
    },
    /// It stopped at a call that was not expected to fail, or at a check of our own.
    Failed {
        /// What was called, in order; the last one is the one that failed, if a call failed.
        calls: Vec<Call>,
        /// The reason.
        message: Untrusted,
        /// The error number, where a call gave one.
        errno: Option<Errno>,
    },
    /// Answer to `News`; each by name.
    News {
        /// How members ended.
        exits: Vec<(String, Exit)>,
        /// The last line that each of them said.
        said: Vec<(String, Untrusted)>,
    },
}

/// A member that came to life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its name in the box.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// What a workload said when it had opened.
    pub said: Option<Untrusted>,
}

/// The lab to an eye. Carries the pidfds of the subjects, and after them one process of each other
/// network namespace that shall be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// How many subjects there are.
    pub subjects: usize,
    /// Paths to look at.
    #[serde(default)]
    pub files: Vec<String>,
}

/// An eye to the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// It stands where the lead stands. Sent once, before the first `Look`.
    Ready,
    /// It could not get there.
    Blocked {
        /// The system call that failed.
        call: String,
        /// Its error number.
        errno: Errno,
    },
    /// Answer to `Look`.
    Saw(Box<Snapshot>),
}

/// A new member to its starter over the member's descriptor 0: I live, my death signal is armed,
/// my starter lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready;

/// A starter to its new member: everybody who must know of you knows; begin. To the stage of a box
/// that holds programs to something it carries that, to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Go {
    /// The host's namespaces, for members that carry out operations: before each call that changes
    /// something they check that they stand in another one.
    pub host: Option<Links>,
    /// What of the filesystems is the host's and what is the box's; see there.
    #[serde(default)]
    pub grounds: Grounds,
    /// What a workload is to do.
    #[serde(default)]
    pub with: With,
    /// For programs that could hurt the machine: that limits hold it. They do not begin without.
    #[serde(default)]
    pub cage: Option<Cage>,
}

/// A starter's word that its new member is in a cgroup whose limits were read back, and what the
/// member needs to make sure of its cgroup itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cage {
    /// The host's cgroup namespace: in any other the path of a cgroup begins somewhere below.
    pub host_cgroup: Seen<NsId>,
}

/// What comes back from a member that was told to execute its program anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AfterExec {
    /// The old program: it is still there.
    Failed(Reply),
    /// The new one: it waits for `Go`.
    Begun(Ready),
}

/// What a process that carries out operations may touch: filesystems that the host has not mounted,
/// and one directory on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// Device numbers of all filesystems that were mounted on the host when the box was made. A
    /// stage reads them itself; its members have them from it.
    pub host_devices: Vec<(u32, u32)>,
    /// The box's directory on disk, if the lesson wants one.
    pub disk: Option<Disk>,
    /// Whether the session keyring is one that the box made.
    #[serde(default)]
    pub keyring: bool,
}

/// A box's directory on disk: its path as the host has it, and what it is wherever it is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Absolute.
    pub path: String,
    /// `st_dev` and `st_ino`; a stage finds them out, its members have them from it.
    #[serde(default)]
    pub id: (u64, u64),
}

/// A workload to its starter: how its beginning went. Each says it exactly once, after `Go` and
/// before anything else, so whoever started it knows that it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The calls of its beginning that a learner shall see. If the last one failed, the program
    /// ends, and the operation that started it has failed with that error.
    pub calls: Vec<Call>,
    /// What it has to say so far.
    pub said: Option<Untrusted>,
    /// That was all: it ends now, and its starter may wait for that.
    #[serde(default)]
    pub over: bool,
    /// It does not begin at all, and why.
    #[serde(default)]
    pub refused: Option<Untrusted>,
}

/// A workload to whoever holds its lifeline, at any time after `Opened`: one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said(pub Untrusted);

/// The lab to a keeper: what shell to start, and where. Carries the terminal (the slave side); for a
/// shell in a box after it the pidfd of the process to stand beside, and perhaps that of one with whose
/// end all shall end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enter {
    /// Programs to try in this order, each with its arguments; the first word is a path.
    pub programs: Vec<Vec<Untrusted>>,
    /// `NAME=value` each.
    pub environment: Vec<Untrusted>,
    /// A directory to begin in, where the process to stand beside does not give one.
    pub home: Option<Untrusted>,
    /// Whether `More` follows.
    pub more: bool,
}

/// The lab to a keeper, right after `Enter`: for a program that is no shell. Carries standard output
/// and error if there are streams; then the directories of the cgroup that it is to be in, one for
/// each hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct More {
    /// The program gets no terminal: what `Enter` carried is its standard input.
    pub streams: bool,
    /// What it may not do.
    pub restraint: Restraint,
}

/// What a program is restrained to before it is executed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restraint {
    /// The capabilities that its sets are cut down to; `None`: they stay.
    pub keep: Option<Vec<Cap>>,
    /// Whether no_new_privs is set.
    pub no_new_privs: bool,
    /// The filter of system calls that is installed.
    pub seccomp: Option<Filter>,
}

/// A keeper to the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// The box has terminals of its own. Carries the master side of one, instead of the lab's.
    Terminal,
    /// The process is there. Carries its pidfd.
    Born,
    /// This program of those in `Enter` is about to be tried.
    Trying(usize),
    /// It could not be started.
    Failed {
        /// The system call that failed.
        call: String,
        /// Its error number.
        errno: Errno,
    },
    /// It runs.
    Running,
    /// It has ended.
    Ended(Exit),
}

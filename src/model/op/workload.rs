//! The demo programs by name. What each does is in `workload`; what it takes is in `model::with`.

use serde::{Deserialize, Serialize};

use crate::model::sample::Role;

/// The programs a lesson may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// A PID 1 that reaps, and carries out operations from inside.
    Init,
    /// A process that only carries out operations; for lessons that need a second pair of hands.
    Helper,
    /// Counts the seconds and does nothing else.
    Ticker,
    /// Says once a second what its clocks read.
    Clock,
    /// Listens on a socket and answers whoever connects with its own word.
    Listener,
    /// Connects to a socket and says what it was answered.
    Greeter,
    /// Sleeps, without a handler for any signal.
    Sleeper,
    /// Exits with status 0 on SIGTERM, and reaps: what a PID 1 should do.
    Catcher,
    /// Has three children that have ended, and never waits for them.
    Zombies,
    /// Leaves three grandchildren behind, whose parent has ended.
    Orphans,
    /// Makes a System V segment of shared memory and writes a text into it.
    ShmWriter,
    /// Says the text in a System V segment of shared memory.
    ShmReader,
    /// Makes a System V set of semaphores.
    SemMaker,
    /// Sends a text to a System V message queue, made if there is none.
    MsgSender,
    /// Sends a text to a POSIX message queue, or says the one that it receives.
    MqTalker,
    /// Measures how long one small thing takes.
    Meter,
    /// Keeps CPUs busy.
    Burner,
    /// Takes memory in one of four ways.
    Hog,
    /// Forks as often as it may; so do its children.
    ForkBomb,
    /// Starts as many threads as it may.
    ThreadBomb,
    /// Has as many children as it may that have ended, and never waits for them.
    Hoarder,
    /// Writes to a file.
    Writer,
}

impl Workload {
    /// All programs, in the order of the lesson reference.
    pub const ALL: [Self; 22] = [
        Self::Init,
        Self::Helper,
        Self::Ticker,
        Self::Clock,
        Self::Listener,
        Self::Greeter,
        Self::Sleeper,
        Self::Catcher,
        Self::Zombies,
        Self::Orphans,
        Self::ShmWriter,
        Self::ShmReader,
        Self::SemMaker,
        Self::MsgSender,
        Self::MqTalker,
        Self::Meter,
        Self::Burner,
        Self::Hog,
        Self::ForkBomb,
        Self::ThreadBomb,
        Self::Hoarder,
        Self::Writer,
    ];

    /// The name lessons use, and the default name of the process in its box.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Helper => "helper",
            Self::Ticker => "ticker",
            Self::Clock => "clock",
            Self::Listener => "listener",
            Self::Greeter => "greeter",
            Self::Sleeper => "sleeper",
            Self::Catcher => "catcher",
            Self::Zombies => "zombies",
            Self::Orphans => "orphans",
            Self::ShmWriter => "shmwriter",
            Self::ShmReader => "shmreader",
            Self::SemMaker => "semmaker",
            Self::MsgSender => "msgsender",
            Self::MqTalker => "mqtalker",
            Self::Meter => "meter",
            Self::Burner => "burner",
            Self::Hog => "hog",
            Self::ForkBomb => "forkbomb",
            Self::ThreadBomb => "threadbomb",
            Self::Hoarder => "hoarder",
            Self::Writer => "writer",
        }
    }

    /// What a process that runs it is.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Init => Role::Init,
            Self::Helper => Role::Hands,
            _ => Role::Workload,
        }
    }

    /// Whether it may make or change objects of the IPC namespace it is in.
    #[must_use]
    pub fn makes_ipc(self) -> bool {
        matches!(
            self,
            Self::ShmWriter | Self::SemMaker | Self::MsgSender | Self::MqTalker
        )
    }

    /// Whether it could hurt the machine: it starts only in a cgroup whose limits on processes,
    /// memory, swap and CPU time were read back (guarantee G5).
    #[must_use]
    pub fn is_nasty(self) -> bool {
        matches!(
            self,
            Self::Burner
                | Self::Hog
                | Self::ForkBomb
                | Self::ThreadBomb
                | Self::Hoarder
                | Self::Writer
        )
    }
}

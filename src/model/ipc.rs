//! What an IPC namespace holds: ipc_namespaces(7). Filled by `observe`.

use serde::{Deserialize, Serialize};

use super::{Seen, Untrusted};

/// Most objects of a kind that travel.
pub const MOST: usize = 64;

/// A System V object, a line of /proc/sysvipc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The key that it was made with, as the unsigned number that ipcs(1) shows; 0 for IPC_PRIVATE.
    pub key: u32,
    /// The number that shmget(2), semget(2) or msgget(2) gives.
    pub id: i32,
    /// Bytes; of a semaphore set, how many semaphores.
    pub size: u64,
    /// Processes attached to a segment, messages in a queue; 0 for semaphores.
    pub used: u64,
    /// Its owner as the observer sees it.
    pub uid: u32,
}

/// What an observer sees of its IPC namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ipc {
    /// /proc/sysvipc/shm: segments of shared memory.
    pub shm: Seen<Vec<Object>>,
    /// /proc/sysvipc/sem: semaphore sets.
    pub sem: Seen<Vec<Object>>,
    /// /proc/sysvipc/msg: message queues.
    pub msg: Seen<Vec<Object>>,
    /// The names in the mqueue filesystem that was mounted last, often at /dev/mqueue: POSIX message
    /// queues of the IPC namespace that it was mounted from.
    pub mqueue: Seen<Vec<Untrusted>>,
    /// Device number of the filesystem at /dev/shm, which holds POSIX shared memory: shm_overview(7).
    pub dev_shm: Seen<u64>,
}

/// The kinds of System V objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Shared memory.
    Shm,
    /// Semaphores.
    Sem,
    /// Messages.
    Msg,
}

impl Kind {
    /// In the order of ipcs(1), more or less.
    pub const ALL: [Self; 3] = [Self::Shm, Self::Sem, Self::Msg];

    /// The file in /proc/sysvipc.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shm => "shm",
            Self::Sem => "sem",
            Self::Msg => "msg",
        }
    }
}

impl Ipc {
    /// The objects of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Seen<Vec<Object>> {
        match kind {
            Kind::Shm => &self.shm,
            Kind::Sem => &self.sem,
            Kind::Msg => &self.msg,
        }
    }
}

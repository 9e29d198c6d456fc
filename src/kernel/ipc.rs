//! System V and POSIX IPC: what a namespace holds, for `observe`, and the few calls that demo programs
//! make. Whoever makes objects must stand in an IPC namespace of a box; the stage checks that.

use std::ffi::CString;

use nix::mqueue::{MQ_OFlag, MqAttr, MqdT, mq_open, mq_receive, mq_send};
use nix::sys::stat::Mode;
use rustix::fs::{AtFlags, CWD};

use super::proc::{Procfs, lines, seen};
use super::sys::{self, Attached};
use crate::model::ipc::{Ipc, Kind, MOST, Object};
use crate::model::mounts::Mount;
use crate::model::with::With;
use crate::model::{Errno, Untrusted};

/// Bytes of a segment that we make.
pub const SEGMENT: usize = 4096;
/// Bytes of a message, and of a text in a segment.
const TEXT: usize = 64;
/// `MQUEUE_MAGIC` of the kernel.
const MQUEUE: i64 = 0x1980_0202;

/// What the IPC namespace of the caller holds, as far as the visible files tell. /proc/sysvipc shows
/// that of the process that opens it.
#[must_use]
pub fn read(proc: Option<&Procfs>) -> Ipc {
    let objects = |kind: Kind| {
        let proc = proc.ok_or(Errno::ENOENT);
        seen(proc.and_then(|proc| {
            let text = proc.read(&format!("sysvipc/{}", kind.name()))?;
            parse(kind, &text).ok_or(Errno::EIO)
        }))
    };
    Ipc {
        shm: objects(Kind::Shm),
        sem: objects(Kind::Sem),
        msg: objects(Kind::Msg),
        mqueue: seen(queues()),
        dev_shm: seen(device("/dev/shm")),
    }
}

/// A heading, and a line an object.
fn parse(kind: Kind, text: &[u8]) -> Option<Vec<Object>> {
    let rows = text.split(|byte| *byte == b'\n').skip(1);
    rows.filter(|row| !row.trim_ascii().is_empty())
        .take(MOST)
        .map(|row| object(kind, row))
        .collect()
}

/// key id perms, then: shm size cpid lpid nattch uid; sem nsems uid; msg cbytes qnum lspid lrpid uid.
fn object(kind: Kind, row: &[u8]) -> Option<Object> {
    let fields: Vec<&[u8]> = lines::fields(row).collect();
    let number = |position: usize| lines::parse::<u64>(fields.get(position)?);
    let (used, uid) = match kind {
        Kind::Shm => (number(6)?, number(7)?),
        Kind::Sem => (0, number(4)?),
        Kind::Msg => (number(4)?, number(7)?),
    };
    Some(Object {
        key: lines::parse::<i32>(fields.first()?)?.cast_unsigned(),
        id: lines::parse(fields.get(1)?)?,
        size: number(3)?,
        used,
        uid: u32::try_from(uid).ok()?,
    })
}

/// The names in the mqueue filesystem that was mounted last, wherever that is; it shows the queues of
/// the IPC namespace that it was mounted from.
fn queues() -> Result<Vec<Untrusted>, Errno> {
    use rustix::fs::{Dir, Mode, OFlags};
    let mounts = super::mounts::of_self()?;
    let mqueue = |mount: &&Mount| mount.fstype.as_bytes() == b"mqueue" && !mounts.is_hidden(mount);
    let place = mounts.rows.iter().rev().find(mqueue).ok_or(Errno::ENOENT)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = rustix::fs::openat(CWD, place.target.as_bytes(), flags, Mode::empty())?;
    if rustix::fs::fstatfs(&dir)?.f_type != MQUEUE {
        return Err(Errno::ENOENT);
    }
    let mut names = Vec::new();
    for entry in Dir::new(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." && names.len() < MOST {
            names.push(Untrusted::from(name));
        }
    }
    names.sort();
    Ok(names)
}

fn device(path: &str) -> Result<u64, Errno> {
    Ok(rustix::fs::statat(CWD, path, AtFlags::empty())?.st_dev)
}

/// The key that a step gives.
#[must_use]
pub fn key(with: &With) -> Option<i32> {
    i32::try_from(with.number("key")?).ok()
}

/// shmget(2) with IPC_CREAT: the segment of that key, made if there is none.
pub fn create(key: i32) -> Result<i32, Errno> {
    sys::shm_get(key, SEGMENT, true)
}

/// shmget(2) of a segment that is there.
pub fn find(key: i32) -> Result<i32, Errno> {
    sys::shm_get(key, 0, false)
}

/// semget(2) with IPC_CREAT: the set of that key, made if there is none.
pub fn semaphores(key: i32, count: i32) -> Result<i32, Errno> {
    sys::sem_get(key, count)
}

/// msgget(2) with IPC_CREAT: the System V queue of that key, made if there is none.
pub fn messages(key: i32) -> Result<i32, Errno> {
    sys::msg_get(key)
}

/// msgsnd(2), never waiting: EAGAIN if the queue is full.
pub fn send(id: i32, text: &[u8]) -> Result<(), Errno> {
    sys::msg_send(id, text)
}

/// A segment in our memory.
#[derive(Debug)]
pub struct Segment(Attached);

/// shmat(2)
pub fn attach(id: i32, writable: bool) -> Result<Segment, Errno> {
    sys::shm_attach(id, writable).map(Segment)
}

impl Segment {
    /// What shmat(2) returned.
    #[must_use]
    pub fn address(&self) -> i64 {
        self.0.address()
    }

    /// Writes a text and a zero to its beginning; nothing if it is attached read-only.
    pub fn write(&self, text: &[u8]) {
        let mut bytes = text[..text.len().min(TEXT - 1)].to_vec();
        bytes.push(0);
        self.0.write(&bytes);
    }

    /// The text at its beginning, up to the first zero.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut bytes = self.0.read(TEXT);
        let end = bytes.iter().position(|byte| *byte == 0);
        bytes.truncate(end.unwrap_or(TEXT));
        bytes
    }
}

/// A POSIX message queue, open.
#[derive(Debug)]
pub struct Queue(MqdT);

/// mq_open(3), never waiting: for sending, made if there is none; else for receiving.
pub fn queue(name: &str, sends: bool) -> Result<Queue, Errno> {
    let name = CString::new(name).map_err(|_| Errno::EINVAL)?;
    let quiet = MQ_OFlag::O_NONBLOCK | MQ_OFlag::O_CLOEXEC;
    if !sends {
        return Ok(Queue(mq_open(
            &*name,
            MQ_OFlag::O_RDONLY | quiet,
            Mode::empty(),
            None,
        )?));
    }
    let length = i64::try_from(TEXT).unwrap_or(0);
    let attributes = MqAttr::new(0, 4, length, 0);
    let flags = MQ_OFlag::O_CREAT | MQ_OFlag::O_WRONLY | quiet;
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    Ok(Queue(mq_open(&*name, flags, mode, Some(&attributes))?))
}

impl Queue {
    /// mq_send(3)
    pub fn send(&self, text: &[u8]) -> Result<(), Errno> {
        Ok(mq_send(&self.0, text, 1)?)
    }

    /// mq_receive(3); EAGAIN if the queue is empty.
    pub fn receive(&self) -> Result<Vec<u8>, Errno> {
        let mut buffer = vec![0; TEXT];
        let mut priority = 0;
        let length = mq_receive(&self.0, &mut buffer, &mut priority)?;
        buffer.truncate(length);
        Ok(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_columns() {
        let shm = b"       key      shmid perms                  size  cpid  lpid nattch   uid   gid\n\
            -559038737          3   600                  4096   120   121      2  1000  1000  1000  1000 1 0 1 4096 0\n";
        let expected = Object {
            key: 0xdead_beef,
            id: 3,
            size: 4096,
            used: 2,
            uid: 1000,
        };
        assert_eq!(parse(Kind::Shm, shm), Some(vec![expected]));
        let sem = b"       key      semid perms      nsems   uid   gid\n     45253          0   600          5   7     8\n";
        let found = parse(Kind::Sem, sem).expect("parses");
        assert_eq!((found[0].key, found[0].size, found[0].uid), (45253, 5, 7));
        let msg = b"       key      msqid perms      cbytes       qnum lspid lrpid   uid\n\
            1 0 644 12 3 9 0 1001 1 1 1 0 0 0\n";
        let found = parse(Kind::Msg, msg).expect("parses");
        assert_eq!((found[0].size, found[0].used, found[0].uid), (12, 3, 1001));
        assert_eq!(parse(Kind::Msg, b"heading\n"), Some(Vec::new()));
        assert_eq!(parse(Kind::Shm, b"heading\n1 2 3\n"), None);
    }
}

//! Channels between the processes of glassbox: SEQPACKET socket pairs that carry JSON messages and
//! descriptors. The end of a channel is the death of the other side.
//!
//! A message above 60 KiB travels as a sealed memfd, since the kernel refuses packets far below a
//! megabyte (EMSGSIZE). Source: unix(7), memfd_create(2).

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::model::Errno;

/// The largest message that is sent as a packet; larger ones travel as a memfd.
const INLINE: usize = 60 * 1024;
/// The largest message that is accepted at all.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Most descriptors in one message.
const MOST_FDS: usize = 64;

/// Why nothing could be sent or received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChanError {
    /// The other side is dead, or has closed its end.
    #[error("the other side is gone")]
    Ended,
    /// The other side did not answer in time.
    #[error("no answer in time")]
    Timeout,
    /// A system call failed.
    #[error("{0}")]
    Io(Errno),
    /// What arrived is not a message.
    #[error("not a message: {0}")]
    Malformed(String),
}

impl ChanError {
    /// The error of the call that failed; EIO where none did.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            Self::Io(errno) => *errno,
            Self::Ended | Self::Timeout | Self::Malformed(_) => Errno::EIO,
        }
    }
}

impl From<rustix::io::Errno> for ChanError {
    fn from(errno: rustix::io::Errno) -> Self {
        match errno {
            rustix::io::Errno::PIPE | rustix::io::Errno::CONNRESET => Self::Ended,
            errno => Self::Io(errno.into()),
        }
    }
}

/// One end of a channel.
#[derive(Debug)]
pub struct Channel(OwnedFd);

impl From<OwnedFd> for Channel {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl From<Channel> for OwnedFd {
    fn from(channel: Channel) -> Self {
        channel.0
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Channel {
    /// Two connected ends, both close-on-exec.
    pub fn pair() -> Result<(Self, Self), ChanError> {
        let (a, b) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok((Self(a), Self(b)))
    }

    /// Lets this end survive the next exec; the number to hand over. Only for a process that is about
    /// to start the other side and has no threads.
    pub fn survive_exec(&self) -> Result<i32, Errno> {
        use std::os::fd::AsRawFd as _;
        rustix::io::fcntl_setfd(&self.0, rustix::io::FdFlags::empty())?;
        Ok(self.0.as_raw_fd())
    }

    /// Sends one message and the descriptors that belong to it.
    pub fn send<T: Serialize>(&self, message: &T, fds: &[BorrowedFd<'_>]) -> Result<(), ChanError> {
        let json = serde_json::to_vec(message).map_err(|e| ChanError::Malformed(e.to_string()))?;
        if json.len() <= INLINE {
            return self.send_packet(b"j", &json, fds);
        }
        let memfd = sealed_memfd("glassbox-message", &json)?;
        let mut all = vec![memfd.as_fd()];
        all.extend_from_slice(fds);
        self.send_packet(b"m", &[], &all)
    }

    fn send_packet(
        &self,
        kind: &[u8],
        body: &[u8],
        fds: &[BorrowedFd<'_>],
    ) -> Result<(), ChanError> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(ChanError::Malformed(format!(
                "{} descriptors in one message",
                fds.len()
            )));
        }
        let parts = [IoSlice::new(kind), IoSlice::new(body)];
        retry(|| rustix::net::sendmsg(&self.0, &parts, &mut control, SendFlags::NOSIGNAL))?;
        Ok(())
    }

    /// Waits for one message, at most for `deadline` where there is one.
    pub fn recv<T: DeserializeOwned>(
        &self,
        deadline: Option<Duration>,
    ) -> Result<(T, Vec<OwnedFd>), ChanError> {
        if let Some(deadline) = deadline
            && !self.readable(deadline)?
        {
            return Err(ChanError::Timeout);
        }
        let (packet, mut fds) = self.recv_packet()?;
        let parse = |json: &[u8]| {
            serde_json::from_slice(json).map_err(|e| ChanError::Malformed(e.to_string()))
        };
        match packet.split_first() {
            None => Err(ChanError::Ended),
            Some((b'j', json)) => Ok((parse(json)?, fds)),
            Some((b'm', [])) if !fds.is_empty() => {
                let mut json = Vec::new();
                std::fs::File::from(fds.remove(0))
                    .take(LARGEST)
                    .read_to_end(&mut json)
                    .map_err(|e| ChanError::Io((&e).into()))?;
                Ok((parse(&json)?, fds))
            }
            Some(_) => Err(ChanError::Malformed("unknown kind of packet".to_owned())),
        }
    }

    fn recv_packet(&self) -> Result<(Vec<u8>, Vec<OwnedFd>), ChanError> {
        let mut packet = vec![0; INLINE + 1];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = retry(|| {
            let mut parts = [IoSliceMut::new(&mut packet)];
            rustix::net::recvmsg(&self.0, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC)
        })?;
        let mut fds = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                fds.extend(rights);
            }
        }
        packet.truncate(received.bytes);
        Ok((packet, fds))
    }

    /// The message that is there to be received, which stays there. `None`: it is none of that kind, or a
    /// large one.
    #[must_use]
    pub fn peek<T: DeserializeOwned>(&self) -> Option<T> {
        let mut packet = vec![0; INLINE + 1];
        let mut parts = [IoSliceMut::new(&mut packet)];
        let mut control = RecvAncillaryBuffer::default();
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let received = rustix::net::recvmsg(&self.0, &mut parts, &mut control, flags).ok()?;
        let json = packet.get(..received.bytes)?.strip_prefix(b"j")?;
        serde_json::from_slice(json).ok()
    }

    /// Whether a message (or the end) is there, waiting up to `deadline` for it.
    pub fn readable(&self, deadline: Duration) -> Result<bool, ChanError> {
        Ok(wait_readable(&[self.as_fd()], Some(deadline)).map_err(ChanError::Io)?[0])
    }

    /// Whether the other side is gone. Never waits.
    #[must_use]
    pub fn ended(&self) -> bool {
        let mut fds = [PollFd::new(&self.0, PollFlags::empty())];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        rustix::event::poll(&mut fds, Some(&now)).is_ok()
            && fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }
}

/// Waits until one of `fds` is readable or ended, for ever without a deadline. One answer for each.
pub fn wait_readable(
    fds: &[BorrowedFd<'_>],
    deadline: Option<Duration>,
) -> Result<Vec<bool>, Errno> {
    let timeout = deadline.map(|d| Timespec {
        tv_sec: d.as_secs().cast_signed(),
        tv_nsec: d.subsec_nanos().into(),
    });
    let mut poll: Vec<PollFd<'_>> = fds
        .iter()
        .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
        .collect();
    match rustix::event::poll(&mut poll, timeout.as_ref()) {
        Ok(_) => Ok(poll.iter().map(|fd| !fd.revents().is_empty()).collect()),
        Err(rustix::io::Errno::INTR) => Ok(vec![false; fds.len()]),
        Err(errno) => Err(errno.into()),
    }
}

/// A memfd with these bytes that nobody can change any more, its offset at 0.
///
/// `F_SEAL_FUTURE_WRITE` is as strong as `F_SEAL_WRITE` where nobody has mapped it, and cannot fail: the
/// latter is EBUSY while the kernel holds any of the pages, as it does where it moves them about.
pub fn sealed_memfd(name: &str, bytes: &[u8]) -> Result<OwnedFd, ChanError> {
    let fd = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = std::fs::File::from(fd);
    file.write_all(bytes)
        .map_err(|e| ChanError::Io((&e).into()))?;
    rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0))?;
    rustix::fs::fcntl_add_seals(
        &file,
        SealFlags::FUTURE_WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL,
    )?;
    Ok(file.into())
}

fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    loop {
        match call() {
            Err(rustix::io::Errno::INTR) => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd as _;

    use super::*;

    const SOON: Option<Duration> = Some(Duration::from_secs(5));

    #[test]
    fn messages_of_any_size_arrive_whole_with_their_descriptors() {
        let (a, b) = Channel::pair().expect("pair");
        for length in [0, 10, INLINE - 2, INLINE, 300_000] {
            let text = "x".repeat(length);
            a.send(&text, &[a.as_fd(), b.as_fd()]).expect("send");
            let (got, fds): (String, _) = b.recv(SOON).expect("recv");
            assert_eq!(got, text);
            assert_eq!(fds.len(), 2);
        }
    }

    #[test]
    fn what_is_peeked_at_is_still_to_be_received() {
        let (a, b) = Channel::pair().expect("pair");
        assert_eq!(b.peek::<String>(), None, "nothing is there");
        a.send(&"text", &[a.as_fd()]).expect("send");
        assert_eq!(b.peek::<u32>(), None, "it is no number");
        for _ in 0..2 {
            assert_eq!(b.peek::<String>().as_deref(), Some("text"));
        }
        let (text, fds): (String, _) = b.recv(SOON).expect("recv");
        assert_eq!((text.as_str(), fds.len()), ("text", 1));
    }

    #[test]
    fn nobody_changes_what_is_sealed() {
        let sealed = std::fs::File::from(sealed_memfd("text", b"text").expect("memfd"));
        let refused = Err(rustix::io::Errno::PERM);
        assert_eq!(rustix::io::pwrite(&sealed, b"next", 0), refused.map(|()| 0));
        for length in [0, 10] {
            assert_eq!(rustix::fs::ftruncate(&sealed, length), refused);
        }
        let hole = rustix::fs::FallocateFlags::PUNCH_HOLE | rustix::fs::FallocateFlags::KEEP_SIZE;
        assert_eq!(rustix::fs::fallocate(&sealed, hole, 0, 4), refused);
        let again = std::fs::File::options()
            .write(true)
            .open(format!("/proc/self/fd/{}", sealed.as_raw_fd()));
        let written = again.and_then(|mut again| again.write(b"next"));
        let errno = written.map_err(|error| error.raw_os_error());
        assert_eq!(errno, Err(Some(1)), "through another descriptor");
        let none = SealFlags::empty();
        assert_eq!(rustix::fs::fcntl_add_seals(&sealed, none), refused);
        assert_eq!(std::io::read_to_string(sealed).expect("read"), "text");
    }

    #[test]
    fn the_end_of_one_side_is_seen_by_the_other() {
        let (a, b) = Channel::pair().expect("pair");
        assert!(!b.ended());
        drop(a);
        assert!(b.ended());
        assert_eq!(
            b.recv::<String>(SOON).map(|(text, _)| text),
            Err(ChanError::Ended)
        );
        assert_eq!(b.send(&1, &[]), Err(ChanError::Ended));
    }

    #[test]
    fn silence_is_a_timeout_and_garbage_is_named() {
        let (a, b) = Channel::pair().expect("pair");
        let none = b.recv::<String>(Some(Duration::ZERO));
        assert_eq!(none.map(|(text, _)| text), Err(ChanError::Timeout));
        a.send(&"text", &[]).expect("send");
        assert!(matches!(b.recv::<u32>(SOON), Err(ChanError::Malformed(_))));
    }
}

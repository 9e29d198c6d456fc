//! The wire between guardian and ui: single bytes, so that the guardian parses nothing. Its end is
//! the death of the other side.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{self, FcntlArg, FdFlag};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::unistd;

use super::sys;

/// All that is ever said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The ui: I have the terminal, or am about to, and its alternate screen is shown.
    Borrowed,
    /// The same, and its normal screen is shown: a program of somebody else draws there.
    Relayed,
    /// The ui: I gave the terminal back.
    Returned,
    /// The ui: stop us all; the terminal is given back.
    Stop,
    /// The guardian: we were continued and stand in the foreground.
    Resumed,
}

impl Word {
    const ALL: [Self; 5] = [
        Self::Borrowed,
        Self::Relayed,
        Self::Returned,
        Self::Stop,
        Self::Resumed,
    ];

    fn byte(self) -> u8 {
        match self {
            Self::Borrowed => b'b',
            Self::Relayed => b'h',
            Self::Returned => b'r',
            Self::Stop => b's',
            Self::Resumed => b'c',
        }
    }

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.byte() == byte)
    }
}

/// What listening brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A word.
    Said(Word),
    /// Nothing is waiting.
    Silence,
    /// The other side is gone.
    End,
}

/// One end of the wire.
pub struct Link(OwnedFd);

impl Link {
    /// Both ends, closed on exec and never blocking.
    pub fn pair() -> io::Result<(Self, Self)> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let (a, b) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)?;
        Ok((Self(a), Self(b)))
    }

    /// Lets this end survive the next exec; returns the number to hand over. Only for a process
    /// that is about to start the other side and has no threads.
    pub fn survive_exec(&self) -> io::Result<RawFd> {
        fcntl::fcntl(&self.0, FcntlArg::F_SETFD(FdFlag::empty()))?;
        Ok(self.0.as_raw_fd())
    }

    /// The end that was handed over at exec; it will not survive another one.
    pub fn inherited(number: RawFd) -> io::Result<Self> {
        let fd = sys::inherited(number).ok_or(Errno::EBADF)?;
        fcntl::fcntl(&fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        Ok(Self(fd))
    }

    /// Says a word. Whether the other side still lives is found out by listening.
    pub fn say(&self, word: Word) {
        let _ = unistd::write(&self.0, &[word.byte()]);
    }

    /// The next word, without waiting.
    #[must_use]
    pub fn hear(&self) -> Heard {
        let mut byte = [0];
        loop {
            return match unistd::read(&self.0, &mut byte) {
                Ok(0) => Heard::End,
                Ok(_) => Word::of(byte[0]).map_or(Heard::Silence, Heard::Said),
                Err(Errno::EINTR) => continue,
                Err(Errno::EAGAIN) => Heard::Silence,
                Err(_) => Heard::End,
            };
        }
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_arrive_in_order_and_the_end_is_heard() {
        let (near, far) = Link::pair().expect("pair");
        assert_eq!(far.hear(), Heard::Silence);
        for word in Word::ALL {
            near.say(word);
        }
        for word in Word::ALL {
            assert_eq!(far.hear(), Heard::Said(word));
        }
        drop(near);
        assert_eq!(far.hear(), Heard::End);
    }
}

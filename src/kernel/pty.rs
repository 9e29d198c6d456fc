//! Terminals for shells: a fresh pair of a master and a slave side, its size, who is in the
//! foreground. Used by the lab, and by the process that becomes a shell. pty(7), tty_ioctl(4).

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer};
use rustix::termios::Winsize;

use super::{sys, watch};
use crate::model::Errno;
use crate::model::port::Size;

/// `f_type` of devpts; statfs(2).
const DEVPTS: i64 = 0x1cd1;

/// Both sides of a terminal. The master does not block.
#[derive(Debug)]
pub struct Pty {
    /// What an emulator holds.
    pub master: OwnedFd,
    /// What the programs hold.
    pub slave: OwnedFd,
}

/// Opens a fresh terminal of the devpts at `/dev/pts`.
pub fn open() -> Result<Pty, Errno> {
    pair("/dev/ptmx")
}

/// Opens one of the box's own devpts, if the one at `/dev/pts` is another than that of `ours`: only
/// there does ttyname(3) find a name for it.
#[must_use]
pub fn open_if_own(ours: BorrowedFd<'_>) -> Option<Pty> {
    let at = rustix::fs::stat("/dev/pts").ok()?;
    let kind = rustix::fs::statfs("/dev/pts").ok()?;
    let other = rustix::fs::fstat(ours).ok()?.st_dev != at.st_dev;
    if kind.f_type != DEVPTS || !other {
        return None;
    }
    pair("/dev/pts/ptmx").ok()
}

fn pair(multiplexer: &str) -> Result<Pty, Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let master = rustix::fs::open(multiplexer, flags, Mode::empty())?;
    rustix::pty::unlockpt(&master)?;
    // By the master, not by a path: paths are looked up where the caller stands.
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let slave = ioctl_tiocgptpeer(&master, flags)?;
    Ok(Pty { master, slave })
}

/// Sets the size, of which the programs in the foreground learn by SIGWINCH.
pub fn resize(terminal: impl AsFd, size: Size) -> Result<(), Errno> {
    let size = Winsize {
        ws_row: size.rows,
        ws_col: size.columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    Ok(rustix::termios::tcsetwinsize(terminal, size)?)
}

/// The size of a terminal, if it has one.
#[must_use]
pub fn size(terminal: impl AsFd) -> Option<Size> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    let size = Size {
        rows: size.ws_row,
        columns: size.ws_col,
    };
    (size.rows > 0 && size.columns > 0).then_some(size)
}

/// The process group in the foreground, in the numbers of our own pid namespace; `None` if there is
/// none, or none that we could see.
#[must_use]
pub fn foreground(master: impl AsFd) -> Option<i32> {
    let group = nix::unistd::tcgetpgrp(master).ok()?.as_raw();
    (group > 0).then_some(group)
}

/// What reading brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Got {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// No program holds the other side any more.
    HungUp,
}

/// Reads what the programs wrote, without waiting.
pub fn read(master: impl AsFd, into: &mut [u8]) -> Got {
    loop {
        return match rustix::io::read(&master, &mut *into) {
            Ok(0) | Err(rustix::io::Errno::IO) => Got::HungUp,
            Ok(count) => Got::Bytes(count),
            Err(rustix::io::Errno::INTR) => continue,
            Err(rustix::io::Errno::AGAIN) => Got::Nothing,
            Err(_) => Got::HungUp,
        };
    }
}

/// Types, as far as there is room; how many bytes were taken.
pub fn write(master: impl AsFd, bytes: &[u8]) -> usize {
    loop {
        return match rustix::io::write(&master, bytes) {
            Ok(count) => count,
            Err(rustix::io::Errno::INTR) => continue,
            // Full, or nobody is there to read it: then reading tells.
            Err(_) => 0,
        };
    }
}

/// Makes the calling process the leader of a session of its own, without a terminal, with these as
/// its descriptors 0 to 2, and closes all others but `keep`. For a process that will exec.
///
/// One of them may be a terminal of the host. It is not the one that controls the process, so nothing
/// can be typed into it from there: ioctl_tty(2), TIOCSTI.
pub fn take_streams(
    streams: [OwnedFd; 3],
    keep: BorrowedFd<'_>,
) -> Result<(), (&'static str, Errno)> {
    rustix::process::setsid().map_err(|e| ("setsid", e.into()))?;
    for (number, stream) in (0..).zip(&streams) {
        sys::place(stream.as_raw_fd(), number).map_err(|errno| ("dup2", errno))?;
    }
    std::mem::forget(streams); // closed with all others, by number, in the next line
    be_plain(keep)
}

/// Makes the calling process the leader of a session of its own, with `slave` as its controlling
/// terminal.
pub fn own_session(slave: &OwnedFd) -> Result<(), (&'static str, Errno)> {
    rustix::process::setsid().map_err(|e| ("setsid", e.into()))?;
    rustix::process::ioctl_tiocsctty(slave).map_err(|e| ("ioctl TIOCSCTTY", e.into()))
}

/// Makes `slave` the calling process's descriptors 0 to 2, and closes all others but `keep`. For a
/// process that will exec.
pub fn take_over(slave: OwnedFd, keep: BorrowedFd<'_>) -> Result<(), (&'static str, Errno)> {
    for number in 0..3 {
        sys::place(slave.as_raw_fd(), number).map_err(|errno| ("dup2", errno))?;
    }
    std::mem::forget(slave); // closed with all others, by number, in the next line
    be_plain(keep)
}

/// Leaves descriptors 0 to 2 and `keep`, and signals as a program expects them.
fn be_plain(keep: BorrowedFd<'_>) -> Result<(), (&'static str, Errno)> {
    sys::close_all_but(3, keep.as_raw_fd());
    // Whoever starts glassbox in the background or from a script may have some blocked.
    watch::unblock_all().map_err(|e| ("sigprocmask", (&e).into()))?;
    sys::default_signals();
    Ok(())
}

//! The only place that speaks to the kernel: thin, safe functions over system calls and `/proc`.
//!
//! Everything above asks here; nothing here knows lessons, screens or the order of things.
//! `unsafe` is in [`sys`] alone.

pub mod birth;
pub mod cage;
pub mod calls;
pub mod cgroup;
pub mod chan;
pub mod clocks;
pub mod containers;
pub mod family;
pub mod files;
pub mod ipc;
pub mod kept;
pub mod keys;
pub mod learner;
pub mod limits;
pub mod link;
pub mod load;
pub mod look;
pub mod loopdev;
pub mod meter;
pub mod mounts;
pub mod net;
pub mod ns;
pub mod nsmap;
pub mod observe;
pub mod paths;
pub mod pidfd;
pub mod proc;
pub mod program;
pub mod pty;
pub mod record;
pub mod save;
pub mod signals;
pub mod sock;
pub mod subids;
pub mod support;
pub mod sys;
pub mod tries;
pub mod tty;
pub mod watch;
pub mod workdir;

use crate::model::Errno;

impl From<nix::Error> for Errno {
    fn from(errno: nix::Error) -> Self {
        Self(errno as i32)
    }
}

impl From<rustix::io::Errno> for Errno {
    fn from(errno: rustix::io::Errno) -> Self {
        Self(errno.raw_os_error())
    }
}

impl From<&std::io::Error> for Errno {
    fn from(error: &std::io::Error) -> Self {
        Self(error.raw_os_error().unwrap_or(Self::EIO.0))
    }
}

//! Processes by descriptor: a pidfd means one process for ever, a number only until it is reaped.
//! Source: pidfd_open(2), pidfd_send_signal(2), waitid(2).

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};

use super::chan::wait_readable;
use crate::model::Errno;
use crate::model::sample::Exit;

/// Opens a pidfd for a number in our own pid namespace.
pub fn open(pid: i32) -> Result<OwnedFd, Errno> {
    let pid = Pid::from_raw(pid).ok_or(Errno::EINVAL)?;
    Ok(rustix::process::pidfd_open(pid, PidfdFlags::empty())?)
}

/// Whether the process still runs (a zombie does not). Never waits.
pub fn alive(pidfd: impl AsFd) -> bool {
    !ended_within(pidfd, Duration::ZERO)
}

/// Whether the process has ended, waiting up to `deadline` for it.
pub fn ended_within(pidfd: impl AsFd, deadline: Duration) -> bool {
    wait_readable(&[pidfd.as_fd()], Some(deadline)).is_ok_and(|ready| ready[0])
}

/// Waits for the end of the process, however long it takes.
pub fn wait_for_end(pidfd: impl AsFd) -> Result<(), Errno> {
    while !wait_readable(&[pidfd.as_fd()], None)?[0] {}
    Ok(())
}

/// Sends a signal by number.
pub fn signal(pidfd: impl AsFd, number: i32) -> Result<(), Errno> {
    let signal = Signal::from_named_raw(number).ok_or(Errno::EINVAL)?;
    Ok(rustix::process::pidfd_send_signal(pidfd, signal)?)
}

/// Ends the process, if it still runs.
pub fn kill(pidfd: impl AsFd) {
    // ESRCH: it is gone already, which is what was wanted.
    let _ = rustix::process::pidfd_send_signal(pidfd, Signal::KILL);
}

/// Reaps a child. `None`: it still runs. ECHILD: not our child, or reaped already.
pub fn reap(pidfd: impl AsFd) -> Result<Option<Exit>, Errno> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    let status = rustix::process::waitid(WaitId::PidFd(pidfd.as_fd()), options)?;
    Ok(status.map(
        |status| match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Exit::Code(code),
            (None, signal) => Exit::Signal(signal.unwrap_or(0)),
        },
    ))
}

/// Numbers of the signals that lessons may name; signal(7).
#[must_use]
pub fn signal_number(name: &str) -> Option<i32> {
    name.parse::<nix::sys::signal::Signal>()
        .ok()
        .map(|signal| signal as i32)
}

/// Reaps any child that has ended, as a PID 1 must: its number and how it ended.
#[must_use]
pub fn reap_any() -> Option<(i32, Exit)> {
    let (pid, status) = rustix::process::wait(rustix::process::WaitOptions::NOHANG).ok()??;
    let exit = match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or(0)),
    };
    Some((pid.as_raw_nonzero().get(), exit))
}

//! `glassbox inspect PID`: one process of this host beside us: namespaces, ids, capabilities, seccomp,
//! cgroup. Called by main outside any guard: it reads and prints, starts nothing, sends no signal, and
//! keeps the privileges that glassbox was started with.

mod report;

use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use self::report::Report;
use super::exit::{self, Exit};
use crate::kernel::observe::Observer;
use crate::kernel::{ns, pidfd};
use crate::model::{Errno, Seen};

/// Prints what can be seen of a process, as text or as one JSON object.
#[must_use]
pub fn print(pid: i32, json: bool) -> ExitCode {
    let pidfd = match pidfd::open(pid) {
        Ok(pidfd) => pidfd,
        Err(Errno::ESRCH) => return exit::failure(&format!("there is no process {pid}")),
        Err(errno) => return exit::failure(&format!("process {pid}: {errno}")),
    };
    let subject = match Observer::new()
        .observe(&[pidfd.as_fd()], Some(1))
        .subjects
        .pop()
    {
        Some(Seen::Is(subject)) => subject,
        Some(Seen::Denied(errno)) => return exit::failure(&format!("process {pid}: {errno}")),
        Some(Seen::Missing) | None => {
            return exit::failure(&format!(
                "process {pid} has ended, or /proc does not show it"
            ));
        }
    };
    let report = Report::new(&subject, &ns::links_of_self());
    let text = if json { report.json() } else { report.text() };
    // Whoever closed the pipe has read enough.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    Exit::Ok.into()
}

//! Notification of changes: the files `cgroup.events`, `memory.events` and `pids.events` tell by
//! POLLPRI that they say something new. Used while somebody waits for just that.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::dir::Twig;
use crate::kernel::proc::read_fd;

/// The files that tell.
const FILES: [&str; 3] = ["cgroup.events", "memory.events", "pids.events"];

/// Waits for news of one cgroup, at most for `time`; without v2, for all of it.
pub(super) fn within(twig: Option<&Twig>, time: Duration) {
    match twig.map(Events::of) {
        Some(events) if !events.0.is_empty() => drop(events.wait(time)),
        _ => std::thread::sleep(time),
    }
}

/// Open files that tell.
#[derive(Debug, Default)]
pub struct Events(Vec<OwnedFd>);

impl Events {
    /// Those of one cgroup. A file tells of what changed since it was read last.
    #[must_use]
    pub fn of(twig: &Twig) -> Self {
        let files = FILES.iter().filter_map(|file| twig.open(file).ok());
        let files: Vec<OwnedFd> = files.collect();
        for file in &files {
            let _ = read_fd(file.as_fd(), super::dir::CAP);
        }
        Self(files)
    }

    /// Takes those of another cgroup, too.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Waits for news, at most for `time`; says whether there are any.
    #[must_use]
    pub fn wait(&self, time: Duration) -> bool {
        self.wait_unless(&[], time)
    }

    /// The same, not longer than until one of these can be read.
    #[must_use]
    pub fn wait_unless(&self, others: &[BorrowedFd<'_>], time: Duration) -> bool {
        let news = PollFlags::POLLPRI;
        let own = self.0.iter().map(|f| PollFd::new(f.as_fd(), news));
        let others = others.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN));
        let mut files: Vec<PollFd<'_>> = own.chain(others).collect();
        let time = PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX);
        let found = poll(&mut files, time).unwrap_or(0);
        let told = files
            .iter()
            .zip(&self.0)
            .filter(|(polled, _)| polled.revents().is_some_and(|flags| flags.contains(news)));
        for (_, file) in told {
            // It goes on telling until it is read from its beginning.
            let _ = rustix::fs::seek(file, rustix::fs::SeekFrom::Start(0));
            let _ = read_fd(file.as_fd(), super::dir::CAP);
        }
        found > 0
    }
}

//! The thread that saves progress, so that a slow disk never holds up a frame. Started by `tui`;
//! only the newest progress counts, and the last one is waited for at the end.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Store, Trouble};
use crate::app::Progress;

/// Saves that may wait for the disk; of those that wait only the last is carried out.
const MOST_WAITING: usize = 8;

/// Between two attempts to hand over the last one.
const TRY_AGAIN: Duration = Duration::from_millis(5);
const HANGS: &str = "the last of the progress is not kept: the disk does not answer";

/// The way to the thread.
pub(in crate::run) struct Writer {
    jobs: SyncSender<Progress>,
    /// Did not fit any more; goes with the next, or at the end.
    held_back: Option<Progress>,
    /// Says at the end why the last save failed.
    end: Receiver<Option<Trouble>>,
}

/// Starts the thread. `tell` is called in it, with each trouble when it begins.
pub(in crate::run) fn start(store: Store, tell: impl FnMut(&Trouble) + Send + 'static) -> Writer {
    let (jobs, inbox) = sync_channel(MOST_WAITING);
    let (done, end) = sync_channel(1);
    thread::spawn(move || {
        let failed = write(store, &inbox, tell);
        let _ = done.send(failed);
    });
    Writer {
        jobs,
        held_back: None,
        end,
    }
}

fn write(
    mut store: Store,
    inbox: &Receiver<Progress>,
    mut tell: impl FnMut(&Trouble),
) -> Option<Trouble> {
    let mut failed = None;
    while let Ok(first) = inbox.recv() {
        let newest = inbox.try_iter().last().unwrap_or(first);
        let before = failed.take();
        match store.save(&newest) {
            Ok(None) => {}
            Ok(Some(trouble)) => tell(&trouble),
            Err(trouble) => {
                // Once: it would come back with every step.
                if before.as_ref() != Some(&trouble) {
                    tell(&trouble);
                }
                failed = Some(trouble);
            }
        }
    }
    failed
}

impl Writer {
    /// Has it saved soon. Never waits.
    pub(in crate::run) fn save(&mut self, progress: Progress) {
        self.held_back = match self.jobs.try_send(progress) {
            Ok(()) => None,
            Err(TrySendError::Full(progress) | TrySendError::Disconnected(progress)) => {
                Some(progress)
            }
        };
    }

    /// Waits until all is saved, but not longer than `patience`: a disk that hangs holds up nobody.
    /// Says why the last of it is not kept.
    pub(in crate::run) fn finish(mut self, patience: Duration) -> Option<String> {
        let deadline = Instant::now() + patience;
        while let Some(progress) = self.held_back.take() {
            self.save(progress);
            if self.held_back.is_some() {
                if Instant::now() > deadline {
                    return Some(HANGS.to_owned());
                }
                thread::sleep(TRY_AGAIN);
            }
        }
        drop(self.jobs);
        let rest = deadline.saturating_duration_since(Instant::now());
        match self.end.recv_timeout(rest) {
            Ok(failed) => failed.map(|trouble| trouble.to_string()),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => Some(HANGS.to_owned()),
        }
    }
}

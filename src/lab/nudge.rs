//! How the threads of terminals ask the lab's thread to look. One request waits at a time: a look takes a
//! while, and behind many of them, from a program that writes without end, commands would wait as well.
//! Called by `actor`; looks at nothing itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use super::actor::Inbox;

/// The bell of the lab's thread.
#[derive(Clone)]
pub(super) struct Nudge {
    inbox: SyncSender<Inbox>,
    waits: Arc<AtomicBool>,
}

impl Nudge {
    pub(super) fn new(inbox: SyncSender<Inbox>) -> Self {
        let waits = Arc::default();
        Self { inbox, waits }
    }

    /// Asks for a look, unless one waits.
    pub(super) fn look(&self) {
        if !self.waits.swap(true, Ordering::AcqRel) && self.inbox.try_send(Inbox::Look).is_err() {
            // Full: it has more urgent things to do than to look.
            self.heeded();
        }
    }

    /// Before the look: what is written from now on is worth another.
    pub(super) fn heeded(&self) {
        self.waits.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn one_request_waits_at_a_time_and_none_is_lost_for_good() {
        let (inbox, received) = sync_channel(1);
        let nudge = Nudge::new(inbox.clone());
        let another = nudge.clone();
        nudge.look();
        another.look();
        assert_eq!(received.try_iter().count(), 1);
        another.look();
        assert_eq!(received.try_iter().count(), 0, "it was not heeded yet");
        nudge.heeded();
        another.look();
        assert_eq!(received.try_iter().count(), 1);
        // In a full queue there is no room for it; the next one tries again.
        nudge.heeded();
        inbox.try_send(Inbox::Quit).expect("room");
        nudge.look();
        assert_eq!(received.try_iter().count(), 1);
        nudge.look();
        assert_eq!(received.try_iter().count(), 1);
    }
}

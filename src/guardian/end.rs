//! After the ui: the terminal first, since somebody is looking at it, then every descendant.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use super::{End, Guardian};
use crate::kernel::family;
use crate::kernel::watch::{self, Interest};
use crate::model::sample::Exit;

/// What descendants get to end by themselves: their channels tell them that the ui is gone.
const GRACE: Duration = Duration::from_millis(200);
/// Between two rounds of killing: time for the killed to arrive.
const ROUND: Duration = Duration::from_millis(20);
/// After this much killing, what is left cannot be killed (a task in D state).
const LIMIT: Duration = Duration::from_secs(5);

impl Guardian {
    /// Restores the terminal and ends every descendant; returns how many could not be ended.
    pub(super) fn clean_up(&self, end: &End) -> usize {
        self.give_terminal_back(end);
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            if family::reap().childless {
                return 0;
            }
            if start.elapsed() >= GRACE {
                family::kill_descendants();
                self.wait_for_child(ROUND);
            } else {
                self.wait_for_child(GRACE.saturating_sub(start.elapsed()));
            }
        }
        family::count_descendants()
    }

    /// Only if the ui did not do it itself: leaving the alternate screen twice would put the cursor
    /// where it was before the first time.
    fn give_terminal_back(&self, end: &End) {
        let Some((tty, screen)) = self.tty.as_ref().zip(self.borrowed) else {
            return;
        };
        tty.restore(screen);
        if matches!(end.exit, Exit::Signal(_)) {
            tty.forget_input();
        }
    }

    fn wait_for_child(&self, at_most: Duration) {
        let _ = watch::wait(&[(self.signals.as_fd(), Interest::Read)], Some(at_most));
        while self.signals.next().is_some() {}
    }
}

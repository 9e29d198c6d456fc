//! The guardian's loop while the ui lives: signals, words of the ui, hang-up of the terminal,
//! stopping and continuing the group, and patience that ends.

use std::io;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use super::{End, Guardian};
use crate::kernel::family;
use crate::kernel::link::{Heard, Word};
use crate::kernel::watch::{self, Interest, News};
use crate::model::sample::Exit;

/// How long the ui may take for an orderly end after a signal.
const PATIENCE: Duration = Duration::from_secs(3);
/// The same once the terminal is gone: nobody watches, and the promise is one second.
const PATIENCE_HUNG_UP: Duration = Duration::from_millis(300);
const SIGHUP: i32 = 1;
const SIGTSTP: i32 = 20;

/// What the loop has been told so far.
#[derive(Default)]
struct State {
    asked: Option<i32>,
    deadline: Option<Instant>,
    hung_up: bool,
    stop: Stop,
}

/// Where we are in stopping the group.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Stop {
    #[default]
    No,
    /// The ui asked for it.
    Wanted,
    /// We stopped and were continued.
    Continued,
}

impl Guardian {
    /// Returns when the ui has ended.
    pub(super) fn watch(&mut self) -> End {
        let mut state = State::default();
        loop {
            self.take_signals(&mut state);
            self.take_words(&mut state);
            if let Some(exit) = self.reap_ui() {
                self.take_words(&mut state);
                return End {
                    exit,
                    asked: state.asked,
                };
            }
            if self.stop_if_wanted(&mut state) {
                continue;
            }
            if state
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
            {
                family::kill_child(self.ui);
                state.deadline = None;
            }
            if self.sleep(&mut state).is_err() {
                family::kill_child(self.ui);
            }
        }
    }

    fn take_signals(&self, state: &mut State) {
        while let Some(news) = self.signals.next() {
            match news {
                News::End(signal) => self.ask_to_end(state, signal, PATIENCE),
                News::Stop => family::signal_child(self.ui, SIGTSTP),
                News::Continue | News::Child => {}
            }
        }
    }

    /// The ui may have had the same signal from the terminal; it takes two for one.
    fn ask_to_end(&self, state: &mut State, signal: i32, patience: Duration) {
        family::signal_child(self.ui, signal);
        state.asked.get_or_insert(signal);
        let deadline = Instant::now() + patience;
        state.deadline = Some(
            state
                .deadline
                .map_or(deadline, |earlier| earlier.min(deadline)),
        );
    }

    fn take_words(&mut self, state: &mut State) {
        while let Some(link) = &self.link {
            match link.hear() {
                Heard::Said(Word::Borrowed) => self.borrowed = true,
                Heard::Said(Word::Returned) => self.borrowed = false,
                Heard::Said(Word::Stop) => state.stop = Stop::Wanted,
                Heard::Said(Word::Resumed) => {}
                Heard::Silence => return,
                Heard::End => self.link = None,
            }
        }
    }

    fn reap_ui(&self) -> Option<Exit> {
        let reaped = family::reap();
        reaped
            .dead
            .into_iter()
            .find(|(pid, _)| *pid == self.ui)
            .map(|(_, exit)| exit)
    }

    /// Stops the group until it is continued in the foreground: `bg` must not give us the terminal.
    /// True: we were stopped just now, so look at the signals first.
    fn stop_if_wanted(&self, state: &mut State) -> bool {
        let in_foreground = self
            .tty
            .as_ref()
            .is_none_or(crate::kernel::tty::Tty::in_foreground);
        match state.stop {
            Stop::No => return false,
            Stop::Continued if in_foreground => {}
            _ if state.asked.is_some() || !family::group_can_be_continued() => {}
            Stop::Wanted | Stop::Continued => {
                family::stop_group();
                state.stop = Stop::Continued;
                return true;
            }
        }
        state.stop = Stop::No;
        if let Some(link) = &self.link {
            link.say(Word::Resumed);
        }
        false
    }

    /// Until something happens. A terminal that hung up is asked to end once, and then not polled.
    fn sleep(&self, state: &mut State) -> io::Result<()> {
        let mut what = vec![(self.signals.as_fd(), Interest::Read)];
        let tty = self.tty.as_ref().filter(|_| !state.hung_up);
        what.extend(tty.map(|tty| (tty.as_fd(), Interest::HangUp)));
        what.extend(self.link.iter().map(|link| (link.as_fd(), Interest::Read)));
        let timeout = state
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let found = watch::wait(&what, timeout)?;
        if tty.is_some() && found[1].hung_up {
            state.hung_up = true;
            self.ask_to_end(state, SIGHUP, PATIENCE_HUNG_UP);
        }
        Ok(())
    }
}

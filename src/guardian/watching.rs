//! The guardian's loop while the ui lives: signals, words of the ui, hang-up of the terminal,
//! stopping and continuing the group, and patience that ends.

use std::io;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use super::{End, Guardian};
use crate::kernel::link::{Heard, Word};
use crate::kernel::tty::{Screen, Tty};
use crate::kernel::watch::{self, Interest, News};
use crate::kernel::{cgroup, family};
use crate::model::sample::Exit;

/// How long the ui may take for an orderly end after a signal.
const PATIENCE: Duration = Duration::from_secs(3);
/// The same once the terminal is gone: nobody watches, and the promise is one second.
const PATIENCE_HUNG_UP: Duration = Duration::from_millis(300);
/// How often we look whether we are back in the foreground.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
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
    /// We stopped and were continued, perhaps in the background.
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
            self.stop_if_wanted(&mut state);
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
                // It gives the terminal back first. One that has none may be stopped as it is.
                News::Stop if self.borrowed.is_some() => family::signal_child(self.ui, SIGTSTP),
                News::Stop => state.stop = Stop::Wanted,
                News::Continue | News::Child | News::Resized => {}
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
                Heard::Said(Word::Borrowed) => self.borrowed = Some(Screen::Alternate),
                Heard::Said(Word::Relayed) => self.borrowed = Some(Screen::Normal),
                Heard::Said(Word::Returned) => self.borrowed = None,
                Heard::Said(Word::Stop) => state.stop = Stop::Wanted,
                Heard::Said(Word::Resumed) => {}
                Heard::Silence => return,
                Heard::End => self.link = None,
            }
        }
    }

    /// A broker that ends before the ui was killed: what it made, and must not outlive it, goes.
    fn reap_ui(&mut self) -> Option<Exit> {
        let reaped = family::reap();
        let is_broker = |(pid, _): &(i32, Exit)| Some(*pid) == self.broker;
        if reaped.dead.iter().any(is_broker) {
            self.broker = None;
            cgroup::sweep_own(family::own_pid());
        }
        reaped
            .dead
            .into_iter()
            .find(|(pid, _)| *pid == self.ui)
            .map(|(_, exit)| exit)
    }

    /// Stops the group, and lets the ui have the terminal again once we are in the foreground: `bg`
    /// must not give it to us. Nothing tells when we get there, so until then we look again.
    fn stop_if_wanted(&self, state: &mut State) {
        if state.stop == Stop::Wanted && family::group_can_be_continued() {
            family::stop_group();
        }
        if state.stop == Stop::Wanted {
            state.stop = Stop::Continued;
        }
        let in_foreground = self.tty.as_ref().is_none_or(Tty::in_foreground);
        if state.stop == Stop::Continued && in_foreground {
            state.stop = Stop::No;
            self.link.iter().for_each(|link| link.say(Word::Resumed));
        }
    }

    /// Until something happens. A terminal that hung up is asked to end once, and then not polled.
    fn sleep(&self, state: &mut State) -> io::Result<()> {
        let mut what = vec![(self.signals.as_fd(), Interest::Read)];
        let tty = self.tty.as_ref().filter(|_| !state.hung_up);
        what.extend(tty.map(|tty| (tty.as_fd(), Interest::HangUp)));
        what.extend(self.link.iter().map(|link| (link.as_fd(), Interest::Read)));
        let look_again = (state.stop == Stop::Continued).then_some(LOOK_AGAIN);
        let deadline = state
            .deadline
            .map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = look_again.into_iter().chain(deadline).min();
        let found = watch::wait(&what, timeout)?;
        if tty.is_some() && found[1].hung_up {
            state.hung_up = true;
            self.ask_to_end(state, SIGHUP, PATIENCE_HUNG_UP);
        }
        Ok(())
    }
}

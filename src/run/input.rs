//! The threads that turn what happens outside (keys, signals, words of the guardian, the end of the
//! terminal) into messages for the one thread that owns the state. They translate and do no more.

use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;

use super::terminal::Console;
use crate::kernel::link::{Heard, Word};
use crate::kernel::watch::{self, Interest, News, Signals};
use crate::model::port::LabEvent;

/// Everything that can wake the owner thread.
pub(super) enum Message {
    /// A key, a paste, a new size.
    Terminal(crossterm::event::Event),
    /// The lab has something to tell.
    #[expect(dead_code, reason = "the lab comes next")]
    Lab(Box<LabEvent>),
    /// A signal asks us to end.
    End(i32),
    /// A signal asks us to stop.
    Stop,
    /// We were continued, perhaps after a stop that we did not ask for.
    Continued,
    /// The guardian: the stop that we asked for is over.
    Resumed,
    /// The guardian is dead.
    GuardianGone,
    /// The terminal hung up, or its input cannot be read.
    TerminalGone,
}

/// Starts the thread that reads the terminal. It ends with the first error: there is no second
/// chance to read from a terminal that is gone.
pub(super) fn read_terminal(owner: SyncSender<Message>) {
    thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            if owner.send(Message::Terminal(event)).is_err() {
                return;
            }
        }
        let _ = owner.send(Message::TerminalGone);
    });
}

/// Starts the thread that waits for signals, the guardian and the end of the terminal.
pub(super) fn watch_outside(signals: Signals, console: Arc<Console>, owner: SyncSender<Message>) {
    thread::spawn(move || {
        while let Some(messages) = next(&signals, &console) {
            for message in messages {
                let last = matches!(message, Message::GuardianGone | Message::TerminalGone);
                if owner.send(message).is_err() || last {
                    return;
                }
            }
        }
        let _ = owner.send(Message::GuardianGone);
    });
}

/// Waits until something happens; `None` if waiting itself fails.
fn next(signals: &Signals, console: &Console) -> Option<Vec<Message>> {
    let what = [
        (signals.as_fd(), Interest::Read),
        (console.link().as_fd(), Interest::Read),
        (console.tty().as_fd(), Interest::HangUp),
    ];
    let found = watch::wait(&what, None).ok()?;
    let mut messages: Vec<Message> = std::iter::from_fn(|| signals.next())
        .filter_map(of_signal)
        .collect();
    if found[1].ready || found[1].hung_up {
        messages.extend(of_guardian(console.link().hear()));
    }
    if found[2].hung_up {
        messages.push(Message::TerminalGone);
    }
    Some(messages)
}

fn of_signal(news: News) -> Option<Message> {
    match news {
        News::End(signal) => Some(Message::End(signal)),
        News::Stop => Some(Message::Stop),
        News::Continue => Some(Message::Continued),
        News::Child => None,
    }
}

fn of_guardian(heard: Heard) -> Option<Message> {
    match heard {
        Heard::Said(Word::Resumed) => Some(Message::Resumed),
        Heard::Said(_) | Heard::Silence => None,
        Heard::End => Some(Message::GuardianGone),
    }
}

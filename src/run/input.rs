//! The threads that turn what happens outside (keys, signals, words of the guardian, the end of the
//! terminal) into messages for the one thread that owns the state. They translate and do no more.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use crossterm::event::Event;

use super::terminal::Console;
use crate::kernel::link::{Heard, Word};
use crate::kernel::watch::{self, Interest, News, Signals};
use crate::model::Untrusted;
use crate::model::port::LabEvent;

/// Between two looks at input that is for somebody else.
const NOT_OURS: Duration = Duration::from_millis(100);

/// A longer line of a log is cut into several.
const LONGEST_LINE: u64 = 1024;

/// Everything that can wake the owner thread.
pub(super) enum Message {
    /// A key or a paste.
    Terminal(Event),
    /// The terminal has another size.
    Resized,
    /// The lab has something to tell.
    Lab(Box<LabEvent>),
    /// Something that the learner should know.
    Notice(Untrusted),
    /// A hidden process wrote a line to its standard error.
    Log(Untrusted),
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
/// chance to read from a terminal that is gone, and crossterm would try for ever.
pub(super) fn read_terminal(console: Arc<Console>, owner: SyncSender<Message>) {
    thread::spawn(move || {
        while read(&console, &owner).is_ok() {}
        let _ = owner.send(Message::TerminalGone);
    });
}

/// Waits for input and hands on all of it. Input that is not ours is left where it is.
fn read(console: &Console, owner: &SyncSender<Message>) -> io::Result<()> {
    let stdin = io::stdin();
    let found = watch::wait(&[(stdin.as_fd(), Interest::Read)], None)?;
    if found[0].hung_up {
        return Err(io::ErrorKind::NotConnected.into());
    }
    if !console.may_read() {
        thread::sleep(NOT_OURS);
        return Ok(());
    }
    while crossterm::event::poll(Duration::ZERO)? {
        let event = crossterm::event::read()?;
        owner
            .send(Message::Terminal(event))
            .map_err(io::Error::other)?;
    }
    Ok(())
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

/// Starts the thread that reads what hidden processes write to their standard error, line by line.
pub(super) fn read_log(log: OwnedFd, owner: SyncSender<Message>) {
    thread::spawn(move || {
        let mut log = BufReader::new(File::from(log));
        loop {
            let mut line = Vec::new();
            let read = log.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            if !read.is_ok_and(|count| count > 0) {
                return;
            }
            let line = Untrusted::from(line.trim_ascii_end());
            if owner.send(Message::Log(line)).is_err() {
                return;
            }
        }
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
        News::Resized => Some(Message::Resized),
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

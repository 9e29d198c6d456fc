//! The standard streams of `glassbox play`: lines out, and lines in when one is asked for. A thread
//! reads, so that the lab is heard meanwhile. Decides nothing about a lesson.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{Go, Stop};
use crate::model::Untrusted;
use crate::model::port::LabEvent;

/// More messages than this wait in their threads, not in memory.
const QUEUE: usize = 64;
/// Of a longer line the rest is another line.
const LONGEST_LINE: u64 = 1024;
/// Columns where nobody says how many there are, the least, and the most that are good to read.
const COLUMNS: u16 = 80;
const NARROWEST: u16 = 20;
const WIDEST: u16 = 200;

/// What the one thread waits for that owns the lesson.
pub(super) enum Message {
    /// The lab has something to tell.
    Lab(Box<LabEvent>),
    /// A line was read; `None` at the end of the input.
    Line(Option<String>),
}

/// Both directions.
pub(super) struct Talk {
    inbox: Receiver<Message>,
    /// Asks for one line.
    wants: SyncSender<()>,
    pub(super) width: u16,
    /// Somebody sits there: what they type is on the screen already, and they want time to read.
    pub(super) on_terminal: bool,
}

impl Talk {
    /// Starts to listen; what comes back is how the lab tells.
    pub(super) fn start() -> (Self, impl FnMut(LabEvent) -> bool + Clone + Send + 'static) {
        let (sender, inbox) = sync_channel(QUEUE);
        let (wants, wanted) = sync_channel(1);
        let reader = sender.clone();
        thread::spawn(move || read(&wanted, &reader));
        let talk = Self {
            inbox,
            wants,
            width: width(),
            on_terminal: io::stdin().is_terminal(),
        };
        let tell = move |event| sender.send(Message::Lab(Box::new(event))).is_ok();
        (talk, tell)
    }

    /// Writes a question that the next line answers.
    pub(super) fn prompt(&self, text: &str) -> Go {
        write(&format!("\n{text}"))?;
        self.wants.send(()).map_err(|_| Stop::EndOfInput)
    }

    /// What happens next; waits for it.
    pub(super) fn next(&self) -> Go<Message> {
        let gone = |_| Stop::Lost("its thread has ended".to_owned());
        self.inbox.recv().map_err(gone)
    }
}

/// Whole lines.
pub(super) fn lines(lines: &[String]) -> Go {
    let all: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    write(&all)
}

/// Everything is safe when it gets here; a control character would be a fault of ours, and must
/// not reach a terminal all the same.
fn write(text: &str) -> Go {
    let kept: String = text
        .chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect();
    let mut out = io::stdout().lock();
    let written = out.write_all(kept.as_bytes()).and_then(|()| out.flush());
    written.map_err(|_| Stop::Unread)
}

/// Reads a line each time one is wanted, until the input ends.
fn read(wanted: &Receiver<()>, owner: &SyncSender<Message>) {
    let mut input = io::stdin().lock();
    while wanted.recv().is_ok() {
        let mut line = Vec::new();
        let read = input
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line);
        let line = match read {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(Untrusted::from(line.trim_ascii()).text()),
        };
        let last = line.is_none();
        if owner.send(Message::Line(line)).is_err() || last {
            return;
        }
    }
}

/// COLUMNS, as the learner's shell or whoever pipes has set it.
fn width() -> u16 {
    let told = std::env::var("COLUMNS").ok();
    let told = told.and_then(|text| text.trim().parse().ok());
    told.unwrap_or(COLUMNS).clamp(NARROWEST, WIDEST)
}

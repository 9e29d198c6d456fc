//! A shell's terminal in a thread of its own: what is typed goes in, what is written comes out, both
//! bounded, and neither waits for the lab. Started by `actor`; the screen's thread types directly.

use std::collections::VecDeque;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::kernel::pty;
use crate::kernel::watch::{self, Bell, Interest};

/// Pieces of input that may wait: keys, mostly.
const MOST_WAITING: usize = 256;
/// Answers to programs that may wait. Who asks and does not read gets no more of them: they must not
/// take the place of keys, Ctrl-C among them, and what is left of them is typed into the shell.
const MOST_ANSWERS: usize = 4;
/// Input that a terminal has not taken yet; more stays in the queue above.
const MOST_PENDING: usize = 64 * 1024;
/// What is read at a time.
const PIECE: usize = 16 * 1024;
/// Pieces that were handed on and not yet taken in: a program that writes without end then waits.
const MOST_IN_FLIGHT: usize = 2;
/// Nothing written for so long is worth a look at what has changed; nothing is longer without one.
const SETTLED: Duration = Duration::from_millis(15);
const UNSETTLED: Duration = Duration::from_millis(100);

/// What the thread is told.
enum Say {
    Type(Vec<u8>),
    Stop,
}

/// The way to a terminal's thread: for typing, and for saying that a piece was taken in.
#[derive(Debug, Clone)]
pub(super) struct Keyboard {
    say: SyncSender<Say>,
    answer: SyncSender<Vec<u8>>,
    bell: Arc<Bell>,
    in_flight: Arc<AtomicUsize>,
    typed: Arc<AtomicBool>,
}

impl Keyboard {
    /// Types. `false`: far too much waits already; nothing of it was taken.
    #[must_use]
    pub(super) fn type_in(&self, bytes: Vec<u8>) -> bool {
        self.typed.store(true, Ordering::SeqCst);
        let taken = self.say.try_send(Say::Type(bytes)).is_ok();
        self.bell.ring();
        taken
    }

    /// Answers a program that asked its terminal something, if it reads answers at all.
    pub(super) fn answer(&self, bytes: Vec<u8>) {
        let _ = self.answer.try_send(bytes);
        self.bell.ring();
    }

    /// A piece of output was taken in: another may come.
    pub(super) fn took(&self) {
        let less = |count: usize| count.checked_sub(1);
        let _ = self
            .in_flight
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        self.bell.ring();
    }
}

/// The other end of a [`Keyboard`], before its terminal is there.
#[derive(Debug)]
pub(super) struct Socket {
    said: Receiver<Say>,
    answers: Receiver<Vec<u8>>,
    bell: Arc<Bell>,
    in_flight: Arc<AtomicUsize>,
}

/// Both ends. `None`: no descriptor is left for it.
pub(super) fn keyboard() -> Option<(Keyboard, Socket)> {
    let bell = Arc::new(Bell::new().ok()?);
    let in_flight = Arc::new(AtomicUsize::new(0));
    let (say, said) = sync_channel(MOST_WAITING);
    let (answer, answers) = sync_channel(MOST_ANSWERS);
    let keyboard = Keyboard {
        say,
        answer,
        bell: Arc::clone(&bell),
        in_flight: Arc::clone(&in_flight),
        typed: Arc::default(),
    };
    let socket = Socket {
        said,
        answers,
        bell,
        in_flight,
    };
    Some((keyboard, socket))
}

/// What a terminal's thread tells.
pub(super) enum News {
    /// It was written to.
    Wrote(Vec<u8>),
    /// Somebody wrote, and is silent again (or has gone on for a while).
    Settled,
    /// No program holds it any more.
    HungUp,
}

/// A terminal's thread. Dropping it stops it.
#[derive(Debug)]
pub(super) struct Terminal {
    keyboard: Keyboard,
    thread: Option<JoinHandle<Socket>>,
}

impl Terminal {
    /// Starts it. `tell` is called in it; `false` says that nobody listens any more.
    pub(super) fn start(
        master: OwnedFd,
        (keyboard, socket): (Keyboard, Socket),
        tell: impl FnMut(News) -> bool + Send + 'static,
    ) -> Self {
        let mut line = Line {
            master,
            socket,
            tell,
            pending: VecDeque::new(),
            unsettled: None,
        };
        let thread = std::thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || {
                line.live();
                line.socket
            })
            .ok();
        Self { keyboard, thread }
    }
}

impl Terminal {
    /// Stops it; the keyboard's other end is free again for another terminal. `None`: a fault.
    pub(super) fn stop(&mut self) -> Option<Socket> {
        let thread = self.thread.take()?;
        // A full queue is emptied by the thread, which never waits for anybody but its listener.
        let _ = self.keyboard.say.send(Say::Stop);
        self.keyboard.bell.ring();
        thread.join().ok()
    }

    /// Whether anything was typed into it.
    pub(super) fn was_typed_into(&self) -> bool {
        self.keyboard.typed.load(Ordering::SeqCst)
    }

    pub(super) fn keyboard(&self) -> Keyboard {
        self.keyboard.clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

struct Line<F> {
    master: OwnedFd,
    socket: Socket,
    tell: F,
    pending: VecDeque<u8>,
    /// Since when there is output that `Settled` has not told of.
    unsettled: Option<Instant>,
}

impl<F: FnMut(News) -> bool> Line<F> {
    /// Until it is told to stop, or the terminal hangs up. Keeps its queue empty to the end.
    fn live(&mut self) {
        while self.listen() {
            let Some((readable, writable)) = self.wait() else {
                return;
            };
            if writable {
                self.write();
            }
            if readable && !self.read() {
                (self.tell)(News::HungUp);
                while matches!(self.socket.said.recv(), Ok(Say::Type(_))) {}
                return;
            }
            self.settle(readable);
        }
        // What was written before the end is shown.
        while self.read() && self.has_room() && self.unsettled.take().is_some() {}
    }

    /// Takes what was said; `false`: stop.
    fn listen(&mut self) -> bool {
        self.socket.bell.hush();
        while self.pending.len() < MOST_PENDING {
            match self.socket.said.try_recv() {
                Ok(Say::Type(bytes)) => self.pending.extend(bytes),
                Ok(Say::Stop) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => break,
            }
        }
        if self.pending.is_empty() {
            self.pending
                .extend(self.socket.answers.try_iter().flatten());
        }
        true
    }

    fn has_room(&self) -> bool {
        self.socket.in_flight.load(Ordering::SeqCst) < MOST_IN_FLIGHT
    }

    /// Until something can be done; what can. `None`: waiting is not possible.
    fn wait(&self) -> Option<(bool, bool)> {
        let out = if self.has_room() {
            Interest::Read
        } else {
            Interest::Nothing
        };
        let mut what = vec![
            (self.socket.bell.as_fd(), Interest::Read),
            (self.master.as_fd(), out),
        ];
        if !self.pending.is_empty() {
            what.push((self.master.as_fd(), Interest::Write));
        }
        let found = watch::wait(&what, self.unsettled.map(|_| SETTLED)).ok()?;
        let hung_up = found[1].hung_up && self.has_room();
        let writable = found.get(2).is_some_and(|found| found.ready);
        Some((found[1].ready || hung_up, writable))
    }

    fn write(&mut self) {
        let (front, _) = self.pending.as_slices();
        let taken = pty::write(&self.master, front);
        self.pending.drain(..taken);
    }

    /// Reads one piece, if there is one; `false`: there will never be one again.
    fn read(&mut self) -> bool {
        let mut bytes = vec![0; PIECE];
        match pty::read(&self.master, &mut bytes) {
            pty::Got::Bytes(count) => {
                bytes.truncate(count);
                self.socket.in_flight.fetch_add(1, Ordering::SeqCst);
                self.unsettled.get_or_insert_with(Instant::now);
                (self.tell)(News::Wrote(bytes))
            }
            pty::Got::Nothing => true,
            pty::Got::HungUp => false,
        }
    }

    fn settle(&mut self, busy: bool) {
        let long = |since: Instant| !busy || since.elapsed() > UNSETTLED;
        if self.unsettled.is_some_and(long) {
            self.unsettled = None;
            (self.tell)(News::Settled);
        }
    }
}

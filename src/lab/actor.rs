//! The lab in a thread of its own, for the TUI: commands in, events out, a sample four times a
//! second, told only when something changed. Nothing the owner thread does ever waits for it.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

pub use super::handle::Handle;
use super::lookout::Lookout;
use super::nudge::Nudge;
use super::terminal::{Keyboard, News, Socket, Terminal};
use super::{Lab, Manner, Report};
use crate::model::port::{BoxSpec, Command, LabEvent, Place, ShellEnd, ShellId, Size, Spot};
use crate::model::sample::Exit;
use crate::model::{Op, Sample, Untrusted};

/// Time between two samples.
const SAMPLE_EVERY: Duration = Duration::from_millis(250);
/// From being asked to look again until then.
const LATER: Duration = Duration::from_millis(300);
/// Commands that may wait; a learner's keys are slower than that.
const MOST_WAITING: usize = 64;
/// A shell that ended sooner, before anybody typed, was ended by what its owner has set up.
const AT_ONCE: Duration = Duration::from_secs(2);
/// What its terminal then shows.
const AGAIN: &str = "\r\nglassbox: the shell ended at once; again, without its start-up files\r\n";

/// What reaches the lab's thread.
pub(super) enum Inbox {
    /// From the screen.
    Ask(Command),
    /// A shell is wanted, and its keyboard is there already.
    OpenShell(Box<Opening>),
    /// A terminal was written to, and is silent again; or it hung up.
    Look,
    /// The end.
    Quit,
}

/// Starts the thread. `emit` is called in it and in those of terminals; `false` says that nobody
/// listens any more.
pub fn start(lab: Lab, emit: impl FnMut(LabEvent) -> bool + Clone + Send + 'static) -> Handle {
    let (inbox, received) = sync_channel(MOST_WAITING);
    let mut actor = Actor {
        lab,
        emit,
        told: None,
        again: None,
        lookout: Lookout::default(),
        nudge: Nudge::new(inbox.clone()),
        shells: BTreeMap::new(),
    };
    let thread = std::thread::Builder::new()
        .name("lab".to_owned())
        .spawn(move || actor.live(&received))
        .ok();
    Handle::new(inbox, thread)
}

/// A shell that is to be.
pub(super) struct Opening {
    pub(super) id: ShellId,
    pub(super) spot: Spot,
    pub(super) size: Size,
    pub(super) manner: Manner,
    pub(super) keyboard: (Keyboard, Socket),
}

/// A shell that the screen knows.
struct Open {
    id: ShellId,
    /// Beside whom it was opened.
    beside: Option<String>,
    size: Size,
    manner: Manner,
    began: Instant,
    /// Stops before the shell is let go of: it holds the terminal, too.
    terminal: Terminal,
}

struct Actor<F> {
    lab: Lab,
    emit: F,
    /// The sample that was told last.
    told: Option<Sample>,
    /// From then on, a sample is told even if it is the same.
    again: Option<Instant>,
    /// Looks at the whole machine, where a screen shows that.
    lookout: Lookout,
    /// For the terminals' threads.
    nudge: Nudge,
    shells: BTreeMap<Place, Open>,
}

impl<F: FnMut(LabEvent) -> bool + Clone + Send + 'static> Actor<F> {
    fn live(&mut self, inbox: &Receiver<Inbox>) {
        let mut due = Instant::now() + SAMPLE_EVERY;
        loop {
            let next = self.lookout.due().map_or(due, |look| look.min(due));
            match inbox.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(Inbox::Ask(Command::Quit) | Inbox::Quit)
                | Err(RecvTimeoutError::Disconnected) => {
                    self.close_all(&|_| true);
                    let proof = self.lab.clear();
                    (self.emit)(LabEvent::Cleared(proof));
                    return;
                }
                Ok(Inbox::Ask(command)) => self.carry_out(command),
                Ok(Inbox::OpenShell(open)) => self.open_shell(*open),
                Err(RecvTimeoutError::Timeout) if next < due => self.look(),
                Ok(Inbox::Look) | Err(RecvTimeoutError::Timeout) => {
                    self.nudge.heeded();
                    self.end_shells();
                    self.sample();
                    due = Instant::now() + SAMPLE_EVERY;
                }
            }
            if self.lab.is_lost() {
                self.close_all(&|_| true);
                self.lab.clear();
                let why = "the process that starts boxes has ended; start glassbox again";
                (self.emit)(LabEvent::Lost(Untrusted::from(why)));
                return;
            }
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Open { boxes, replay } => self.open(&boxes, &replay),
            Command::Run { ops } => self.run(&ops),
            Command::Clear => {
                self.told = None;
                self.close_all(&|_| true);
                let proof = self.lab.clear();
                (self.emit)(LabEvent::Cleared(proof));
            }
            Command::Resize { id, size } => {
                if let Some(place) = self.place_of(id) {
                    self.lab.shell_resize(&place, size);
                }
                let open = self.shells.values_mut().find(|open| open.id == id);
                if let Some(open) = open {
                    open.size = size;
                }
            }
            Command::CloseShell { id } => {
                if let Some(place) = self.place_of(id) {
                    self.close(&place, ShellEnd::Closed);
                }
            }
            Command::LookAgain => self.again = Some(Instant::now() + LATER),
            Command::Watch(wanted) => self.lookout.want(wanted),
            // The handle keeps these for itself.
            Command::Quit
            | Command::OpenShell { .. }
            | Command::Type { .. }
            | Command::Answer { .. } => {}
        }
    }

    fn open(&mut self, boxes: &[BoxSpec], replay: &[Op]) {
        self.close_all(&|place| *place != Place::Host);
        let Report { calls, mut fault } = self.lab.open(boxes);
        if fault.is_none() {
            fault = self.lab.run(replay, &mut |_| {}).fault;
        }
        let sample = self.lab.observe();
        self.told = Some(sample.clone());
        (self.emit)(LabEvent::Opened {
            calls,
            sample,
            fault,
        });
    }

    fn run(&mut self, ops: &[Op]) {
        let before = self.lab.observe();
        let emit = &mut self.emit;
        let mut tell = |sample| {
            emit(LabEvent::Sampled(sample));
        };
        let Report { calls, fault } = self.lab.run(ops, &mut tell);
        let after = self.lab.observe();
        self.told = Some(after.clone());
        (self.emit)(LabEvent::Ran {
            calls,
            before,
            after,
            fault,
        });
    }

    /// Only while a lesson is open: without one there is nothing to compare.
    fn sample(&mut self) {
        let Some(told) = &self.told else { return };
        let wanted = self.again.is_some_and(|then| then <= Instant::now());
        let sample = self.lab.observe();
        if wanted || !sample.shows_same(told) {
            self.again = self.again.filter(|_| !wanted);
            self.told = Some(sample.clone());
            (self.emit)(LabEvent::Sampled(sample));
        }
    }

    /// At the whole machine.
    fn look(&mut self) {
        if let Some(news) = self.lookout.look(self.lab.broker()) {
            (self.emit)(LabEvent::Looked(news));
        }
    }

    fn open_shell(&mut self, open: Opening) {
        let Opening { id, spot, .. } = &open;
        let place = &spot.place;
        self.close(place, ShellEnd::Closed);
        let opened = self.lab.shell_open(spot, &open.manner, open.size);
        let opened = opened.and_then(|program| {
            let terminal = self.lab.shell_terminal(place);
            Ok((program, terminal.ok_or("its terminal cannot be shared")?))
        });
        match opened {
            Ok((program, master)) => {
                (self.emit)(LabEvent::ShellOpened { id: *id, program });
                self.start_terminal(open, master);
                self.sample();
            }
            Err(why) => {
                let (id, end) = (*id, ShellEnd::Refused(Untrusted::from(why)));
                (self.emit)(LabEvent::ShellEnded { id, end });
            }
        }
    }

    fn start_terminal(&mut self, open: Opening, master: OwnedFd) {
        let Opening {
            id,
            spot: Spot { place, beside },
            size,
            manner,
            keyboard,
        } = open;
        let (mut emit, nudge) = (self.emit.clone(), self.nudge.clone());
        let tell = move |news| match news {
            News::Wrote(bytes) => emit(LabEvent::Terminal { id, bytes }),
            News::Settled | News::HungUp => {
                nudge.look();
                true
            }
        };
        let open = Open {
            id,
            beside,
            size,
            manner,
            began: Instant::now(),
            terminal: Terminal::start(master, keyboard, tell),
        };
        self.shells.insert(place, open);
    }

    fn place_of(&self, id: ShellId) -> Option<Place> {
        let mut all = self.shells.iter();
        all.find(|(_, open)| open.id == id)
            .map(|(place, _)| place.clone())
    }

    /// Notices shells that have ended.
    fn end_shells(&mut self) {
        let ended: Vec<(Place, Exit)> = self
            .shells
            .keys()
            .filter_map(|place| Some((place.clone(), self.lab.shell_exit(place)?)))
            .collect();
        for (place, exit) in ended {
            if !self.try_bare(&place, exit) {
                self.close(&place, ShellEnd::Ended(exit));
            }
        }
    }

    /// A shell that ended at once, before anybody typed: again, without what its owner has set up. Not
    /// one that was killed: that was its box's end, perhaps.
    fn try_bare(&mut self, place: &Place, exit: Exit) -> bool {
        let at_once = |open: &Open| {
            open.manner == Manner::Own
                && matches!(exit, Exit::Code(_))
                && open.began.elapsed() < AT_ONCE
                && !open.terminal.was_typed_into()
        };
        if !self.shells.get(place).is_some_and(at_once) {
            return false;
        }
        let Some(mut open) = self.shells.remove(place) else {
            return false;
        };
        self.lab.shell_retire(place, exit);
        let Some(socket) = open.terminal.stop() else {
            return false;
        };
        let bytes = AGAIN.as_bytes().to_vec();
        (self.emit)(LabEvent::Terminal { id: open.id, bytes });
        self.open_shell(Opening {
            id: open.id,
            spot: Spot {
                place: place.clone(),
                beside: open.beside.clone(),
            },
            size: open.size,
            manner: Manner::Bare,
            keyboard: (open.terminal.keyboard(), socket),
        });
        true
    }

    fn close_all(&mut self, wanted: &dyn Fn(&Place) -> bool) {
        let all: Vec<Place> = self
            .shells
            .keys()
            .filter(|place| wanted(place))
            .cloned()
            .collect();
        for place in all {
            self.close(&place, ShellEnd::Closed);
        }
    }

    /// The terminal's last words come before the news of its end.
    fn close(&mut self, place: &Place, end: ShellEnd) {
        if let Some(open) = self.shells.remove(place) {
            let id = open.id;
            drop(open);
            match &end {
                ShellEnd::Ended(exit) => self.lab.shell_retire(place, *exit),
                _ => self.lab.shell_close(place),
            }
            (self.emit)(LabEvent::ShellEnded { id, end });
        }
    }
}

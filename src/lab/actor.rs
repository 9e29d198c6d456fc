//! The lab in a thread of its own, for the TUI: commands in, events out, a sample four times a
//! second, told only when something changed. Nothing the owner thread does ever waits for it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Lab, Report};
use crate::model::port::{BoxSpec, Command, LabEvent};
use crate::model::{Op, Sample, Untrusted};

/// Time between two samples.
const SAMPLE_EVERY: Duration = Duration::from_millis(250);
/// Commands that may wait; a learner's keys are slower than that.
const MOST_WAITING: usize = 64;

/// The way to the lab's thread. Dropping it ends every box, and waits until they have ended.
#[derive(Debug)]
pub struct Handle {
    commands: Option<SyncSender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Asks for something. `false`: the lab is gone, or has far too much to do.
    #[must_use]
    pub fn ask(&self, command: Command) -> bool {
        match self
            .commands
            .as_ref()
            .map(|commands| commands.try_send(command))
        {
            Some(Ok(())) => true,
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => false,
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.commands.take();
        if let Some(thread) = self.thread.take() {
            // A panic in there was told as `Lost` when it happened.
            let _ = thread.join();
        }
    }
}

/// Starts the thread. `emit` is called in it.
pub fn start(lab: Lab, emit: impl FnMut(LabEvent) + Send + 'static) -> Handle {
    let (commands, inbox) = sync_channel(MOST_WAITING);
    let mut actor = Actor {
        lab,
        emit,
        told: None,
    };
    let thread = std::thread::Builder::new()
        .name("lab".to_owned())
        .spawn(move || actor.live(&inbox))
        .ok();
    Handle {
        commands: Some(commands),
        thread,
    }
}

struct Actor<F> {
    lab: Lab,
    emit: F,
    /// The sample that was told last.
    told: Option<Sample>,
}

impl<F: FnMut(LabEvent)> Actor<F> {
    fn live(&mut self, inbox: &Receiver<Command>) {
        loop {
            match inbox.recv_timeout(SAMPLE_EVERY) {
                Ok(Command::Open { boxes, replay }) => self.open(&boxes, &replay),
                Ok(Command::Run { ops }) => self.run(&ops),
                Ok(Command::Clear) => {
                    self.told = None;
                    let proof = self.lab.clear();
                    (self.emit)(LabEvent::Cleared(proof));
                }
                Err(RecvTimeoutError::Timeout) => self.sample(),
                Ok(Command::Quit) | Err(RecvTimeoutError::Disconnected) => {
                    let proof = self.lab.clear();
                    (self.emit)(LabEvent::Cleared(proof));
                    return;
                }
            }
            if self.lab.is_lost() {
                self.lab.clear();
                let why = "the process that starts boxes has ended; start glassbox again";
                (self.emit)(LabEvent::Lost(Untrusted::from(why)));
                return;
            }
        }
    }

    fn open(&mut self, boxes: &[BoxSpec], replay: &[Op]) {
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
        let mut tell = |sample| emit(LabEvent::Sampled(sample));
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
        let sample = self.lab.observe();
        if !sample.shows_same(told) {
            self.told = Some(sample.clone());
            (self.emit)(LabEvent::Sampled(sample));
        }
    }
}

//! The way to the lab's thread: what the owner thread holds of it. Keys go straight to the terminals,
//! the rest into a queue that is never waited for. Made by [`super::actor::start`].

use std::collections::BTreeMap;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::JoinHandle;

use super::Manner;
use super::terminal::{self, Keyboard, Socket};
use crate::model::port::{Command, LabEvent, ShellId, Size, Spot};

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

/// A shell that is to be.
pub(super) struct Opening {
    pub(super) id: ShellId,
    pub(super) spot: Spot,
    pub(super) size: Size,
    pub(super) manner: Manner,
    pub(super) keyboard: (Keyboard, Socket),
}

/// The way to the lab's thread. Dropping it ends every box, and waits until they have ended.
#[derive(Debug)]
pub struct Handle {
    pub(super) inbox: SyncSender<Inbox>,
    pub(super) thread: Option<JoinHandle<()>>,
    pub(super) keyboards: BTreeMap<ShellId, Keyboard>,
}

impl Handle {
    /// Asks for something. `false`: the lab is gone, or has far too much to do.
    #[must_use]
    pub fn ask(&mut self, command: Command) -> bool {
        match command {
            // Not by way of the lab's thread, which may be busy with a step.
            Command::Type { id, bytes } => match self.keyboards.get(&id) {
                Some(keyboard) => keyboard.type_in(bytes),
                None => true, // it has ended meanwhile
            },
            Command::OpenShell { id, spot, size } => {
                let Some((keyboard, socket)) = terminal::keyboard() else {
                    return false;
                };
                self.keyboards.insert(id, keyboard.clone());
                let keyboard = (keyboard, socket);
                let manner = Manner::Own;
                self.send(Inbox::OpenShell(Box::new(Opening {
                    id,
                    spot,
                    size,
                    manner,
                    keyboard,
                })))
            }
            other => self.send(Inbox::Ask(other)),
        }
    }

    fn send(&self, what: Inbox) -> bool {
        match self.inbox.try_send(what) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// What to hand to [`Handle::took`] once this event was taken in.
    pub fn receipt(&mut self, event: &LabEvent) -> Option<ShellId> {
        match event {
            LabEvent::Terminal { id, .. } => Some(*id),
            LabEvent::ShellEnded { id, .. } => {
                self.keyboards.remove(id);
                None
            }
            _ => None,
        }
    }

    /// A piece of a terminal's output was taken in: the next may come.
    pub fn took(&self, receipt: Option<ShellId>) {
        if let Some(keyboard) = receipt.and_then(|id| self.keyboards.get(&id)) {
            keyboard.took();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Waits for room in a full queue, which the thread empties.
        let _ = self.inbox.send(Inbox::Quit);
        if let Some(thread) = self.thread.take() {
            // A panic in there was told as `Lost` when it happened.
            let _ = thread.join();
        }
    }
}

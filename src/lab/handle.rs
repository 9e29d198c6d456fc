//! The screen's end of the lab's thread: commands go in without waiting, and what is typed goes past it,
//! straight to the terminals. Made by [`super::actor`]; owned by `run`.

use std::collections::BTreeMap;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::JoinHandle;

use super::Manner;
use super::actor::{Inbox, Opening};
use super::terminal::{self, Keyboard};
use crate::model::port::{Command, LabEvent, ShellId};

/// The way to the lab's thread. Dropping it ends every box, and waits until they have ended.
#[derive(Debug)]
pub struct Handle {
    inbox: SyncSender<Inbox>,
    thread: Option<JoinHandle<()>>,
    keyboards: BTreeMap<ShellId, Keyboard>,
}

impl Handle {
    pub(super) fn new(inbox: SyncSender<Inbox>, thread: Option<JoinHandle<()>>) -> Self {
        Self {
            inbox,
            thread,
            keyboards: BTreeMap::new(),
        }
    }

    /// Asks for something. `false`: the lab is gone, or has far too much to do.
    #[must_use]
    pub fn ask(&mut self, command: Command) -> bool {
        match command {
            // Not by way of the lab's thread, which may be busy with a step.
            Command::Type { id, bytes } => match self.keyboards.get(&id) {
                Some(keyboard) => keyboard.type_in(bytes),
                None => true, // it has ended meanwhile
            },
            Command::Answer { id, bytes } => {
                if let Some(keyboard) = self.keyboards.get(&id) {
                    keyboard.answer(bytes);
                }
                true
            }
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

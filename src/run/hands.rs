//! Who carries out what the app asks for: the lab, or on screens that only look a thread that does
//! nothing else. Called by `run::tui`.

use crate::lab::{actor, lookout};
use crate::model::port::{Command, LabEvent, ShellId};

/// Who carries out what the app asks for.
pub(super) enum Hands {
    /// Makes boxes.
    Lab(actor::Handle),
    /// Only looks.
    Lookout(lookout::Handle),
}

impl Hands {
    pub(super) fn ask(&mut self, command: Command) -> bool {
        match self {
            Self::Lab(lab) => lab.ask(command),
            Self::Lookout(lookout) => lookout.ask(command),
        }
    }

    pub(super) fn receipt(&mut self, event: &LabEvent) -> Option<ShellId> {
        match self {
            Self::Lab(lab) => lab.receipt(event),
            Self::Lookout(_) => None,
        }
    }

    pub(super) fn took(&self, receipt: Option<ShellId>) {
        if let Self::Lab(lab) = self {
            lab.took(receipt);
        }
    }
}

//! Shells as the screen knows them: the emulator of each, which one the keys go to, and what a key
//! is to a program. Called by `App`; draws nothing, and starts nothing by itself.

mod emulator;
mod filter;
mod keys;

use std::collections::BTreeMap;

pub use emulator::{Emulator, Sketch};

use super::{Action, App, Effect, KeyPress, Play, Side};
use crate::lesson::Panel;
use crate::model::Untrusted;
use crate::model::op::STAGE;
use crate::model::port::{Command, Place, ShellEnd, ShellId, Size, Spot};
use crate::model::sample::Exit;
use crate::model::signal;

/// A longer paste is cut, and that is said.
const LONGEST_PASTE: usize = 4 * 1024 * 1024;

/// A shell and its screen.
#[derive(Debug)]
pub struct Shell {
    id: ShellId,
    /// The program's name (safe text); none before it runs.
    pub(crate) program: Option<String>,
    pub(crate) emulator: Emulator,
    /// Whether the lab was asked for it: not before it is known how much room there is.
    asked: bool,
    /// The member of the box that it is to stand beside, if not the lead.
    beside: Option<String>,
    /// Whom it stands beside (safe text), unless that is the box's helper.
    pub(crate) neighbour: Option<String>,
}

/// All shells of a lesson.
#[derive(Debug, Default)]
pub struct Shells {
    all: BTreeMap<Place, Shell>,
    /// The one that the keys go to.
    focus: Option<Place>,
    /// Those in view: none, one, or the host's and a box's side by side.
    view: Vec<Place>,
    /// Those in view have the whole screen.
    large: bool,
    /// Whether one of a box was opened since the boxes were made: they may be as no step left them.
    pub(super) touched: bool,
}

impl Shells {
    /// Those in view, the host's first.
    pub fn in_view(&self) -> impl Iterator<Item = (&Place, &Shell)> {
        self.view
            .iter()
            .filter_map(|place| self.all.get_key_value(place))
    }

    /// The place whose shell has the keys.
    #[must_use]
    pub fn focus(&self) -> Option<&Place> {
        self.focus.as_ref()
    }

    /// Whether a shell is open at all.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.all.is_empty()
    }

    /// Whether those in view have the whole screen, and the panels none of it.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.large && !self.view.is_empty()
    }

    fn focused(&mut self) -> Option<&mut Shell> {
        self.all.get_mut(self.focus.as_ref()?)
    }

    fn by_id(&mut self, id: ShellId) -> Option<(&Place, &mut Shell)> {
        self.all.iter_mut().find(|(_, shell)| shell.id == id)
    }

    /// The boxes end, and their shells with them.
    pub(super) fn forget_boxes(&mut self) {
        self.all.retain(|place, _| *place == Place::Host);
        self.touched = false;
        self.mend();
    }

    fn remove(&mut self, id: ShellId) -> Option<Place> {
        let place = self.by_id(id)?.0.clone();
        self.all.remove(&place);
        self.mend();
        Some(place)
    }

    /// No shell that is gone has the keys, or a place on the screen.
    fn mend(&mut self) {
        let all = &self.all;
        self.view.retain(|place| all.contains_key(place));
        self.focus.take_if(|place| !all.contains_key(place));
    }
}

impl App {
    /// Whether every key is for a shell, but for those that [`super::keymap`] names.
    #[must_use]
    pub fn types(&self) -> bool {
        self.mode() == super::Mode::Shell
    }

    /// `s`, and with `both` `S`: opens the shell of the chosen side, or goes on in it.
    pub(super) fn open_shell(&mut self, both: bool) -> Vec<Effect> {
        if self.lost.is_some() {
            self.say("the lab is gone: quit with q and start again".to_owned());
            return Vec::new();
        }
        let Some(play) = &mut self.play else {
            return Vec::new();
        };
        let touched = play.shells.touched;
        if play.lab != super::Lab::Ready {
            self.say("wait until the boxes stand".to_owned());
            return Vec::new();
        }
        let challenge = self.lessons.get(play.lesson).and_then(|lesson| {
            let challenge = lesson.steps[play.step].challenge.as_ref();
            challenge.map(|challenge| challenge.spot(lesson))
        });
        let inside = Place::Box(play.box_name.clone());
        // Calls and grid belong to no side, and what is played with is the box.
        let sides = !matches!(play.panel, Panel::Calls | Panel::Grid);
        let chosen = match play.side {
            Side::Host if sides || challenge.is_some() => Place::Host,
            Side::Host | Side::Box => inside.clone(),
        };
        let wanted = if both {
            vec![Place::Host, inside]
        } else {
            vec![chosen.clone()]
        };
        for place in &wanted {
            if !play.shells.all.contains_key(place) {
                self.next_shell += 1;
                let beside = challenge
                    .as_ref()
                    .filter(|spot| spot.place == *place)
                    .and_then(|spot| spot.beside.clone());
                let mut shell = Shell::new(ShellId(self.next_shell), beside);
                shell.neighbour = play.neighbour(place, shell.beside.as_deref());
                play.shells.all.insert(place.clone(), shell);
                play.shells.touched |= *place != Place::Host;
            }
        }
        let is_its = |spot: &Spot| wanted.contains(&spot.place);
        if let (Some(attempt), true) = (&mut play.attempt, challenge.as_ref().is_some_and(is_its)) {
            attempt.start(play.now.as_ref().filter(|_| !touched));
        }
        play.shells.view = wanted;
        play.shells.focus = Some(chosen);
        Vec::new()
    }

    /// A key for the shell that has the keys.
    pub(super) fn type_key(&mut self, press: KeyPress) -> Vec<Effect> {
        let Some(shell) = self.play.as_mut().and_then(|play| play.shells.focused()) else {
            return Vec::new();
        };
        shell.emulator.scroll_to_end();
        let bytes = keys::bytes(press, shell.emulator.application_cursor());
        shell.type_in(bytes)
    }

    /// A paste for the shell that has the keys, or for the line that is typed; elsewhere it means nothing.
    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        if self.type_text(text) {
            return Vec::new();
        }
        let Some(shell) = self.play.as_mut().and_then(|play| play.shells.focused()) else {
            return Vec::new();
        };
        shell.emulator.scroll_to_end();
        let cut = text.len() > LONGEST_PASTE;
        let end = (0..=LONGEST_PASTE.min(text.len())).rev();
        let end = end
            .take(4)
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        let bytes = keys::paste(&text[..end], shell.emulator.bracketed_paste());
        let effects = shell.type_in(bytes);
        if cut {
            self.say("the paste was longer than 4 MiB: its end is missing".to_owned());
        }
        effects
    }

    /// What a key of the table does while a shell has the keys, or is in view.
    pub(super) fn shell_action(&mut self, action: Action) {
        let Some(play) = &mut self.play else { return };
        match action {
            Action::LeaveShell => play.shells.focus = None,
            Action::Large if play.shells.view.is_empty() => {
                self.say("no shell is open here: s opens one".to_owned());
            }
            Action::Large => play.shells.large = !play.shells.large,
            other => play.shells.scroll(other == Action::ShellUp),
        }
    }

    /// The screen has this much room for a shell's terminal.
    pub(super) fn make_room(&mut self, id: ShellId, size: Size) -> Vec<Effect> {
        let shells = self.play.as_mut().map(|play| &mut play.shells);
        let Some((place, shell)) = shells.and_then(|shells| shells.by_id(id)) else {
            return Vec::new();
        };
        let place = place.clone();
        shell.emulator.resize(size);
        if std::mem::replace(&mut shell.asked, true) {
            return vec![Effect::Lab(Command::Resize { id, size })];
        }
        let beside = shell.beside.clone();
        let spot = Spot { place, beside };
        vec![Effect::Lab(Command::OpenShell { id, spot, size })]
    }

    pub(super) fn shell_opened(&mut self, id: ShellId, program: &Untrusted) {
        let shells = self.play.as_mut().map(|play| &mut play.shells);
        if let Some((_, shell)) = shells.and_then(|shells| shells.by_id(id)) {
            shell.program = Some(program.text());
        }
    }

    /// The shell wrote: onto its screen, and what it asks its terminal is answered.
    pub(super) fn shell_wrote(&mut self, id: ShellId, bytes: &[u8]) -> Vec<Effect> {
        let shells = self.play.as_mut().map(|play| &mut play.shells);
        let Some((_, shell)) = shells.and_then(|shells| shells.by_id(id)) else {
            return Vec::new();
        };
        let bytes = shell.emulator.process(bytes);
        if bytes.is_empty() {
            return Vec::new();
        }
        vec![Effect::Lab(Command::Answer { id, bytes })]
    }

    pub(super) fn shell_ended(&mut self, id: ShellId, end: &ShellEnd) {
        let Some(place) = self.play.as_mut().and_then(|play| play.shells.remove(id)) else {
            return;
        };
        let whose = match &place {
            Place::Host => "the host's shell".to_owned(),
            Place::Box(name) => format!("the shell of {}", Untrusted::from(name).text()),
        };
        match end {
            ShellEnd::Ended(exit) => self.say(format!("{whose} has ended: {}", words(*exit))),
            ShellEnd::Closed => self.say(format!("{whose} was closed")),
            ShellEnd::Refused(why) => {
                self.note(format!("{whose} cannot be opened: {}", why.text()));
                self.say(format!("{whose} cannot be opened: {}", why.text()));
            }
        }
    }
}

impl Play {
    /// Whom a shell there stands beside, if it is not the helper of the box.
    fn neighbour(&self, place: &Place, beside: Option<&str>) -> Option<String> {
        let Place::Box(name) = place else {
            return None;
        };
        let view = self.now.as_ref()?.boxes.get(name)?;
        let lead = view.lead.as_ref().map(|lead| lead.name.as_str());
        let name = beside.or(lead).filter(|name| *name != STAGE)?;
        Some(Untrusted::from(name).text())
    }
}

impl Shell {
    fn new(id: ShellId, beside: Option<String>) -> Self {
        Self {
            id,
            program: None,
            emulator: Emulator::new(),
            asked: false,
            beside,
            neighbour: None,
        }
    }

    /// What the lab calls it.
    #[must_use]
    pub fn id(&self) -> ShellId {
        self.id
    }

    /// Whether its terminal is to become that large, or is to be opened so.
    #[must_use]
    pub fn wants(&self, size: Size) -> bool {
        !self.asked || self.emulator.size() != size
    }

    fn type_in(&self, bytes: Vec<u8>) -> Vec<Effect> {
        if bytes.is_empty() {
            return Vec::new();
        }
        vec![Effect::Lab(Command::Type { id: self.id, bytes })]
    }
}

impl Shells {
    fn scroll(&mut self, up: bool) {
        let place = self.focus.clone().or_else(|| self.view.first().cloned());
        let Some(shell) = place.and_then(|place| self.all.get_mut(&place)) else {
            return;
        };
        shell.emulator.scroll(up);
    }

    /// Takes the shells off the screen; they live on. `false`: none was there.
    pub(super) fn hide(&mut self) -> bool {
        self.focus = None;
        let there = !self.view.is_empty();
        self.view.clear();
        self.large = false;
        there
    }
}

fn words(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit {code}"),
        Exit::Signal(number) => signal::name(number.unsigned_abs()),
        Exit::Unknown => "somebody ended it".to_owned(),
    }
}

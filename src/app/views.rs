//! The screens over the lesson list that look at the whole machine: map, list of processes, one process
//! beside the host. They lie on each other; Esc takes off the uppermost. Keys and looks come from
//! [`super::App::update`].

use super::{Action, App, Effect, Inspect, KeyPress, MapView, Mode, Picker};
use crate::model::look::{Look, Wanted, Who};
use crate::model::port::Command;

/// One of them.
#[derive(Debug)]
pub enum View {
    /// Every namespace.
    Map(Box<MapView>),
    /// Every process, to choose one.
    Picker(Box<Picker>),
    /// One process or two.
    Inspect(Box<Inspect>),
}

/// Which of them is to be opened at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First {
    /// The map.
    Map,
    /// The list of processes.
    Processes,
    /// These processes.
    Inspect(Vec<Who>),
}

impl View {
    fn wanted(&self) -> Wanted {
        match self {
            Self::Map(_) => Wanted::Map,
            Self::Picker(_) => Wanted::Processes,
            Self::Inspect(inspect) => Wanted::Inspect(inspect.who.clone()),
        }
    }

    /// What keys mean on it.
    pub(super) fn mode(&self) -> Mode {
        match self {
            Self::Map(map) if map.finder.open => Mode::Filter,
            Self::Picker(picker) if picker.finder.open => Mode::Filter,
            Self::Map(_) => Mode::Map,
            Self::Picker(_) => Mode::Picker,
            Self::Inspect(_) => Mode::Inspect,
        }
    }
}

impl App {
    /// The screen that is on top, if there is one.
    #[must_use]
    pub fn top(&self) -> Option<&View> {
        self.views.last()
    }

    pub(super) fn open_first(&mut self, first: First) -> Vec<Effect> {
        match first {
            First::Map => self.open_view(View::Map(Box::default())),
            First::Processes => self.open_view(View::Picker(Box::default())),
            First::Inspect(who) => self.open_inspect(who),
        }
    }

    pub(super) fn open_view(&mut self, view: View) -> Vec<Effect> {
        self.views.push(view);
        self.watch()
    }

    /// One process beside the host, or two.
    pub(super) fn open_inspect(&mut self, who: Vec<Who>) -> Vec<Effect> {
        self.play = Some(super::inspect::play(who.len()));
        self.open_view(View::Inspect(Box::new(Inspect::new(who))))
    }

    /// Asks for what the uppermost screen shows.
    fn watch(&self) -> Vec<Effect> {
        if self.lost.is_some() {
            return Vec::new();
        }
        let wanted = self.views.last().map(View::wanted);
        vec![Effect::Lab(Command::Watch(wanted))]
    }

    /// A key that means something on such a screen alone.
    pub(super) fn view_key(&mut self, action: Action) -> Option<Vec<Effect>> {
        let inspected = match self.views.last_mut()? {
            View::Map(view) => match action {
                Action::Open => {
                    let chosen = view.chosen();
                    let chosen = chosen.map(|(key, found)| {
                        (found.clone(), format!("{} {}", key.kind.name(), key.ino))
                    });
                    return Some(self.inspect_lead(chosen));
                }
                Action::Find | Action::Found => {
                    view.finder.open = action == Action::Find;
                    None
                }
                Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Tree => {
                    view.select(action);
                    None
                }
                _ => return None,
            },
            View::Picker(view) => match view.key(action)? {
                who if who.is_empty() => None,
                who => Some(who),
            },
            View::Inspect(view) => {
                view.key(action)?;
                None
            }
        };
        Some(match inspected {
            Some(who) => self.open_inspect(who),
            None => Vec::new(),
        })
    }

    /// A key while words are typed to search for; the others have their meaning.
    pub(super) fn find_key(&mut self, press: KeyPress) {
        if let Some(finder) = self.finder() {
            finder.type_key(press);
        }
    }

    pub(super) fn finder(&mut self) -> Option<&mut super::Finder> {
        match self.views.last_mut()? {
            View::Map(view) => Some(&mut view.finder),
            View::Picker(view) => Some(&mut view.finder),
            View::Inspect(_) => None,
        }
    }

    /// Closes what is searched for, then the screen; `None` if there is none, or it is all there is.
    pub(super) fn close_view(&mut self) -> Option<Vec<Effect>> {
        if let Some(finder) = self.finder()
            && (finder.open || !finder.words.is_empty())
        {
            finder.clear();
            return Some(Vec::new());
        }
        if self.views.is_empty() || (self.views.len() == 1 && self.options.first.is_some()) {
            return None;
        }
        self.views.pop();
        self.play = None;
        Some(self.watch())
    }

    /// What was seen, for the screen that asked; what comes late is of another.
    pub(super) fn looked(&mut self, look: Look) {
        match (self.views.last_mut(), look) {
            (Some(View::Map(view)), Look::Map(map)) => view.map = Some(map),
            (Some(View::Picker(view)), Look::Processes(list)) => view.list = Some(list),
            (Some(View::Inspect(_)), Look::Inspect(seen)) => self.inspected(*seen),
            (Some(_), Look::Blind(why)) => self.say(why.text()),
            _ => self.dirty = false,
        }
    }
}

//! The screens over the lesson list that look at the whole machine: map, list of processes, one process
//! beside the host. They lie on each other; Esc takes off the uppermost. Keys and looks come from
//! [`super::App::update`].

use super::{Action, App, Effect, Filter, Inspect, MapView, Mode, Picker};
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
            Self::Map(map) if map.filter.typing => Mode::Find,
            Self::Picker(picker) if picker.filter.typing => Mode::Find,
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
        if action == Action::Erase {
            if let Some(filter) = self.view_filter() {
                // Backspace on nothing leaves the line.
                filter.typing = filter.typed.erase();
            }
            self.found_anew();
            return Some(Vec::new());
        }
        let inspected = match self.views.last_mut()? {
            View::Map(view) => match action {
                Action::Open => {
                    view.filter.typing = false;
                    let chosen = view.chosen();
                    let chosen = chosen.map(|(key, found)| {
                        (found.clone(), format!("{} {}", key.kind.name(), key.ino))
                    });
                    return Some(self.inspect_lead(chosen));
                }
                Action::Filter => {
                    view.filter.anew();
                    None
                }
                Action::Found => {
                    view.filter.typing = false;
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

    /// Text for the words that rows must have.
    pub(super) fn find_text(&mut self, text: &str) {
        if let Some(filter) = self.view_filter() {
            filter.typed.push(text);
        }
        self.found_anew();
    }

    fn found_anew(&mut self) {
        if let Some(View::Map(view)) = self.views.last_mut() {
            view.found_anew();
        }
    }

    fn view_filter(&mut self) -> Option<&mut Filter> {
        match self.views.last_mut()? {
            View::Map(view) => Some(&mut view.filter),
            View::Picker(view) => Some(&mut view.filter),
            View::Inspect(_) => None,
        }
    }

    /// Closes what is searched for, then the screen, if it is not all there is.
    pub(super) fn close_view(&mut self) -> Vec<Effect> {
        if let Some(filter) = self.view_filter().filter(|filter| filter.is_on()) {
            *filter = Filter::default();
            return Vec::new();
        }
        if self.views.len() == 1 && self.options.first.is_some() {
            self.say("q quits glassbox".to_owned());
            return Vec::new();
        }
        self.views.pop();
        self.play = None;
        self.watch()
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

/// A cursor in a list of `count` rows, moved by `by`.
pub(super) fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}

//! What each key does: from the keymap's action to the part of the app that carries it out. Called by
//! [`super::App::update`] for a key, by the palette for the key of an entry, and for the mouse.

use super::{Action, App, Effect, KeyPress, Mode, Overlay, Question, View, action};
use crate::model::{port::Command, recipe::Recipe};

impl App {
    /// A key was pressed.
    pub(super) fn press(&mut self, press: KeyPress) -> Vec<Effect> {
        self.notice = None;
        let mode = self.mode();
        let Some(action) = action(mode, press) else {
            return match mode {
                Mode::Shell => self.type_key(press),
                Mode::Filter | Mode::Find | Mode::Palette | Mode::Line => self.type_here(press),
                _ => Vec::new(),
            };
        };
        match mode {
            Mode::Palette => self.palette_key(action),
            Mode::Desk => match self.desk_key(action, press.key) {
                Some(effects) => effects,
                None => self.carry_out(action, press),
            },
            Mode::Map | Mode::Picker | Mode::Find | Mode::Inspect => match self.view_key(action) {
                Some(effects) => effects,
                None => self.carry_out(action, press),
            },
            Mode::Line => match self.desk_line_key(action) {
                Some(effects) => effects,
                None => self.carry_out(action, press),
            },
            _ => self.carry_out(action, press),
        }
    }

    fn carry_out(&mut self, action: Action, press: KeyPress) -> Vec<Effect> {
        match action {
            Action::Open => return self.open_chosen(),
            Action::Next => return self.next_phase(),
            Action::Back => return self.step_back(),
            Action::Copy => return self.copy(),
            Action::OpenShell => return self.open_shell(false),
            Action::OpenShells => return self.open_shell(true),
            Action::Try => return self.try_challenge(),
            Action::Steps => return self.open_steps(),
            Action::Jump => return self.jump(press.key),
            Action::Reset => self.ask(Question::Reset),
            Action::Quit if self.is_running() => self.ask(Question::Quit),
            Action::Quit => return quit(),
            Action::Yes => return self.confirmed(),
            Action::Close => return self.close(),
            Action::Mouse => return self.toggle_mouse(),
            Action::Map => return self.open_view(View::Map(Box::default())),
            Action::Inspect => return self.open_view(View::Picker(Box::default())),
            Action::Desk => self.open_desk(Recipe::default()),
            Action::Hint => self.hint(),
            Action::LeaveShell | Action::Large | Action::ShellUp | Action::ShellDown => {
                self.shell_action(action);
            }
            Action::Help => self.overlay = Some(Overlay::Help(0)),
            Action::Messages => self.overlay = Some(Overlay::Log(0)),
            Action::Lacks => self.overlay = Some(Overlay::Lacks(0)),
            Action::Filter => {
                self.filter.anew();
                self.settle_cursor();
            }
            Action::Erase => self.erase(),
            Action::Palette => self.open_palette(),
            Action::Answer => self.answer(press.key),
            Action::View => self.view(press.key),
            Action::Two => self.two_boxes(),
            other => self.select(other),
        }
        Vec::new()
    }

    pub(super) fn ask(&mut self, question: Question) {
        self.palette = None;
        self.overlay = Some(Overlay::Confirm(question));
    }

    fn confirmed(&mut self) -> Vec<Effect> {
        let Some(Overlay::Confirm(question)) = self.overlay.take() else {
            return Vec::new();
        };
        match question {
            Question::Quit => quit(),
            Question::Leave => self.leave(),
            Question::Reset => self.reset(),
        }
    }

    /// Closes what is on top. In the list nothing is, and Esc never quits.
    fn close(&mut self) -> Vec<Effect> {
        if self.overlay.take().is_some() || self.welcome.take().is_some() {
            return Vec::new();
        }
        if !self.views.is_empty() {
            return self.close_view();
        }
        if self.play.as_mut().is_some_and(|play| play.shells.hide()) {
            return Vec::new();
        }
        if self.play.is_some() && self.is_running() {
            self.ask(Question::Leave);
        } else if self.play.is_some() {
            return self.leave();
        } else if self.desk.take().is_none() && !self.clear_filter() {
            self.say("q quits glassbox".to_owned());
        }
        Vec::new()
    }

    /// A key that is text, for the line that is typed in glassbox itself.
    fn type_here(&mut self, press: KeyPress) -> Vec<Effect> {
        if let super::Key::Char(c) = press.key
            && !press.ctrl
            && !press.alt
        {
            self.type_text(&c.to_string());
        }
        Vec::new()
    }

    /// The same for a paste; `false` where no line is typed.
    pub(super) fn type_text(&mut self, text: &str) -> bool {
        match (self.mode(), &mut self.palette) {
            (Mode::Palette, Some(palette)) => palette.push(text),
            (Mode::Filter, _) => {
                self.filter.typed.push(text);
                self.settle_cursor();
            }
            (Mode::Find, _) => self.find_text(text),
            (Mode::Line, _) => self.type_desk_line(text),
            // Pasted on the desk, a line is meant to be read.
            (Mode::Desk, _) => self.read_docker(text),
            _ => return false,
        }
        true
    }

    fn erase(&mut self) {
        // Backspace on nothing leaves the line.
        self.filter.typing = self.filter.typed.erase();
        self.settle_cursor();
    }

    fn toggle_mouse(&mut self) -> Vec<Effect> {
        self.mouse = !self.mouse;
        let words = if self.mouse {
            "the mouse is on: its wheel scrolls; F2 again, and the terminal can select text"
        } else {
            "the mouse is off: the terminal can select text with it"
        };
        self.say(words.to_owned());
        vec![Effect::Mouse(self.mouse)]
    }

    /// The wheel: the cursor in a list, the text of a page, or the screen of a shell.
    pub(super) fn wheel(&mut self, up: bool) -> Vec<Effect> {
        let (by_row, by_page, shell) = if up {
            (Action::Up, Action::PageUp, Action::ShellUp)
        } else {
            (Action::Down, Action::PageDown, Action::ShellDown)
        };
        match self.mode() {
            Mode::Palette => return self.palette_key(by_row),
            Mode::Desk => return self.desk_key(by_row, super::Key::Up).unwrap_or_default(),
            Mode::Map | Mode::Picker | Mode::Find | Mode::Inspect => {
                let by = if self.mode() == Mode::Inspect {
                    by_page
                } else {
                    by_row
                };
                return self.view_key(by).unwrap_or_default();
            }
            Mode::Shell => self.shell_action(shell),
            Mode::List | Mode::Filter | Mode::Steps => self.select(by_row),
            Mode::Confirm | Mode::Proof | Mode::Line => {}
            _ => self.select(by_page),
        }
        Vec::new()
    }
}

pub(super) fn quit() -> Vec<Effect> {
    vec![Effect::Lab(Command::Quit), Effect::Quit]
}

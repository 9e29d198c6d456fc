//! The pure state of glassbox: [`Event`]s in, [`Effect`]s out. `run` owns the one [`App`], on one
//! thread; `ui` draws it.
//!
//! Nothing here reads a file, a clock or a terminal, and nothing starts a thread.

mod boxes;
mod challenge;
mod desk;
mod event;
mod evidence;
mod glossary;
mod history;
mod inspect;
mod jump;
mod keymap;
mod lab;
mod list;
mod map;
mod options;
mod palette;
mod picker;
mod play;
mod press;
mod progress;
mod reveal;
mod route;
mod select;
mod shell;
mod shuffle;
mod steps;
mod typed;
mod views;
mod welcome;

use std::collections::VecDeque;

use crate::{
    lesson::Lesson,
    model::{
        Untrusted,
        port::{Command, Proof},
        recipe::Recipe,
        support::Support,
    },
};

pub use challenge::{Attempt, Condition, Help};
pub use desk::{Asked, Desk, Row};
pub use event::{Effect, Event, Key, KeyPress};
pub use glossary::WORDS;
use history::Why;
pub use history::{History, Inside, Others, Point, Reading, cpu_share};
pub use inspect::Inspect;
pub use jump::StepRow;
pub use keymap::{Action, Has, Mode, action, footer, help};
pub use list::Filter;
pub use map::MapView;
pub use options::Options;
pub use palette::{Entry, Palette};
pub use picker::{Picker, Sort};
pub use play::{Hold, Lab, Outcome, Phase, Play, Side, Texts};
pub use progress::{Progress, Reached, Solved, State};
pub use reveal::{Answer, Reveal};
pub use shell::{Emulator, Shell, Shells, Sketch};
pub use typed::Typed;
pub use views::{First, View};
pub use welcome::Remedy;

/// The message log keeps this many lines.
const LOG_LINES: usize = 200;

/// What lies over the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// Keys and words, scrolled down by so many lines.
    Help(usize),
    /// Messages, scrolled up by so many lines from the newest.
    Log(usize),
    /// A yes or no question.
    Confirm(Question),
    /// The steps of the lesson, and the one under the cursor.
    Steps(usize),
    /// What was left after a reset: [`App::proof`].
    Proof,
    /// Why lessons cannot run here, and what to do, scrolled down by so many lines.
    Lacks(usize),
}

/// A yes or no question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// End everything and leave glassbox?
    Quit,
    /// End the lesson's processes and go to the list?
    Leave,
    /// End all of the lesson and make the boxes anew?
    Reset,
    /// Leave a challenge that was begun, for what comes before it?
    Back,
}

/// Everything that glassbox knows and shows.
#[derive(Debug)]
pub struct App {
    pub(crate) lessons: Vec<Lesson>,
    pub(crate) support: Support,
    pub(crate) options: Options,
    pub(crate) progress: Progress,
    /// The lesson under the cursor.
    pub(crate) chosen: usize,
    /// Which lessons the list shows.
    pub(crate) filter: Filter,
    /// The first screen of a first start, scrolled down by so many lines.
    pub(crate) welcome: Option<usize>,
    pub(crate) play: Option<Play>,
    /// The mixing desk, if it is open; what plays is then its box.
    pub(crate) desk: Option<Desk>,
    /// Screens that look at the whole machine, over the list; a process that is inspected is what plays.
    pub(crate) views: Vec<View>,
    pub(crate) overlay: Option<Overlay>,
    /// The palette, above everything.
    pub(crate) palette: Option<Palette>,
    /// The mouse is ours, so that the terminal cannot select with it.
    pub(crate) mouse: bool,
    /// Safe text, oldest first.
    pub(crate) log: VecDeque<String>,
    /// Safe text for the line above the footer, until the next key.
    pub(crate) notice: Option<String>,
    /// What the last reset came to.
    pub(crate) proof: Proof,
    /// The lab is gone, for this reason (safe text).
    pub(crate) lost: Option<String>,
    /// Commands that the lab has not answered yet; only the answer to the last one counts.
    outstanding: usize,
    /// The number of the shell that was opened last.
    next_shell: u32,
    dirty: bool,
}

impl App {
    /// The lesson list; `options.open` is opened by [`App::start`].
    #[must_use]
    pub fn new(lessons: Vec<Lesson>, support: Support, options: Options) -> Self {
        Self {
            lessons,
            support,
            options,
            progress: Progress::default(),
            chosen: 0,
            filter: Filter::default(),
            welcome: None,
            play: None,
            desk: None,
            views: Vec::new(),
            overlay: None,
            palette: None,
            mouse: false,
            log: VecDeque::new(),
            notice: None,
            proof: Proof::default(),
            lost: None,
            outstanding: 0,
            next_shell: 0,
            dirty: true,
        }
    }

    /// Opens the lesson that the options name, or welcomes whoever has not begun any. Called once,
    /// after the progress was loaded.
    #[must_use]
    pub fn start(&mut self) -> Vec<Effect> {
        if let Some((recipe, said)) = self.options.desk.take() {
            self.open_desk(Recipe::default());
            self.set_switches(recipe, said);
            return Vec::new();
        }
        if let Some(first) = self.options.first.clone() {
            return self.open_first(first);
        }
        let Some((id, step)) = self.options.open.take() else {
            self.welcome = self.progress.lessons.is_empty().then_some(0);
            return Vec::new();
        };
        let Some(position) = self.lessons.iter().position(|lesson| lesson.id == id) else {
            self.say(format!("there is no lesson {}", Untrusted::from(id).text()));
            return Vec::new();
        };
        self.chosen = position;
        self.open_lesson(step)
    }

    /// Takes in one event. What comes back must be carried out, in order.
    #[must_use]
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        self.dirty = true;
        match event {
            Event::Key(press) => self.press(press),
            Event::Lab(event) => self.hear(event),
            Event::Wheel { up } => self.wheel(up),
            Event::Paste(text) => self.paste(&text),
            Event::Room(id, size) => self.make_room(id, size),
            Event::Bottom(lines) => {
                self.hold_scroll(lines);
                Vec::new()
            }
            Event::Resize => Vec::new(),
            Event::Log(line) => {
                self.note(line.text());
                Vec::new()
            }
            Event::Notice(words) => {
                self.say(words.text());
                Vec::new()
            }
            Event::Progress(progress) => {
                self.progress = progress;
                self.chosen = self.go_on_with();
                Vec::new()
            }
        }
    }

    /// Whether something changed since the last call, so that a frame is due.
    #[must_use]
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// What is there for keys that have no meaning elsewhere.
    #[must_use]
    pub fn has(&self) -> Has {
        let play = self.play.as_ref();
        let attempt = play.and_then(|play| play.attempt.as_ref());
        let open = attempt.filter(|attempt| !attempt.solved);
        Has {
            several: play.is_some_and(|play| play.boxes.len() > 1),
            challenge: open.is_some(),
            hint: open.is_some_and(Attempt::has_hint),
        }
    }

    /// What the keys mean now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self.palette {
            Some(_) => Mode::Palette,
            None => self.mode_below(),
        }
    }

    /// The same below the palette.
    fn mode_below(&self) -> Mode {
        match (&self.overlay, &self.play) {
            (Some(Overlay::Help(_)), _) => Mode::Help,
            (Some(Overlay::Log(_)), _) => Mode::Log,
            (Some(Overlay::Confirm(_)), _) => Mode::Confirm,
            (Some(Overlay::Steps(_)), _) => Mode::Steps,
            (Some(Overlay::Proof), _) => Mode::Proof,
            (Some(Overlay::Lacks(_)), _) => Mode::Lacks,
            (None, _) if self.welcome.is_some() => match self.running() {
                0 => Mode::Stuck,
                _ => Mode::Welcome,
            },
            (None, _) if !self.views.is_empty() => self.views.last().map_or(Mode::List, View::mode),
            (None, _) if self.desk.as_ref().is_some_and(|desk| desk.line.is_some()) => Mode::Line,
            (None, Some(play)) if play.shells.focus().is_some() => Mode::Shell,
            (None, _) if self.desk.is_some() => Mode::Desk,
            (None, None) if self.filter.typing => Mode::Filter,
            (None, None) => Mode::List,
            (None, Some(play)) => match play.phase {
                Phase::Read => Mode::Read,
                Phase::Predict => Mode::Predict,
                Phase::Run => Mode::Run,
                Phase::Watch | Phase::Explain => Mode::Watch,
            },
        }
    }

    /// Whether something of a lesson runs, or is about to.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let Some(play) = self.play.as_ref().filter(|_| self.views.is_empty()) else {
            return false;
        };
        self.lost.is_none() && (play.lab != Lab::Ready || play.lives())
    }

    /// The lesson to go on with: the one that was opened last; once it is done, the first after it
    /// that is not.
    fn go_on_with(&self) -> usize {
        let count = self.lessons.len();
        let is_last = |lesson: &Lesson| self.progress.last.as_ref() == Some(&lesson.id);
        let last = self.lessons.iter().position(is_last).unwrap_or(0);
        let unfinished = |at: &usize| self.progress.state(&self.lessons[*at].id) != State::Done;
        (last..count)
            .chain(0..last)
            .find(unfinished)
            .unwrap_or(last)
    }

    /// Shows a short word until the next key.
    fn say(&mut self, words: String) {
        self.notice = Some(words);
    }

    /// Keeps a line in the message log.
    fn note(&mut self, line: String) {
        if self.log.len() == LOG_LINES {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }

    fn command(&mut self, command: Command) -> Effect {
        self.outstanding += 1;
        Effect::Lab(command)
    }
}

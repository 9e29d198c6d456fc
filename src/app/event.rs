//! What reaches the app, and what it asks for. Made and carried out by `run`; the app itself never
//! reads a terminal, a file or a clock.

use crate::model::{
    Untrusted,
    port::{Command, LabEvent, ShellId, Size},
};

use super::Progress;

/// Something happened.
#[expect(
    clippy::large_enum_variant,
    reason = "an event is taken in at once; samples come four times a second"
)]
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(KeyPress),
    /// The wheel of the mouse was turned.
    Wheel {
        /// Away from the hand.
        up: bool,
    },
    /// A text was pasted.
    Paste(String),
    /// The terminal has a new size; the next frame reads it.
    Resize,
    /// The page on the screen ends after so many lines to scroll.
    Bottom(usize),
    /// On the screen there is this much room for a shell's terminal.
    Room(ShellId, Size),
    /// The lab answered, or saw something.
    Lab(LabEvent),
    /// A line for the message log: from a hidden process, or from `run` itself.
    Log(Untrusted),
    /// A short word on the line above the footer, until the next key.
    Notice(Untrusted),
    /// What was kept of earlier sessions.
    Progress(Progress),
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Hand a command to the lab.
    Lab(Command),
    /// Put the text on the clipboard, and append it to the learner's file.
    Copy(String),
    /// Ask the terminal for the mouse, or give it back.
    Mouse(bool),
    /// Keep the progress.
    Save(Progress),
    /// Leave the program.
    Quit,
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyPress {
    /// Which key.
    pub key: Key,
    /// Ctrl was held.
    pub ctrl: bool,
    /// Alt was held.
    pub alt: bool,
    /// Shift was held; of a character it is in the character.
    pub shift: bool,
}

/// A key of the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Shift and tabulator.
    BackTab,
    /// Backspace.
    Backspace,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the start.
    Home,
    /// To the end.
    End,
    /// Insert.
    Insert,
    /// Delete.
    Delete,
    /// A function key, from 1.
    Function(u8),
}

impl From<Key> for KeyPress {
    fn from(key: Key) -> Self {
        Self {
            key,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }
}

impl From<char> for KeyPress {
    fn from(c: char) -> Self {
        Key::Char(c).into()
    }
}

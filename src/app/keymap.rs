//! Every key of glassbox, as one table: what it does in which mode, and the words that the footer
//! and the help have for it. Nothing else decides what a key means.

mod table;

use super::{Key, KeyPress};
use table::TABLE;

/// What the keys mean depends on what is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The lesson list.
    List,
    /// The mixing desk.
    Desk,
    /// The map of namespaces.
    Map,
    /// The list of processes.
    Picker,
    /// Words to search for are typed.
    Filter,
    /// A process beside the host.
    Inspect,
    /// A step's text, before anything happens.
    Read,
    /// A question is open.
    Predict,
    /// The lab works.
    Run,
    /// The step has happened: watch and explain.
    Watch,
    /// A shell has the keys.
    Shell,
    /// Help and glossary.
    Help,
    /// The messages.
    Log,
    /// A yes or no question.
    Confirm,
    /// The steps of the lesson.
    Steps,
    /// What was left after a reset.
    Proof,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 16] = [
        Self::List,
        Self::Desk,
        Self::Map,
        Self::Picker,
        Self::Filter,
        Self::Inspect,
        Self::Read,
        Self::Predict,
        Self::Run,
        Self::Watch,
        Self::Shell,
        Self::Help,
        Self::Log,
        Self::Confirm,
        Self::Steps,
        Self::Proof,
    ];
}

/// What is there for keys that have no meaning elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Has {
    /// The lesson has several boxes.
    pub several: bool,
    /// The step has a challenge.
    pub challenge: bool,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Open the lesson under the cursor; on the desk, make the box; elsewhere inspect the process.
    Open,
    /// Open the mixing desk.
    Desk,
    /// Open the map.
    Map,
    /// Open the list of processes.
    Inspect,
    /// By owner, or by parent.
    Tree,
    /// Type words to search for.
    Find,
    /// Enough typed.
    Found,
    /// Another order.
    Sort,
    /// The first of two to compare.
    Mark,
    /// The report on the whole screen, or below the panels.
    Report,
    /// Turn the switch under the cursor.
    Turn,
    /// On to the next phase.
    Next,
    /// To the start of this step, or of the one before.
    Back,
    /// Choose the answer whose digit was pressed.
    Answer,
    /// Choose the panel whose key was pressed.
    View,
    /// To the other side.
    Side,
    /// Two boxes at once, or one.
    Two,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Text up.
    PageUp,
    /// Text down.
    PageDown,
    /// Show or hide the processes that are not in a box.
    Others,
    /// Hold the panels still, or let them go.
    Freeze,
    /// Copy the commands.
    Copy,
    /// End everything, show what is left, and start the step again with new boxes.
    Reset,
    /// Show the steps of the lesson.
    Steps,
    /// To the step whose digit was pressed, or under the cursor.
    Jump,
    /// Open a shell on the chosen side, or go on in it.
    OpenShell,
    /// The same on both sides.
    OpenShells,
    /// Start the step's challenge, or go on in its shell.
    Try,
    /// Say what helps.
    Hint,
    /// Take the keys back from the shell.
    LeaveShell,
    /// A shell's screen up.
    ShellUp,
    /// A shell's screen down.
    ShellDown,
    /// Show the messages.
    Messages,
    /// Show keys and words.
    Help,
    /// Close what is on top.
    Close,
    /// Say yes.
    Yes,
    /// Leave glassbox.
    Quit,
}

/// Keys that trigger a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trigger {
    Plain(Key),
    Ctrl(char),
    Digits(char, char),
    /// With any modifier: terminals keep some of them for themselves.
    Held(Key),
}

impl Trigger {
    fn fits(self, press: KeyPress) -> bool {
        match (self, press.key) {
            (Self::Held(key), pressed) => {
                key == pressed && (press.ctrl || press.alt || press.shift)
            }
            _ if press.alt => false,
            (Self::Plain(key), pressed) => !press.ctrl && !press.shift && key == pressed,
            (Self::Ctrl(c), Key::Char(pressed)) => press.ctrl && c == pressed,
            (Self::Digits(from, to), Key::Char(c)) => !press.ctrl && (from..=to).contains(&c),
            _ => false,
        }
    }
}

/// One line of the table.
#[derive(Debug)]
struct Binding {
    modes: &'static [Mode],
    triggers: &'static [Trigger],
    action: Action,
    /// How the keys are written.
    keys: &'static str,
    /// The word in the footer; empty where it is not there.
    footer: &'static str,
    /// The line in the help; empty where another line speaks for it.
    help: &'static str,
}

/// What a key press does in a mode.
#[must_use]
pub fn action(mode: Mode, press: KeyPress) -> Option<Action> {
    bindings(mode)
        .find(|binding| binding.triggers.iter().any(|trigger| trigger.fits(press)))
        .map(|binding| binding.action)
}

fn bindings(mode: Mode) -> impl Iterator<Item = &'static Binding> {
    TABLE
        .iter()
        .filter(move |binding| binding.modes.contains(&mode))
}

/// The footer's entries in a mode: keys and word, the most important first, but help and quit,
/// which are always there, last. Some keys are only for what not every lesson or step has.
pub fn footer(mode: Mode, has: Has) -> impl Iterator<Item = (&'static str, &'static str)> {
    bindings(mode)
        .filter(move |binding| match binding.action {
            Action::Two => has.several,
            Action::Try | Action::Hint => has.challenge,
            _ => true,
        })
        .filter(|binding| !binding.footer.is_empty())
        .map(|binding| (binding.keys, binding.footer))
}

/// The help's lines: keys and words.
pub fn help() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE
        .iter()
        .filter(|binding| !binding.help.is_empty())
        .map(|binding| (binding.keys, binding.help))
}

#[cfg(test)]
mod tests;

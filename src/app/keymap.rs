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
    /// Words that rows of these two must have are typed.
    Find,
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
    /// The first screen of a first start.
    Welcome,
    /// The same where no lesson can run.
    Stuck,
    /// Why lessons cannot run here.
    Lacks,
    /// The list's filter is typed.
    Filter,
    /// The palette.
    Palette,
    /// A line for docker is typed on the desk.
    Line,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 22] = [
        Self::List,
        Self::Desk,
        Self::Map,
        Self::Picker,
        Self::Find,
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
        Self::Welcome,
        Self::Stuck,
        Self::Lacks,
        Self::Filter,
        Self::Palette,
        Self::Line,
    ];

    /// Whether characters are text there, and not keys of glassbox.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Shell | Self::Filter | Self::Find | Self::Palette | Self::Line
        )
    }
}

/// What is there for keys that have no meaning elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Has {
    /// The lesson has several boxes.
    pub several: bool,
    /// The step has a challenge, which is not solved.
    pub challenge: bool,
    /// There is a hint to be given for it: its shell is open, and the solution not shown.
    pub hint: bool,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Open the lesson under the cursor; on the desk, make the box; in the palette, do it; on the map and in
    /// the list of processes, inspect the process.
    Open,
    /// Open the mixing desk.
    Desk,
    /// Open the map.
    Map,
    /// Open the list of processes.
    Inspect,
    /// By owner, or by parent.
    Tree,
    /// Enough typed: the words stay.
    Found,
    /// Another order.
    Sort,
    /// The first of two to compare.
    Mark,
    /// The report on the whole screen, or below the panels.
    Report,
    /// Turn the switch under the cursor.
    Turn,
    /// Read a line for docker.
    Docker,
    /// Type the value of the row under the cursor, or show what is below it.
    Value,
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
    /// The shells in view over the whole screen, or beside the panels.
    Large,
    /// A shell's screen up.
    ShellUp,
    /// A shell's screen down.
    ShellDown,
    /// Show the messages.
    Messages,
    /// Show keys and words.
    Help,
    /// Say why lessons cannot run here.
    Lacks,
    /// Type what the list is narrowed down to.
    Filter,
    /// Take back the last character.
    Erase,
    /// Show all actions.
    Palette,
    /// Take the mouse, or leave it to the terminal.
    Mouse,
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
    /// A key press that fits.
    fn press(self) -> KeyPress {
        match self {
            Self::Plain(key) => key.into(),
            Self::Ctrl(c) => KeyPress {
                ctrl: true,
                ..c.into()
            },
            Self::Digits(from, _) => from.into(),
            Self::Held(key) => KeyPress {
                shift: true,
                ..key.into()
            },
        }
    }

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

/// The same without keys for what not every lesson or step has.
fn bindings_with(mode: Mode, has: Has) -> impl Iterator<Item = &'static Binding> {
    bindings(mode).filter(move |binding| match binding.action {
        Action::Two => has.several,
        Action::Try => has.challenge,
        Action::Hint => has.hint,
        _ => true,
    })
}

/// The footer's entries in a mode: keys and word, the most important first, but help and quit,
/// which are always there, last.
pub fn footer(mode: Mode, has: Has) -> impl Iterator<Item = (&'static str, &'static str)> {
    bindings_with(mode, has)
        .filter(|binding| !binding.footer.is_empty())
        .map(|binding| (binding.keys, binding.footer))
}

/// Something that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) action: Action,
    /// The first key that does it.
    pub(super) press: KeyPress,
    /// What it does; never empty.
    pub(super) words: &'static str,
}

/// All that can be done in a mode, but to open the palette.
pub(super) fn offers(mode: Mode, has: Has) -> impl Iterator<Item = Offer> {
    bindings_with(mode, has)
        .filter(|binding| binding.action != Action::Palette)
        .filter_map(|binding| {
            Some(Offer {
                action: binding.action,
                press: binding.triggers.first()?.press(),
                words: words(binding),
            })
        })
}

/// A binding's own words, else what is said elsewhere of the same action.
fn words(binding: &'static Binding) -> &'static str {
    match binding.action {
        // In the help, one line speaks for the pair.
        Action::Up => return "to the row above",
        Action::Down => return "to the row below",
        Action::PageUp => return "scroll back",
        Action::PageDown => return "scroll on",
        Action::ShellUp => return "scroll the shell back",
        Action::ShellDown => return "scroll the shell on",
        Action::Close if binding.footer.is_empty() => return "one level up; never quits",
        _ => {}
    }
    let same = || TABLE.iter().filter(|it| it.action == binding.action);
    let own = [binding.help, binding.footer].into_iter();
    let all = own.chain(same().map(|it| it.help));
    let mut all = all.chain(same().map(|it| it.footer));
    all.find(|words| !words.is_empty()).unwrap_or_default()
}

/// A key as it is written.
pub(super) fn written(press: KeyPress) -> String {
    let held = [
        (press.ctrl, "Ctrl-"),
        (press.alt, "Alt-"),
        (press.shift, "Shift-"),
    ];
    let held = held.into_iter().filter(|(held, _)| *held);
    let text: String = held.map(|(_, name)| name).collect();
    text + &match press.key {
        Key::Char(' ') => "Space".to_owned(),
        Key::Char(c) if press.ctrl => c.to_uppercase().collect(),
        Key::Char(c) => c.to_string(),
        Key::PageUp => "PgUp".to_owned(),
        Key::PageDown => "PgDn".to_owned(),
        Key::BackTab => "Shift-Tab".to_owned(),
        Key::Function(number) => format!("F{number}"),
        named => format!("{named:?}"),
    }
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

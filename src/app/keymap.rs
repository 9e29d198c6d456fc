//! Every key of glassbox, as one table: what it does in which mode, and the words that the footer
//! and the help have for it. Nothing else decides what a key means.

use super::{Key, KeyPress};

/// What the keys mean depends on what is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The lesson list.
    List,
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
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 9] = [
        Self::List,
        Self::Read,
        Self::Predict,
        Self::Run,
        Self::Watch,
        Self::Shell,
        Self::Help,
        Self::Log,
        Self::Confirm,
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
    /// Open the lesson under the cursor.
    Open,
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
    /// Make the boxes anew and start the step again.
    Reset,
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

use Mode::{Confirm, Help, List, Log, Predict, Read, Run, Shell, Watch};
use Trigger::{Ctrl, Digits, Held, Plain};

const STEP: &[Mode] = &[Read, Predict, Run, Watch];
const STILL: &[Mode] = &[Read, Predict, Watch];
const VIEWS: &[Mode] = &[Read, Run, Watch];
const PANES: &[Mode] = &[Read, Watch];
const SHELLS: &[Mode] = &[Read, Watch, Shell];
const OVERLAY: &[Mode] = &[Help, Log];
const BELOW: &[Mode] = &[List, Read, Predict, Run, Watch, Help, Log];

macro_rules! keys {
    ($($modes:expr, [$($trigger:expr),+], $action:ident, $keys:literal, $footer:literal, $help:literal;)*) => {
        &[$(Binding {
            modes: $modes,
            triggers: &[$($trigger),+],
            action: Action::$action,
            keys: $keys,
            footer: $footer,
            help: $help,
        }),*]
    };
}

#[rustfmt::skip]
const TABLE: &[Binding] = keys![
    &[List], [Plain(Key::Enter)], Open, "Enter", "open", "open the lesson under the cursor";
    &[Read], [Plain(Key::Enter)], Next, "Enter", "next", "on: read, predict, run, watch, why";
    &[Predict], [Plain(Key::Enter)], Next, "Enter", "do it", "";
    &[Watch], [Plain(Key::Enter)], Next, "Enter", "next", "";
    PANES, [Plain(Key::Char('t'))], Try, "t", "try it", "try the challenge: its shell opens; once more: go on in it";
    PANES, [Plain(Key::Char('i'))], Hint, "i", "hint", "in a challenge: a hint, up to three; then the solution";
    &[Confirm], [Plain(Key::Enter), Plain(Key::Char('y'))], Yes, "Enter", "yes", "";
    &[Predict], [Digits('0', '9')], Answer, "digit", "answer", "in a question: choose an answer; 0 is \"I don't know\"";
    STILL, [Plain(Key::Left), Plain(Key::Char('h')), Plain(Key::Backspace)], Back, "Left", "back", "take the step back; once more: the step before it";
    STEP, [Plain(Key::Tab), Plain(Key::BackTab)], Side, "Tab", "side", "to the other side, host or box";
    VIEWS, [Digits('0', '9')], View, "0-9", "view", "view: 1 processes 2 namespaces 3 hostname 4 calls 5 mounts 6 files 7 signals 8 clocks 9 network; 0 the step's own";
    VIEWS, [Plain(Key::Char('a')), Plain(Key::Char('c')), Plain(Key::Char('d')), Plain(Key::Char('e')), Plain(Key::Char('g')), Plain(Key::Char('n')), Plain(Key::Char('p')), Plain(Key::Char('r')), Plain(Key::Char('u')), Plain(Key::Char('v')), Plain(Key::Char('z'))], View, "letter", "", "view: a charts c capabilities d layers e believes g cgroup n counters p ipc r cgroups u idmap v knobs z pressure";
    VIEWS, [Plain(Key::Char('w'))], Two, "w", "boxes", "two boxes at once, in a lesson that has several; once more: one";
    &[Predict], [Plain(Key::Char('w'))], Two, "w", "", "";
    &[List], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "choose", "";
    &[Read, Predict, Watch], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "", "to another row, lesson or answer; k and j do the same";
    STILL, [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    &[List], [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    OVERLAY, [Plain(Key::Up), Plain(Key::Char('k')), Plain(Key::PageUp)], PageUp, "Up/Down", "scroll", "";
    OVERLAY, [Plain(Key::Down), Plain(Key::Char('j')), Plain(Key::PageDown)], PageDown, "Down", "", "";
    STEP, [Plain(Key::PageUp)], PageUp, "PgUp/PgDn", "", "scroll the text, where it is longer than its place";
    STEP, [Plain(Key::PageDown)], PageDown, "PgDn", "", "";
    STEP, [Plain(Key::Char('o'))], Others, "o", "", "show or hide the processes that are not in a box";
    PANES, [Plain(Key::Char('f'))], Freeze, "f", "", "freeze the panels; once more: let them go";
    STEP, [Plain(Key::Char('y'))], Copy, "y", "", "copy the commands that do the step by hand";
    PANES, [Plain(Key::Char('s'))], OpenShell, "s", "shell", "open a shell on the chosen side, host or box, or go on in it";
    PANES, [Plain(Key::Char('S'))], OpenShells, "S", "", "a shell on either side, side by side";
    &[Shell], [Ctrl(']'), Ctrl('5')], LeaveShell, "Ctrl-]", "leave the shell", "in a shell: leave it (Ctrl-5 does the same); all other keys are the shell's";
    SHELLS, [Held(Key::PageUp)], ShellUp, "S-PgUp/Dn", "", "Shift and PgUp or PgDn: scroll the shell; with Ctrl or Alt, too";
    SHELLS, [Held(Key::PageDown)], ShellDown, "Shift-PgDn", "", "";
    STEP, [Plain(Key::Char('x'))], Reset, "x", "", "make the boxes anew and start this step again";
    BELOW, [Plain(Key::Char('m'))], Messages, "m", "", "messages: what went wrong, word for word";
    &[Help, Log], [Plain(Key::Esc)], Close, "Esc", "close", "";
    &[Confirm], [Plain(Key::Esc), Plain(Key::Char('n'))], Close, "Esc", "no", "";
    STEP, [Plain(Key::Esc)], Close, "Esc", "", "one level up, here to the lesson list; never quits";
    &[List], [Plain(Key::Esc)], Close, "Esc", "", "";
    &[List, Read, Predict, Run, Watch, Help, Log], [Plain(Key::Char('?'))], Help, "?", "help", "this page";
    BELOW, [Plain(Key::Char('q')), Ctrl('c')], Quit, "q", "quit", "quit; Ctrl-C, too";
    &[Confirm], [Ctrl('c')], Yes, "Ctrl-C", "", "";
];

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
mod tests {
    use super::*;
    use crate::lesson::Panel;

    fn presses() -> Vec<KeyPress> {
        let named = [
            Key::Enter,
            Key::Esc,
            Key::Tab,
            Key::BackTab,
            Key::Backspace,
            Key::Left,
            Key::Right,
            Key::Up,
            Key::Down,
            Key::PageUp,
            Key::PageDown,
            Key::Home,
            Key::End,
            Key::Insert,
            Key::Delete,
            Key::Function(2),
        ];
        let keys = (' '..='~').map(Key::Char).chain(named);
        keys.flat_map(|key| {
            (0..8).map(move |held| KeyPress {
                key,
                ctrl: held & 1 != 0,
                alt: held & 2 != 0,
                shift: held & 4 != 0,
            })
        })
        .collect()
    }

    #[test]
    fn no_key_means_two_things_in_one_mode() {
        for mode in Mode::ALL {
            for press in presses() {
                let hits = bindings(mode)
                    .filter(|binding| binding.triggers.iter().any(|t| t.fits(press)))
                    .count();
                assert!(hits <= 1, "{press:?} means {hits} things in {mode:?}");
            }
        }
    }

    #[test]
    fn keys_of_multiplexers_and_terminals_stay_free() {
        for mode in Mode::ALL {
            for c in "abhjklsq".chars() {
                let press = KeyPress {
                    key: Key::Char(c),
                    ctrl: true,
                    ..KeyPress::from(c)
                };
                assert_eq!(action(mode, press), None, "Ctrl-{c} in {mode:?}");
            }
            let letter = |press: &KeyPress| matches!(press.key, Key::Char(_));
            let presses = presses().into_iter();
            for press in presses.filter(|press| press.alt && letter(press)) {
                assert_eq!(action(mode, press), None, "{press:?} in {mode:?}");
            }
        }
    }

    #[test]
    fn every_panel_has_a_key_of_its_own_and_the_help_names_it() {
        let keys: std::collections::BTreeSet<char> = Panel::ALL.map(Panel::key).into();
        assert_eq!(keys.len(), Panel::ALL.len());
        for panel in Panel::ALL {
            assert_eq!(
                action(Watch, panel.key().into()),
                Some(Action::View),
                "{panel:?}"
            );
            let words = format!("{} {}", panel.key(), panel.name());
            let named = help().any(|(_, help)| help.contains(&words));
            assert!(named, "help does not say \"{words}\"");
        }
    }

    #[test]
    fn every_mode_can_be_left_and_only_shell_and_confirmation_lack_q() {
        let leave = KeyPress {
            ctrl: true,
            ..']'.into()
        };
        assert_eq!(action(Mode::Shell, leave), Some(Action::LeaveShell));
        assert_eq!(action(Mode::Shell, 'q'.into()), None);
        for mode in Mode::ALL.into_iter().filter(|mode| *mode != Mode::Shell) {
            let esc = action(mode, Key::Esc.into());
            assert_eq!(esc, Some(Action::Close), "{mode:?}");
            let quit = action(mode, 'q'.into()) == Some(Action::Quit);
            assert_eq!(quit, mode != Mode::Confirm, "{mode:?}");
        }
    }

    #[test]
    fn every_bound_key_is_explained_somewhere() {
        for binding in TABLE {
            let spoken = !binding.help.is_empty()
                || !binding.footer.is_empty()
                || TABLE.iter().any(|other| {
                    other.action == binding.action
                        && !(other.help.is_empty() && other.footer.is_empty())
                })
                // One line in help speaks for the pair.
                || matches!(
                    binding.action,
                    Action::Down | Action::PageDown | Action::ShellDown
                );
            assert!(spoken, "{:?} is never explained", binding.action);
        }
    }

    #[test]
    fn footers_fit_in_80_columns() {
        for mode in Mode::ALL {
            let width: usize = footer(mode, Has::default())
                .map(|(keys, word)| keys.len() + word.len() + 3)
                .sum();
            assert!(width <= 80, "{mode:?} takes {width}");
        }
    }
}

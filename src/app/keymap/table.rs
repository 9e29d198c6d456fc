//! The table of all keys. Read by [`super`]; whoever adds a key adds a line here, and nowhere else.

use super::super::Key;
use super::{Action, Binding, Mode, Trigger};
use Mode::{
    Confirm, Desk, Filter, Help, Inspect, List, Log, Map, Picker, Predict, Proof, Read, Run, Shell,
    Steps, Watch,
};
use Trigger::{Ctrl, Digits, Held, Plain};

const STEP: &[Mode] = &[Read, Predict, Run, Watch];
const STILL: &[Mode] = &[Read, Predict, Watch];
const VIEWS: &[Mode] = &[Read, Run, Watch];
const PANES: &[Mode] = &[Read, Watch];
const SHELLS: &[Mode] = &[Read, Watch, Shell];
const OVERLAY: &[Mode] = &[Help, Log];
const BELOW: &[Mode] = &[
    List, Desk, Map, Picker, Inspect, Read, Predict, Run, Watch, Help, Log,
];
const QUITS: &[Mode] = &[
    List, Desk, Map, Picker, Inspect, Read, Predict, Run, Watch, Help, Log, Steps, Proof,
];

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
pub(super) const TABLE: &[Binding] = keys![
    &[List], [Plain(Key::Enter)], Open, "Enter", "open", "open the lesson under the cursor";
    &[Desk], [Plain(Key::Enter)], Open, "Enter", "start", "";
    &[Desk], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "choose", "";
    &[Desk], [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    &[Desk], [Plain(Key::Char('y'))], Copy, "y", "copy", "";
    &[Desk], [Digits('1', '9'), Plain(Key::Char('a')), Plain(Key::Char('c')), Plain(Key::Char('d')), Plain(Key::Char('e')), Plain(Key::Char('g')), Plain(Key::Char('n')), Plain(Key::Char('p')), Plain(Key::Char('r')), Plain(Key::Char('u')), Plain(Key::Char('v')), Plain(Key::Char('z'))], View, "1-9", "", "";
    &[Desk], [Plain(Key::Tab), Plain(Key::BackTab)], Side, "Tab", "", "";
    &[Desk], [Plain(Key::Char('o'))], Others, "o", "", "";
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
    STEP, [Plain(Key::Char('x'))], Reset, "x", "", "reset: end all of this lesson, show what is left of it (nothing), and start this step again";
    STEP, [Plain(Key::Char('G'))], Steps, "G", "", "go to any step of this lesson: it is made anew up to there";
    &[Steps], [Plain(Key::Enter), Digits('1', '9')], Jump, "Enter", "go there", "";
    &[Steps], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "choose", "";
    &[Steps], [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    &[Proof], [Plain(Key::Enter)], Close, "Enter", "go on", "";
    &[List], [Plain(Key::Char('D'))], Desk, "D", "desk", "the mixing desk: a box from switches of your choice";
    &[List], [Plain(Key::Char('M'))], Map, "M", "map", "every namespace of this machine: who is in it, who owns it";
    &[List], [Plain(Key::Char('I'))], Inspect, "I", "inspect", "any process or container of this machine beside the host";
    &[Desk], [Plain(Key::Char(' ')), Plain(Key::Left), Plain(Key::Right)], Turn, "Space", "turn", "on the desk: turn the switch or slider under the cursor; Left and Right, too";
    &[Map, Picker], [Plain(Key::Enter)], Open, "Enter", "inspect", "on the map and in the list of processes: inspect the one under the cursor";
    &[Filter], [Plain(Key::Enter)], Found, "Enter", "done", "";
    &[Map], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "choose", "";
    &[Picker], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "", "";
    &[Map, Picker], [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    &[Filter], [Plain(Key::Up)], Up, "Up/Down", "choose", "";
    &[Filter], [Plain(Key::Down)], Down, "Down", "", "";
    &[Map, Picker, Filter, Inspect], [Plain(Key::PageUp)], PageUp, "PgUp/PgDn", "", "";
    &[Map, Picker, Filter, Inspect], [Plain(Key::PageDown)], PageDown, "PgDn", "", "";
    &[Map], [Plain(Key::Char('t'))], Tree, "t", "tree", "on the map: by owner, or by parent";
    &[Map, Picker], [Plain(Key::Char('/'))], Find, "/", "find", "type words that rows must have; Enter keeps them, Esc drops them";
    &[Picker], [Plain(Key::Char('s'))], Sort, "s", "sort", "in the list of processes: by CPU, memory or number";
    &[Picker], [Plain(Key::Char(' '))], Mark, "Space", "compare", "in the list of processes: compare this one with the next that is opened";
    &[Inspect], [Plain(Key::Char('i'))], Report, "i", "report", "of an inspected process: what it shares and may do, on the whole screen";
    &[Inspect], [Digits('1', '9'), Plain(Key::Char('a')), Plain(Key::Char('c')), Plain(Key::Char('d')), Plain(Key::Char('e')), Plain(Key::Char('g')), Plain(Key::Char('n')), Plain(Key::Char('p')), Plain(Key::Char('r')), Plain(Key::Char('u')), Plain(Key::Char('v')), Plain(Key::Char('z'))], View, "1-9", "view", "";
    &[Inspect], [Plain(Key::Tab), Plain(Key::BackTab)], Side, "Tab", "side", "";
    &[Inspect], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "", "";
    &[Inspect], [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    &[Inspect], [Plain(Key::Char('o'))], Others, "o", "others", "";
    &[Inspect], [Plain(Key::Char('f'))], Freeze, "f", "freeze", "";
    &[Inspect], [Plain(Key::Char('w'))], Two, "w", "both", "";
    &[Map, Picker, Filter, Inspect], [Plain(Key::Esc)], Close, "Esc", "back", "";
    BELOW, [Plain(Key::Char('m'))], Messages, "m", "", "messages: what went wrong, word for word";
    &[Help, Log, Steps, Proof], [Plain(Key::Esc)], Close, "Esc", "close", "";
    &[Confirm], [Plain(Key::Esc), Plain(Key::Char('n'))], Close, "Esc", "no", "";
    STEP, [Plain(Key::Esc)], Close, "Esc", "", "one level up, here to the lesson list; never quits";
    &[Desk], [Plain(Key::Esc)], Close, "Esc", "list", "";
    &[List], [Plain(Key::Esc)], Close, "Esc", "", "";
    BELOW, [Plain(Key::Char('?'))], Help, "?", "help", "this page";
    QUITS, [Plain(Key::Char('q')), Ctrl('c')], Quit, "q", "quit", "quit; Ctrl-C, too";
    &[Confirm], [Ctrl('c')], Yes, "Ctrl-C", "", "";
];

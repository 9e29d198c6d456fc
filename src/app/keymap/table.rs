//! The table of all keys. Read by [`super`]; whoever adds a key adds a line here, and nowhere else.

use super::super::Key;
use super::{Action, Binding, Mode, Trigger};
use Mode::{
    Confirm, Desk, Filter, Find, Help, Inspect, Lacks, Line, List, Log, Map, Palette, Picker,
    Predict, Proof, Read, Run, Shell, Steps, Stuck, Watch, Welcome,
};
use Trigger::{Ctrl, Digits, Held, Plain};

const STEP: &[Mode] = &[Read, Predict, Run, Watch];
const STILL: &[Mode] = &[Read, Predict, Watch];
const VIEWS: &[Mode] = &[Read, Run, Watch];
const PANES: &[Mode] = &[Read, Watch];
/// Where shells are beside panels.
const BESIDE: &[Mode] = &[Read, Watch, Desk];
const SHELLS: &[Mode] = &[Read, Watch, Desk, Shell];
const FIRST: &[Mode] = &[Welcome, Stuck];
const PAGES: &[Mode] = &[Help, Log, Lacks, Welcome, Stuck];
const BELOW: &[Mode] = &[
    List, Desk, Map, Picker, Inspect, Read, Predict, Run, Watch, Help, Log, Welcome, Stuck,
];
/// Where characters are keys and something can be done.
const KEYS: &[Mode] = &[
    List, Desk, Map, Picker, Inspect, Read, Predict, Run, Watch, Help, Log, Steps, Proof, Welcome,
    Stuck, Lacks,
];
/// Where they are text, but not a program's.
const TEXT: &[Mode] = &[Filter, Find, Palette, Line];
/// The screens that look at the whole machine.
const LOOKS: &[Mode] = &[Map, Picker, Find, Inspect];

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
    &[List, Filter], [Plain(Key::Enter)], Open, "Enter", "open", "open the lesson under the cursor";
    &[Welcome], [Plain(Key::Enter)], Open, "Enter", "start", "";
    &[Stuck], [Plain(Key::Enter)], Close, "Enter", "list", "";
    &[Palette], [Plain(Key::Enter)], Open, "Enter", "do it", "";
    &[Line], [Plain(Key::Enter)], Open, "Enter", "set the switches", "";
    &[Desk], [Plain(Key::Enter)], Open, "Enter", "start", "";
    &[Desk], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "", "";
    &[Desk], [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    &[Desk], [Plain(Key::Char('y'))], Copy, "y", "copy", "";
    &[Desk], [Digits('1', '9'), Plain(Key::Char('a')), Plain(Key::Char('c')), Plain(Key::Char('d')), Plain(Key::Char('e')), Plain(Key::Char('g')), Plain(Key::Char('l')), Plain(Key::Char('n')), Plain(Key::Char('p')), Plain(Key::Char('r')), Plain(Key::Char('u')), Plain(Key::Char('v')), Plain(Key::Char('z'))], View, "1-9", "", "";
    &[Desk], [Plain(Key::Tab), Plain(Key::BackTab)], Side, "Tab", "", "";
    &[Desk], [Plain(Key::Char('o'))], Others, "o", "", "";
    &[Read], [Plain(Key::Enter)], Next, "Enter", "next", "on: read, predict, run, watch, why";
    &[Predict], [Plain(Key::Enter)], Next, "Enter", "do it", "";
    &[Watch], [Plain(Key::Enter)], Next, "Enter", "next", "";
    PANES, [Plain(Key::Char('t'))], Try, "t", "try it", "try the challenge: its shell opens; once more: go on in it";
    PANES, [Plain(Key::Char('i'))], Hint, "i", "hint", "in a challenge: the next hint for this state; then the solution";
    &[Confirm], [Plain(Key::Enter), Plain(Key::Char('y'))], Yes, "Enter", "yes", "";
    &[Predict], [Digits('0', '9')], Answer, "digit", "answer", "in a question: choose an answer; 0 is \"I don't know\"";
    STILL, [Plain(Key::Left), Plain(Key::Char('h')), Plain(Key::Backspace)], Back, "Left", "back", "take the step back; once more: the step before it";
    STEP, [Plain(Key::Tab), Plain(Key::BackTab)], Side, "Tab", "side", "to the other side, host or box";
    VIEWS, [Digits('0', '9')], View, "0-9", "view", "view: 1 processes 2 namespaces 3 hostname 4 calls 5 mounts 6 files 7 signals 8 clocks 9 network; 0 the step's own";
    VIEWS, [Plain(Key::Char('a')), Plain(Key::Char('c')), Plain(Key::Char('d')), Plain(Key::Char('e')), Plain(Key::Char('g')), Plain(Key::Char('l')), Plain(Key::Char('n')), Plain(Key::Char('p')), Plain(Key::Char('r')), Plain(Key::Char('u')), Plain(Key::Char('v')), Plain(Key::Char('z'))], View, "letter", "", "view: a charts c capabilities d layers e believes g cgroup l grid n counters p ipc r cgroups u idmap v knobs z pressure";
    VIEWS, [Plain(Key::Char('w'))], Two, "w", "boxes", "two boxes at once, in a lesson that has several; once more: one";
    &[Predict], [Plain(Key::Char('w'))], Two, "w", "", "";
    &[List], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "", "";
    &[Filter, Find, Palette], [Plain(Key::Up)], Up, "Up/Down", "choose", "";
    &[Filter, Find, Palette], [Plain(Key::Down)], Down, "Down", "", "";
    TEXT, [Plain(Key::Backspace)], Erase, "Backspace", "erase", "";
    &[Read, Predict, Watch], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "", "to another row, lesson or answer; k and j do the same";
    STILL, [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    &[List], [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    &[Help, Log, Lacks], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "scroll", "";
    FIRST, [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up", "", "";
    PAGES, [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    PAGES, [Plain(Key::PageUp)], PageUp, "PgUp/PgDn", "", "";
    PAGES, [Plain(Key::PageDown)], PageDown, "PgDn", "", "";
    STEP, [Plain(Key::PageUp)], PageUp, "PgUp/PgDn", "", "scroll the text, where it is longer than its place; a page of the list";
    STEP, [Plain(Key::PageDown)], PageDown, "PgDn", "", "";
    &[List, Filter], [Plain(Key::PageUp)], PageUp, "PgUp", "", "";
    &[List, Filter], [Plain(Key::PageDown)], PageDown, "PgDn", "", "";
    &[List], [Plain(Key::Char('/'))], Filter, "/", "filter", "in the list: show lessons with these words only, in title, name or needs; Esc shows all";
    &[List, Welcome, Stuck], [Plain(Key::Char('d'))], Lacks, "d", "why not", "why lessons cannot run here, and what to do: the reasons of `glassbox doctor`";
    STEP, [Plain(Key::Char('o'))], Others, "o", "", "show or hide the processes that are not in a box";
    PANES, [Plain(Key::Char('f'))], Freeze, "f", "", "freeze the panels; once more: let them go";
    STEP, [Plain(Key::Char('y'))], Copy, "y", "", "copy the commands that do the step by hand";
    BESIDE, [Plain(Key::Char('s'))], OpenShell, "s", "shell", "open a shell on the chosen side, host or box, or go on in it";
    BESIDE, [Plain(Key::Char('S'))], OpenShells, "S", "", "a shell on either side, side by side";
    &[Shell], [Ctrl(']'), Ctrl('5')], LeaveShell, "Ctrl-]", "leave the shell", "in a shell: leave it (Ctrl-5 does the same); all other keys are the shell's";
    BESIDE, [Plain(Key::Char('L'))], Large, "L", "", "the open shell large, over the whole screen; once more: beside the panels";
    &[Shell], [Held(Key::PageUp)], ShellUp, "Shift-PgUp", "scroll back", "";
    BESIDE, [Held(Key::PageUp)], ShellUp, "S-PgUp/Dn", "", "Shift and PgUp or PgDn: scroll the shell; with Ctrl or Alt, too";
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
    &[Desk], [Plain(Key::Char('='))], Value, "=", "type", "on the desk: type the hostname or the limit under the cursor; on caps left, show each capability as a switch";
    &[Desk], [Plain(Key::Char('i'))], Docker, "i", "", "on the desk: type or paste a `docker run` line, and the switches are set as it says";
    &[Map, Picker, Find], [Plain(Key::Enter)], Open, "Enter", "inspect", "on the map and in the list of processes: inspect the one under the cursor";
    &[Find], [Plain(Key::Tab)], Found, "Tab", "ok", "keep the words, and have the keys again";
    &[Map], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "choose", "";
    &[Picker], [Plain(Key::Up), Plain(Key::Char('k'))], Up, "Up/Down", "", "";
    &[Map, Picker], [Plain(Key::Down), Plain(Key::Char('j'))], Down, "Down", "", "";
    LOOKS, [Plain(Key::PageUp)], PageUp, "PgUp/PgDn", "", "";
    LOOKS, [Plain(Key::PageDown)], PageDown, "PgDn", "", "";
    &[Map], [Plain(Key::Char('t'))], Tree, "t", "tree", "on the map: by owner, or by parent";
    &[Map, Picker], [Plain(Key::Char('/'))], Filter, "/", "find", "there: show rows with these words only; Esc shows all";
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
    LOOKS, [Plain(Key::Esc)], Close, "Esc", "back", "";
    BELOW, [Plain(Key::Char('m'))], Messages, "m", "", "messages: what went wrong, word for word";
    &[Help, Log, Steps, Proof, Lacks], [Plain(Key::Esc)], Close, "Esc", "close", "";
    FIRST, [Plain(Key::Esc)], Close, "Esc", "list", "";
    &[Line], [Plain(Key::Esc)], Close, "Esc", "close", "";
    &[Filter], [Plain(Key::Esc)], Close, "Esc", "all", "";
    &[Palette], [Plain(Key::Esc), Ctrl('p')], Close, "Esc", "close", "";
    KEYS, [Plain(Key::Char(':')), Ctrl('p')], Palette, ":", "", "all that can be done here, to be found by a word, with its key; Ctrl-P, too";
    &[Filter, Find], [Ctrl('p')], Palette, "Ctrl-P", "", "";
    KEYS, [Plain(Key::Function(2))], Mouse, "F2", "", "the mouse on or off: on, its wheel scrolls here; off, the terminal selects text with it";
    &[Confirm], [Plain(Key::Esc), Plain(Key::Char('n'))], Close, "Esc", "no", "";
    STEP, [Plain(Key::Esc)], Close, "Esc", "", "one level up, here to the lesson list; never quits";
    &[Desk], [Plain(Key::Esc)], Close, "Esc", "list", "";
    &[List], [Plain(Key::Esc)], Close, "Esc", "", "";
    BELOW, [Plain(Key::Char('?'))], Help, "?", "help", "this page";
    TEXT, [Ctrl('c')], Quit, "Ctrl-C", "quit", "";
    KEYS, [Plain(Key::Char('q')), Ctrl('c')], Quit, "q", "quit", "quit; Ctrl-C, too";
    &[Confirm], [Ctrl('c')], Yes, "Ctrl-C", "", "";
];

//! Shells on the screen: where they are, what keys mean in them, and what hostile output cannot do.

use glassbox::{
    app::{Effect, Event, Key, KeyPress},
    model::{
        Untrusted,
        port::{Command, LabEvent, Place, ShellEnd, ShellId, Size},
        sample::Exit,
    },
    ui,
};
use insta::assert_snapshot;
use ratatui::layout::Rect;

use crate::player::Player;

/// A chord of Ctrl and a character.
fn ctrl(c: char) -> KeyPress {
    KeyPress {
        ctrl: true,
        ..c.into()
    }
}

/// Tells the app how much room its shells have, as `run` does before each frame.
fn settle(player: &mut Player, width: u16, height: u16) {
    let area = Rect::new(0, 0, width, height);
    for (id, size) in ui::rooms(&player.app, area) {
        player.send(Event::Room(id, size));
    }
    assert!(
        ui::rooms(&player.app, area).is_empty(),
        "it settles at once"
    );
}

/// A shell is open in the box and has the keys; what the lab was asked.
fn in_box(width: u16, height: u16) -> (Player, ShellId, Size) {
    let mut player = Player::opened();
    player.keys([Key::Tab, Key::Char('s')]);
    player.commands();
    settle(&mut player, width, height);
    let asked = player.commands();
    let [Command::OpenShell { id, spot, size }] = &asked[..] else {
        panic!("asked for {asked:?}");
    };
    assert_eq!(*spot, Place::Box("box".to_owned()).into());
    let (id, size) = (*id, *size);
    let program = Untrusted::from("bash");
    player.lab(LabEvent::ShellOpened { id, program });
    (player, id, size)
}

fn write(player: &mut Player, id: ShellId, bytes: impl Into<Vec<u8>>) {
    let bytes = bytes.into();
    player.lab(LabEvent::Terminal { id, bytes });
}

#[test]
fn a_shell_is_seen_beside_the_panels() {
    let (mut player, id, size) = in_box(80, 24);
    assert_eq!(size.columns, 78);
    write(
        &mut player,
        id,
        "[box] /tmp> \x1b[1;31mred\x1b[0m 界 ok\r\n[box] /tmp> ",
    );
    assert_snapshot!("shell_80x24", player.screen(80, 24));
    player.press(ctrl(']'));
    assert_snapshot!("shell_left_80x24", player.screen(80, 24));
}

/// Calls and grid belong to no side.
#[test]
fn where_no_side_is_shown_the_shell_is_the_boxs() {
    let inside = Place::Box("box".to_owned());
    for (view, place) in [('2', Place::Host), ('4', inside.clone()), ('l', inside)] {
        let mut player = Player::opened();
        player.keys([Key::Char(view), Key::Char('s')]);
        player.commands();
        settle(&mut player, 80, 24);
        let asked = player.commands();
        let [Command::OpenShell { spot, .. }] = &asked[..] else {
            panic!("asked for {asked:?}");
        };
        assert_eq!(*spot, place.into(), "{view}");
    }
}

#[test]
fn both_sides_at_once() {
    let mut player = Player::opened();
    player.press('S');
    settle(&mut player, 120, 36);
    let places: Vec<Place> = player
        .commands()
        .into_iter()
        .filter_map(|command| match command {
            Command::OpenShell { id, spot, .. } => Some((id, spot.place)),
            _ => None,
        })
        .map(|(id, place)| {
            write(&mut player, id, format!("{place:?}$ "));
            place
        })
        .collect();
    assert_eq!(places, [Place::Host, Place::Box("box".to_owned())]);
    assert_snapshot!("shells_120x36", player.screen(120, 36));
}

/// What the shell was sent by these presses.
fn typed(player: &mut Player, presses: &[KeyPress]) -> Vec<u8> {
    player.effects.clear();
    for press in presses {
        player.press(*press);
    }
    let bytes = player
        .commands()
        .into_iter()
        .filter_map(|command| match command {
            Command::Type { bytes, .. } | Command::Answer { bytes, .. } => Some(bytes),
            _ => None,
        });
    bytes.flatten().collect()
}

#[test]
fn every_key_is_typed_but_the_chord() {
    let (mut player, _, _) = in_box(80, 24);
    let keys = [
        'q'.into(),
        's'.into(),
        '?'.into(),
        'x'.into(),
        ctrl('c'),
        ctrl('z'),
    ];
    assert_eq!(typed(&mut player, &keys), b"qs?x\x03\x1a");
    let more = [Key::Esc, Key::Enter, Key::Tab, Key::Up].map(KeyPress::from);
    assert_eq!(typed(&mut player, &more), b"\x1b\r\t\x1b[A");
    for chord in [']', '5'] {
        assert_eq!(typed(&mut player, &[ctrl(chord), 'o'.into()]), b"");
        assert_eq!(typed(&mut player, &['s'.into(), 'o'.into()]), b"o");
    }
}

#[test]
fn a_paste_goes_to_the_shell_in_brackets_if_it_wants_them() {
    let (mut player, id, _) = in_box(80, 24);
    let paste = |player: &mut Player, text: &str| {
        player.effects.clear();
        player.send(Event::Paste(text.to_owned()));
        player.commands()
    };
    let bytes = b"a\rb".to_vec();
    assert_eq!(paste(&mut player, "a\nb"), [Command::Type { id, bytes }]);
    write(&mut player, id, "\x1b[?2004h");
    let bytes = b"\x1b[200~a\rb\x1b[201~".to_vec();
    assert_eq!(paste(&mut player, "a\nb"), [Command::Type { id, bytes }]);
    let huge = "ü".repeat(4 * 1024 * 1024);
    let asked = paste(&mut player, &huge);
    let [Command::Type { bytes, .. }] = &asked[..] else {
        panic!("a huge paste is one piece");
    };
    assert!(bytes.len() < 4 * 1024 * 1024 + 16 && std::str::from_utf8(bytes).is_ok());
    assert!(player.screen(80, 24).contains("its end is missing"));
    player.press(ctrl(']'));
    assert_eq!(paste(&mut player, "x"), []);
}

#[test]
fn questions_of_programs_are_answered_by_typing() {
    let (mut player, id, _) = in_box(80, 24);
    player.effects.clear();
    write(&mut player, id, "\x1b[5;7H\x1b[6n\x1b]52;c;?\x07");
    let bytes = b"\x1b[5;7R".to_vec();
    assert_eq!(player.commands(), [Command::Answer { id, bytes }]);
}

#[test]
fn the_end_is_said_and_the_panel_is_back() {
    let (mut player, id, _) = in_box(80, 24);
    let end = ShellEnd::Ended(Exit::Signal(9));
    player.lab(LabEvent::ShellEnded { id, end });
    let screen = player.screen(80, 24);
    assert!(
        screen.contains("the shell of box has ended: SIGKILL"),
        "{screen}"
    );
    assert!(
        !screen.contains("SHELL") && screen.contains("NAMESPACE"),
        "{screen}"
    );
    player.effects.clear();
    player.press(Key::Esc);
    assert!(
        player.screen(80, 24).contains("Enter yes"),
        "keys are ours again"
    );
}

#[test]
fn a_refusal_is_said() {
    let (mut player, id, _) = in_box(80, 24);
    let why = Untrusted::from("no shell could be executed there\x1b[2J");
    let end = ShellEnd::Refused(why);
    player.lab(LabEvent::ShellEnded { id, end });
    let screen = player.screen(80, 24);
    assert!(
        screen.contains("the shell of box cannot be opened: no shell"),
        "{screen}"
    );
}

/// A step that does something begins with boxes that nobody has typed in.
#[test]
fn a_step_makes_boxes_anew_where_a_shell_was() {
    let (mut player, _, _) = in_box(80, 24);
    player.press(ctrl(']'));
    player.commands();
    player.press(Key::Enter);
    let asked = player.commands();
    assert!(matches!(asked[..], [Command::Open { .. }]), "{asked:?}");
    assert!(player.screen(80, 24).contains("made anew"));
    player.open();
    assert!(matches!(player.commands()[..], [Command::Run { .. }]));
}

/// A shell on the host changes no box.
#[test]
fn a_shell_on_the_host_stays_open_over_steps() {
    let mut player = Player::opened();
    player.press('s');
    settle(&mut player, 80, 24);
    player.press(ctrl(']'));
    player.commands();
    player.press(Key::Enter);
    assert!(matches!(player.commands()[..], [Command::Run { .. }]));
    player.run_unshare();
    assert!(player.screen(80, 24).contains("SHELL on the host"));
    player.press(Key::Esc);
    assert!(
        !player.screen(80, 24).contains("SHELL on the host"),
        "Esc hides it"
    );
    player.press('s');
    player.commands();
    assert!(player.screen(80, 24).contains("SHELL on the host"));
    settle(&mut player, 80, 24);
    assert!(
        player.commands().is_empty(),
        "it is the same one, of the same size"
    );
}

#[test]
fn output_of_a_shell_that_is_gone_is_nobodys() {
    let (mut player, id, _) = in_box(80, 24);
    player.lab(LabEvent::ShellEnded {
        id,
        end: ShellEnd::Closed,
    });
    write(&mut player, id, "\x1b[cghost");
    assert!(player.commands().is_empty());
    assert!(!player.screen(80, 24).contains("ghost"));
}

/// Nothing of what a program writes gets out of its cells.
#[test]
fn hostile_output_stays_in_its_cells() {
    let (mut player, id, size) = in_box(80, 24);
    let hostile = "\x1b]0;title\x07\x1b]52;c;aGFoYQ==\x07\x1bP$q\"p\x1b\\a\u{202e}b\u{200b}c\
        \u{0301}\u{0301}\u{0301}\u{feff}d\x1b[999;999Hend\x1b[?1000h\u{1f468}\u{200d}\u{1f469}\u{fe0f}";
    write(&mut player, id, hostile);
    for (width, height) in [(80, 24), (20, 6), (21, 7), (120, 36)] {
        let buffer = player.draw(width, height);
        for cell in buffer.content() {
            let symbol = cell.symbol();
            let odd = |c: char| {
                c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}' | '\u{fe0f}')
            };
            assert!(!symbol.chars().any(odd), "{symbol:?}");
        }
    }
    let frame = player.screen(80, 24);
    let right: Vec<char> = frame
        .lines()
        .filter_map(|line| line.chars().nth(79))
        .collect();
    let edges = right.iter().filter(|edge| **edge == '║').count();
    assert!(
        edges >= usize::from(size.rows),
        "the frame is whole:\n{frame}"
    );
}

#[test]
fn any_size_of_the_screen_is_a_size_of_the_shell() {
    let (mut player, id, _) = in_box(80, 24);
    write(&mut player, id, "x".repeat(5000));
    for width in [1, 19, 20, 22, 60, 81, 200] {
        for height in [1, 5, 6, 7, 8, 11, 15, 24, 60] {
            settle(&mut player, width, height);
            player.draw(width, height);
        }
    }
    player.press(ctrl(']'));
    player.keys([Key::Tab, Key::Char('S')]);
    settle(&mut player, 20, 6);
    player.draw(20, 6);
}

#[test]
fn the_lab_is_asked_for_one_shell_a_place() {
    let (mut player, _, _) = in_box(80, 24);
    player.press(ctrl(']'));
    player.press('s');
    settle(&mut player, 80, 24);
    let opened = |effect: &Effect| matches!(effect, Effect::Lab(Command::OpenShell { .. }));
    assert!(!player.effects.iter().any(opened));
}

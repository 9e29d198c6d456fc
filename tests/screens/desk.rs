//! The mixing desk on the screen: switches, values that are typed, and a shell in its box.

use glassbox::app::{Event, Key, KeyPress, Mode};
use glassbox::model::Untrusted;
use glassbox::model::port::{Command, LabEvent, Place, ShellId};
use glassbox::ui;
use ratatui::layout::Rect;

use crate::pictures::picture;
use crate::player::Player;

#[test]
fn desk() {
    let mut player = Player::new();
    player.press('D');
    player.keys([Key::Down, Key::Char(' ')]);
    picture("desk", &player);
    player.press(Key::Down);
    picture("desk_about", &player);
    player.press('i');
    player.send(Event::Paste("docker run -m 64m alpine".to_owned()));
    picture("desk_line", &player);
    player.press(Key::Enter);
    picture("desk_docker", &player);
    // The last row is the line for docker.
    player.keys([Key::Down; 30]);
    let screen = player.screen(80, 24);
    assert!(screen.contains("docker run --rm -it"), "{screen}");
    for (width, height) in [(1, 1), (20, 6), (31, 8), (40, 10)] {
        player.screen(width, height);
    }
}

#[test]
fn a_value_is_typed() {
    let mut player = Player::new();
    player.press('D');
    player.keys([Key::Down; 10]);
    player.press('=');
    player.send(Event::Paste("web 7".to_owned()));
    player.press(Key::Enter);
    let screen = player.screen(80, 24);
    assert!(screen.contains("expected a hostname"), "{screen}");
    player.keys([Key::Backspace, Key::Backspace]);
    let screen = player.screen(80, 24);
    assert!(screen.contains(" hostname: web"), "{screen}");
    assert!(screen.contains("Nothing typed"), "{screen}");
    player.press(Key::Enter);
    let screen = player.screen(80, 24);
    assert!(
        screen.contains(">*[x] hostname web") || screen.contains("> [x] hostname web"),
        "{screen}"
    );
}

#[test]
fn each_capability_is_a_switch() {
    let mut player = Player::new();
    player.press('D');
    player.keys([Key::Down; 14]);
    player.press('=');
    player.keys([Key::Down; 41]);
    let screen = player.screen(80, 24);
    // The longest name has its place.
    assert!(screen.contains("[x] CAP_CHECKPOINT_RESTORE"), "{screen}");
    player.press(Key::Char(' '));
    let screen = player.screen(80, 24);
    assert!(screen.contains("[ ] CAP_CHECKPOINT_RESTORE"), "{screen}");
    player.press(Key::Up);
    let screen = player.screen(80, 24);
    assert!(screen.contains("BPF programs"), "{screen}");
}

/// The desk's box stands.
fn started() -> Player {
    let mut player = Player::new();
    player.press('D');
    player.keys([Key::Down, Key::Char(' '), Key::Enter]);
    player.open();
    player.run_fork();
    player.commands();
    player
}

fn opened(player: &mut Player, width: u16, height: u16) -> ShellId {
    player.press('s');
    assert_eq!(player.app.mode(), Mode::Shell);
    let area = Rect::new(0, 0, width, height);
    for (id, size) in ui::rooms(&player.app, area) {
        player.send(Event::Room(id, size));
    }
    assert!(ui::rooms(&player.app, area).is_empty());
    let asked = player.commands();
    let [Command::OpenShell { id, spot, .. }] = &asked[..] else {
        panic!("asked for {asked:?}");
    };
    assert_eq!(*spot, Place::Box("box".to_owned()).into());
    *id
}

#[test]
fn a_shell_in_the_box() {
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut player = started();
        let id = opened(&mut player, width, height);
        let program = Untrusted::from("bash");
        player.lab(LabEvent::ShellOpened { id, program });
        let bytes = b"[box] /> ".to_vec();
        player.lab(LabEvent::Terminal { id, bytes });
        let screen = player.screen(width, height);
        insta::assert_snapshot!(format!("desk_shell_{width}x{height}"), screen);
    }
}

#[test]
fn a_new_start_closes_it_and_escape_puts_it_away() {
    let mut player = started();
    opened(&mut player, 80, 24);
    let leave = KeyPress {
        ctrl: true,
        ..KeyPress::from(']')
    };
    player.press(leave);
    assert_eq!(player.app.mode(), Mode::Desk);
    assert!(player.screen(80, 24).contains("SHELL in box"));
    player.press('L');
    assert!(!player.screen(80, 24).contains("uts namespace"));
    player.press(Key::Esc);
    assert_eq!(player.app.mode(), Mode::Desk);
    let screen = player.screen(80, 24);
    assert!(
        !screen.contains("SHELL in box") && screen.contains("uts namespace"),
        "{screen}"
    );
    player.press('s');
    player.press(leave);
    player.press(Key::Enter);
    assert!(!player.screen(80, 24).contains("SHELL in box"));
    // Sizes at which there is no room for all of it.
    opened_at_small_sizes();
}

fn opened_at_small_sizes() {
    let mut player = started();
    opened(&mut player, 80, 24);
    for (width, height) in [(1, 1), (20, 6), (31, 8), (40, 10), (33, 4)] {
        player.screen(width, height);
    }
}

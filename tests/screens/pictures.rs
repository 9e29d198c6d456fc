//! The screens as pictures at three sizes. A changed picture is looked at before it is accepted.

use glassbox::app::{Event, Key, Progress, Reached};

use crate::player::Player;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];

pub(crate) fn picture(name: &str, player: &Player) {
    for (width, height) in SIZES {
        let screen = player.screen(width, height);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen);
    }
}

#[test]
fn list() {
    let mut player = Player::new();
    let mut progress = Progress::default();
    let reached = Reached {
        step: 1,
        done: false,
    };
    progress.lessons.insert("02-pid".to_owned(), reached);
    player.send(Event::Progress(progress));
    picture("list", &player);
    player.keys([Key::Down, Key::Enter]);
    picture("list_lacking", &player);
}

#[test]
fn read() {
    picture("read", &Player::opened());
}

#[test]
fn predict() {
    let mut player = Player::asked();
    player.press('2');
    picture("predict", &player);
}

#[test]
fn run() {
    let mut player = Player::asked();
    player.keys([Key::Char('0'), Key::Enter]);
    picture("run", &player);
}

#[test]
fn watch() {
    let mut player = Player::answered('1');
    player.press(Key::Down);
    picture("watch", &player);
    player.press('2');
    picture("watch_namespaces", &player);
    player.press('3');
    picture("watch_hostname", &player);
    player.press('4');
    picture("watch_calls", &player);
}

#[test]
fn watch_without_question() {
    let mut player = Player::opened();
    player.press(Key::Enter);
    player.run_unshare();
    picture("watch_unshare", &player);
}

#[test]
fn explain() {
    let mut player = Player::answered('2');
    player.press(Key::Enter);
    picture("explain", &player);
}

#[test]
fn others() {
    let mut player = Player::answered('2');
    player.press('o');
    picture("others", &player);
}

#[test]
fn killed() {
    let mut player = Player::answered('2');
    player.keys([Key::Enter, Key::Enter, Key::Enter]);
    player.run_kill();
    picture("killed", &player);
}

#[test]
fn fault() {
    picture("fault", &Player::faulty());
}

#[test]
fn help() {
    let mut player = Player::opened();
    player.press('?');
    picture("help", &player);
}

#[test]
fn messages() {
    let mut player = Player::faulty();
    player.press('m');
    picture("messages", &player);
}

#[test]
fn confirm() {
    let mut player = Player::answered('2');
    player.press('q');
    picture("quit", &player);
}

//! A track of steps: Enter leads from one that is meant to the next, and what lies between is carried
//! out unseen.

use glassbox::{
    app::{Effect, Key, Mode, Options, Progress},
    lesson::track::{Stop, Track},
    model::port::Command,
};

use crate::player::{Player, SEED, pid_lesson};

/// Of the first lesson these steps, of the others none.
fn on_track(steps: &[usize]) -> Player {
    let stop = Stop {
        lesson: "02-pid".to_owned(),
        steps: steps.to_vec(),
    };
    let track = Track {
        name: "show".to_owned(),
        about: String::new(),
        stops: vec![stop],
    };
    let mut player = Player::with(Options {
        seed: SEED,
        track: Some(track),
        ..Options::default()
    });
    player.press(Key::Enter);
    player.open();
    player
}

fn saved(player: &Player) -> Progress {
    let saved = player.effects.iter().rev().find_map(|effect| match effect {
        Effect::Save(progress) => Some(progress.clone()),
        _ => None,
    });
    saved.expect("progress is kept")
}

#[test]
fn steps_that_are_not_meant_are_carried_out_unseen() {
    let mut player = on_track(&[0, 2]);
    let screen = player.screen(80, 24);
    assert!(screen.contains("show 1/2, step 1/3"), "{screen}");
    player.press(Key::Enter);
    player.run_unshare();
    player.press(Key::Enter);
    let screen = player.screen(80, 24);
    assert!(screen.contains("Enter for step 3"), "{screen}");
    let _before = player.commands();
    player.press(Key::Enter);
    let lesson = pid_lesson();
    let opened = Command::Open {
        boxes: lesson.boxes.clone(),
        replay: lesson.replay(2),
    };
    assert_eq!(player.commands(), [opened]);
    player.open();
    let screen = player.screen(80, 24);
    assert!(screen.contains("show 2/2, step 3/3"), "{screen}");
    player.press(Key::Enter);
    player.run_kill();
    player.keys([Key::Enter, Key::Enter]);
    assert_eq!(player.app.mode(), Mode::List);
    assert!(saved(&player).lessons["02-pid"].done);
}

#[test]
fn a_lesson_left_before_its_end_is_not_done_and_begins_anew_in_the_track() {
    let mut player = on_track(&[0]);
    player.press(Key::Enter);
    player.run_unshare();
    player.press(Key::Enter);
    let screen = player.screen(80, 24);
    assert!(screen.contains("press Enter to end the lesson"), "{screen}");
    player.press(Key::Enter);
    assert_eq!(player.app.mode(), Mode::List);
    let reached = saved(&player).lessons["02-pid"];
    assert_eq!((reached.step, reached.done), (1, false));
    player.keys([Key::Up, Key::Enter]);
    let screen = player.screen(80, 24);
    assert!(screen.contains("show 1/1, step 1/3"), "{screen}");
}

#[test]
fn a_step_beside_the_track_leads_back_to_it() {
    let mut player = on_track(&[0, 2]);
    player.press(Key::Char('G'));
    player.press(Key::Char('2'));
    player.open();
    let screen = player.screen(80, 24);
    assert!(screen.contains(" step 2/3"), "{screen}");
    assert!(!screen.contains("show "), "{screen}");
}

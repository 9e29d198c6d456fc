//! What goes wrong is told, and there is a way on.

use glassbox::{
    app::{App, Effect, Key, Mode, Options},
    model::{
        Untrusted,
        port::{LabEvent, Proof},
    },
};

use crate::{
    player::{Player, pid_lesson},
    world::{State, sample},
};

#[test]
fn a_box_whose_processes_are_all_dead_is_nothing_that_runs() {
    let mut player = Player::answered('1');
    player.lab(LabEvent::Sampled(sample(State::Gone)));
    let screen = player.screen(80, 24);
    assert!(
        screen.contains("all processes of this box have ended"),
        "{screen}"
    );
    assert!(screen.contains("init: SIGKILL"), "{screen}");
    player.effects.clear();
    player.press('q');
    assert!(player.effects.contains(&Effect::Quit));
}

#[test]
fn a_fault_is_told_and_the_lesson_goes_on() {
    let mut player = Player::faulty();
    let screen = player.screen(80, 24);
    assert!(screen.contains("EPERM"), "{screen}");
    assert!(screen.contains("owns this resource"), "{screen}");
    player.press(Key::Enter);
    assert_eq!(player.app.mode(), Mode::Watch);
    player.press(Key::Enter);
    assert_eq!(player.app.mode(), Mode::List);
}

#[test]
fn a_lost_lab_is_told_and_only_quitting_is_left() {
    let mut player = Player::opened();
    player.commands();
    player.lab(LabEvent::Lost(Untrusted::from("the spawner \x1bdied")));
    assert!(player.screen(80, 24).contains("the lab is gone"));
    player.press('m');
    assert!(player.screen(80, 24).contains("the spawner \\edied"));
    player.keys([Key::Esc, Key::Enter, Key::Left]);
    assert_eq!(player.commands(), []);
    player.press('q');
    assert!(player.effects.contains(&Effect::Quit));
}

#[test]
fn what_is_left_over_is_told() {
    let mut player = Player::opened();
    player.keys([Key::Esc, Key::Enter]);
    player.lab(LabEvent::Cleared(Proof {
        ended: 3,
        ..Proof::default()
    }));
    assert!(player.screen(80, 24).contains("all 3 processes"));
    player.press(Key::Enter);
    player.keys([Key::Esc, Key::Enter]);
    player.open();
    player.lab(LabEvent::Cleared(Proof {
        ended: 3,
        left: vec![Untrusted::from("process 4723")],
        ..Proof::default()
    }));
    assert!(
        player
            .screen(80, 24)
            .contains("one thing of the lesson is still there")
    );
    player.press('m');
    assert!(player.screen(80, 24).contains("still there: process 4723"));
}

/// `02-pid` names user namespaces among its needs and old kernels nowhere.
#[test]
fn what_every_lesson_needs_counts_in_the_list() {
    let mut support = crate::player::support();
    for probe in &mut support.probes {
        if probe.name == "kernel" {
            probe.ok = false;
            probe.detail = "Linux 4.4 is too old".to_owned();
        }
    }
    let app = App::new(vec![pid_lesson()], support, Options::default());
    let (app, effects) = (app, Vec::new());
    let mut player = Player { app, effects };
    player.press(Key::Enter);
    assert_eq!((player.app.mode(), player.commands()), (Mode::List, vec![]));
    assert!(
        player
            .screen(80, 24)
            .contains("kernel: Linux 4.4 is too old")
    );
}

#[test]
fn a_lesson_that_cannot_run_is_not_opened() {
    let mut player = Player::new();
    player.keys([Key::Down, Key::Enter]);
    assert_eq!((player.app.mode(), player.commands()), (Mode::List, vec![]));
    let screen = player.screen(80, 24);
    assert!(screen.contains("user.max_net_namespaces is 0"), "{screen}");
    assert!(screen.contains("remedy: sudo sysctl"), "{screen}");
}

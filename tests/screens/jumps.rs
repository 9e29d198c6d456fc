//! Any step of a lesson by its number, and what a reset shows.

use glassbox::{
    app::{Key, Mode},
    model::{
        Untrusted,
        port::{Command, LabEvent, Proof},
    },
};

use crate::{
    pictures::picture,
    player::{Player, pid_lesson},
};

/// Opens the lesson's boxes with everything before `step` done again.
fn open(step: usize) -> Command {
    let lesson = pid_lesson();
    Command::Open {
        boxes: lesson.boxes.clone(),
        replay: lesson.replay(step),
    }
}

#[test]
fn any_step_can_be_gone_to() {
    let mut player = Player::opened();
    player.commands();
    player.press('G');
    assert_eq!(player.app.mode(), Mode::Steps);
    player.keys([Key::Down, Key::Down, Key::Down, Key::Enter]);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Read, vec![open(2)])
    );
    player.keys([Key::Char('G'), Key::Char('1')]);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Read, vec![open(0)])
    );
    player.keys([Key::Char('G'), Key::Char('4')]);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Steps, vec![])
    );
    player.press(Key::Esc);
    assert_eq!(player.app.mode(), Mode::Read);
    assert!(player.screen(80, 24).contains("step 1/3"));
}

#[test]
fn a_title_that_answers_its_question_is_shown_when_the_step_has_run() {
    let mut player = Player::asked();
    let title = "The first child has the number 1";
    player.press('G');
    let before = player.screen(80, 24);
    assert!(before.contains("2 (a question)") && !before.contains(title));
    picture("steps", &player);
    player.keys([Key::Esc, Key::Char('1'), Key::Enter]);
    player.run_fork();
    player.press('G');
    assert!(player.screen(80, 24).contains(title));
}

fn proof(left: &[&str]) -> Proof {
    Proof {
        ended: 4,
        namespaces: 3,
        looked_at: 61,
        hidden: 153,
        mounts: 42,
        host_mounts: (34, 34),
        cgroups: 0,
        left: left.iter().map(|what| Untrusted::from(*what)).collect(),
    }
}

#[test]
fn a_reset_shows_what_is_left() {
    let mut player = Player::answered('1');
    player.keys([Key::Char('x'), Key::Enter]);
    player.lab(LabEvent::Cleared(proof(&[])));
    assert_eq!(player.app.mode(), Mode::Proof);
    picture("proof", &player);
    // The answer of the lab closes nothing; the learner does.
    player.open();
    assert_eq!(player.app.mode(), Mode::Proof);
    player.press(Key::Enter);
    assert_eq!(player.app.mode(), Mode::Read);
    player.keys([Key::Char('x'), Key::Enter]);
    player.lab(LabEvent::Cleared(proof(&[
        "process 4723 \x1b does not end",
    ])));
    let screen = player.screen(80, 24);
    assert!(!screen.contains("Nothing is left") && !screen.contains("none is in one"));
    assert!(screen.contains("STILL THERE: process 4723 \\e does not end"));
}

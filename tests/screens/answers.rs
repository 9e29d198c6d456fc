//! Nothing gives an answer away before the reveal, and the reveal tells the truth.

use glassbox::{
    app::{Key, Options},
    model::port::LabEvent,
};

use crate::{
    player::{Player, SEED},
    world::{State, sample},
};

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 36), (200, 50)];

/// What only the outcome may say: title and explanation of the step, the new processes' numbers.
const SECRETS: [&str; 6] = [
    "The first child has the number 1",
    "One process, two numbers",
    "4723",
    "4725",
    "box:init",
    "DIFF+",
];

fn assert_tight(player: &Player, when: &str) {
    for (width, height) in SIZES {
        let screen = player.screen(width, height);
        for secret in SECRETS {
            assert!(!screen.contains(secret), "{when}: {secret:?} in\n{screen}");
        }
    }
}

#[test]
fn before_the_reveal_no_screen_tells_the_answer() {
    let mut player = Player::asked();
    assert_tight(&player, "predict");
    player.press(Key::Left);
    assert_tight(&player, "read");
    let question = "Which number does the second process see?";
    assert!(player.screen(80, 24).contains(question));
    player.keys([Key::Enter, Key::Char('1')]);
    for panel in ['1', '2', '3', '4', 'o', 'o'] {
        player.press(panel);
        assert_tight(&player, "answered");
    }
    player.press('1');
    player.press(Key::Enter);
    assert_tight(&player, "run");
    // A sample that comes while the step runs would show its outcome.
    player.lab(LabEvent::Sampled(sample(State::Forked)));
    assert_tight(&player, "sampled");
    for panel in ['1', '2', '3', '4', 'o'] {
        player.press(panel);
        assert_tight(&player, "run, other panel");
    }
    player.run_fork();
    let screen = player.screen(80, 24);
    assert!(
        screen.contains("The first child has the number 1"),
        "{screen}"
    );
}

/// The digit under which a choice is shown.
fn digit_of(screen: &str, choice: &str) -> char {
    let line = screen
        .lines()
        .find(|line| line.contains(choice))
        .expect("the choice is shown");
    let digit = line.chars().find(char::is_ascii_digit);
    digit.expect("a choice has a digit")
}

#[test]
fn the_kernel_decides_whatever_the_order() {
    for seed in 0..20 {
        for (choice, right, because) in [
            ("the second one there", true, ""),
            (
                "the number that the host sees",
                false,
                "only in the host's list",
            ),
            ("fork fails, with EPERM", false, "fork needs no capability"),
            ("I don't know", false, ""),
        ] {
            let mut player = Player::with(Options {
                seed: SEED + seed,
                ..Options::default()
            });
            player.press(Key::Enter);
            player.open();
            player.press(Key::Enter);
            player.run_unshare();
            player.keys([Key::Enter, Key::Enter, Key::Enter]);
            let digit = digit_of(&player.screen(80, 24), choice);
            player.keys([Key::Char(digit), Key::Enter]);
            player.run_fork();
            let screen = player.screen(80, 24);
            assert!(screen.contains(because), "{screen}");
            let same = screen.contains("The kernel:  the same");
            assert_eq!(same, right, "{choice}:\n{screen}");
            let told = screen.contains("2, it is the second one there");
            assert!(told, "{screen}");
        }
    }
}

#[test]
fn marks_last_until_the_next_enter() {
    let mut player = Player::answered('1');
    assert!(player.screen(80, 24).contains("+4723"));
    player.lab(LabEvent::Sampled(sample(State::Forked)));
    assert!(player.screen(80, 24).contains("+4723"), "marks do not fade");
    player.press(Key::Enter);
    let screen = player.screen(80, 24);
    assert!(
        screen.contains("4723") && !screen.contains("+4723"),
        "{screen}"
    );
}

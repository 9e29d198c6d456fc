//! A challenge on the screen: its start, live verdicts, hints for the state that is there, and what
//! makes it solved.

use glassbox::{
    app::{Effect, Event, Key, Mode, Options, Progress},
    model::port::{Command, LabEvent, Place},
    ui,
};
use insta::assert_snapshot;
use ratatui::layout::Rect;

use crate::player::Player;
use crate::world::{State, sample};

/// At a challenge whose box stands.
fn at_challenge() -> Player {
    let mut player = Player::with(Options {
        open: Some(("03-turn".to_owned(), None)),
        ..Options::default()
    });
    let effects = player.app.start();
    player.effects.extend(effects);
    player.open();
    player.commands();
    player
}

/// The challenge's shell is open.
fn started() -> Player {
    let mut player = at_challenge();
    player.press('t');
    for (id, size) in ui::rooms(&player.app, Rect::new(0, 0, 80, 24)) {
        player.send(Event::Room(id, size));
    }
    player
}

/// A sample of a state, so many milliseconds after boot.
fn see(player: &mut Player, state: State, millis: i64) {
    let mut sample = sample(state);
    sample.host.world.clocks.0.monotonic = millis * 1_000_000;
    player.lab(LabEvent::Sampled(sample));
}

fn saved(player: &Player) -> Option<&Progress> {
    let mut saves = player.effects.iter().filter_map(|effect| match effect {
        Effect::Save(progress) => Some(progress),
        _ => None,
    });
    saves.next_back()
}

#[test]
fn t_or_enter_opens_the_shell_where_the_lesson_wants_it() {
    for key in [Key::Char('t'), Key::Enter] {
        let mut player = at_challenge();
        player.press(key);
        assert_eq!(player.app.mode(), Mode::Shell, "{key:?}");
        for (id, size) in ui::rooms(&player.app, Rect::new(0, 0, 80, 24)) {
            player.send(Event::Room(id, size));
        }
        let asked = player.commands();
        let [Command::OpenShell { spot, .. }] = &asked[..] else {
            panic!("asked for {asked:?}");
        };
        assert_eq!(*spot, Place::Box("box".to_owned()).into());
    }
}

/// States with their times, and whether the challenge is solved at the end.
#[test]
fn solved_is_what_is_still_done_300_ms_later() {
    use State::{Forked, Unshared};
    let cases: &[(&[(State, i64)], bool)] = &[
        (&[(Unshared, 1000)], false),
        (&[(Forked, 1000)], false),
        (&[(Forked, 1000), (Forked, 1299)], false),
        (&[(Forked, 1000), (Forked, 1300)], true),
        (&[(Forked, 1000), (Forked, 1299), (Forked, 1301)], true),
        (&[(Forked, 1000), (Unshared, 1200), (Forked, 1400)], false),
        (
            &[
                (Forked, 1000),
                (Unshared, 1200),
                (Forked, 1400),
                (Forked, 1700),
            ],
            true,
        ),
        (&[(Forked, 1000), (Forked, 1300), (Unshared, 1500)], true),
    ];
    for (states, solved) in cases {
        let mut player = started();
        player.effects.clear();
        for (state, millis) in *states {
            see(&mut player, *state, *millis);
        }
        let screen = player.screen(80, 24);
        assert_eq!(screen.contains("Solved:"), *solved, "{states:?}\n{screen}");
        let kept = saved(&player).map(|progress| progress.solved.len());
        assert_eq!(kept, solved.then_some(1), "{states:?}");
        // An unchanged state would not be told: each time that it becomes done, it is asked for.
        let begins = |pair: &[(State, i64)]| pair[0].0 != Forked && pair[1].0 == Forked;
        let first = usize::from(states[0].0 == Forked);
        let expected = first + states.windows(2).filter(|pair| begins(pair)).count();
        let asked = player.commands();
        let looks = asked
            .iter()
            .filter(|command| **command == Command::LookAgain);
        assert_eq!(looks.count(), expected, "{states:?}");
    }
}

#[test]
fn a_hint_is_for_an_open_shell() {
    let mut player = at_challenge();
    player.press('i');
    let screen = player.screen(80, 24);
    assert!(screen.contains("press t first"), "{screen}");
    assert!(!screen.contains("hint 1"), "{screen}");
}

#[test]
fn the_way_back_from_a_challenge_that_was_begun_is_asked_for() {
    let mut player = started();
    see(&mut player, State::Unshared, 1000);
    player.press(glassbox::app::KeyPress {
        ctrl: true,
        ..']'.into()
    });
    player.press(Key::Left);
    assert_eq!(player.app.mode(), Mode::Confirm);
    player.commands();
    player.press(Key::Esc);
    assert_eq!((player.app.mode(), player.commands()), (Mode::Read, vec![]));
    player.keys([Key::Left, Key::Enter]);
    assert_ne!(player.app.mode(), Mode::Confirm);
}

#[test]
fn verdict_hint_solution_and_success() {
    let mut player = started();
    see(&mut player, State::Unshared, 1000);
    assert_snapshot!("challenge_80x24", player.screen(80, 24));
    let leave = glassbox::app::KeyPress {
        ctrl: true,
        ..']'.into()
    };
    player.press(leave);
    player.press('i');
    assert_snapshot!("challenge_hint_80x24", player.screen(80, 24));
    player.press('i');
    assert!(
        player.screen(80, 24).contains("solution sh"),
        "after the last hint"
    );
    see(&mut player, State::Forked, 2000);
    see(&mut player, State::Forked, 2300);
    assert_snapshot!("challenge_solved_80x24", player.screen(80, 24));
    let progress = saved(&player).expect("it is kept");
    let how = &progress.solved[&("03-turn".to_owned(), 0)];
    assert_eq!((how.hints, how.solution), (1, true));
    assert_eq!(how.facts.get("box.pid").map(String::as_str), Some("2"));
    let inode = |name: &str| how.namespaces.get(name).copied();
    assert!(inode("host.ns.pid").is_some() && inode("host.ns.pid") != inode("box.ns.pid"));
    player.press(Key::Enter);
    assert_eq!(player.app.mode(), Mode::List, "there is nothing to run");
}

#[test]
fn without_a_challenge_its_keys_say_so() {
    for (key, words) in [('t', "has no challenge"), ('i', "hints are for challenges")] {
        let mut player = Player::opened();
        player.press(key);
        let screen = player.screen(80, 24);
        assert!(screen.contains(words), "{screen}");
    }
}

/// Beside a shell with rows to spare there is more than one view, and a low screen keeps the first.
#[test]
fn an_open_shell_takes_no_view_from_a_tall_screen() {
    let player = started();
    let views = |height| {
        let screen = player.screen(200, height);
        let panels = ["[1] processes", "[2] namespaces"];
        let shown = panels.map(|panel| screen.contains(panel));
        let start = screen
            .lines()
            .position(|line| line.contains("SHELL in box"));
        let end = screen
            .lines()
            .position(|line| line.contains("Ctrl-] leaves the shell"));
        (shown, end.zip(start).map(|(end, start)| end - start))
    };
    let (shown, shell) = views(50);
    assert_eq!(shown, [true, true]);
    assert!(shell >= Some(15), "{shell:?} rows");
    let (shown, shell) = views(24);
    assert_eq!(shown, [true, false]);
    assert!(shell >= Some(7), "{shell:?} rows");
}

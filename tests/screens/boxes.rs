//! Lessons with several boxes: which of them are in view, by the lesson and by the learner's keys.

use glassbox::app::{Key, Options};
use glassbox::lesson;
use glassbox::model::{Sample, port::LabEvent};

use crate::player::Player;
use crate::world::{State, sample};

const LESSON: &str = r#"
format_version = 1
title   = "Three boxes"
minutes = 1
needs   = ["userns", "pid"]
[[box]]
name = "plain"
[[box]]
name = "tidy"
[[box]]
name = "late"
[[step]]
title   = "Two at once"
say     = "Look at both."
panels  = ["processes"]
panes   = ["plain", "tidy"]
do      = [ { unshare = { ns = ["pid"], box = "plain" } } ]
expect  = ["plain.ns.pid != host.ns.pid"]
explain = "So it is."
[[step]]
title   = "The third"
say     = "And now one."
panels  = ["processes"]
do      = [ { unshare = { ns = ["pid"], box = "late" } } ]
expect  = ["late.ns.pid != host.ns.pid"]
explain = "So it is."
"#;

/// In plain a process was born into a new namespace, in the other two nothing has happened.
fn three() -> Sample {
    let mut now = sample(State::Forked);
    let forked = now.boxes.remove("box").expect("the box");
    now.boxes.insert("plain".to_owned(), forked);
    for name in ["tidy", "late"] {
        let mut other = sample(State::Opened);
        let view = other.boxes.remove("box").expect("the box");
        now.boxes.insert(name.to_owned(), view);
    }
    now
}

fn player() -> Player {
    let lesson = lesson::parse(LESSON, "04-three.toml").expect("it parses");
    let mut player = Player::playing(lesson, Options::default());
    player.press(Key::Enter);
    player.lab(LabEvent::Opened {
        calls: Vec::new(),
        sample: three(),
        fault: None,
    });
    player
}

/// The titles of the panes, from left to right.
fn panes(player: &Player, width: u16) -> Vec<String> {
    let screen = player.screen(width, 24);
    let line = screen
        .lines()
        .find(|line| line.starts_with(['┌', '╔']))
        .expect("frames");
    let titles = line.split(['┌', '╔']).filter(|title| !title.is_empty());
    let first = |title: &str| {
        let words: Vec<&str> = title.split_whitespace().take(2).collect();
        match words[..] {
            ["HOST", _] => "host".to_owned(),
            [_, name] => name.to_owned(),
            _ => title.to_owned(),
        }
    };
    titles.map(first).collect()
}

/// The first step has run, without a call.
fn ran() -> Player {
    let mut player = player();
    player.press(Key::Enter);
    player.lab(LabEvent::Ran {
        calls: Vec::new(),
        before: three(),
        after: three(),
        fault: None,
    });
    player
}

#[test]
fn a_step_may_show_two_boxes() {
    let player = player();
    assert_eq!(panes(&player, 80), ["plain", "tidy"]);
    assert_eq!(panes(&player, 200), ["host", "plain", "tidy"]);
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let screen = player.screen(width, height);
        insta::assert_snapshot!(format!("two_{width}x{height}"), screen);
    }
}

#[test]
fn tab_leads_from_box_to_box_and_to_the_host() {
    let mut player = player();
    let mut seen = Vec::new();
    for _ in 0..4 {
        player.press(Key::Tab);
        seen.push(panes(&player, 80));
    }
    let expected = [
        ["plain", "tidy"], // the cursor is in tidy now
        ["tidy", "late"],
        ["host", "late"],
        ["tidy", "late"],
    ];
    assert_eq!(seen, expected);
}

#[test]
fn w_shows_two_boxes_or_one() {
    let mut player = player();
    player.press('w');
    assert_eq!(panes(&player, 80), ["host", "plain"]);
    player.press('w');
    assert_eq!(panes(&player, 80), ["plain", "tidy"]);
}

#[test]
fn of_two_boxes_both_are_compared_with_the_host() {
    let screen = player().screen(80, 24);
    let verdicts = |name: &str| {
        let line = screen.lines().find(|line| line.starts_with(name));
        line.map(|line| line.split_whitespace().skip(1).take(8).collect::<Vec<_>>())
    };
    let plain = verdicts(" host/plain").expect("a line for plain");
    let tidy = verdicts(" host/tidy").expect("a line for tidy");
    assert_eq!((plain[4], tidy[4]), ("diff", "same"), "pid in {screen}");
}

#[test]
fn a_step_without_panes_shows_the_box_in_which_something_happens() {
    let mut player = ran();
    player.keys([Key::Enter, Key::Enter]);
    assert!(player.screen(80, 24).contains("step 2/2"));
    assert!(panes(&player, 80).contains(&"late".to_owned()));
}

#[test]
fn where_there_is_one_box_w_says_so() {
    let mut player = Player::opened();
    player.press('w');
    let screen = player.screen(80, 24);
    assert!(screen.contains("this lesson has one box only"), "{screen}");
    assert!(!screen.contains("two boxes"), "{screen}");
}

/// Three panes need the width: where the words beside them would take the host's, they stand above.
#[test]
fn with_two_boxes_the_host_keeps_its_pane() {
    let player = ran();
    assert_eq!(panes(&player, 120), ["host", "plain", "tidy"]);
}

//! The first minute: the first screen of a first start, the reasons why lessons cannot run, the list's
//! filter, the palette, and the wheel.

use glassbox::{
    app::{App, Effect, Event, Key, KeyPress, Mode, Options, Progress, Reached},
    model::{port::Command, support::Support},
};
use ratatui::layout::Rect;

use crate::{
    pictures::picture,
    player::{Player, SEED, pid_lesson, support},
};

const CTRL_P: KeyPress = KeyPress {
    key: Key::Char('p'),
    ctrl: true,
    alt: false,
    shift: false,
};

/// A first start.
fn first() -> Player {
    let mut player = Player::new();
    assert_eq!(player.app.start(), []);
    player
}

/// A first start where user namespaces are refused, and, as everywhere then, what needs one.
fn stuck() -> Player {
    let mut support = support();
    for probe in &mut support.probes {
        if ["userns", "pid", "net"].contains(&probe.name.as_str()) {
            probe.ok = false;
            "unshare(CLONE_NEWUSER) = -1 EPERM: kernel.unprivileged_userns_clone is 0"
                .clone_into(&mut probe.detail);
            "sudo sysctl kernel.unprivileged_userns_clone=1".clone_into(&mut probe.remedy);
        }
        if probe.name == "cgroups" {
            probe.ok = false;
            "no cgroup can be made".clone_into(&mut probe.detail);
            "start glassbox with sudo".clone_into(&mut probe.remedy);
        }
    }
    on(support)
}

fn on(support: Support) -> Player {
    let options = Options {
        seed: SEED,
        ..Options::default()
    };
    let mut lesson = pid_lesson();
    lesson.needs.push("cgroups".to_owned());
    let lessons = vec![lesson, pid_lesson()];
    let mut player = Player::new();
    player.app = App::new(lessons, support, options);
    let effects = player.app.start();
    assert_eq!(effects, []);
    player
}

fn text(player: &Player) -> String {
    let screen = player.screen(80, 24);
    let words = screen.split_whitespace().filter(|word| *word != "│");
    words.collect::<Vec<&str>>().join(" ")
}

#[test]
fn a_first_start_says_what_runs_and_enter_starts() {
    let mut player = first();
    assert_eq!(player.app.mode(), Mode::Welcome);
    picture("welcome", &player);
    assert!(text(&player).contains("2 of 3 lessons run here."));
    player.press(Key::Enter);
    let open = Command::Open {
        boxes: pid_lesson().boxes.clone(),
        replay: Vec::new(),
    };
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Read, vec![open])
    );
    player.open();
    player.press(Key::Esc);
    player.press(Key::Enter);
    assert_eq!(player.app.mode(), Mode::List, "it is shown once");
}

#[test]
fn who_has_begun_or_names_a_lesson_is_not_welcomed() {
    let mut player = Player::new();
    let mut progress = Progress::default();
    let (step, done) = (0, false);
    let reached = Reached { step, done };
    progress.lessons.insert("02-pid".to_owned(), reached);
    player.send(Event::Progress(progress));
    assert_eq!(player.app.start(), []);
    assert_eq!(player.app.mode(), Mode::List);
    let mut named = Player::with(Options {
        open: Some(("02-pid".to_owned(), None)),
        ..Options::default()
    });
    let _ = named.app.start();
    assert_eq!(named.app.mode(), Mode::Read);
}

#[test]
fn the_first_screen_can_be_left_by_every_way_it_names() {
    let mut player = first();
    player.press('d');
    assert_eq!(player.app.mode(), Mode::Lacks);
    player.press(Key::Esc);
    assert_eq!(player.app.mode(), Mode::Welcome, "one level");
    player.press('?');
    player.press(Key::Esc);
    assert_eq!(player.app.mode(), Mode::Welcome);
    player.press(Key::Esc);
    assert_eq!(player.app.mode(), Mode::List);
    let mut player = first();
    player.press('q');
    assert_eq!(player.effects, [Effect::Lab(Command::Quit), Effect::Quit]);
}

#[test]
fn where_nothing_runs_the_remedies_are_told_in_order() {
    let mut player = stuck();
    assert_eq!(player.app.mode(), Mode::Stuck);
    picture("welcome_stuck", &player);
    let words = text(&player);
    let order = [
        "0 of 2 lessons run here.",
        "kernel.unprivileged_userns_clone is 0",
        "1. sudo sysctl kernel.unprivileged_userns_clone=1",
        "2. start glassbox with sudo",
        "no recordings",
    ];
    let places = order.map(|part| words.find(part));
    assert!(places.iter().all(Option::is_some), "{words}");
    assert!(places.is_sorted(), "{words}");
    // Nothing starts, and nothing is sent to the lab.
    player.press(Key::Enter);
    assert_eq!((player.app.mode(), player.commands()), (Mode::List, vec![]));
    player.press(Key::Enter);
    assert_eq!(player.commands(), []);
}

#[test]
fn why_not_names_each_cause_its_remedy_and_who_waits() {
    let mut player = first();
    player.press('d');
    picture("lacks", &player);
    let words = text(&player);
    for part in [
        "1. sudo sysctl user.max_net_namespaces=15000",
        "net: unshare(CLONE_NEWNET) = -1 ENOSPC",
        "waiting for it: 08-net",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let mut stuck = stuck();
    stuck.press('d');
    picture("lacks_stuck", &stuck);
    let all = on(Support {
        probes: support()
            .probes
            .into_iter()
            .filter(|probe| probe.ok)
            .collect(),
        ..support()
    });
    assert!(text(&all).contains("2 of 2 lessons run here."));
    assert!(!text(&all).contains("why the other"), "there is none");
}

/// Else the way back would seem dead: so many presses of Up without any effect.
#[test]
fn a_page_is_not_scrolled_beyond_its_end() {
    for open in ['d', '?', 'm'] {
        let mut player = stuck();
        player.press(open);
        player.keys([Key::PageDown; 90]);
        let (width, height) = (80, 12);
        let area = Rect::new(0, 0, width, height);
        if let Some(lines) = glassbox::ui::beyond(&player.app, area) {
            player.send(Event::Bottom(lines));
        }
        assert_eq!(glassbox::ui::beyond(&player.app, area), None, "{open}");
        let end = player.screen(width, height);
        player.press(Key::PageUp);
        let scrolls = !end.contains("there are none");
        assert_eq!(
            end != player.screen(width, height),
            scrolls,
            "{open}: {end}"
        );
    }
}

/// Titles of the lessons in the list, from the top.
fn listed(player: &Player) -> Vec<&'static str> {
    let screen = player.screen(80, 24);
    let rows: Vec<&str> = screen.lines().skip(2).take(5).collect();
    ["A process list", "An empty network", "Your turn"]
        .into_iter()
        .filter(|title| rows.iter().any(|row| row.contains(title)))
        .collect()
}

#[test]
fn the_filter_finds_by_title_name_and_needs() {
    let cases: [(&str, &[&str]); 7] = [
        ("net", &["An empty network"]),
        ("08-", &["An empty network"]),
        (
            "USERNS",
            &["A process list", "An empty network", "Your turn"],
        ),
        ("userns net", &["An empty network"]),
        ("turn", &["Your turn"]),
        ("a process", &["A process list"]),
        ("nothing of it", &[]),
    ];
    for (typed, found) in cases {
        let mut player = Player::new();
        player.press('/');
        for c in typed.chars() {
            player.press(c);
        }
        assert_eq!(player.app.mode(), Mode::Filter);
        assert_eq!(listed(&player), found, "{typed}");
    }
}

#[test]
fn the_filter_is_live_and_esc_clears_it() {
    let mut player = Player::new();
    player.keys(['/', 't', 'y', ' ', 'n'].map(Key::Char));
    assert_eq!(listed(&player), ["An empty network"]);
    player.keys([Key::Backspace; 3]);
    player.press('u');
    picture("filter", &player);
    assert!(player.screen(80, 24).contains(" > 03  Your turn"));
    player.keys([Key::Backspace; 2]);
    assert_eq!(
        (player.app.mode(), listed(&player).len()),
        (Mode::Filter, 3)
    );
    player.press(Key::Backspace);
    assert_eq!(
        player.app.mode(),
        Mode::List,
        "backspace on nothing leaves it"
    );
    player.keys([Key::Char('/'), Key::Char('q'), Key::Esc]);
    assert_eq!((player.app.mode(), listed(&player).len()), (Mode::List, 3));
    assert!(!player.effects.contains(&Effect::Quit));
}

#[test]
fn enter_opens_what_was_found_and_the_filter_stays_until_esc() {
    let mut player = Player::new();
    player.send(Event::Paste(String::new()));
    player.press('/');
    player.send(Event::Paste("your\n \u{1b}turn".to_owned()));
    player.press(Key::Enter);
    assert_eq!(player.app.mode(), Mode::Read);
    player.open();
    player.keys([Key::Esc, Key::Enter]);
    assert_eq!(
        (player.app.mode(), listed(&player)),
        (Mode::List, vec!["Your turn"])
    );
    // The next search begins with nothing.
    player.keys(['/', 'n', 'e', 't'].map(Key::Char));
    assert_eq!(listed(&player), ["An empty network"]);
    player.press(Key::Esc);
    assert_eq!((player.app.mode(), listed(&player).len()), (Mode::List, 3));
    // What is not shown is not opened.
    player.commands();
    player.keys([Key::Char('/'), Key::Char('%'), Key::Enter]);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Filter, vec![])
    );
    assert!(player.screen(80, 24).contains("there is no such lesson"));
}

#[test]
fn the_palette_does_what_the_key_does() {
    for open in [KeyPress::from(':'), CTRL_P] {
        let mut player = Player::answered('1');
        player.press(open);
        assert_eq!(player.app.mode(), Mode::Palette);
        for c in "go to any".chars() {
            player.press(c);
        }
        player.press(Key::Enter);
        assert_eq!(player.app.mode(), Mode::Steps);
    }
    let mut player = Player::answered('1');
    player.press(':');
    picture("palette", &player);
    for c in "view calls".chars() {
        player.press(c);
    }
    player.press(Key::Enter);
    assert!(player.screen(80, 24).contains("CALLS"));
    // Without a letter the first entry: the key that goes on.
    player.keys([Key::Char(':'), Key::Enter]);
    assert_eq!(player.app.mode(), Mode::Watch);
    player.keys([Key::Char(':'), Key::Char('~'), Key::Enter]);
    assert_eq!(player.app.mode(), Mode::Palette, "there is no such entry");
    player.press(Key::Esc);
    assert_eq!(player.app.mode(), Mode::Watch);
}

#[test]
fn the_palette_answers_a_question_and_leads_out() {
    let mut player = Player::asked();
    player.commands();
    player.press(':');
    for c in "answer 2".chars() {
        player.press(c);
    }
    player.keys([Key::Enter, Key::Enter]);
    assert_eq!(player.app.mode(), Mode::Run);
    let ctrl_c = KeyPress {
        ctrl: true,
        ..'c'.into()
    };
    let mut player = Player::new();
    player.press(':');
    player.press(ctrl_c);
    assert_eq!(player.effects, [Effect::Lab(Command::Quit), Effect::Quit]);
    // What begins with the word comes first, before "never quits".
    let mut player = Player::new();
    player.keys([':', 'q', 'u', 'i', 't'].map(Key::Char));
    player.press(Key::Enter);
    assert_eq!(player.effects, [Effect::Lab(Command::Quit), Effect::Quit]);
}

/// What a shell has the keys for is the shell's: Ctrl-P is the line before.
#[test]
fn in_the_list_of_actions_are_those_of_the_mode_alone() {
    let mut player = Player::new();
    player.press(':');
    let entries = player.app.palette_entries();
    let has = |words: &str| entries.iter().any(|entry| entry.words.contains(words));
    assert!(has("mixing desk") && has("open the lesson"));
    assert!(!has("take the step back") && !has("try the challenge"));
    let mut player = Player::answered('1');
    player.press(':');
    let entries = player.app.palette_entries();
    let has = |words: &str| entries.iter().any(|entry| entry.words.contains(words));
    assert!(has("take the step back") && has("view: namespaces"));
    assert!(!has("try the challenge"), "this step has none");
}

#[test]
fn the_wheel_moves_what_the_arrows_move() {
    let mut player = Player::new();
    player.press(Key::Function(2));
    assert_eq!(player.effects, [Effect::Mouse(true)]);
    let mut keys = Player::new();
    keys.press(Key::Down);
    player.send(Event::Wheel { up: false });
    player.press(Key::Function(2));
    assert_eq!(player.effects, [Effect::Mouse(true), Effect::Mouse(false)]);
    let row = |player: &Player| {
        let screen = player.screen(80, 24);
        screen.lines().position(|row| row.starts_with(" >"))
    };
    assert_eq!(row(&player), row(&keys));
    let (mut wheel, mut page) = (Player::opened(), Player::opened());
    wheel.press('?');
    page.keys([Key::Char('?'), Key::PageDown]);
    wheel.send(Event::Wheel { up: false });
    assert_eq!(wheel.screen(80, 24), page.screen(80, 24));
}

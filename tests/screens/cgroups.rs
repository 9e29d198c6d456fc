//! Pictures of the panels about cgroups, and what the charts keep.

use glassbox::{
    app::{Key, Options},
    lesson,
    model::{Outcome, Sample, cgroup::Version, port::LabEvent},
};

use crate::{
    jar::{SECOND_STEP, sample_at},
    player::{Player, SEED},
    world::{State, call, sample},
};

const LAST: u64 = 22;

fn lesson_showing(panel: &str) -> lesson::Lesson {
    let text = include_str!("jar.toml").replace("PANEL", panel);
    lesson::parse(&text, "14-jar.toml").expect("the fixture parses")
}

/// Both steps have run: the limits, then the hog, looked at for a while.
fn player(panel: &str, version: Version, options: Options) -> Player {
    let mut player = Player::playing(lesson_showing(panel), options);
    player.press(Key::Enter);
    let bare = Sample {
        cgroups: Vec::new(),
        cgroup_layout: sample_at(0, version).cgroup_layout,
        ..sample(State::Forked)
    };
    player.lab(LabEvent::Opened {
        calls: Vec::new(),
        sample: bare.clone(),
        fault: None,
    });
    player.press(Key::Enter);
    player.lab(ran(bare, sample_at(0, version)));
    for at in 1..SECOND_STEP {
        player.lab(LabEvent::Sampled(sample_at(at, version)));
    }
    player.keys([Key::Enter, Key::Enter, Key::Enter]);
    for at in SECOND_STEP..LAST {
        player.lab(LabEvent::Sampled(sample_at(at, version)));
    }
    player.lab(ran(
        sample_at(SECOND_STEP - 1, version),
        sample_at(LAST, version),
    ));
    player
}

fn ran(before: Sample, after: Sample) -> LabEvent {
    LabEvent::Ran {
        calls: Vec::new(),
        before,
        after,
        fault: None,
    }
}

fn plain() -> Options {
    Options {
        seed: SEED,
        ..Options::default()
    }
}

fn pictures(panel: &str, version: Version) {
    let player = player(panel, version, plain());
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let screen = player.screen(width, height);
        let name = format!("{panel}_{}_{width}x{height}", version.name());
        insta::assert_snapshot!(name, screen);
    }
}

/// Which is so for an ordinary user, whose own systemd has the say.
#[test]
fn that_systemd_run_was_used_is_said() {
    let mut player = Player::playing(lesson_showing("counters"), plain());
    player.press(Key::Enter);
    let mut sample = sample_at(0, Version::V2);
    sample.cgroup_layout.by_systemd_run = true;
    let words = ["systemd-run", "--user", "--scope", "glassbox"].map(|word| format!("\"{word}\""));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    player.lab(LabEvent::Opened {
        calls: vec![call("execve", &words, Outcome::Ok(0), 21_000)],
        sample: sample.clone(),
        fault: None,
    });
    let screen = player.screen(80, 24);
    let told = "systemd gave glassbox a place for cgroups: systemd-run --user --scope";
    assert!(screen.contains(told), "{screen}");
    player.press(Key::Enter);
    player.lab(ran(sample.clone(), sample));
    let screen = player.screen(80, 24);
    assert!(!screen.contains(told), "{screen}");
    assert!(screen.contains("HOST  v2, systemd-run "), "{screen}");
}

#[test]
fn cgroups() {
    pictures("cgroups", Version::V2);
    pictures("cgroups", Version::V1);
}

#[test]
fn counters() {
    pictures("counters", Version::V2);
    pictures("counters", Version::V1);
}

#[test]
fn charts() {
    pictures("charts", Version::V2);
}

#[test]
fn pressure() {
    pictures("pressure", Version::V2);
    pictures("pressure", Version::V1);
}

#[test]
fn knobs() {
    pictures("knobs", Version::V2);
    pictures("knobs", Version::V1);
}

#[test]
fn believes() {
    pictures("believes", Version::V2);
}

#[test]
fn charts_are_drawn_while_the_lab_still_looks_on() {
    let mut player = Player::playing(lesson_showing("charts"), plain());
    player.press(Key::Enter);
    player.lab(LabEvent::Opened {
        calls: Vec::new(),
        sample: sample_at(0, Version::V2),
        fault: None,
    });
    player.press(Key::Enter);
    for at in 1..SECOND_STEP + 3 {
        player.lab(LabEvent::Sampled(sample_at(at, Version::V2)));
    }
    let screen = player.screen(80, 24);
    assert!(screen.contains("[RUN]"), "{screen}");
    assert!(screen.contains("memory jar"), "{screen}");
    assert!(screen.contains("33.0M"), "{screen}");
}

#[test]
fn charts_stand_still_while_the_panels_are_frozen() {
    let mut player = player("charts", Version::V2, plain());
    player.press('f');
    let frozen = player.screen(120, 36);
    for at in LAST + 1..LAST + 9 {
        player.lab(LabEvent::Sampled(sample_at(at, Version::V2)));
    }
    assert_eq!(player.screen(120, 36), frozen);
    player.press('f');
    assert_ne!(player.screen(120, 36), frozen);
}

#[test]
fn a_busy_machine_is_told() {
    let mut player = player("charts", Version::V2, plain());
    assert!(!player.screen(120, 36).contains("BUSY"));
    for at in LAST + 1..LAST + 9 {
        let mut sample = sample_at(at, Version::V2);
        let now = &mut sample.host.world.believes.momentary.0;
        // The lesson uses 51 ms in each quarter of a second, others 300, on two CPUs.
        now.busy_usec = glassbox::model::Seen::Is(9_000_000 + at * 351_000);
        player.lab(LabEvent::Sampled(sample));
    }
    let screen = player.screen(120, 36);
    assert!(
        screen.contains("BUSY: others use 1.2 of 2 CPUs"),
        "{screen}"
    );
}

#[test]
fn every_sign_of_the_ascii_set_is_ascii() {
    for panel in [
        "cgroups", "counters", "charts", "pressure", "knobs", "believes",
    ] {
        let options = Options {
            ascii: true,
            ..plain()
        };
        let player = player(panel, Version::V2, options);
        for (width, height) in [(40, 12), (80, 24), (120, 36)] {
            let screen = player.screen(width, height);
            assert!(screen.is_ascii(), "{screen}");
        }
    }
}

#[test]
fn no_size_panics() {
    for panel in [
        "cgroups", "counters", "charts", "pressure", "knobs", "believes",
    ] {
        let mut player = player(panel, Version::V2, plain());
        for key in [Key::Tab, Key::Down, Key::Char('o')] {
            for width in (0..=5).chain([19, 20, 40, 59, 60, 109, 110]) {
                for height in 0..=14 {
                    player.draw(width, height);
                }
            }
            player.press(key);
        }
    }
}

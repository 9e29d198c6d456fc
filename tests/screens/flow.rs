//! The app as tables: events in, mode and effects out.

use glassbox::{
    app::{Effect, Event, Key, KeyPress, Mode, Options, Progress},
    model::port::{Command, LabEvent, Proof},
};

use crate::{
    player::{Player, pid_lesson},
    world::{State, sample},
};

fn open(step: usize) -> Command {
    let lesson = pid_lesson();
    Command::Open {
        boxes: lesson.boxes.clone(),
        replay: lesson.replay(step),
    }
}

fn run(step: usize) -> Command {
    Command::Run {
        ops: pid_lesson().steps[step].ops.clone(),
    }
}

#[test]
fn a_lesson_from_its_first_key_to_its_last() {
    let mut player = Player::new();
    assert_eq!(player.app.mode(), Mode::List);
    player.press(Key::Enter);
    assert_eq!(player.commands(), [open(0)]);
    player.open();
    assert_eq!(player.app.mode(), Mode::Read);
    // No question in the first step: it runs at once.
    player.press(Key::Enter);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Run, vec![run(0)])
    );
    player.run_unshare();
    assert_eq!(player.app.mode(), Mode::Watch);
    player.keys([Key::Enter, Key::Enter]);
    assert_eq!((player.app.mode(), player.commands()), (Mode::Read, vec![]));
    player.press(Key::Enter);
    assert_eq!(player.app.mode(), Mode::Predict);
    player.keys([Key::Char('1'), Key::Enter]);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Run, vec![run(1)])
    );
    player.run_fork();
    player.keys([Key::Enter, Key::Enter, Key::Enter]);
    assert_eq!(player.commands(), [run(2)]);
    player.run_kill();
    player.keys([Key::Enter, Key::Enter]);
    assert_eq!(player.app.mode(), Mode::List);
    let saved = player.effects.iter().rev().find_map(|effect| match effect {
        Effect::Save(progress) => Some(progress.clone()),
        _ => None,
    });
    let saved = saved.expect("the end of a lesson is kept");
    assert!(saved.lessons["02-pid"].done);
    assert_eq!(player.commands(), [Command::Clear]);
}

#[test]
fn enter_without_an_answer_runs_nothing_and_says_so() {
    let mut player = Player::asked();
    player.commands();
    player.press(Key::Enter);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Predict, vec![])
    );
    assert!(player.screen(80, 24).contains("choose first: 1 to 3"));
    player.press('4');
    player.press(Key::Enter);
    assert_eq!(player.commands(), [], "there is no fourth choice");
    player.press('0');
    player.press(Key::Enter);
    assert_eq!(player.commands(), [run(1)], "not to know is an answer");
}

#[test]
fn a_step_back_repeats_the_steps_before() {
    let mut player = Player::answered('1');
    player.commands();
    // To the start of this step, from where its question is open again.
    player.press(Key::Left);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Read, vec![open(1)])
    );
    player.lab(opened(State::Unshared));
    player.keys([Key::Enter, Key::Left]);
    assert_eq!((player.app.mode(), player.commands()), (Mode::Read, vec![]));
    player.press(Key::Backspace);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Read, vec![open(0)])
    );
    player.open();
    player.press('h');
    assert_eq!(
        player.commands(),
        [],
        "there is nothing before the first step"
    );
}

fn opened(state: State) -> LabEvent {
    LabEvent::Opened {
        calls: Vec::new(),
        sample: sample(state),
        fault: None,
    }
}

#[test]
fn reset_asks_once() {
    let mut player = Player::answered('1');
    player.commands();
    player.press('x');
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Confirm, vec![])
    );
    player.press(Key::Esc);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Watch, vec![])
    );
    player.keys([Key::Char('x'), Key::Enter]);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Read, vec![Command::Clear, open(1)])
    );
}

#[test]
fn answers_to_earlier_commands_are_of_the_past() {
    let mut player = Player::opened();
    player.press(Key::Enter);
    player.keys([Key::Char('x'), Key::Enter]);
    assert_eq!(
        player.commands(),
        [open(0), run(0), Command::Clear, open(0)]
    );
    player.lab(LabEvent::Cleared(Proof::default()));
    player.press(Key::Esc);
    // The step that was taken back still ends, and what it saw is no longer so.
    player.run_unshare();
    assert_eq!(player.app.mode(), Mode::Read);
    player.lab(LabEvent::Sampled(sample(State::Unshared)));
    assert!(player.screen(80, 24).contains("making the boxes"));
    player.open();
    assert!(player.screen(80, 24).contains("keeps its number, 4721"));
}

#[test]
fn a_step_that_was_asked_for_too_early_runs_when_the_boxes_stand() {
    let mut player = Player::new();
    player.keys([Key::Enter, Key::Enter]);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::Run, vec![open(0)])
    );
    player.open();
    assert_eq!(player.commands(), [run(0)]);
}

#[test]
fn esc_closes_one_level_and_never_quits() {
    let mut player = Player::answered('1');
    player.commands();
    player.press('?');
    let modes = [Mode::Watch, Mode::Confirm, Mode::Watch];
    for mode in modes {
        player.press(Key::Esc);
        assert_eq!(player.app.mode(), mode);
    }
    player.keys([Key::Esc, Key::Enter]);
    assert_eq!(
        (player.app.mode(), player.commands()),
        (Mode::List, vec![Command::Clear])
    );
    player.press(Key::Esc);
    assert_eq!(player.app.mode(), Mode::List);
    assert!(!player.effects.contains(&Effect::Quit));
}

#[test]
fn quit_asks_only_while_something_runs() {
    let mut idle = Player::new();
    idle.press('q');
    assert_eq!(idle.effects, [Effect::Lab(Command::Quit), Effect::Quit]);

    let mut busy = Player::answered('1');
    busy.effects.clear();
    busy.press('q');
    assert_eq!((busy.app.mode(), busy.effects.len()), (Mode::Confirm, 0));
    busy.press(Key::Enter);
    assert_eq!(busy.effects, [Effect::Lab(Command::Quit), Effect::Quit]);

    let ctrl_c = KeyPress {
        ctrl: true,
        ..'c'.into()
    };
    let mut hasty = Player::answered('1');
    hasty.effects.clear();
    hasty.press(ctrl_c);
    hasty.press(ctrl_c);
    assert_eq!(hasty.effects, [Effect::Lab(Command::Quit), Effect::Quit]);
}

#[test]
fn a_lesson_resumes_where_it_was_left() {
    let mut player = Player::new();
    let mut progress = Progress::default();
    let reached = glassbox::app::Reached {
        step: 2,
        done: false,
    };
    progress.lessons.insert("02-pid".to_owned(), reached);
    player.send(Event::Progress(progress));
    assert!(player.screen(80, 24).contains("step 3/3"));
    player.press(Key::Enter);
    assert_eq!(player.commands(), [open(2)]);
}

#[test]
fn the_cursor_stands_where_the_learner_goes_on() {
    type Case<'a> = (&'a [(&'a str, bool)], Option<&'a str>, usize);
    let cases: [Case<'_>; 6] = [
        (&[], None, 0),
        (&[("02-pid", true)], None, 1),
        (&[("02-pid", false), ("03-turn", false)], Some("03-turn"), 2),
        (&[("02-pid", true)], Some("02-pid"), 1),
        (&[("03-turn", true)], Some("03-turn"), 0),
        (&[], Some("98-of-another-course"), 0),
    ];
    for (lessons, last, chosen) in cases {
        let lessons = lessons.iter().map(|(id, done)| {
            let (step, done) = (0, *done);
            ((*id).to_owned(), glassbox::app::Reached { step, done })
        });
        let progress = Progress {
            lessons: lessons.collect(),
            last: last.map(str::to_owned),
            ..Progress::default()
        };
        let mut player = Player::new();
        player.send(Event::Progress(progress.clone()));
        let titles = ["A process list", "An empty network", "Your turn"];
        let screen = player.screen(80, 24);
        let row = screen.lines().find(|row| row.starts_with(" >"));
        let there = row.is_some_and(|row| row.contains(titles[chosen]));
        assert!(there, "{progress:?}: {row:?}");
    }
}

#[test]
fn a_step_that_a_lesson_no_longer_has_is_its_last() {
    let mut player = Player::new();
    let mut progress = Progress::default();
    let (step, done) = (usize::MAX, false);
    let reached = glassbox::app::Reached { step, done };
    progress.lessons.insert("02-pid".to_owned(), reached);
    player.send(Event::Progress(progress));
    assert!(player.screen(80, 24).contains("step 3/3"));
    player.press(Key::Enter);
    assert_eq!(player.commands(), [open(2)]);
}

#[test]
fn the_command_line_opens_a_lesson() {
    let mut player = Player::with(Options {
        open: Some(("02-pid".to_owned(), Some(1))),
        ..Options::default()
    });
    let effects = player.app.start();
    assert!(effects.contains(&Effect::Lab(open(1))));
    let mut lost = Player::with(Options {
        open: Some(("99-no\x1b".to_owned(), None)),
        ..Options::default()
    });
    assert_eq!(lost.app.start(), []);
    assert!(lost.screen(80, 24).contains("there is no lesson 99-no\\e"));
}

#[test]
fn the_cursor_moves_on_both_sides() {
    let mut player = Player::answered('1');
    // Rows of the host: spawner, helper, init, ticker. Of the box: init, ticker.
    player.keys([Key::Down, Key::Down, Key::Down]);
    player.press(Key::Tab);
    player.press(Key::Up);
    player.press(Key::Tab);
    let picture = player.screen(80, 24);
    player.press(Key::Up);
    player.press(Key::Down);
    assert_eq!(picture, player.screen(80, 24));
}

#[test]
fn frozen_panels_stand_still() {
    let mut player = Player::answered('1');
    player.press('f');
    player.lab(LabEvent::Sampled(sample(State::Gone)));
    let frozen = player.screen(80, 24);
    assert!(
        frozen.contains("frozen (f)") && frozen.contains("ticker"),
        "{frozen}"
    );
    player.press('f');
    assert!(player.screen(80, 24).contains("have ended"));
}

#[test]
fn a_frame_is_due_only_when_something_changed() {
    let mut player = Player::answered('1');
    assert!(player.app.take_dirty());
    assert!(!player.app.take_dirty());
    player.lab(LabEvent::Sampled(sample(State::Forked)));
    assert!(player.app.take_dirty());
    player.press('f');
    let _ = player.app.take_dirty();
    player.lab(LabEvent::Sampled(sample(State::Gone)));
    assert!(!player.app.take_dirty(), "frozen panels show nothing new");
}

#[test]
fn before_a_step_has_run_its_calls_are_not_in_the_way() {
    let mut player = Player::answered('1');
    player.keys([Key::Enter, Key::Enter]);
    // The third step asks for processes and calls.
    assert!(!player.screen(120, 36).contains("CALLS"));
    player.press('4');
    assert!(
        player
            .screen(120, 36)
            .contains("CALLS  how the boxes were made")
    );
    player.press(Key::Enter);
    player.run_kill();
    assert!(
        player
            .screen(120, 36)
            .contains("CALLS  what this step asked")
    );
}

#[test]
fn copy_hands_out_the_commands_of_the_step() {
    let mut player = Player::answered('1');
    player.effects.clear();
    player.press('y');
    let [Effect::Copy(copied)] = &player.effects[..] else {
        panic!("{:?}", player.effects);
    };
    let lines: Vec<&str> = copied.lines().collect();
    assert_eq!(
        lines.first(),
        Some(&"sh -s init  # the child: echo $$ shows its number")
    );
    assert_eq!(lines.last(), Some(&"sleep 600 &"));
}

//! Any size: no panic, the footer in view, and a way out.

use glassbox::{
    app::{Key, Options},
    model::{
        Untrusted,
        port::{LabEvent, Proof},
    },
};
use unicode_width::UnicodeWidthStr;

use crate::{
    looks,
    player::Player,
    world::{State, sample, sample_on},
};

/// The app in every kind of state that is drawn differently.
fn states() -> Vec<(&'static str, Player)> {
    let mut states = vec![
        ("list", Player::new()),
        ("read", Player::opened()),
        ("predict", Player::asked()),
        ("watch", Player::answered('1')),
        ("fault", Player::faulty()),
    ];
    let keys: [(&str, &[Key]); 11] = [
        ("run", &[Key::Left, Key::Enter, Key::Char('0'), Key::Enter]),
        ("explain", &[Key::Enter]),
        ("namespaces", &[Key::Char('2'), Key::Tab, Key::Down]),
        ("hostname", &[Key::Char('3'), Key::Tab]),
        ("calls", &[Key::Char('4'), Key::Down]),
        ("others", &[Key::Char('o'), Key::Down]),
        ("help", &[Key::Char('?'), Key::Down]),
        ("messages", &[Key::Char('m')]),
        ("quit", &[Key::Char('q')]),
        ("steps", &[Key::Char('G'), Key::Down]),
        ("palette", &[Key::Char(':'), Key::Down]),
    ];
    for (name, keys) in keys {
        let mut player = Player::answered('1');
        for key in keys {
            player.press(*key);
        }
        states.push((name, player));
    }
    let mut reset = Player::answered('1');
    reset.keys([Key::Char('x'), Key::Enter]);
    reset.lab(LabEvent::Cleared(Proof::default()));
    states.push(("reset", reset));
    let mut gone = Player::answered('1');
    gone.lab(LabEvent::Sampled(sample(State::Gone)));
    states.push(("gone", gone));
    states.push(("map", looks::mapped(b"blue")));
    states.push(("picker", looks::listed(b"web")));
    states.push(("inspect", looks::inspected(b"nginx")));
    let front: [(&str, &[Key]); 4] = [
        ("welcome", &[]),
        ("why not", &[Key::Char('d')]),
        ("line", &[Key::Esc, Key::Char('D'), Key::Char('i')]),
        ("filter", &[Key::Esc, Key::Char('/'), Key::Char('n')]),
    ];
    for (name, keys) in front {
        let mut player = Player::new();
        let _ = player.app.start();
        for key in keys {
            player.press(*key);
        }
        states.push((name, player));
    }
    states
}

#[test]
fn no_size_panics() {
    for (_, player) in states() {
        for width in (0..=5).chain([19, 20, 21, 40, 59, 60, 109, 110]) {
            for height in 0..=12 {
                player.draw(width, height);
            }
        }
        for (width, height) in [(1, 200), (200, 1), (500, 500), (36, 90), (300, 6)] {
            player.draw(width, height);
        }
    }
}

#[test]
fn the_footer_is_always_there_and_names_the_way_out() {
    for (name, player) in states() {
        for (width, height) in [(20, 6), (30, 8), (40, 12), (60, 15), (80, 24), (200, 50)] {
            let screen = player.screen(width, height);
            let footer = screen.lines().last().expect("a last line");
            let way_out = match name {
                "quit" => "Esc no",
                "filter" | "palette" | "line" => "Ctrl-C quit",
                _ => "q quit",
            };
            assert!(
                footer.contains(way_out),
                "{name} {width}x{height}: {footer:?}"
            );
        }
    }
}

#[test]
fn a_small_screen_says_what_it_leaves_out() {
    let player = Player::answered('1');
    let screen = player.screen(50, 14);
    assert!(screen.contains("left out here: "), "{screen}");
    let whole = player.screen(80, 24);
    assert!(!whole.contains("left out here"), "{whole}");
    assert!(player.screen(12, 3).contains("too small"));
}

#[test]
fn a_narrow_screen_stacks_the_panes_and_then_shows_one() {
    let mut player = Player::answered('1');
    player.press(Key::Enter);
    let stacked = player.screen(50, 40);
    assert!(
        stacked.contains("HOST") && stacked.contains("BOX"),
        "{stacked}"
    );
    let host = player.screen(50, 16);
    assert!(host.contains("HOST") && !host.contains("BOX"), "{host}");
    player.press(Key::Tab);
    let inside = player.screen(50, 16);
    assert!(
        inside.contains("BOX") && !inside.contains("HOST"),
        "{inside}"
    );
}

#[test]
fn every_sign_of_the_ascii_set_is_ascii_and_all_others_are_one_cell_wide() {
    for (_, player) in states() {
        for c in player.screen(80, 24).chars().filter(|c| *c != '\n') {
            let mut text = [0; 4];
            assert_eq!(c.encode_utf8(&mut text).width(), 1, "{c:?}");
        }
    }
    let mut player = Player::with(Options {
        ascii: true,
        ..Options::default()
    });
    player.press(Key::Enter);
    player.open();
    for key in [Key::Esc, Key::Esc, Key::Char('?')] {
        for (width, height) in [(40, 12), (80, 24), (120, 36)] {
            let screen = player.screen(width, height);
            assert!(screen.is_ascii(), "{screen}");
        }
        player.press(key);
    }
}

#[test]
fn without_colours_no_cell_has_one() {
    use ratatui::{buffer::Buffer, layout::Rect, style::Color};
    for (no_color, expected) in [(true, false), (false, true)] {
        let mut player = Player::with(Options {
            no_color,
            ..Options::default()
        });
        player.press(Key::Enter);
        player.open();
        let area = Rect::new(0, 0, 80, 24);
        let mut buf = Buffer::empty(area);
        glassbox::ui::draw(&player.app, area, &mut buf);
        let colored =
            |cell: &ratatui::buffer::Cell| [cell.fg, cell.bg].iter().any(|c| *c != Color::Reset);
        assert_eq!(buf.content.iter().any(colored), expected);
    }
}

#[test]
fn hostile_names_reach_the_screen_as_visible_text() {
    let mut player = Player::new();
    player.press(Key::Enter);
    player.lab(LabEvent::Opened {
        calls: Vec::new(),
        sample: sample_on(State::Opened, "\u{1b}]52;c;AAAA\u{7}\u{202e}"),
        fault: None,
    });
    player.lab(LabEvent::Lost(Untrusted::from("\u{1b}[2J\n")));
    for panel in ['1', '2', '3', '4', 'm'] {
        player.press(panel);
        for (width, height) in [(80, 24), (120, 36)] {
            let screen = player.screen(width, height);
            let bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!screen.contains(bad), "{screen:?}");
        }
    }
    assert!(player.screen(80, 24).contains("\\e[2J\\n"));
}

#[test]
fn docker_has_its_line_on_the_smallest_whole_screen() {
    use crate::player::pid_lesson_with_docker;
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut player = Player::playing(pid_lesson_with_docker(), Options::default());
        player.press(Key::Enter);
        player.open();
        player.press(Key::Enter);
        player.run_unshare();
        let screen = player.screen(width, height);
        let has = |label: &str| screen.lines().any(|line| line.contains(label));
        assert!(has(" docker:    --pid=host leaves it out"), "{screen}");
        assert!(has(" by hand:"), "{screen}");
        player.press('4');
        assert!(
            player.screen(width, height).contains("--pid=host"),
            "in the panel"
        );
    }
}

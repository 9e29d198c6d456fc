//! No key means two things, every key is explained, and those of multiplexers stay free.

use super::*;
use crate::lesson::Panel;

fn presses() -> Vec<KeyPress> {
    let named = [
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Left,
        Key::Right,
        Key::Up,
        Key::Down,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Insert,
        Key::Delete,
        Key::Function(2),
    ];
    let keys = (' '..='~').map(Key::Char).chain(named);
    keys.flat_map(|key| {
        (0..8).map(move |held| KeyPress {
            key,
            ctrl: held & 1 != 0,
            alt: held & 2 != 0,
            shift: held & 4 != 0,
        })
    })
    .collect()
}

#[test]
fn no_key_means_two_things_in_one_mode() {
    for mode in Mode::ALL {
        for press in presses() {
            let hits = bindings(mode)
                .filter(|binding| binding.triggers.iter().any(|t| t.fits(press)))
                .count();
            assert!(hits <= 1, "{press:?} means {hits} things in {mode:?}");
        }
    }
}

#[test]
fn keys_of_multiplexers_and_terminals_stay_free() {
    for mode in Mode::ALL {
        for c in "abhjklsq".chars() {
            let press = KeyPress {
                key: Key::Char(c),
                ctrl: true,
                ..KeyPress::from(c)
            };
            assert_eq!(action(mode, press), None, "Ctrl-{c} in {mode:?}");
        }
        let letter = |press: &KeyPress| matches!(press.key, Key::Char(_));
        let presses = presses().into_iter();
        for press in presses.filter(|press| press.alt && letter(press)) {
            assert_eq!(action(mode, press), None, "{press:?} in {mode:?}");
        }
    }
}

#[test]
fn every_panel_has_a_key_of_its_own_and_the_help_names_it() {
    let keys: std::collections::BTreeSet<char> = Panel::ALL.map(Panel::key).into();
    assert_eq!(keys.len(), Panel::ALL.len());
    for panel in Panel::ALL {
        assert_eq!(
            action(Mode::Watch, panel.key().into()),
            Some(Action::View),
            "{panel:?}"
        );
        let words = format!("{} {}", panel.key(), panel.name());
        let named = help().any(|(_, help)| help.contains(&words));
        assert!(named, "help does not say \"{words}\"");
    }
}

#[test]
fn every_mode_can_be_left_and_q_quits_where_it_is_no_text() {
    let leave = KeyPress {
        ctrl: true,
        ..']'.into()
    };
    assert_eq!(action(Mode::Shell, leave), Some(Action::LeaveShell));
    assert_eq!(action(Mode::Shell, 'q'.into()), None);
    for mode in Mode::ALL.into_iter().filter(|mode| *mode != Mode::Shell) {
        let esc = action(mode, Key::Esc.into());
        assert_eq!(esc, Some(Action::Close), "{mode:?}");
        let quit = action(mode, 'q'.into()) == Some(Action::Quit);
        let may = mode != Mode::Confirm && !mode.takes_text();
        assert_eq!(quit, may, "{mode:?}");
    }
}

/// In a shell it is the shell's: the line before, in its history.
#[test]
fn the_palette_is_there_wherever_keys_are_ours() {
    let ctrl_p = KeyPress {
        ctrl: true,
        ..'p'.into()
    };
    for mode in Mode::ALL {
        let opens = action(mode, ctrl_p) == Some(Action::Palette);
        let ours = !matches!(
            mode,
            Mode::Shell | Mode::Confirm | Mode::Palette | Mode::Line
        );
        assert_eq!(opens, ours, "Ctrl-P in {mode:?}");
        let opens = action(mode, ':'.into()) == Some(Action::Palette);
        assert_eq!(opens, ours && !mode.takes_text(), ": in {mode:?}");
    }
    assert_eq!(action(Mode::Shell, ctrl_p), None);
}

#[test]
fn what_the_palette_offers_is_what_the_key_does() {
    let has = Has {
        several: true,
        challenge: true,
        hint: true,
    };
    for mode in Mode::ALL {
        let mut told = std::collections::BTreeSet::new();
        for offer in offers(mode, has) {
            assert_eq!(action(mode, offer.press), Some(offer.action), "{offer:?}");
            assert!(!offer.words.is_empty(), "{offer:?} in {mode:?}");
            assert!(told.insert(written(offer.press)), "{offer:?} twice");
        }
        let bound = bindings(mode).filter(|it| it.action != Action::Palette);
        assert_eq!(told.len(), bound.count(), "{mode:?}");
    }
}

#[test]
fn keys_are_written_as_they_are_called() {
    let ctrl = |c: char| KeyPress {
        ctrl: true,
        ..c.into()
    };
    let shift = KeyPress {
        shift: true,
        ..Key::PageUp.into()
    };
    let cases = [
        ('x'.into(), "x"),
        (' '.into(), "Space"),
        (ctrl(']'), "Ctrl-]"),
        (ctrl('c'), "Ctrl-C"),
        (shift, "Shift-PgUp"),
        (Key::Function(2).into(), "F2"),
        (Key::Enter.into(), "Enter"),
    ];
    for (press, name) in cases {
        assert_eq!(written(press), name);
    }
}

#[test]
fn every_bound_key_is_explained_somewhere() {
    for binding in TABLE {
        let spoken = !binding.help.is_empty()
            || !binding.footer.is_empty()
            || TABLE.iter().any(|other| {
                other.action == binding.action
                    && !(other.help.is_empty() && other.footer.is_empty())
            })
            // One line in help speaks for the pair.
            || matches!(
                binding.action,
                Action::Down | Action::PageDown | Action::ShellDown
            );
        assert!(spoken, "{:?} is never explained", binding.action);
    }
}

#[test]
fn footers_fit_in_80_columns() {
    for mode in Mode::ALL {
        let width: usize = footer(mode, Has::default())
            .map(|(keys, word)| keys.len() + word.len() + 3)
            .sum();
        assert!(width <= 80, "{mode:?} takes {width}");
    }
}

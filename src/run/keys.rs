//! crossterm's keys to the app's. Called by `tui`; knows no meaning of any key.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind};

use crate::app::{Key, KeyPress};

/// The app's word for a key; `None` for releases and for keys that nothing is bound to.
pub(super) fn press(event: KeyEvent) -> Option<KeyPress> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    Some(KeyPress {
        key: key(event.code)?,
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
        shift: event.modifiers.contains(KeyModifiers::SHIFT)
            && !matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab),
    })
}

/// Which way the wheel was turned: `true` is up. `None` for all else that a mouse does.
pub(super) fn wheel(event: MouseEvent) -> Option<bool> {
    match event.kind {
        MouseEventKind::ScrollUp => Some(true),
        MouseEventKind::ScrollDown => Some(false),
        _ => None,
    }
}

/// Ctrl-Z, which raw mode hands us as a key.
pub(super) fn is_suspend(press: KeyPress) -> bool {
    press.ctrl && !press.alt && press.key == Key::Char('z')
}

fn key(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Insert => Key::Insert,
        KeyCode::Delete => Key::Delete,
        KeyCode::F(number) => Key::Function(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_and_releases() {
        let z = |modifiers| KeyEvent::new(KeyCode::Char('z'), modifiers);
        let cases = [
            (z(KeyModifiers::NONE), false),
            (z(KeyModifiers::CONTROL), true),
            (z(KeyModifiers::CONTROL | KeyModifiers::ALT), false),
            (
                KeyEvent::new(KeyCode::Char('x'), KeyModifiers::CONTROL),
                false,
            ),
        ];
        for (event, suspends) in cases {
            let press = press(event).expect("a key");
            assert_eq!(is_suspend(press), suspends, "{event:?}");
        }
        let mut released = z(KeyModifiers::CONTROL);
        released.kind = KeyEventKind::Release;
        assert_eq!(press(released), None);
        let unbound = KeyEvent::new(KeyCode::CapsLock, KeyModifiers::NONE);
        assert_eq!(press(unbound), None);
    }
}

//! Keys and pastes as the bytes that a terminal sends: xterm's, which is what TERM promises.

use crate::app::{Key, KeyPress};

/// The bytes of a key; empty for one that no terminal sends.
pub(super) fn bytes(press: KeyPress, application: bool) -> Vec<u8> {
    let mut out = Vec::new();
    match press.key {
        Key::Char(c) => {
            if press.alt {
                out.push(0x1b);
            }
            match control(c).filter(|_| press.ctrl) {
                Some(byte) => out.push(byte),
                None => out.extend(c.to_string().bytes()),
            }
        }
        Key::Enter => plain(&mut out, press.alt, b'\r'),
        Key::Tab => plain(&mut out, press.alt, b'\t'),
        Key::Backspace => plain(&mut out, press.alt, 0x7f),
        Key::Esc => plain(&mut out, press.alt, 0x1b),
        Key::BackTab => out.extend(b"\x1b[Z"),
        Key::Up => letter(&mut out, press, application, 'A'),
        Key::Down => letter(&mut out, press, application, 'B'),
        Key::Right => letter(&mut out, press, application, 'C'),
        Key::Left => letter(&mut out, press, application, 'D'),
        Key::Home => letter(&mut out, press, application, 'H'),
        Key::End => letter(&mut out, press, application, 'F'),
        Key::Insert => number(&mut out, press, 2),
        Key::Delete => number(&mut out, press, 3),
        Key::PageUp => number(&mut out, press, 5),
        Key::PageDown => number(&mut out, press, 6),
        Key::Function(key) => function(&mut out, press, key),
    }
    out
}

fn plain(out: &mut Vec<u8>, alt: bool, byte: u8) {
    if alt {
        out.push(0x1b);
    }
    out.push(byte);
}

/// The control character of a key; the digits are how some of them reach us, and some keyboards.
fn control(c: char) -> Option<u8> {
    let byte = u8::try_from(c).ok()?;
    match byte {
        b'@'..=b'_' | b'a'..=b'z' => Some(byte & 0x1f),
        b' ' | b'2' => Some(0),
        b'3'..=b'7' => Some(byte - b'3' + 0x1b),
        b'/' => Some(0x1f),
        b'8' | b'?' => Some(0x7f),
        _ => None,
    }
}

/// xterm's number for the keys that are held: 1 and the sum of Shift 1, Alt 2, Ctrl 4.
fn held(press: KeyPress) -> Option<u8> {
    let sum = u8::from(press.shift) + 2 * u8::from(press.alt) + 4 * u8::from(press.ctrl);
    (sum > 0).then_some(1 + sum)
}

fn letter(out: &mut Vec<u8>, press: KeyPress, application: bool, end: char) {
    let text = match held(press) {
        Some(held) => format!("\x1b[1;{held}{end}"),
        None if application => format!("\x1bO{end}"),
        None => format!("\x1b[{end}"),
    };
    out.extend(text.bytes());
}

fn number(out: &mut Vec<u8>, press: KeyPress, key: u8) {
    let text = match held(press) {
        Some(held) => format!("\x1b[{key};{held}~"),
        None => format!("\x1b[{key}~"),
    };
    out.extend(text.bytes());
}

fn function(out: &mut Vec<u8>, press: KeyPress, key: u8) {
    const NUMBERS: [u8; 8] = [15, 17, 18, 19, 20, 21, 23, 24];
    match (key, held(press)) {
        (1..=4, held) => {
            let end = char::from(b'P' + key - 1);
            let text = held.map_or(format!("\x1bO{end}"), |held| format!("\x1b[1;{held}{end}"));
            out.extend(text.bytes());
        }
        (5..=12, _) => number(out, press, NUMBERS[usize::from(key - 5)]),
        _ => {}
    }
}

/// A paste. With brackets, if the program asked for them, it can tell it from typing; what ends the
/// brackets cannot be pasted, or a paste could go on as typing.
pub(super) fn paste(text: &str, bracketed: bool) -> Vec<u8> {
    let lines = text.replace("\r\n", "\r").replace('\n', "\r");
    if !bracketed {
        return lines.into_bytes();
    }
    let mut inner = lines;
    while inner.contains("\x1b[201~") {
        inner = inner.replace("\x1b[201~", "");
    }
    format!("\x1b[200~{inner}\x1b[201~").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: Key, held: &str) -> KeyPress {
        KeyPress {
            key,
            ctrl: held.contains('c'),
            alt: held.contains('a'),
            shift: held.contains('s'),
        }
    }

    #[test]
    fn keys_are_what_xterm_sends() {
        let cases: &[(Key, &str, bool, &[u8])] = &[
            (Key::Char('a'), "", false, b"a"),
            (Key::Char('ü'), "", false, "ü".as_bytes()),
            (Key::Char('c'), "c", false, b"\x03"),
            (Key::Char('z'), "c", false, b"\x1a"),
            (Key::Char('4'), "c", false, b"\x1c"),
            (Key::Char(' '), "c", false, b"\0"),
            (Key::Char('x'), "a", false, b"\x1bx"),
            (Key::Enter, "", false, b"\r"),
            (Key::Backspace, "", false, b"\x7f"),
            (Key::Up, "", false, b"\x1b[A"),
            (Key::Up, "", true, b"\x1bOA"),
            (Key::Left, "c", true, b"\x1b[1;5D"),
            (Key::End, "", true, b"\x1bOF"),
            (Key::Delete, "", false, b"\x1b[3~"),
            (Key::PageUp, "", false, b"\x1b[5~"),
            (Key::Function(1), "", false, b"\x1bOP"),
            (Key::Function(5), "", false, b"\x1b[15~"),
            (Key::Function(12), "s", false, b"\x1b[24;2~"),
            (Key::Function(40), "", false, b""),
        ];
        for (key, held, application, expected) in cases {
            let found = bytes(press(*key, held), *application);
            assert_eq!(found, *expected, "{key:?} {held:?}");
        }
    }

    #[test]
    fn a_paste_cannot_break_out_of_its_brackets() {
        assert_eq!(paste("a\nb\r\nc", false), b"a\rb\rc");
        let sly = "x\x1b[20\x1b[201~1~rm";
        assert_eq!(paste(sly, true), b"\x1b[200~xrm\x1b[201~");
    }
}

//! Which screen of the terminal programs have switched to, told from the bytes that they write. Used by
//! the relay, which must leave the terminal as it was. Reads CSI ? Pm h and l, and nothing else.

use crate::kernel::tty::Screen;

/// Modes that switch to the alternate screen: console_codes(4), xterm's control sequences.
const SWITCHES: [u32; 3] = [47, 1047, 1049];

/// Where in a sequence the last byte was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    #[default]
    Text,
    Escape,
    Bracket,
    /// In the numbers of a private mode; whether one of those before was a switch.
    Numbers {
        now: u32,
        found: bool,
    },
}

/// What was drawn so far.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    at: At,
    screen: Screen,
    escapes: bool,
}

impl Drawn {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.at = self.after(*byte);
        }
    }

    pub(super) fn screen(&self) -> Screen {
        self.screen
    }

    /// Whether anything but plain text was written, so that there may be something to undo.
    pub(super) fn has_escapes(&self) -> bool {
        self.escapes
    }

    fn after(&mut self, byte: u8) -> At {
        match (self.at, byte) {
            (_, 0x1b) => {
                self.escapes = true;
                At::Escape
            }
            (At::Escape, b'[') => At::Bracket,
            // RIS: the whole terminal anew.
            (At::Escape, b'c') => {
                self.screen = Screen::Normal;
                At::Text
            }
            (At::Bracket, b'?') => At::Numbers {
                now: 0,
                found: false,
            },
            (At::Numbers { now, found }, b'0'..=b'9') => At::Numbers {
                now: now.saturating_mul(10).saturating_add((byte - b'0').into()),
                found,
            },
            (At::Numbers { now, found }, b';') => At::Numbers {
                now: 0,
                found: found || SWITCHES.contains(&now),
            },
            (At::Numbers { now, found }, b'h' | b'l') => {
                if found || SWITCHES.contains(&now) {
                    self.screen = match byte {
                        b'h' => Screen::Alternate,
                        _ => Screen::Normal,
                    };
                }
                At::Text
            }
            _ => At::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(pieces: &[&str]) -> Drawn {
        let mut drawn = Drawn::default();
        for piece in pieces {
            drawn.take(piece.as_bytes());
        }
        drawn
    }

    #[test]
    fn the_screen_is_the_one_that_was_switched_to_last() {
        let cases: [(&[&str], Screen); 9] = [
            (&["plain\r\n"], Screen::Normal),
            (&["\x1b[?1049h"], Screen::Alternate),
            (&["\x1b[?1049h", "x\x1b[?1049l"], Screen::Normal),
            (&["\x1b", "[?1", "049", "h"], Screen::Alternate),
            (&["\x1b[?25;47;1h"], Screen::Alternate),
            (&["\x1b[?10490h"], Screen::Normal),
            (&["\x1b[1049h\x1b[?2004h"], Screen::Normal),
            (&["\x1b[?1049h\x1bc"], Screen::Normal),
            (&["\x1b[?1047h\x1b[?99999999999999h"], Screen::Alternate),
        ];
        for (pieces, screen) in cases {
            assert_eq!(after(pieces).screen(), screen, "{pieces:?}");
        }
    }

    #[test]
    fn plain_text_leaves_nothing_to_undo() {
        assert!(!after(&["a line\r\n"]).has_escapes());
        assert!(after(&["\x1b[31mred"]).has_escapes());
    }
}

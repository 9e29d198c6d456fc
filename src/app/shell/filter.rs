//! What stands between a program's bytes and the emulator: drops what must not get further (OSC, DCS,
//! APC and the like), clamps what could cost much, and knows a few sequences that the emulator does
//! not. Called by `emulator`.

/// Parameters of a longer sequence are nobody's honest work.
const LONGEST: usize = 64;
/// As many as any line has cells.
const MOST_REPEATS: u32 = 512;

/// Where in the stream we are.
#[derive(Debug, Default)]
enum State {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// After ESC and one of ` ` to `/`: what it designates follows.
    Designate(u8),
    /// After ESC [: parameters so far.
    Control(Vec<u8>),
    /// In a string that nobody shall read, up to its end.
    Swallow,
}

/// What comes out, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// For the emulator.
    Bytes(Vec<u8>),
    /// CBT: back by so many tabulators.
    BackTab(u16),
}

/// The state from one chunk of bytes to the next.
#[derive(Debug, Default)]
pub(super) struct Filter {
    state: State,
    /// Letters are pieces of lines: the character set that `ESC ( 0` chooses.
    drawing: bool,
    pieces: Vec<Piece>,
}

impl Filter {
    /// Takes in a chunk; what of it is for the emulator.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Vec<Piece> {
        for byte in bytes {
            self.take(*byte);
        }
        std::mem::take(&mut self.pieces)
    }

    fn take(&mut self, byte: u8) {
        self.state = match (std::mem::take(&mut self.state), byte) {
            // CAN and SUB end whatever was begun, ESC begins anew. BEL ends an OSC, and here every
            // other string, too: better than to swallow all that follows.
            (_, 0x18 | 0x1a) | (State::Swallow, 0x07) => State::Text,
            (_, 0x1b) => State::Escape,
            (State::Text, byte) => self.text(byte),
            (State::Escape, byte) => self.escape(byte),
            (State::Designate(set), byte) => self.designate(set, byte),
            (State::Control(parameters), byte) => self.control(parameters, byte),
            (State::Swallow, _) => State::Swallow,
        };
    }

    fn text(&mut self, byte: u8) -> State {
        match LINES.get(usize::from(byte).wrapping_sub(0x60)) {
            Some(line) if self.drawing => self.put(line.to_string().as_bytes()),
            _ => self.put(&[byte]),
        }
        State::Text
    }

    fn escape(&mut self, byte: u8) -> State {
        match byte {
            b'[' => return State::Control(Vec::new()),
            // OSC, DCS, SOS, PM, APC
            b']' | b'P' | b'X' | b'^' | b'_' => return State::Swallow,
            b' '..=b'/' => return State::Designate(byte),
            // Next line; the emulator knows its parts.
            b'E' => self.put(b"\r\n"),
            b'D' => self.put(b"\n"),
            b'c' => {
                self.drawing = false;
                self.put(b"\x1bc");
            }
            // What is executed in the midst of a sequence.
            ..=0x1f => {
                self.put(&[byte]);
                return State::Escape;
            }
            byte => self.put(&[0x1b, byte]),
        }
        State::Text
    }

    fn designate(&mut self, set: u8, byte: u8) -> State {
        match (set, byte) {
            (set, b' '..=b'/') => return State::Designate(set),
            (b'(', set) => self.drawing = set == b'0',
            _ => {}
        }
        State::Text
    }

    fn control(&mut self, mut parameters: Vec<u8>, byte: u8) -> State {
        match byte {
            ..=0x1f => self.put(&[byte]),
            b' '..=b'?' if parameters.len() < LONGEST => parameters.push(byte),
            b'@'..=b'~' => {
                self.finish(&parameters, byte);
                return State::Text;
            }
            _ => {}
        }
        State::Control(parameters)
    }

    fn finish(&mut self, parameters: &[u8], end: u8) {
        let plain = parameters.iter().all(u8::is_ascii_digit);
        let number = || {
            let text = std::str::from_utf8(parameters).unwrap_or_default();
            text.parse::<u32>()
                .unwrap_or(if text.is_empty() { 1 } else { u32::MAX })
        };
        match end {
            b'b' if plain => {
                let count = number().min(MOST_REPEATS);
                self.put(format!("\x1b[{count}b").as_bytes());
            }
            b'Z' if plain => {
                let count = u16::try_from(number()).unwrap_or(u16::MAX);
                self.pieces.push(Piece::BackTab(count));
            }
            b's' if parameters.is_empty() => self.put(b"\x1b7"),
            b'u' if parameters.is_empty() => self.put(b"\x1b8"),
            // A parameter that was cut would mean something else.
            _ if parameters.len() >= LONGEST => {}
            end => {
                self.put(b"\x1b[");
                self.put(parameters);
                self.put(&[end]);
            }
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        match self.pieces.last_mut() {
            Some(Piece::Bytes(last)) => last.extend_from_slice(bytes),
            _ => self.pieces.push(Piece::Bytes(bytes.to_vec())),
        }
    }
}

/// What `ESC ( 0` makes of the bytes 0x60 to 0x7e.
const LINES: [char; 31] = [
    '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼',
    '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(bytes: &[u8]) -> Vec<Piece> {
        let whole = Filter::default().pass(bytes);
        let mut filter = Filter::default();
        let single: Vec<Piece> = bytes
            .iter()
            .flat_map(|byte| filter.pass(&[*byte]))
            .collect();
        assert_eq!(joined(&single), joined(&whole), "cut into single bytes");
        whole
    }

    fn joined(pieces: &[Piece]) -> Vec<u8> {
        let bytes = pieces.iter().flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.clone(),
            Piece::BackTab(count) => format!("<{count}>").into_bytes(),
        });
        bytes.collect()
    }

    fn is(bytes: &[u8], expected: &[u8]) {
        let found = joined(&passed(bytes));
        assert_eq!(
            String::from_utf8_lossy(&found),
            String::from_utf8_lossy(expected)
        );
    }

    #[test]
    fn strings_for_the_terminal_alone_are_dropped() {
        for string in [
            &b"\x1b]52;c;aGk=\x07"[..],
            b"\x1b]0;title\x1b\\",
            b"\x1bP$q\"p\x1b\\",
            b"\x1b_Gf=100\x1b\\",
            b"\x1b^pm\x1b\\",
            b"\x1bXsos\x1b\\",
        ] {
            let all = [b"a", string, b"b"].concat();
            let found = joined(&passed(&all));
            let found: Vec<u8> = found
                .into_iter()
                .filter(u8::is_ascii_alphanumeric)
                .collect();
            assert_eq!(found, b"ab", "{string:?}");
        }
        is(b"a\x1b]0;never\x18b", b"ab");
    }

    #[test]
    fn what_is_harmless_passes_unchanged() {
        for same in [
            &b"plain \xc3\xbc\r\n\t"[..],
            b"\x1b[1;31mred\x1b[0m",
            b"\x1b[?1049h\x1b[2;20r\x1b[H\x1b7\x1b8\x1bM\x1b=",
            b"\x1b[6n\x1b[>c\x1b[3 q\x1b[!p",
        ] {
            is(same, same);
        }
    }

    #[test]
    fn repeats_are_clamped_and_endless_parameters_dropped() {
        is(b"x\x1b[65535b", b"x\x1b[512b");
        is(b"x\x1b[99999999999b", b"x\x1b[512b");
        is(b"x\x1b[b", b"x\x1b[1b");
        let endless = [b"\x1b[", &b"1;".repeat(100)[..], b"m", b"y"].concat();
        is(&endless, b"y");
    }

    #[test]
    fn lines_are_drawn_and_the_rest_is_translated() {
        is(b"\x1b(0lqk\x1b(Blqk", "┌─┐lqk".as_bytes());
        is(b"\x1b[s\x1b[u\x1bE\x1b[3Z", b"\x1b7\x1b8\r\n<3>");
    }
}

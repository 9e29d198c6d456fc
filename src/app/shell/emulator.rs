//! A terminal without a screen: bytes in, cells out. Nothing that a program writes leaves it but as
//! cells, and as answers to the questions that programs ask of their terminal.

use std::num::NonZeroU16;

use vt100::{Callbacks, Parser, Screen};

use super::filter::{Filter, Piece};
use crate::model::port::Size;

/// Lines that are kept above the screen.
const SCROLLBACK: usize = 1000;
/// More answers to one chunk are not asked for by anybody who reads them.
const MOST_ANSWERS: usize = 1024;
/// Before anybody knows how much room there is.
const FIRST: (u16, u16) = (24, 80);

/// A terminal's state.
pub struct Emulator {
    parser: Parser<Answers>,
    filter: Filter,
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").finish_non_exhaustive()
    }
}

/// What is drawn: the cells that are in view, and the cursor where it can be seen.
#[derive(Debug, Clone, Copy)]
pub struct Sketch<'e> {
    /// The cells, by row and column.
    pub screen: &'e Screen,
    /// Row and column.
    pub cursor: Option<(u16, u16)>,
    /// By how many lines the view is scrolled up.
    pub scrolled: usize,
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

impl Emulator {
    pub(super) fn new() -> Self {
        let (rows, columns) = (cells(FIRST.0), cells(FIRST.1));
        let parser = Parser::new_with_callbacks(rows, columns, SCROLLBACK, Answers::default());
        Self {
            parser,
            filter: Filter::default(),
        }
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> Size {
        let (rows, columns) = self.parser.screen().size();
        Size {
            rows: rows.get(),
            columns: columns.get(),
        }
    }

    /// What is to be drawn.
    #[must_use]
    pub fn sketch(&self) -> Sketch<'_> {
        let screen = self.parser.screen();
        let scrolled = screen.scrollback();
        let shown = scrolled == 0 && !screen.hide_cursor();
        Sketch {
            screen,
            cursor: shown.then(|| screen.cursor_position()),
            scrolled,
        }
    }

    pub(super) fn resize(&mut self, size: Size) {
        if size != self.size() {
            self.parser.set_size(cells(size.rows), cells(size.columns));
        }
    }

    /// Takes in what a program wrote; what the terminal answers.
    pub(super) fn process(&mut self, bytes: &[u8]) -> Vec<u8> {
        for piece in self.filter.pass(bytes) {
            match piece {
                Piece::Bytes(bytes) => self.parser.process(&bytes),
                Piece::BackTab(count) => self.back_tab(count),
            }
        }
        std::mem::take(&mut self.parser.callbacks_mut().0)
    }

    fn back_tab(&mut self, count: u16) {
        let (_, column) = self.parser.screen().cursor_position();
        let stop = column.div_ceil(8).saturating_sub(count) * 8;
        self.parser
            .process(format!("\x1b[{}G", stop + 1).as_bytes());
    }

    pub(super) fn application_cursor(&self) -> bool {
        self.parser.screen().application_cursor()
    }

    pub(super) fn bracketed_paste(&self) -> bool {
        self.parser.screen().bracketed_paste()
    }

    /// Half a screen up or down; on the alternate screen there is nothing above.
    pub(super) fn scroll(&mut self, up: bool) {
        let half = usize::from(self.size().rows / 2).max(1);
        let screen = self.parser.screen_mut();
        let now = screen.scrollback();
        let to = if up {
            now + half
        } else {
            now.saturating_sub(half)
        };
        screen.set_scrollback(to.min(screen.scrollback_len()));
    }

    pub(super) fn scroll_to_end(&mut self) {
        self.parser.screen_mut().set_scrollback(0);
    }
}

/// What programs ask of their terminal, answered.
#[derive(Debug, Default)]
struct Answers(Vec<u8>);

impl Answers {
    fn say(&mut self, words: &str) {
        if self.0.len() + words.len() <= MOST_ANSWERS {
            self.0.extend(words.bytes());
        }
    }
}

impl Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        second: Option<u8>,
        parameters: &[&[u16]],
        end: char,
    ) {
        let number = parameters.first().and_then(|all| all.first()).copied();
        let number = number.unwrap_or(0);
        let (row, column) = screen.cursor_position();
        let (rows, columns) = screen.size();
        match (first, second, end, number) {
            // Who are you: a VT220 with colours, and as an xterm one that can do nothing special.
            (None, None, 'c', 0) => self.say("\x1b[?62;22c"),
            (Some(b'>'), None, 'c', 0) => self.say("\x1b[>0;0;0c"),
            // Are you well, and where is the cursor.
            (None, None, 'n', 5) => self.say("\x1b[0n"),
            (None, None, 'n', 6) => {
                let column = column.min(columns.get() - 1);
                self.say(&format!("\x1b[{};{}R", row + 1, column + 1));
            }
            // How large is the text area.
            (None, None, 't', 18) => self.say(&format!("\x1b[8;{rows};{columns}t")),
            // Is that mode set: we do not tell.
            (Some(b'?'), Some(b'$'), 'p', mode) => self.say(&format!("\x1b[?{mode};0$y")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emulator(rows: u16, columns: u16) -> Emulator {
        let mut emulator = Emulator::new();
        emulator.resize(Size { rows, columns });
        emulator
    }

    fn text(emulator: &Emulator) -> String {
        emulator.parser.screen().contents()
    }

    #[test]
    fn questions_are_answered_and_nothing_else_is() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"\x1b[c", b"\x1b[?62;22c"),
            (b"\x1b[0c", b"\x1b[?62;22c"),
            (b"\x1b[>c", b"\x1b[>0;0;0c"),
            (b"\x1b[5n", b"\x1b[0n"),
            (b"\x1b[2;3H\x1b[6n", b"\x1b[2;3R"),
            (b"\x1b[18t", b"\x1b[8;5;10t"),
            (b"\x1b[?2026$p", b"\x1b[?2026;0$y"),
            (b"\x1b]11;?\x07\x1bP$qm\x1b\\\x1b]52;c;?\x07", b""),
            (b"\x1b[21t\x1b[8;1;1t\x05", b""),
        ];
        for (asked, answer) in cases {
            let found = emulator(5, 10).process(asked);
            assert_eq!(found, *answer, "{asked:?}");
        }
        let flood = b"\x1b[c".repeat(10_000);
        assert!(emulator(5, 10).process(&flood).len() <= MOST_ANSWERS);
    }

    #[test]
    fn a_back_tab_goes_to_the_stop_before() {
        for (column, count, expected) in [(20, 1, 16), (16, 1, 8), (16, 2, 0), (3, 9, 0), (0, 1, 0)]
        {
            let mut emulator = emulator(2, 40);
            emulator.process(format!("\x1b[{}G\x1b[{count}Z", column + 1).as_bytes());
            assert_eq!(emulator.parser.screen().cursor_position(), (0, expected));
        }
    }

    #[test]
    fn one_cell_is_a_terminal_and_scrolling_has_an_end() {
        let mut tiny = emulator(1, 1);
        tiny.process("a界\x1b[5;5Hb\r\n\u{202e}c".as_bytes());
        tiny.resize(Size {
            rows: 3,
            columns: 2,
        });
        let mut long = emulator(4, 10);
        for line in 0..5000 {
            long.process(format!("{line}\r\n").as_bytes());
        }
        for _ in 0..5000 {
            long.scroll(true);
        }
        assert_eq!(long.sketch().scrolled, SCROLLBACK);
        long.scroll_to_end();
        assert!(text(&long).starts_with("4997"), "{:?}", text(&long));
    }

    /// Not random: the same bytes each time, from a generator of our own.
    #[test]
    fn whatever_is_written_the_emulator_survives() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let spice: [&[u8]; 8] = [
            b"\x1b[",
            b"\x1b]",
            b"\x1bP",
            b"\x1b(0",
            b";;;9999",
            b"?1049h",
            "界".as_bytes(),
            b"65535b",
        ];
        for (rows, columns) in [(1, 1), (1, 2), (2, 1), (24, 80), (3, 500)] {
            let mut emulator = emulator(rows, columns);
            for _ in 0..300 {
                let mut bytes: Vec<u8> = (0..40).flat_map(|_| next().to_le_bytes()).collect();
                let at = usize::try_from(next() % 300).unwrap_or(0);
                let what = spice[usize::try_from(next() % 8).unwrap_or(0)];
                bytes.splice(at..at, what.iter().copied());
                emulator.process(&bytes);
                if next() % 50 == 0 {
                    let size = Size {
                        rows: u16::try_from(next() % 30 + 1).unwrap_or(1),
                        columns: u16::try_from(next() % 90 + 1).unwrap_or(1),
                    };
                    emulator.resize(size);
                }
                let sketch = emulator.sketch();
                let (height, width) = sketch.screen.size();
                assert!(
                    sketch.cursor.is_none_or(|(row, _)| row < height.get()),
                    "{width}"
                );
            }
        }
    }
}

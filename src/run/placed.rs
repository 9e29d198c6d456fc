//! Between ratatui and the terminal: after a character whose width terminals do not agree on, the next
//! one is put at its place in so many words. Else what a program in a shell writes could push the rest
//! of a row over the frame of its pane. Used by `terminal`; draws nothing of its own.

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// A backend that trusts no width.
pub(super) struct Placed<B>(pub(super) B);

/// ASCII, and the lines that our own frames are made of.
fn is_sure(symbol: &str) -> bool {
    let sure = |c: char| c.is_ascii() || ('\u{2500}'..='\u{259f}').contains(&c);
    symbol.chars().all(sure)
}

impl<B: Backend> Backend for Placed<B> {
    type Error = B::Error;

    /// Each call of the inner one begins with the place of its first cell.
    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut run = Vec::new();
        for (x, y, cell) in content {
            run.push((x, y, cell));
            if !is_sure(cell.symbol()) {
                self.0.draw(run.drain(..))?;
            }
        }
        self.0.draw(run.into_iter())
    }

    fn append_lines(&mut self, count: u16) -> Result<(), Self::Error> {
        self.0.append_lines(count)
    }

    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, kind: ClearType) -> Result<(), Self::Error> {
        self.0.clear_region(kind)
    }

    fn size(&self) -> Result<Size, Self::Error> {
        self.0.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.0.window_size()
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::backend::CrosstermBackend;

    use super::*;

    /// What the terminal is sent for these cells of the first row.
    fn sent(symbols: &[&'static str]) -> String {
        let mut bytes = Vec::new();
        let cells: Vec<Cell> = symbols.iter().map(|symbol| Cell::new(symbol)).collect();
        let content = (0..).zip(&cells).map(|(x, cell)| (x, 0, cell));
        let drawn = Placed(CrosstermBackend::new(&mut bytes)).draw(content);
        drawn.expect("a vector takes everything");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn what_follows_a_doubtful_width_is_put_at_its_place() {
        // The second cell of the first row: CSI 1 ; 2 H.
        let second = "\x1b[1;2H";
        for sure in ["a", "\u{2500}", "\u{2551}"] {
            assert!(!sent(&[sure, "b"]).contains(second), "{sure:?}");
        }
        for doubtful in ["\u{e9}", "e\u{301}", "\u{2764}\u{fe0f}", "\u{1f468}"] {
            assert!(sent(&[doubtful, "b"]).contains(second), "{doubtful:?}");
        }
    }
}

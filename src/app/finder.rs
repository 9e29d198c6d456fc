//! A list that is searched by typing: the words, and which rows have them. Used by the screens of
//! `map` and `inspect`; draws nothing.

use super::{Key, KeyPress};

/// Nobody types more.
const LONGEST: usize = 64;

/// The words that rows must have, each of them, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finder {
    /// As they were typed.
    pub words: String,
    /// Keys go here.
    pub open: bool,
}

impl Finder {
    /// Whether a row with these texts has all the words; upper and lower case are the same.
    #[must_use]
    pub fn accepts(&self, texts: &[&str]) -> bool {
        let all = texts.join("\n").to_lowercase();
        let words = self.words.to_lowercase();
        words.split_whitespace().all(|word| all.contains(word))
    }

    /// A key of the keyboard, if it means anything here.
    pub(super) fn type_key(&mut self, press: KeyPress) {
        match press.key {
            Key::Char(c) if !press.ctrl && !press.alt => self.paste(&c.to_string()),
            Key::Backspace => {
                self.words.pop();
            }
            _ => {}
        }
    }

    /// Adds what can be shown of a text.
    pub(super) fn paste(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.words.chars().count());
        let shown = text.chars().filter(|c| !c.is_control());
        self.words.extend(shown.take(room));
    }

    /// Forgets the words.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// A cursor in a list of `count` rows, moved by `by`.
pub(super) fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_must_be_somewhere() {
        let mut finder = Finder::default();
        assert!(finder.accepts(&["anything"]));
        finder.paste("NET sl\neep");
        assert!(finder.accepts(&["net 4026531840", "Sleep"]));
        assert!(!finder.accepts(&["net", "cat"]));
        finder.paste(&"x".repeat(100));
        assert_eq!(finder.words.chars().count(), LONGEST);
        finder.clear();
        assert_eq!(finder, Finder::default());
    }
}

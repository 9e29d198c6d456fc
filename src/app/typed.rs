//! A line that the learner types in glassbox itself: the list's filter, the palette, a line for docker.
//! To make a list shorter, it finds what has all of its words, in any order and any case.

/// Nobody looks for more.
const MOST: usize = 64;

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    text: String,
    /// Characters that there is room for.
    most: usize,
}

impl Default for Typed {
    fn default() -> Self {
        Self::with_room(MOST)
    }
}

impl Typed {
    /// An empty line for so many characters.
    pub(super) fn with_room(most: usize) -> Self {
        let text = String::new();
        Self { text, most }
    }

    /// As it was typed; control characters are not in it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds what was typed or pasted, as far as there is room.
    pub(super) fn push(&mut self, text: &str) {
        let room = self.most.saturating_sub(self.text.chars().count());
        let typed = text.chars().filter(|c| !c.is_control());
        self.text.extend(typed.take(room));
    }

    /// Takes the last character away; `false`: there was none.
    pub(super) fn erase(&mut self) -> bool {
        self.text.pop().is_some()
    }

    /// Whether each word of it is somewhere in `text`.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let typed = self.text.to_lowercase();
        typed.split_whitespace().all(|word| text.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Typed {
        let mut typed = Typed::default();
        typed.push(text);
        typed
    }

    #[test]
    fn all_words_in_any_order_and_case() {
        let cases = [
            ("", "anything", true),
            ("PID", "02-pid A process list", true),
            ("list pid", "02-pid A process list", true),
            ("pid net", "02-pid A process list", false),
            ("  ", "x", true),
        ];
        for (wanted, text, fits) in cases {
            assert_eq!(typed(wanted).fits(text), fits, "{wanted:?} in {text:?}");
        }
    }

    #[test]
    fn it_is_short_and_has_no_control_characters() {
        assert_eq!(typed("a\x1b[2J\nb").text(), "a[2Jb");
        assert_eq!(typed(&"x".repeat(1 << 20)).text().len(), MOST);
        let mut line = typed("ü");
        assert!(line.erase() && !line.erase());
    }
}

//! A line that the learner types in glassbox itself, to make a list shorter: the list's filter and the
//! palette. It finds what has all of its words, in any order and any case.

/// Nobody looks for more.
const MOST: usize = 64;

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed(String);

impl Typed {
    /// As it was typed; control characters are not in it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Adds what was typed or pasted, as far as there is room.
    pub(super) fn push(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.0.chars().count());
        let typed = text.chars().filter(|c| !c.is_control());
        self.0.extend(typed.take(room));
    }

    /// Takes the last character away; `false`: there was none.
    pub(super) fn erase(&mut self) -> bool {
        self.0.pop().is_some()
    }

    /// Whether each word of it is somewhere in `text`.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let typed = self.0.to_lowercase();
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

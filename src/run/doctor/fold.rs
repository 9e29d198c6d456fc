//! Long lines for a narrow terminal: words under a label, folded. Pure; called by the report alone.

use unicode_width::UnicodeWidthStr as _;

/// Words have this much room at least, however narrow the terminal.
const LEAST: usize = 24;

/// `label` and behind it `words`, folded at `columns`; what goes on stands below where it began.
pub(super) fn labelled(label: &str, words: &str, columns: usize) -> String {
    let indent = label.width();
    let room = columns.saturating_sub(indent).max(LEAST);
    let mut text = label.to_owned();
    for (position, line) in folded(words, room).iter().enumerate() {
        if position > 0 {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
        }
        text.push_str(line);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Lines of at most `room` cells. A longer word, a command perhaps, is not torn apart.
fn folded(words: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::labelled;

    #[test]
    fn what_goes_on_stands_below_where_it_began() {
        let words = "one two three four five six seven";
        let cases = [
            (80, "  ok  one two three four five six seven\n"),
            (30, "  ok  one two three four five\n      six seven\n"),
            (0, "  ok  one two three four five\n      six seven\n"),
        ];
        for (columns, expected) in cases {
            assert_eq!(labelled("  ok  ", words, columns), expected, "{columns}");
        }
    }

    #[test]
    fn a_long_word_stays_whole() {
        let word = "x".repeat(50);
        let text = labelled("- ", &format!("a {word} b"), 30);
        assert_eq!(text, format!("- a\n  {word}\n  b\n"));
    }
}

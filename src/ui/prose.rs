//! Markdown to wrapped lines: paragraphs, lists, code, bold, emphasis. Called for every text of a
//! lesson; other Markdown is shown as its plain text.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::theme::{Role, Theme};
use crate::model::Untrusted;

/// A remark in a pane of this width: dim, with a free column on either side.
pub(super) fn remark(text: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let room = u16::try_from(width.saturating_sub(2)).unwrap_or(u16::MAX);
    let mut lines = plain(text, room, theme.style(Role::Dim));
    for line in &mut lines {
        line.spans.insert(0, " ".into());
    }
    lines
}

/// Plain text, wrapped at `width`.
pub(super) fn plain(text: &str, width: u16, style: Style) -> Vec<Line<'static>> {
    let mut page = Page::new(width);
    page.push(text, style);
    page.end_paragraph();
    page.lines
}

/// Markdown, wrapped at `width`; `base` is the style of its plain words.
pub(super) fn markdown(text: &str, width: u16, base: Style, theme: &Theme) -> Vec<Line<'static>> {
    let mut page = Page::new(width);
    let mut styles = vec![base];
    for event in Parser::new(text) {
        let style = styles.last().copied().unwrap_or(base);
        match event {
            Event::Start(Tag::Strong) => styles.push(style.patch(theme.style(Role::Title))),
            Event::Start(Tag::Emphasis) => styles.push(style.patch(theme.style(Role::Emphasis))),
            Event::Start(Tag::CodeBlock(_)) => {
                page.gap();
                styles.push(theme.style(Role::Code));
                page.verbatim = true;
            }
            Event::Start(Tag::Item) => page.start_item(),
            Event::Start(Tag::Paragraph | Tag::List(_)) if page.indent == 0 => page.gap(),
            Event::End(TagEnd::Strong | TagEnd::Emphasis) => {
                styles.pop();
            }
            Event::End(TagEnd::CodeBlock) => {
                styles.pop();
                page.verbatim = false;
            }
            Event::End(TagEnd::Item) => page.end_item(),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_)) => page.end_paragraph(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                page.push(&text, style);
            }
            Event::Code(text) => page.push(&text, style.patch(theme.style(Role::Code))),
            Event::SoftBreak => page.push(" ", style),
            Event::HardBreak => page.break_line(),
            _ => {}
        }
    }
    page.end_paragraph();
    page.lines
}

/// Lesson text, fit for a terminal. A backslash stays a single one: here it is text, not an escape.
pub(super) fn safe(text: &str) -> String {
    let parts: Vec<String> = text
        .split('\\')
        .map(|part| Untrusted::from(part).text())
        .collect();
    parts.join("\\")
}

/// Lines in the making.
struct Page {
    width: usize,
    lines: Vec<Line<'static>>,
    /// The line being filled.
    line: Vec<Span<'static>>,
    used: usize,
    /// The word being read, in pieces of one style.
    word: Vec<(String, Style)>,
    /// A space is due before the next word.
    space: Option<Style>,
    indent: usize,
    verbatim: bool,
}

impl Page {
    fn new(width: u16) -> Self {
        Self {
            width: usize::from(width).max(1),
            lines: Vec::new(),
            line: Vec::new(),
            used: 0,
            word: Vec::new(),
            space: None,
            indent: 0,
            verbatim: false,
        }
    }

    fn push(&mut self, text: &str, style: Style) {
        if self.verbatim {
            for line in text.lines() {
                self.word.push((format!("  {}", safe(line)), style));
                self.break_line();
            }
            return;
        }
        for grapheme in text.graphemes(true) {
            if grapheme.chars().all(char::is_whitespace) {
                self.end_word();
                self.space = Some(style);
            } else {
                let shown = safe(grapheme);
                match self.word.last_mut() {
                    Some((piece, last)) if *last == style => piece.push_str(&shown),
                    _ => self.word.push((shown, style)),
                }
            }
        }
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        let width: usize = word.iter().map(|(piece, _)| piece.width()).sum();
        let space = self.space.take().filter(|_| self.used > self.indent);
        let gap = usize::from(space.is_some());
        if self.used + gap + width > self.width && self.used > self.indent {
            self.flush();
        } else if let Some(style) = space {
            self.add(" ", style);
        }
        for (piece, style) in word {
            self.add_broken(&piece, style);
        }
    }

    /// Adds a piece of a word, in the middle of which a line may end if it is longer than one.
    fn add_broken(&mut self, piece: &str, style: Style) {
        if self.used + piece.width() <= self.width {
            self.add(piece, style);
            return;
        }
        for grapheme in piece.graphemes(true) {
            if self.used + grapheme.width() > self.width && self.used > self.indent {
                self.flush();
            }
            self.add(grapheme, style);
        }
    }

    fn add(&mut self, text: &str, style: Style) {
        self.used += text.width();
        match self.line.last_mut() {
            Some(span) if span.style == style => span.content.to_mut().push_str(text),
            _ => self.line.push(Span::styled(text.to_owned(), style)),
        }
    }

    /// Ends the line; the next one starts at the indent.
    fn flush(&mut self) {
        self.lines.push(Line::from(std::mem::take(&mut self.line)));
        self.used = 0;
        self.margin();
    }

    fn margin(&mut self) {
        let indent = self.indent.min(self.width.saturating_sub(1));
        if indent > 0 {
            self.add(&" ".repeat(indent), Style::new());
        }
    }

    fn break_line(&mut self) {
        self.end_word();
        self.space = None;
        self.flush();
    }

    fn end_paragraph(&mut self) {
        self.end_word();
        self.space = None;
        if self.used > self.indent {
            self.flush();
        }
    }

    /// An empty line between two blocks.
    fn gap(&mut self) {
        self.end_paragraph();
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
    }

    fn start_item(&mut self) {
        self.end_paragraph();
        self.line.clear();
        self.used = 0;
        self.add("- ", Style::new());
        self.indent = 2;
    }

    fn end_item(&mut self) {
        self.end_paragraph();
        self.indent = 0;
        self.line.clear();
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Options;

    fn wrapped(text: &str, width: u16) -> Vec<String> {
        let theme = Theme::of(&Options::default());
        markdown(text, width, Style::new(), &theme)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn text_is_wrapped_by_width_and_markup_is_gone() {
        let cases: &[(&str, u16, &[&str])] = &[
            (
                "one **two** `three` *four*",
                9,
                &["one two", "three", "four"],
            ),
            ("a\nb\n\nc", 9, &["a b", "", "c"]),
            ("- one two\n- three", 7, &["- one", "  two", "- three"]),
            ("abcdefgh ij", 4, &["abcd", "efgh", "ij"]),
            ("你好 你好", 5, &["你好", "你好"]),
            ("```\na  b\nc\n```", 9, &["  a  b", "  c"]),
            ("`a`, b", 9, &["a, b"]),
            ("", 9, &[]),
            ("x", 0, &["x"]),
        ];
        for (text, width, lines) in cases {
            assert_eq!(&wrapped(text, *width), lines, "{text:?} at {width}");
        }
    }

    #[test]
    fn no_line_is_wider_than_its_place() {
        let text = "The **first child** in a new `PID` namespace is number 1 there, and 4723 here.\n\n- one process, two numbers\n- 一个进程，两个号码";
        // A bullet and one wide character need four cells.
        for width in 4..90 {
            for line in wrapped(text, width) {
                assert!(line.width() <= usize::from(width), "{line:?} at {width}");
            }
        }
    }

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        assert_eq!(wrapped("a\u{1b}]52;c;x\u{7}b", 40), ["a\\e]52;c;x\\x07b"]);
        assert_eq!(wrapped("a\u{202e}b", 40), ["a\\u{202e}b"]);
        assert_eq!(wrapped("C:\\\\n", 40), ["C:\\n"]);
    }
}

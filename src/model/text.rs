//! Text that glassbox did not write: process names, hostnames, paths, lesson text from elsewhere.
//!
//! The kernel accepts any byte in most of these, escape sequences and bidi overrides included
//! (guarantee G7). [`Untrusted`] has no `Display`; [`Untrusted::text`] is the only way to a string.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// Bytes from outside. Compare and store them as they are; show only [`Untrusted::text`].
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Untrusted(Vec<u8>);

/// How [`Untrusted`] crosses a JSON channel: text where it is valid UTF-8, else its bytes.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Wire {
    Text(String),
    Bytes(Vec<u8>),
}

impl From<Wire> for Untrusted {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Text(text) => Self(text.into_bytes()),
            Wire::Bytes(bytes) => Self(bytes),
        }
    }
}

impl From<Untrusted> for Wire {
    fn from(value: Untrusted) -> Self {
        String::from_utf8(value.0).map_or_else(|e| Self::Bytes(e.into_bytes()), Self::Text)
    }
}

impl<T: AsRef<[u8]>> From<T> for Untrusted {
    fn from(bytes: T) -> Self {
        Self(bytes.as_ref().to_vec())
    }
}

/// More combining marks than this on one character are dropped.
const MARKS_PER_CELL: usize = 8;

impl Untrusted {
    /// The bytes as they came. For comparing and parsing, never for a screen or a log.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Safe to write anywhere: control characters, bidi and invisible characters and invalid UTF-8
    /// appear as `\e`, `\n`, `\u{202e}`, `\xff`; a backslash as `\\`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            for cluster in chunk.valid().graphemes(true) {
                for (position, c) in cluster.chars().enumerate() {
                    if position <= MARKS_PER_CELL {
                        push_safe(&mut out, c);
                    }
                }
            }
            for byte in chunk.invalid() {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
        out
    }
}

/// What may stand in one cell of a screen: the characters of `text` without those that control,
/// reorder or hide, and without those that make others wider or narrower.
#[must_use]
pub fn cell(text: &str) -> String {
    let fits = |c: &char| !c.is_control() && !is_invisible(*c) && !is_selector(*c);
    let kept = text
        .chars()
        .filter(fits)
        .take(1 + MARKS_PER_CELL)
        .collect::<String>();
    if kept.is_empty() {
        " ".to_owned()
    } else {
        kept
    }
}

/// Variation selectors: terminals do not agree how wide what precedes them becomes.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

impl std::fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.text())
    }
}

fn push_safe(out: &mut String, c: char) {
    match c {
        '\x1b' => out.push_str("\\e"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\\' => out.push_str("\\\\"),
        c if c.is_control() && u32::from(c) < 0x100 => {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        }
        c if is_invisible(c) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Characters that reorder, hide or join what stands around them without a cell of their own.
fn is_invisible(c: char) -> bool {
    let bidi = matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let separators = matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{00ad}');
    let tags = matches!(c, '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}');
    bidi || separators || tags || (c.width().is_none() && !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_bytes_become_visible_text() {
        let cases: &[(&[u8], &str)] = &[
            (b"plain", "plain"),
            (b"\x1b]52;c;AAAA\x07", "\\e]52;c;AAAA\\x07"),
            (b"a\nb\tc\r", "a\\nb\\tc\\r"),
            (b"\xff\xfe", "\\xff\\xfe"),
            ("\u{202e}gpj".as_bytes(), "\\u{202e}gpj"),
            ("\u{9b}31m".as_bytes(), "\\x9b31m"),
            (b"back\\slash", "back\\\\slash"),
            ("zero\u{200b}width".as_bytes(), "zero\\u{200b}width"),
            ("caf\u{e9} \u{4f60}".as_bytes(), "caf\u{e9} \u{4f60}"),
        ];
        for (bytes, text) in cases {
            assert_eq!(&Untrusted::from(bytes).text(), text);
        }
    }

    #[test]
    fn combining_marks_are_capped() {
        let zalgo = format!("a{}", "\u{301}".repeat(100));
        assert_eq!(
            Untrusted::from(zalgo).text().chars().count(),
            1 + MARKS_PER_CELL
        );
    }

    #[test]
    fn any_bytes_survive_the_wire() {
        for bytes in [&b"text"[..], b"\xff\x00\x80", b""] {
            let value = Untrusted::from(bytes);
            let json = serde_json::to_string(&value).expect("serialize");
            assert_eq!(
                serde_json::from_str::<Untrusted>(&json).expect("parse"),
                value
            );
        }
    }
}

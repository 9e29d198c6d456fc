//! JSON that is safe on a terminal: what `--json` prints. Called by `doctor` and `verify`.

use std::fmt::Write as _;

use serde::Serialize;

/// One line of JSON in ASCII. Text from outside may hold characters that a terminal acts on; JSON
/// has them all inside strings, where `\uXXXX` means the same.
pub(super) fn line(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut safe = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c.is_ascii() && c != '\x7f' {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_ascii_and_the_same_value() {
        let text = "\u{1b}]0;x\u{7} \u{7f} \u{9b}31m \u{202e}gpj \u{1f980} caf\u{e9} \\d \"";
        let line = line(&text);
        assert!(
            line.trim_end()
                .bytes()
                .all(|byte| (0x20..0x7f).contains(&byte)),
            "{line}"
        );
        assert_eq!(serde_json::from_str::<String>(&line).expect("parse"), text);
    }
}

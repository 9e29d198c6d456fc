//! From a place in the value of a TOML string to the place where it is written, so that an error in
//! an expression points into the file. Used by source; pure text.

/// Where the byte at `offset` of a string's value is written, counted from the opening quote of
/// `token`, the string as it stands in the file.
pub(super) fn written_offset(token: &str, offset: usize) -> usize {
    let quotes = if is_long(token) { 3 } else { 1 };
    let mut at = quotes.min(token.len());
    if quotes == 3 {
        at += newline(&token[at..]);
    }
    if !token.starts_with('"') {
        return (at + offset).min(token.len());
    }
    let mut left = offset;
    while left > 0 && at < token.len() {
        let (written, value) = unit(&token[at..]);
        at += written;
        left = left.saturating_sub(value);
    }
    // A line's end taken away by a backslash stands before the byte that follows it.
    while token[at..].starts_with('\\') && unit(&token[at..]).1 == 0 {
        at += unit(&token[at..]).0;
    }
    at.min(token.len())
}

fn is_long(token: &str) -> bool {
    token.starts_with("\"\"\"") || token.starts_with("'''")
}

/// Bytes of a newline at the start of a text.
fn newline(text: &str) -> usize {
    match text.as_bytes() {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

/// How many bytes the first unit of a basic string has in the file, and in its value.
fn unit(text: &str) -> (usize, usize) {
    let mut chars = text.chars();
    let first = chars.next().map_or(1, char::len_utf8);
    if !text.starts_with('\\') {
        return (first, first);
    }
    match chars.next() {
        Some('u') => coded(text, 6),
        Some('U') => coded(text, 10),
        Some('x') => coded(text, 4),
        Some(c) if c.is_whitespace() => (text.len() - text[1..].trim_start().len(), 0),
        Some(c) => (1 + c.len_utf8(), 1),
        None => (1, 1),
    }
}

/// An escape of `written` bytes that gives a character by its number.
fn coded(text: &str, written: usize) -> (usize, usize) {
    let digits = text.get(2..written).unwrap_or_default();
    let c = u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32);
    (written.min(text.len()), c.map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_a_value_is_found_where_it_is_written() {
        // token, offset in the value, what is written there
        let cases = [
            (r#""abc""#, 0, "abc\""),
            (r#""abc""#, 2, "c\""),
            ("'abc'", 1, "bc'"),
            (r#""a\"b""#, 1, "\\\"b\""),
            (r#""a\"b""#, 2, "b\""),
            (r#""\u00e9x""#, 2, "x\""),
            (r#""\U0001f600x""#, 4, "x\""),
            (r#""\x41x""#, 1, "x\""),
            ("\"é!\"", 2, "!\""),
            ("\"\"\"\nfirst\nsecond\"\"\"", 6, "second\"\"\""),
            ("\"\"\"\r\nfirst\"\"\"", 0, "first\"\"\""),
            ("'''\nfirst\nsecond'''", 6, "second'''"),
            ("\"\"\"a \\\n   b\"\"\"", 2, "b\"\"\""),
            (r#""abc""#, 99, ""),
        ];
        for (token, offset, written) in cases {
            let at = written_offset(token, offset);
            assert_eq!(&token[at..], written, "{token} at {offset}");
        }
    }

    #[test]
    fn a_broken_token_does_no_harm() {
        for token in ["", "\"", "\"\\", "\"\\u12", "'''", "\"\\u{0}"] {
            for offset in 0..4 {
                assert!(written_offset(token, offset) <= token.len());
            }
        }
    }
}

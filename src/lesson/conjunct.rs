//! The parts of an expression that it joins with `&&`. Called by `expr`; it knows strings and brackets
//! only, and compiles nothing.

/// The parts, without the space around them. An expression with `||` or `?` outside brackets is one
/// part: these join less tightly than `&&`.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let (mut depth, mut quote, mut skip) = (0_usize, None, false);
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut skip) {
            continue;
        }
        match (quote, c) {
            (Some(_), '\\') => skip = true,
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, '?') if depth == 0 => return vec![text.trim()],
            (None, '|') if depth == 0 && last == '|' => return vec![text.trim()],
            (None, '&') if depth == 0 && last == '&' => cuts.extend([at - 1, at + 1]),
            _ => {}
        }
        last = c;
    }
    cuts.push(text.len());
    cuts.chunks_exact(2)
        .map(|ends| text[ends[0]..ends[1]].trim())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn parts_are_cut_outside_brackets_and_strings_only() {
        let cases: &[(&str, &[&str])] = &[
            ("a == 1", &["a == 1"]),
            ("a == 1 && b", &["a == 1", "b"]),
            ("a&&b && c", &["a", "b", "c"]),
            ("f(a && b) && c[d && e]", &["f(a && b)", "c[d && e]"]),
            ("a == '&& (' && b", &["a == '&& ('", "b"]),
            (r"a == 'it\'s && b' && c", &[r"a == 'it\'s && b'", "c"]),
            ("a && b || c", &["a && b || c"]),
            ("(a || b) && c", &["(a || b)", "c"]),
            ("a && b ? c : d", &["a && b ? c : d"]),
        ];
        for (text, parts) in cases {
            assert_eq!(split(text), *parts, "{text}");
        }
    }
}

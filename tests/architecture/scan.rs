//! A small scanner for Rust sources: enough to list the paths that a file names.
//!
//! Used by `tests/architecture.rs` alone. It does not expand macros and does not resolve names, so
//! whoever wants to cheat can; it is there for the honest mistake.

/// A word, a `::` or any other character of a source, with the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A path as the source names it, `use` trees spelled out: `["std", "time", "Instant"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// Whether it stands in a `use`: then its last segment is a name for everything below it.
    pub(crate) imported: bool,
}

impl Path {
    /// Whether the path names `target`, something below it, or (imported) a parent through which
    /// it could be reached without being named again.
    pub(crate) fn reaches(&self, target: &[&str]) -> bool {
        let own: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        let open = own.last() == Some(&"*");
        let own = if open {
            &own[..own.len() - 1]
        } else {
            &own[..]
        };
        own.starts_with(target) || ((self.imported || open) && target.starts_with(own))
    }
}

/// The source with the insides of comments, strings and characters blanked; lines stay in place.
pub(crate) fn blank(source: &str) -> String {
    let text: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < text.len() {
        let end = match text[at] {
            '/' if text.get(at + 1) == Some(&'/') => line_end(&text, at),
            '/' if text.get(at + 1) == Some(&'*') => comment_end(&text, at),
            '"' => string_end(&text, at),
            'r' if !in_word(&text, at) => raw_string_end(&text, at),
            '\'' => character_end(&text, at),
            _ => at,
        };
        if end == at {
            out.push(text[at]);
            at += 1;
        } else {
            let hidden = text[at..end].iter();
            out.extend(hidden.map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

fn in_word(text: &[char], at: usize) -> bool {
    at > 0 && is_word(text[at - 1]) && text[at - 1] != 'b'
}

fn line_end(text: &[char], at: usize) -> usize {
    find(text, at, |rest| rest[0] == '\n')
}

fn comment_end(text: &[char], at: usize) -> usize {
    let (mut depth, mut at) = (0, at);
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn string_end(text: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

/// The end of `r"..."` or `r#"..."#`; `at` itself if none starts there.
fn raw_string_end(text: &[char], at: usize) -> usize {
    let hashes = text[at + 1..].iter().take_while(|c| **c == '#').count();
    let body = at + 2 + hashes;
    if text.get(body - 1) != Some(&'"') {
        return at;
    }
    let closes = |rest: &[char]| rest[0] == '"' && rest[1..].iter().take(hashes).all(|c| *c == '#');
    (find(text, body, closes) + 1 + hashes).min(text.len())
}

/// The end of `'x'` or `'\n'`; `at` itself for a lifetime.
fn character_end(text: &[char], at: usize) -> usize {
    match (text.get(at + 1), text.get(at + 2)) {
        (Some('\\'), _) => (find(text, at + 3, |rest| rest[0] == '\'') + 1).min(text.len()),
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

fn find(text: &[char], from: usize, matches: impl Fn(&[char]) -> bool) -> usize {
    (from..text.len())
        .find(|at| matches(&text[*at..]))
        .unwrap_or(text.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The tokens of a source whose comments and strings are blanked.
pub(crate) fn tokens(blanked: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = blanked.char_indices().peekable();
    let mut line = 1;
    while let Some((start, c)) = rest.next() {
        let mut end = start + c.len_utf8();
        if c == '\n' {
            line += 1;
        }
        if c.is_whitespace() {
            continue;
        }
        let mut take = |wanted: &dyn Fn(char) -> bool| match rest.peek() {
            Some((at, next)) if wanted(*next) => {
                end = at + next.len_utf8();
                rest.next();
                true
            }
            _ => false,
        };
        if is_word(c) {
            while take(&is_word) {}
        } else if c == ':' {
            take(&|next| next == ':');
        }
        let text = blanked[start..end].to_owned();
        tokens.push(Token { text, line });
    }
    tokens
}

/// The tokens without the items under `#[cfg(test)]`, which are not part of the program.
pub(crate) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let marked = tokens[at..].len() >= MARK.len()
            && MARK.iter().zip(&tokens[at..]).all(|(a, b)| *a == b.text);
        if marked {
            at = item_end(tokens, at + MARK.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The end of the item that starts at `at`: its `;`, or the brace that closes its body.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (position, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(token.text.as_str(), ";" | "}") {
            return position + 1;
        }
    }
    tokens.len()
}

/// Every path that is imported or that has at least two segments.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let imported = matches!(tokens[at].text.as_str(), "use" | "crate") && is_import(tokens, at);
        let start = if imported { at + 1 } else { at };
        let (end, some) = tree(tokens, start, &[], imported);
        found.extend(
            some.into_iter()
                .filter(|p| p.imported || p.segments.len() > 1),
        );
        at = end.max(at + 1);
    }
    found
}

/// Whether the word at `at` begins `use ...;` or `extern crate ...;`.
fn is_import(tokens: &[Token], at: usize) -> bool {
    tokens[at].text == "use" || (at > 0 && tokens[at - 1].text == "extern")
}

/// The paths of the tree that starts at `at`, each after `prefix`, and where the tree ends.
fn tree(tokens: &[Token], at: usize, prefix: &[String], imported: bool) -> (usize, Vec<Path>) {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut at = if word(at) == "::" { at + 1 } else { at };
    let line = tokens.get(at).map_or(0, |token| token.line);
    let mut segments = prefix.to_vec();
    loop {
        match word(at) {
            "{" if imported => return branches(tokens, at + 1, &segments),
            "self" if !prefix.is_empty() => at += 1,
            text if text == "*" || text.starts_with(is_word) => {
                segments.push(text.to_owned());
                at += 1;
            }
            _ => break,
        }
        if word(at) != "::" {
            break;
        }
        at += 1;
    }
    if imported && word(at) == "as" {
        at += 2;
    }
    if segments.is_empty() {
        return (at, Vec::new());
    }
    let path = Path {
        segments,
        line,
        imported,
    };
    (at, vec![path])
}

/// The paths between `{` and `}` of a `use` tree.
fn branches(tokens: &[Token], at: usize, prefix: &[String]) -> (usize, Vec<Path>) {
    let mut at = at;
    let mut found = Vec::new();
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "}" => return (at + 1, found),
            "," => at += 1,
            _ => {
                let (end, some) = tree(tokens, at, prefix, true);
                found.extend(some);
                at = end.max(at + 1);
            }
        }
    }
    (at, found)
}

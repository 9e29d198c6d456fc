//! How deep an expression goes, before anybody parses it. Used by expr: the parser recurses, and each
//! level of brackets costs it some 200 KiB of stack in a debug build, so that 20 of them are the end.

use super::expr::SyntaxError;

/// What one bracket costs, counted in operators in a row.
const BRACKET: usize = 5;
/// About 50 overflow the 2 MiB stack of a thread in a debug build.
const MOST: usize = 30;

/// Refuses what would go too deep, and the two ways to write strings that hide it.
pub(super) fn check(text: &str) -> Result<(), SyntaxError> {
    let error = |offset, message: &str| {
        let message = format!("expression: {message}");
        Err(SyntaxError { offset, message })
    };
    let mut open = vec![0_usize];
    let mut previous = Token::Other;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let offset = text.len() - rest.len();
        let length = length(rest);
        let token = Token::of(&rest[..length], c);
        match token {
            Token::Text if previous == Token::Word => {
                return error(
                    offset,
                    "a letter before a quote; expected '...' or \"...\" alone",
                );
            }
            Token::Comment => return error(offset, "a comment; expected none"),
            Token::Open => open.push(0),
            Token::Close => close(&mut open),
            Token::Operator => *level(&mut open) += 1,
            Token::Separator => *level(&mut open) = 0,
            Token::Text | Token::Word | Token::Other => {}
        }
        if open.iter().sum::<usize>() + open.len() * BRACKET > MOST {
            return error(
                offset,
                "too deep; expected fewer brackets or operators in a row",
            );
        }
        previous = token;
        rest = &rest[length..];
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Text,
    Comment,
    Open,
    Close,
    /// Binds what stands on both sides.
    Operator,
    /// Starts anew: what follows is no deeper for what came before.
    Separator,
    Word,
    Other,
}

impl Token {
    fn of(text: &str, first: char) -> Self {
        match first {
            '\'' | '"' => Self::Text,
            '(' | '[' | '{' => Self::Open,
            ')' | ']' | '}' => Self::Close,
            ',' => Self::Separator,
            _ if text == "&&" || text == "||" => Self::Separator,
            _ if text == "in" => Self::Operator,
            _ if is_operator(first) => {
                if text.contains("//") {
                    Self::Comment
                } else {
                    Self::Operator
                }
            }
            _ if is_word(first) => Self::Word,
            _ => Self::Other,
        }
    }
}

/// Bytes of the token at the start of a text.
fn length(text: &str) -> usize {
    let first = text.chars().next().unwrap_or_default();
    let run = |same: fn(char) -> bool| text.find(|c| !same(c)).unwrap_or(text.len());
    match first {
        '\'' | '"' => string_length(text, first),
        c if is_word(c) => run(is_word),
        c if is_operator(c) => run(is_operator),
        c => c.len_utf8(),
    }
}

fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_operator(c: char) -> bool {
    ".+-*/%<>=!?:&|".contains(c)
}

fn level(open: &mut Vec<usize>) -> &mut usize {
    if open.is_empty() {
        open.push(0);
    }
    let last = open.len() - 1;
    &mut open[last]
}

/// A closed bracket is one more operand in a row.
fn close(open: &mut Vec<usize>) {
    open.pop();
    *level(open) += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lessons_write_is_not_too_deep() {
        for text in [
            "true",
            "calls.exists(c, c.name == 'setns' && (c.errno == 'EPERM' || c.errno == 'EINVAL'))",
            "box.processes.exists(p, host.processes.exists(h, h.nspid[0] == p.pid))",
            "a.b != c.d && a.b == c.d && a.b == c.d && a.b == c.d && a.b == c.d && a.b == c.d && a.b == c.d",
            "'((((((((((((((((' == \"[[[[[[[[[[[[[[[[\"",
            "'it\\'s ((((((((((((' == ''",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_would_overflow_a_stack_is_refused() {
        let many = |part: &str| part.repeat(40);
        for text in [
            many("("),
            many("["),
            many("a("),
            many("-("),
            many("a.all(x,"),
            format!("1{}", many("+1")),
            format!("1{}", many(" in 1")),
            format!("a{}", many("[0]")),
            format!("a{}", many(".a()")),
            format!("{}1", many("1?1:")),
            format!("1{}", many("<1")),
            format!("{}1", many("! ")),
            format!("'a' == r'\\' {}", many("(")),
            format!("// '\n{}", many("(")),
            format!("1 +// '\n{}", many("(")),
            format!("'''a''' + {}", many("(")),
        ] {
            assert!(check(&text).is_err(), "{text}");
        }
    }
}

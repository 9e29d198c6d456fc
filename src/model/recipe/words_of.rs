//! The words of a command line, as a shell splits it: quotes and backslashes, and nothing else that a
//! shell would do. Called for lines that were copied from somewhere.

use super::Wrong;

/// Splits it; `Err`: a quote is not closed.
pub fn split(line: &str) -> Result<Vec<String>, Wrong> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            // A line that goes on, as it is written in manuals.
            '\\' => match chars.next() {
                Some('\n') => {}
                Some(next) => word.get_or_insert_default().push(next),
                None => return Err(Wrong("a backslash at the end".to_owned())),
            },
            '\'' | '"' => quoted(c, word.get_or_insert_default(), &mut chars)?,
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Up to the closing quote. In double quotes, a backslash takes the meaning of these from the next.
fn quoted(
    quote: char,
    word: &mut String,
    chars: &mut impl Iterator<Item = char>,
) -> Result<(), Wrong> {
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => match chars.next() {
                Some('\n') => {}
                Some(next @ ('"' | '\\' | '$' | '`')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
                None => break,
            },
            c => word.push(c),
        }
    }
    Err(Wrong(format!("the quote {quote} is not closed")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::by_hand::quoted;
    use proptest::prelude::*;

    #[test]
    fn words_and_quotes() {
        let cases: [(&str, &[&str]); 6] = [
            ("docker  run\talpine\n", &["docker", "run", "alpine"]),
            ("a 'b c' \"d \\\" e\" ''", &["a", "b c", "d \" e", ""]),
            (r"a\ b \'", &["a b", "'"]),
            ("docker run \\\n  alpine", &["docker", "run", "alpine"]),
            ("--name='x y'z", &["--name=x yz"]),
            ("", &[]),
        ];
        for (line, words) in cases {
            assert_eq!(
                split(line).as_deref().ok(),
                Some(words)
                    .map(|it| it.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
                    .as_deref(),
                "{line}"
            );
        }
        for line in ["a 'b", "a \"b\\", "a\\"] {
            assert!(split(line).is_err(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(words in prop::collection::vec("\\PC*", 0..5)) {
            let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            prop_assert_eq!(split(&line.join(" ")), Ok(words));
        }
    }
}

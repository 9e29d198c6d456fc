//! What the terminal can show, from its size and the environment. It never makes a machine unready:
//! `verify` needs no terminal.

use std::io::IsTerminal as _;

use serde::Serialize;

/// The terminal on standard output, as far as it can be known without asking it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Terminal {
    /// Columns and rows; `None` when standard output is no terminal.
    pub(super) size: Option<(u16, u16)>,
    /// 16777216, 256, 16 or 0.
    pub(super) colors: u32,
    /// Whether the locale says that text is UTF-8.
    pub(super) utf8: bool,
}

/// The least that shows everything.
const ENOUGH: (u16, u16) = (80, 24);

impl Terminal {
    pub(super) fn look() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let size = std::io::stdout()
            .is_terminal()
            .then(crossterm::terminal::size);
        Self {
            size: size.and_then(Result::ok),
            colors: colors(variable),
            utf8: utf8(variable),
        }
    }

    /// One line for the report.
    pub(super) fn text(&self) -> String {
        let Some((columns, rows)) = self.size else {
            return "none on standard output; `glassbox verify` needs none".to_owned();
        };
        let colors = match self.colors {
            0 => "no colours".to_owned(),
            count => format!("{count} colours"),
        };
        let symbols = if self.utf8 { "UTF-8" } else { "ASCII" };
        let mut text = format!("{columns}x{rows}, {colors}, {symbols}");
        if columns < ENOUGH.0 || rows < ENOUGH.1 {
            text.push_str("; 80x24 or more shows everything");
        }
        text
    }
}

fn colors(variable: impl Fn(&str) -> Option<String>) -> u32 {
    let term = variable("TERM").unwrap_or_default();
    if variable("NO_COLOR").is_some() || term.is_empty() || term == "dumb" {
        0
    } else if matches!(
        variable("COLORTERM").as_deref(),
        Some("truecolor" | "24bit")
    ) {
        1 << 24
    } else if term.contains("256color") {
        256
    } else {
        16
    }
}

/// The first of these that is set decides: locale(7).
fn utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            set.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn colours_by_environment() {
        let cases: &[(&[(&str, &str)], u32)] = &[
            (&[], 0),
            (&[("TERM", "dumb")], 0),
            (&[("TERM", "linux")], 16),
            (&[("TERM", "tmux-256color")], 256),
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
                1 << 24,
            ),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], 0),
        ];
        for (set, expected) in cases {
            assert_eq!(colors(among(set)), *expected, "{set:?}");
        }
    }

    #[test]
    fn the_first_locale_variable_decides() {
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[], false),
            (&[("LANG", "en_GB.UTF-8")], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "C"), ("LC_CTYPE", "de_DE.UTF-8")], true),
        ];
        for (set, expected) in cases {
            assert_eq!(utf8(among(set)), *expected, "{set:?}");
        }
    }

    #[test]
    fn small_and_absent_terminals_say_so() {
        let at = |size| {
            Terminal {
                size,
                colors: 0,
                utf8: false,
            }
            .text()
        };
        assert!(at(Some((79, 24))).contains("80x24"));
        assert!(!at(Some((80, 24))).contains("shows everything"));
        assert!(at(None).contains("verify"));
    }
}

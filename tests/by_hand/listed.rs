//! Which line of a process list a remark asks for. Used by the test of the commands alone; looks at no
//! process.

/// What a line of a process list shows.
#[derive(Debug)]
pub(crate) enum Listed {
    Just(String),
    /// A shell whose script has these words.
    Script(String),
}

impl Listed {
    pub(crate) fn shows(&self, line: &str) -> bool {
        match self {
            Self::Just(words) => line == words,
            Self::Script(words) => line.starts_with("sh -c ") && line.contains(words),
        }
    }
}

/// Which line of the list a remark asks for, and how many generations above it.
pub(crate) fn line_in_list(whose: &str) -> (Listed, usize) {
    let above = |text: &str| Listed::Just(text.to_owned());
    if let Some(line) = whose.strip_prefix("the PPID of the unshare above ") {
        return (above(line), 2);
    }
    if let Some(line) = whose.strip_prefix("the PPID of ") {
        return (above(line), 1);
    }
    let whose = whose.strip_prefix("that of ").expect("whose number");
    let mark = whose.split_once(" (").map_or(whose, |(_, mark)| mark);
    let mark = mark.trim_end_matches(')');
    match mark.strip_prefix("the sh with ") {
        Some(words) => (Listed::Script(words.to_owned()), 0),
        None => (above(mark), 0),
    }
}

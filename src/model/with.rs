//! What a step hands to the program that it starts: `with = { port = 80, word = "blue" }`, names and
//! values that each program declares. Checked by lint and, once more, by whoever starts the program.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::op::Workload;

/// A value in a `with` table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

/// The whole table, empty where a step gives none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct With(BTreeMap<String, Value>);

impl<const N: usize> From<[(&str, Value); N]> for With {
    fn from(values: [(&str, Value); N]) -> Self {
        Self(
            values
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
        )
    }
}

impl With {
    /// Whether nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of that name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Gives it this number under that name.
    pub fn set_number(&mut self, name: &str, number: i64) {
        self.0.insert(name.to_owned(), Value::Number(number));
    }

    /// The text of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Holds what was given against what the program takes. `Err` says what is wrong.
    pub fn check(&self, workload: Workload) -> Result<(), String> {
        let taken = parameters(workload);
        for (name, value) in &self.0 {
            let parameter = taken.iter().find(|parameter| parameter.name == name);
            let parameter = parameter.ok_or_else(|| {
                let names: Vec<&str> = taken.iter().map(|parameter| parameter.name).collect();
                let expected = if names.is_empty() {
                    "nothing".to_owned()
                } else {
                    names.join(", ")
                };
                let workload = workload.name();
                format!("`{workload}` takes no `{name}`; expected {expected}")
            })?;
            if !parameter.kind.fits(value) {
                return Err(format!("expected {}", parameter.words()));
            }
        }
        let missing = taken
            .iter()
            .find(|parameter| parameter.required && !self.0.contains_key(parameter.name));
        missing.map_or(Ok(()), |parameter| {
            let workload = workload.name();
            Err(format!("`{workload}` needs {}", parameter.words()))
        })
    }
}

/// A value that a program takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in `with`.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether the program cannot do without.
    pub required: bool,
}

impl Parameter {
    fn words(&self) -> String {
        format!("`{}`, {}", self.name, self.kind.words())
    }
}

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number from the first to the second.
    Number(i64, i64),
    /// A text of 1 to so many bytes, without control characters.
    Text(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number(least, most), Value::Number(number)) => (least..=most).contains(number),
            (Self::Text(most), Value::Text(text)) => {
                (1..=most).contains(&text.len()) && !text.chars().any(char::is_control)
            }
            (Self::OneOf(words), Value::Text(text)) => words.contains(&text.as_str()),
            _ => false,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Number(least, most) => format!("a number from {least} to {most}"),
            Self::Text(most) => format!("a text of 1 to {most} bytes"),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
        }
    }
}

const fn needs(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        name,
        kind,
        required: true,
    }
}

const fn takes(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        name,
        kind,
        required: false,
    }
}

/// What each program takes.
#[must_use]
pub fn parameters(workload: Workload) -> &'static [Parameter] {
    const PORT: Kind = Kind::Number(1, 65535);
    // 0 is IPC_PRIVATE, which is no key.
    const KEY: Kind = Kind::Number(1, 0x7fff_ffff);
    match workload {
        Workload::Burner
        | Workload::Hog
        | Workload::ForkBomb
        | Workload::ThreadBomb
        | Workload::Hoarder
        | Workload::Writer => nasty(workload),
        Workload::Init
        | Workload::Helper
        | Workload::Ticker
        | Workload::Clock
        | Workload::Sleeper
        | Workload::Catcher
        | Workload::Zombies => &[],
        Workload::ShmWriter | Workload::MsgSender => {
            const { &[needs("key", KEY), needs("text", Kind::Text(40))] }
        }
        Workload::ShmReader => const { &[needs("key", KEY)] },
        Workload::SemMaker => const { &[needs("key", KEY), needs("count", Kind::Number(1, 32))] },
        Workload::MqTalker => {
            const {
                &[
                    needs("queue", Kind::Text(40)),
                    takes("text", Kind::Text(40)),
                ]
            }
        }
        Workload::Meter => {
            const WHAT: Kind = Kind::OneOf(&["cpu", "fork", "start", "container", "loopback"]);
            const { &[needs("what", WHAT)] }
        }
        Workload::Orphans => const { &[takes("then", Kind::OneOf(&["exit"]))] },
        Workload::Listener => {
            const {
                &[
                    needs("word", Kind::Text(40)),
                    takes("size", Kind::Number(1, 1 << 24)),
                    takes("forward", Kind::Text(45)),
                    takes("to", PORT),
                    takes("port", Kind::Number(0, 65535)),
                    takes("path", Kind::Text(80)),
                    takes("abstract", Kind::Text(40)),
                    takes("then", Kind::OneOf(&["unshare-net"])),
                ]
            }
        }
        Workload::Greeter => {
            const {
                &[
                    takes("address", Kind::Text(45)),
                    takes("port", PORT),
                    takes("path", Kind::Text(80)),
                    takes("abstract", Kind::Text(40)),
                ]
            }
        }
    }
}

/// What the programs take that start only in a cgroup with limits. They cap these numbers again.
fn nasty(workload: Workload) -> &'static [Parameter] {
    const MIB: Kind = Kind::Number(1, 256);
    const SECONDS: Kind = Kind::Number(1, 120);
    const PROCESSES: Kind = Kind::Number(1, 256);
    match workload {
        Workload::Burner => {
            const {
                &[
                    takes("threads", Kind::Number(1, 8)),
                    takes("cpu", Kind::Number(0, 8191)),
                    takes("busy", Kind::Number(1, 1000)),
                    takes("idle", Kind::Number(1, 1000)),
                    takes("seconds", SECONDS),
                ]
            }
        }
        Workload::Hog => {
            const {
                &[
                    needs("how", Kind::OneOf(&["reserve", "touch", "file", "tmpfs"])),
                    needs("mb", MIB),
                    takes("step", MIB),
                    takes("path", Kind::Text(80)),
                    takes("then", Kind::OneOf(&["exit"])),
                ]
            }
        }
        Workload::ForkBomb | Workload::ThreadBomb | Workload::Hoarder => {
            const { &[takes("most", PROCESSES)] }
        }
        Workload::Writer => {
            const {
                &[
                    needs("how", Kind::OneOf(&["direct", "buffered"])),
                    needs("mb", MIB),
                    needs("path", Kind::Text(80)),
                    takes("again", MIB),
                ]
            }
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_what_it_takes_and_nothing_else() {
        let port = || ("port", Value::Number(80));
        let word = || ("word", Value::Text("blue".to_owned()));
        let listener = |with: With| with.check(Workload::Listener);
        assert_eq!(listener([port(), word()].into()), Ok(()));
        assert!(listener([port()].into()).is_err_and(|why| why.contains("needs `word`")));
        let odd = listener([word(), ("colour", Value::Number(1))].into());
        assert!(odd.is_err_and(|why| why.contains("takes no `colour`")));
        let high = listener([word(), ("port", Value::Number(65536))].into());
        assert!(high.is_err_and(|why| why.contains("from 0 to 65535")));
        let text = listener([word(), ("port", Value::Text("80".to_owned()))].into());
        assert!(text.is_err());
        let control = listener([("word", Value::Text("\u{1b}[2J".to_owned()))].into());
        assert!(control.is_err());
        assert!(With::from([port()]).check(Workload::Ticker).is_err());
    }
}

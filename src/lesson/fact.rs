//! A fact as a value: what the expressions of a lesson compute with. Made by `facts`, read by `expr`
//! and lint. Integers are all `i64`, because CEL compares signed and unsigned ones badly.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cel::Value;

use crate::model::Untrusted;

/// One value. What is absent or denied is `Null`, never a missing key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fact {
    /// Absent, or not for our eyes.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// Any number.
    Int(i64),
    /// Text; not safe for a screen.
    Text(String),
    /// Many of one shape.
    List(Vec<Fact>),
    /// Named fields.
    Map(BTreeMap<String, Fact>),
}

/// A value on the screen is cut to about this many characters.
const SHOWN: usize = 100;

impl From<Fact> for Value {
    fn from(fact: Fact) -> Self {
        match fact {
            Fact::Null => Self::Null,
            Fact::Bool(value) => Self::Bool(value),
            Fact::Int(value) => Self::Int(value),
            Fact::Text(value) => Self::String(Arc::new(value)),
            Fact::List(values) => {
                Self::List(Arc::new(values.into_iter().map(Self::from).collect()))
            }
            Fact::Map(fields) => {
                let fields: HashMap<String, Self> =
                    fields.into_iter().map(|(k, v)| (k, v.into())).collect();
                fields.into()
            }
        }
    }
}

/// In a sentence, a value is cut to about this many.
const BRIEF: usize = 40;

/// A value as safe text for a sentence: what has parts is only counted.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::Map(_) => "there".to_owned(),
        Value::List(values) if values.iter().any(|value| matches!(value, Value::Map(_))) => {
            format!("a list of {}", values.len())
        }
        value => cut(show(value), BRIEF),
    }
}

/// A value as safe text, short enough for a line.
pub(super) fn show(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    cut(text, SHOWN)
}

fn cut(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    let kept: String = text.chars().take(most - 3).collect();
    kept + "..."
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(&value.to_string()),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::UInt(value) => out.push_str(&value.to_string()),
        Value::Float(value) => out.push_str(&value.to_string()),
        Value::String(text) => {
            out.push('\'');
            out.push_str(&Untrusted::from(text.as_bytes()).text());
            out.push('\'');
        }
        Value::List(values) => write_all(out, ['[', ']'], values, |out, value| {
            write_value(out, value);
        }),
        Value::Map(map) => {
            let mut fields: Vec<_> = map.map.iter().collect();
            fields.sort_by_key(|(key, _)| key.to_string());
            write_all(out, ['{', '}'], &fields, |out, (key, value)| {
                out.push_str(&key.to_string());
                out.push_str(": ");
                write_value(out, value);
            });
        }
        _ => out.push('?'),
    }
}

fn write_all<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: &[T],
    one: impl Fn(&mut String, &T),
) {
    out.push(open);
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            out.push_str(", ");
        }
        if out.len() > SHOWN * 2 {
            out.push_str("...");
            break;
        }
        one(out, item);
    }
    out.push(close);
}

impl From<i32> for Fact {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Fact {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<i64> for Fact {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Fact {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Fact>> From<Option<T>> for Fact {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl FromIterator<Fact> for Fact {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        Self::List(facts.into_iter().collect())
    }
}

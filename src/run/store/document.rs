//! The text of the progress file: reading it strictly, and writing what changed into it so that
//! fields of other versions of glassbox survive. Called by `store`; touches no file.
//!
//! `{"version": 1, "last": "02-pid", "lessons": {"02-pid": {"step": 3, "done": false}}}`; steps
//! count from 0.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::{Progress, Reached};

/// What we read and write. A new field needs no new version: the old glassbox keeps it.
const VERSION: u64 = 1;
/// A larger file is damaged, and we write none.
pub(super) const MAX_BYTES: u64 = 256 * 1024;

/// A progress file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document(Map<String, Value>);

/// What a text turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A progress file of ours.
    Good(Document),
    /// One of a later glassbox: what we understand of it, and its version.
    Newer(Progress, u64),
    /// Something else.
    Damaged,
}

/// What we know of a lesson in the file. Nobody's lesson has more steps than `u16` counts.
#[derive(Deserialize)]
struct Kept {
    #[serde(default)]
    step: u16,
    #[serde(default)]
    done: bool,
}

impl Kept {
    fn of(value: &Value) -> Option<Reached> {
        let kept = value.is_object().then(|| Self::deserialize(value));
        kept?.ok().map(|kept| Reached {
            step: kept.step.into(),
            done: kept.done,
        })
    }
}

impl Default for Document {
    fn default() -> Self {
        let start = [("version", json!(VERSION)), ("lessons", json!({}))];
        Self(
            start
                .map(|(key, value)| (key.to_owned(), value))
                .into_iter()
                .collect(),
        )
    }
}

/// Tells what a text is.
pub(super) fn read(text: &str) -> Found {
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(text) else {
        return Found::Damaged;
    };
    let document = Document(fields);
    match document.0.get("version").and_then(Value::as_u64) {
        Some(VERSION) if document.is_sound() => Found::Good(document),
        Some(newer) if newer > VERSION => Found::Newer(document.progress(), newer),
        _ => Found::Damaged,
    }
}

impl Document {
    fn is_sound(&self) -> bool {
        let last = self.0.get("last");
        let lessons = self.0.get("lessons").and_then(Value::as_object);
        last.is_none_or(Value::is_string)
            && lessons.is_some_and(|all| all.values().all(|lesson| Kept::of(lesson).is_some()))
    }

    /// How far the learner got, as far as we understand it.
    pub(super) fn progress(&self) -> Progress {
        let lessons = self.0.get("lessons").and_then(Value::as_object);
        let lessons = lessons.into_iter().flatten();
        let last = self.0.get("last").and_then(Value::as_str);
        Progress {
            lessons: lessons
                .filter_map(|(id, value)| Some((id.clone(), Kept::of(value)?)))
                .collect(),
            last: last.map(str::to_owned),
        }
    }

    /// Enters what changed between `before` and `now`; the rest, which another instance may have
    /// written meanwhile, stays. What is done stays done.
    pub(super) fn enter(&mut self, before: &Progress, now: &Progress) {
        if let Some(last) = now.last.as_ref().filter(|_| now.last != before.last) {
            self.0.insert("last".to_owned(), json!(last));
        }
        let lessons = self.0.entry("lessons").or_insert_with(|| json!({}));
        for (id, reached) in &now.lessons {
            if before.lessons.get(id) == Some(reached) {
                continue;
            }
            let lesson = &mut lessons[id];
            let done = reached.done || lesson["done"] == true;
            lesson["step"] = json!(reached.step);
            lesson["done"] = json!(done);
        }
    }

    /// The text to be written.
    pub(super) fn text(&self) -> String {
        // A map of values has nothing that JSON cannot say.
        let text = serde_json::to_string_pretty(&self.0).unwrap_or_default();
        text + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(lessons: &[(&str, usize, bool)], last: Option<&str>) -> Progress {
        let lessons = lessons
            .iter()
            .map(|&(id, step, done)| (id.to_owned(), Reached { step, done }));
        Progress {
            lessons: lessons.collect(),
            last: last.map(str::to_owned),
        }
    }

    fn good(text: &str) -> Document {
        match read(text) {
            Found::Good(document) => document,
            other => panic!("{other:?}: {text}"),
        }
    }

    #[test]
    fn good_files() {
        let cases = [
            (r#"{"version":1,"lessons":{}}"#, reached(&[], None)),
            (
                r#"{"version":1,"last":"a","lessons":{"a":{"step":2,"done":true},"b":{}}}"#,
                reached(&[("a", 2, true), ("b", 0, false)], Some("a")),
            ),
            (
                r#"{"version":1,"new":[1],"lessons":{"a":{"step":1,"new":2}}}"#,
                reached(&[("a", 1, false)], None),
            ),
        ];
        for (text, progress) in cases {
            assert_eq!(good(text).progress(), progress, "{text}");
        }
    }

    #[test]
    fn a_newer_file_is_understood_as_far_as_possible() {
        let cases = [
            (
                r#"{"version":2,"lessons":{"a":{"step":1}}}"#,
                2,
                vec![("a", 1, false)],
            ),
            (
                r#"{"version":3,"lessons":{"a":{"step":"x"},"b":7,"c":{"done":true}}}"#,
                3,
                vec![("c", 0, true)],
            ),
            (r#"{"version":99,"lessons":["elsewhere"]}"#, 99, vec![]),
        ];
        for (text, version, lessons) in cases {
            assert_eq!(
                read(text),
                Found::Newer(reached(&lessons, None), version),
                "{text}"
            );
        }
    }

    #[test]
    fn what_changed_is_entered_and_all_else_stays() {
        let mut document = good(
            r#"{"version":1,"new":[1],"last":"b","lessons":{"a":{"step":1,"new":2},"b":{"step":5,"done":true},"c":{"step":3}}}"#,
        );
        let before = reached(
            &[("a", 1, false), ("b", 5, false), ("c", 0, false)],
            Some("a"),
        );
        let now = reached(
            &[
                ("a", 2, false),
                ("b", 6, false),
                ("c", 0, false),
                ("d", 0, false),
            ],
            Some("a"),
        );
        document.enter(&before, &now);
        let expected = json!({"version": 1, "new": [1], "last": "b", "lessons": {
            "a": {"step": 2, "done": false, "new": 2},
            "b": {"step": 6, "done": true},
            "c": {"step": 3},
            "d": {"step": 0, "done": false},
        }});
        assert_eq!(Value::Object(document.0.clone()), expected);
        assert_eq!(read(&document.text()), Found::Good(document));
    }
}

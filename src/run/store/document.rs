//! The text of the progress file: reading it strictly, and writing what changed into it so that
//! fields of other versions of glassbox survive. Called by `store`; touches no file.
//!
//! `{"version": 1, "last": "02-pid", "lessons": {"02-pid": {"step": 3, "done": false}}}`; steps
//! count from 0. A lesson's `solved` has its solved challenges by step:
//! `{"5": {"hints": 1, "solution": false, "facts": {"box.hostname": "'workshop'"}, "at": 1789000000,
//! "seconds": 42, "namespaces": {"box.ns.uts": 4026532300}, "counters": {"web.pids.events.max": 3}}}`.
//! Of a challenge that an older glassbox saw solved, all behind `facts` is missing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::{Progress, Reached, Solved};

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
    #[serde(default)]
    solved: BTreeMap<u16, KeptSolved>,
}

/// What we know of a solved challenge in the file.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct KeptSolved {
    hints: u16,
    solution: bool,
    facts: BTreeMap<String, String>,
    at: Option<i64>,
    seconds: Option<u64>,
    namespaces: BTreeMap<String, u64>,
    counters: BTreeMap<String, u64>,
}

impl Kept {
    fn of(value: &Value) -> Option<Self> {
        let kept = value.is_object().then(|| Self::deserialize(value));
        kept?.ok()
    }

    fn reached(&self) -> Reached {
        Reached {
            step: self.step.into(),
            done: self.done,
        }
    }
}

impl From<KeptSolved> for Solved {
    fn from(kept: KeptSolved) -> Self {
        Self {
            hints: kept.hints.into(),
            solution: kept.solution,
            facts: kept.facts,
            at: kept.at,
            seconds: kept.seconds,
            namespaces: kept.namespaces,
            counters: kept.counters,
        }
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
        let mut progress = Progress {
            last: last.map(str::to_owned),
            ..Progress::default()
        };
        for (id, kept) in lessons.filter_map(|(id, value)| Some((id, Kept::of(value)?))) {
            progress.lessons.insert(id.clone(), kept.reached());
            let solved = kept.solved.into_iter();
            let solved = solved.map(|(step, how)| ((id.clone(), step.into()), how.into()));
            progress.solved.extend(solved);
        }
        progress
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
        for (key, how) in &now.solved {
            if before.solved.get(key) != Some(how) {
                let (id, step) = key;
                lessons[id]["solved"][step.to_string()] = json!({
                    "hints": how.hints,
                    "solution": how.solution,
                    "facts": how.facts,
                    "at": how.at,
                    "seconds": how.seconds,
                    "namespaces": how.namespaces,
                    "counters": how.counters,
                });
            }
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
            ..Progress::default()
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
    fn a_solved_challenge_is_entered_and_read_back() {
        let mut document = good(r#"{"version":1,"lessons":{"a":{"step":5,"solved":{"2":{}}}}}"#);
        let before = document.progress();
        assert_eq!(before.solved[&("a".to_owned(), 2)], Solved::default());
        let mut now = before.clone();
        let facts = [("box.pid".to_owned(), "1".to_owned())];
        let how = Solved {
            hints: 3,
            solution: true,
            facts: facts.into(),
            at: Some(1_789_000_000),
            seconds: Some(42),
            namespaces: [("box.ns.pid".to_owned(), 4_026_532_300)].into(),
            counters: [("web.pids.events.max".to_owned(), 3)].into(),
        };
        now.solved.insert(("a".to_owned(), 5), how);
        document.enter(&before, &now);
        assert_eq!(good(&document.text()).progress(), now);
        for damaged in [
            r#"{"x":{}}"#,
            r#"{"2":{"hints":-1}}"#,
            r#"{"2":{"at":"noon"}}"#,
            "[1]",
        ] {
            let text = format!(r#"{{"version":1,"lessons":{{"a":{{"solved":{damaged}}}}}}}"#);
            assert_eq!(read(&text), Found::Damaged, "{text}");
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

//! The screen of `map`: every namespace as a tree, searched and walked through. Keys and looks come
//! from [`super::views`]; `ui` draws it.

use std::collections::BTreeSet;

use super::views::moved;
use super::{Action, App, Effect, Filter};
use crate::model::look::Who;
use crate::model::map::tree::{self, Branch, By};
use crate::model::map::{Hold, Key, Map, Namespace};

/// PgUp and PgDn go so many rows.
const PAGE: isize = 10;

/// The screen.
#[derive(Debug, Default)]
pub struct MapView {
    /// What was seen; nothing yet.
    pub map: Option<Map>,
    /// What lies below what.
    pub by: By,
    /// Which of them are listed.
    pub filter: Filter,
    /// The one under the cursor; it stays there when others come and go.
    chosen: Option<Key>,
}

impl MapView {
    /// The rows in their order: those that are looked for, with what they lie below.
    #[must_use]
    pub fn rows(&self) -> Vec<Branch> {
        let Some(map) = &self.map else {
            return Vec::new();
        };
        if self.filter.typed.text().trim().is_empty() {
            return tree::branches(map, self.by);
        }
        tree::branches(&tree::around(map, self.by, &self.found(map)), self.by)
    }

    /// Those that have the words; `None` while none are asked for.
    #[must_use]
    pub fn hits(&self) -> Option<BTreeSet<Key>> {
        let map = self.map.as_ref()?;
        let words = self.filter.typed.text().trim();
        (!words.is_empty()).then(|| self.found(map))
    }

    fn found(&self, map: &Map) -> BTreeSet<Key> {
        let all = map.namespaces.iter();
        let hit = all.filter(|(key, found)| self.accepts(**key, found));
        hit.map(|(key, _)| *key).collect()
    }

    fn accepts(&self, key: Key, found: &Namespace) -> bool {
        let lead = found.lead.as_ref();
        let pid = lead.map_or_else(String::new, |lead| lead.pid.to_string());
        let command = lead.map_or_else(String::new, |lead| lead.command.text());
        let name = format!("{} {}", key.kind.name(), key.ino);
        let uid = found
            .owner_uid
            .map_or_else(String::new, |uid| format!("uid {uid}"));
        let held = found.held_in_words();
        let text = [name, pid, command, uid, held].join(" ");
        self.filter.typed.fits(&text)
    }

    /// The position of the row under the cursor: at first, of what is looked for, the first.
    #[must_use]
    pub fn at(&self, rows: &[Branch]) -> usize {
        let place = |key: Key| rows.iter().position(|row| row.key == key);
        let first = || {
            let hits = self.hits()?;
            rows.iter().position(|row| hits.contains(&row.key))
        };
        self.chosen.and_then(place).or_else(first).unwrap_or(0)
    }

    /// Other words: the cursor goes to the first of those that have them.
    pub(super) fn found_anew(&mut self) {
        self.chosen = None;
    }

    /// The namespace under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<(Key, &Namespace)> {
        let rows = self.rows();
        let key = rows.get(self.at(&rows))?.key;
        Some((key, self.map.as_ref()?.namespaces.get(&key)?))
    }

    fn go(&mut self, by: isize) {
        let rows = self.rows();
        let at = moved(self.at(&rows), by, rows.len());
        self.chosen = rows.get(at).map(|row| row.key);
    }

    /// A key that changes the view alone.
    pub(super) fn select(&mut self, action: Action) {
        match action {
            Action::Up => self.go(-1),
            Action::Down => self.go(1),
            Action::PageUp => self.go(-PAGE),
            Action::PageDown => self.go(PAGE),
            Action::Tree => {
                // The cursor stays on the same namespace, wherever that is now.
                self.chosen = self.chosen().map(|(key, _)| key);
                self.by = match self.by {
                    By::Owner => By::Parent,
                    By::Parent => By::Owner,
                };
            }
            _ => {}
        }
    }
}

impl App {
    /// What the map says of the namespace under the cursor leads to a process: the way there.
    pub(super) fn inspect_lead(&mut self, chosen: Option<(Namespace, String)>) -> Vec<Effect> {
        let Some((found, name)) = chosen else {
            return Vec::new();
        };
        let Some(lead) = found.lead else {
            self.say(format!(
                "no process that can be seen is in {name}, or holds it"
            ));
            return Vec::new();
        };
        if !found.held_by.contains(&Hold::Process) {
            let words = format!("nobody is in {name}: this process holds it");
            self.say(words);
        }
        let who = Who {
            pid: lead.pid,
            start: None,
        };
        self.open_inspect(vec![who])
    }
}

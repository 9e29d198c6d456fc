//! The list of containers and processes of this host, to choose one to inspect, or two to compare.
//! Keys and looks come from [`super::views`]; `ui` draws it.

use std::cmp::Reverse;

use super::views::moved;
use super::{Action, Filter};
use crate::model::Untrusted;
use crate::model::look::{Item, Listing, Who};

/// PgUp and PgDn go so many rows.
const PAGE: isize = 10;

/// What the list is sorted by; containers stand before processes in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// What they use of the CPUs now, then what they used so far.
    #[default]
    Cpu,
    /// The memory they use.
    Memory,
    /// Their numbers.
    Pid,
}

impl Sort {
    /// For the title.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Pid => "pid",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Cpu => Self::Memory,
            Self::Memory => Self::Pid,
            Self::Pid => Self::Cpu,
        }
    }
}

/// The screen.
#[derive(Debug, Default)]
pub struct Picker {
    /// What was seen; nothing yet.
    pub list: Option<Listing>,
    /// Its order.
    pub sort: Sort,
    /// Which of them are listed.
    pub filter: Filter,
    /// The first of two to compare.
    pub first: Option<Who>,
    /// The one under the cursor: number, start, whether it is a container.
    chosen: Option<(i32, u64, bool)>,
}

fn id(item: &Item) -> (i32, u64, bool) {
    (item.pid, item.start, item.container.is_some())
}

impl Picker {
    /// The rows in their order.
    #[must_use]
    pub fn rows(&self) -> Vec<&Item> {
        let all = self.list.iter().flat_map(|list| &list.items);
        let mut rows: Vec<&Item> = all.filter(|item| self.accepts(item)).collect();
        rows.sort_by_key(|item| {
            let (first, second) = match self.sort {
                Sort::Cpu => (item.busy, item.cpu_usec),
                Sort::Memory => (item.memory, None),
                Sort::Pid => (None, None),
            };
            let place = item.container.is_none();
            (place, Reverse(first), Reverse(second), item.pid)
        });
        rows
    }

    fn accepts(&self, item: &Item) -> bool {
        let text = |it: Option<&Untrusted>| it.map_or_else(String::new, Untrusted::text);
        let named = item.container.as_ref();
        let engine = named.and_then(|it| it.engine.clone()).unwrap_or_default();
        let kind = if named.is_some() { "container" } else { "" };
        let name = text(named.and_then(|it| it.name.as_ref()));
        let id = text(named.and_then(|it| it.id.as_ref()));
        let (pid, command) = (item.pid, item.command.text());
        let text = format!("{pid} {command} {kind} {engine} {name} {id}");
        self.filter.typed.fits(&text)
    }

    /// The position of the row under the cursor.
    #[must_use]
    pub fn at(&self, rows: &[&Item]) -> usize {
        let place = |chosen| rows.iter().position(|row| id(row) == chosen);
        self.chosen.and_then(place).unwrap_or(0)
    }

    fn go(&mut self, by: isize) {
        let rows = self.rows();
        let at = moved(self.at(&rows), by, rows.len());
        self.chosen = rows.get(at).map(|row| id(row));
    }

    /// The process under the cursor.
    fn who(&self) -> Option<Who> {
        let rows = self.rows();
        let item = rows.get(self.at(&rows))?;
        Some(Who {
            pid: item.pid,
            start: Some(item.start),
        })
    }

    /// A key; whom to inspect, if it asks for that. `None`: it means nothing here.
    pub(super) fn key(&mut self, action: Action) -> Option<Vec<Who>> {
        match action {
            Action::Open => {
                let mut all: Vec<Who> = self.first.into_iter().collect();
                all.extend(self.who().filter(|who| !all.contains(who)));
                self.first = None;
                self.filter.typing = false;
                return Some(all);
            }
            Action::Mark => {
                let who = self.who();
                self.first = if self.first == who { None } else { who };
            }
            Action::Filter => self.filter.anew(),
            Action::Found => self.filter.typing = false,
            Action::Sort => self.sort = self.sort.next(),
            Action::Up => self.go(-1),
            Action::Down => self.go(1),
            Action::PageUp => self.go(-PAGE),
            Action::PageDown => self.go(PAGE),
            _ => return None,
        }
        Some(Vec::new())
    }
}

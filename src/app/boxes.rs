//! Which of a lesson's boxes are in view: the one that the cursor goes to, and with two at once the
//! other one. Called by the keys and at the start of a step; it never speaks to the lab.

use super::{Play, Side};
use crate::lesson::Step;

impl Play {
    /// The two boxes that are shown at once, in the order of the lesson.
    #[must_use]
    pub fn pair(&self) -> Option<[&str; 2]> {
        if !self.two {
            return None;
        }
        let shown = |name: &&String| **name == self.box_name || **name == self.other;
        let mut shown = self.boxes.iter().filter(shown).map(String::as_str);
        Some([shown.next()?, shown.next()?])
    }

    /// The boxes that a step wants to be seen; else the one in which something happens.
    pub(super) fn show_boxes(&mut self, step: &Step) {
        self.two = step.panes.len() > 1;
        let acting = step.ops.iter().find_map(|op| op.box_name());
        let first = step.panes.first().map(String::as_str).or(acting);
        if let Some(name) = first {
            name.clone_into(&mut self.box_name);
        }
        if let Some(other) = step.panes.get(1) {
            self.other.clone_from(other);
            // Where there is room for two panes only, these two.
            self.side = Side::Box;
        }
    }

    /// One box or two; whether the lesson has two.
    pub(super) fn toggle_two(&mut self) -> bool {
        let next = self.after(&self.box_name).or(self.boxes.first());
        let Some(next) = next.filter(|name| **name != self.box_name).cloned() else {
            return false;
        };
        self.two = !self.two;
        self.other = next;
        self.side = Side::Box;
        true
    }

    /// To the box after the one that has the cursor; `false` if it is the last.
    pub(super) fn next_box(&mut self) -> bool {
        let Some(next) = self.after(&self.box_name).cloned() else {
            return false;
        };
        self.other = std::mem::replace(&mut self.box_name, next);
        true
    }

    /// To the first box; of two at once, to the first of these.
    pub(super) fn first_box(&mut self) {
        let first = match self.pair() {
            Some([first, _]) => first.to_owned(),
            None => self.boxes.first().cloned().unwrap_or_default(),
        };
        if first != self.box_name {
            self.other = std::mem::replace(&mut self.box_name, first);
        }
    }

    fn after(&self, name: &str) -> Option<&String> {
        let at = self.boxes.iter().position(|other| other == name)?;
        self.boxes.get(at + 1)
    }
}

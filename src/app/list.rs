//! The lesson list: which lessons it shows, and the cursor on them. Called by the keys of
//! [`super::App::update`]; `ui::list` draws it.

use super::{Action, App, Effect, Typed, select};
use crate::lesson::Lesson;

/// PgUp and PgDn go so many lessons far.
const PAGE: usize = 10;

/// What the list is narrowed down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Lessons without this in title, name and needs are not shown.
    pub typed: Typed,
    /// The keys go to it.
    pub typing: bool,
}

impl Filter {
    /// Whether the list may be without some lessons.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.typing || !self.typed.text().is_empty()
    }

    /// An empty line that the keys go to: what was typed before is looked for no more.
    pub(super) fn anew(&mut self) {
        *self = Self {
            typed: Typed::default(),
            typing: true,
        };
    }

    fn shows(&self, lesson: &Lesson) -> bool {
        let text = format!("{} {} {}", lesson.id, lesson.title, lesson.needs.join(" "));
        self.typed.fits(&text)
    }
}

impl App {
    /// The lessons that the list shows, by their places among all.
    #[must_use]
    pub fn listed(&self) -> Vec<usize> {
        let all = self.lessons.iter().enumerate();
        all.filter(|(_, lesson)| self.filter.shows(lesson))
            .map(|(at, _)| at)
            .collect()
    }

    /// The lesson under the cursor; none where the list is empty.
    #[must_use]
    pub fn under_cursor(&self) -> Option<&Lesson> {
        let lesson = self.lessons.get(self.chosen)?;
        self.filter.shows(lesson).then_some(lesson)
    }

    /// Enter: in the list the lesson under the cursor, on the first screen the first that can run.
    pub(super) fn open_chosen(&mut self) -> Vec<Effect> {
        if self.welcome.take().is_some() {
            self.chosen = self.first_that_runs().unwrap_or(self.chosen);
        }
        if self.under_cursor().is_none() {
            self.say("there is no such lesson: Backspace, or Esc for all of them".to_owned());
            return Vec::new();
        }
        self.filter.typing = false;
        self.open_lesson(None)
    }

    pub(super) fn move_in_list(&mut self, action: Action) {
        let listed = self.listed();
        let at = listed.iter().position(|lesson| *lesson == self.chosen);
        let last = listed.len().saturating_sub(1);
        let at = at.unwrap_or(0);
        let at = match action {
            Action::PageUp => at.saturating_sub(PAGE),
            Action::PageDown => (at + PAGE).min(last),
            other => select::moved(at, other, listed.len()),
        };
        self.chosen = listed.get(at).copied().unwrap_or(self.chosen);
    }

    /// The cursor is on a lesson that is shown: the one where it was, or the next.
    pub(super) fn settle_cursor(&mut self) {
        let listed = self.listed();
        let next = listed.iter().find(|lesson| **lesson >= self.chosen);
        self.chosen = next.or(listed.last()).copied().unwrap_or(self.chosen);
    }

    /// All lessons again; `false`: they were there.
    pub(super) fn clear_filter(&mut self) -> bool {
        let was_on = self.filter.is_on();
        self.filter = Filter::default();
        was_on
    }
}

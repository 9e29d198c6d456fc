//! Cursor, sides, panels, answers and scrolling: what changes the view and nothing else. Called by
//! the keys of [`super::App::update`]; never speaks to the lab.

use super::{Action, Answer, App, Effect, Hold, Key, Overlay, Phase, Play, Side};
use crate::{
    lesson::Panel,
    model::{NsLink, Sample, diff},
};

/// Bounds what PgDn adds up, until the page's end is known.
const MAX_SCROLL: usize = 1000;
/// PgUp and PgDn scroll by this many lines.
const PAGE: usize = 3;
/// The same for what takes the whole screen, which has at least a few rows more.
const SHEET: usize = 16;

impl App {
    /// A key that only changes the view.
    pub(super) fn select(&mut self, action: Action) {
        if let Some(scroll) = self.page_scroll() {
            roll(scroll, action, SHEET);
            return;
        }
        match (&mut self.overlay, &mut self.play) {
            (Some(Overlay::Steps(at)), Some(play)) => {
                *at = moved(*at, action, self.lessons[play.lesson].steps.len());
            }
            (_, Some(play)) => play.select(action),
            (_, None) => self.move_in_list(action),
        }
    }

    /// How far the page on the screen is scrolled.
    pub(super) fn page_scroll(&mut self) -> Option<&mut usize> {
        match &mut self.overlay {
            Some(Overlay::Help(scroll) | Overlay::Log(scroll) | Overlay::Lacks(scroll)) => {
                Some(scroll)
            }
            Some(_) => None,
            None => self.welcome.as_mut(),
        }
    }

    /// A page that ends earlier is not scrolled beyond its end, or the way back would seem dead.
    pub(super) fn hold_scroll(&mut self, bottom: usize) {
        if let Some(scroll) = self.page_scroll() {
            *scroll = bottom.min(*scroll);
        }
    }

    /// A digit as an answer.
    pub(super) fn answer(&mut self, key: Key) {
        let (Key::Char(c), Some(play)) = (key, &mut self.play) else {
            return;
        };
        let last = play.order.len();
        match c.to_digit(10).map(|digit| digit as usize) {
            Some(0) => play.answer = Some(Answer::Unknown),
            Some(number) if number <= last => play.answer = Some(Answer::Choice(number - 1)),
            _ => self.say(format!("there are only {last}: 1 to {last}")),
        }
    }

    /// The key of a panel; 0 is for those of the step, in turn.
    pub(super) fn view(&mut self, key: Key) {
        let (Key::Char(c), Some(play)) = (key, &mut self.play) else {
            return;
        };
        let chosen = if c == '0' {
            let step = &self.lessons[play.lesson].steps[play.step];
            let shown = step.panels.iter().position(|panel| *panel == play.panel);
            let next = shown.map_or(0, |position| position + 1) % step.panels.len().max(1);
            step.panels.get(next).copied()
        } else {
            Panel::ALL.into_iter().find(|panel| panel.key() == c)
        };
        play.panel = chosen.unwrap_or(play.panel);
        play.picked = true;
        play.cursor = None;
    }

    /// Two boxes at once, or one again.
    pub(super) fn two_boxes(&mut self) {
        let Some(play) = &mut self.play else { return };
        if !play.toggle_two() {
            let words = if self.views.is_empty() {
                "this lesson has one box only"
            } else {
                "one process is inspected only"
            };
            self.say(words.to_owned());
        }
    }

    /// The commands of the step, for the clipboard.
    pub(super) fn copy(&mut self) -> Vec<Effect> {
        let lines = match &self.play {
            Some(play) => &play.texts.by_hand[..],
            None => &[],
        };
        if lines.is_empty() {
            self.say("this step has no commands to copy".to_owned());
            return Vec::new();
        }
        vec![Effect::Copy(lines.join("\n"))]
    }
}

/// A cursor in a list of `count` entries.
pub(super) fn moved(at: usize, action: Action, count: usize) -> usize {
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => (at + 1).min(count.saturating_sub(1)),
        _ => at,
    }
}

fn roll(scroll: &mut usize, action: Action, page: usize) {
    *scroll = match action {
        Action::Up => scroll.saturating_sub(1),
        Action::Down => (*scroll + 1).min(MAX_SCROLL),
        Action::PageUp => scroll.saturating_sub(page),
        Action::PageDown => (*scroll + page).min(MAX_SCROLL),
        _ => *scroll,
    };
}

impl Play {
    fn select(&mut self, action: Action) {
        match action {
            Action::Up if self.phase == Phase::Predict => self.move_answer(false),
            Action::Down if self.phase == Phase::Predict => self.move_answer(true),
            Action::Up => self.cursor = Some(self.cursor.unwrap_or(0).saturating_sub(1)),
            Action::Down => {
                let last = self.row_count().saturating_sub(1);
                self.cursor = Some(self.cursor.map_or(0, |row| (row + 1).min(last)));
            }
            Action::Side => self.other_side(),
            Action::Others => {
                self.others = !self.others;
                self.cursor = None;
            }
            Action::Freeze => {
                self.held = match self.held.take() {
                    None => self.now.clone().map(|sample| (Hold::Frozen, sample)),
                    Some(_) => None,
                };
            }
            other => roll(&mut self.scroll, other, PAGE),
        }
    }

    fn move_answer(&mut self, down: bool) {
        let last = self.order.len().saturating_sub(1);
        self.answer = Some(Answer::Choice(match (self.answer, down) {
            (Some(Answer::Choice(place)), true) => (place + 1).min(last),
            (Some(Answer::Choice(place)), false) => place.saturating_sub(1),
            (_, true) => 0,
            (_, false) => last,
        }));
    }

    /// Host, then each box in turn; the cursor stays on the same process where there is one.
    fn other_side(&mut self) {
        let paired = self.paired_row();
        if self.side == Side::Host {
            self.side = Side::Box;
            self.first_box();
        } else if !self.next_box() {
            self.side = Side::Host;
        }
        self.cursor = paired;
    }

    /// The row of the other side that is the same thing as the one under the cursor.
    #[must_use]
    pub fn paired_row(&self) -> Option<usize> {
        match self.panel {
            Panel::Processes => {}
            Panel::Mounts => return self.paired_mount(),
            // Nothing of these is on both sides.
            Panel::Network
            | Panel::Cgroups
            | Panel::Counters
            | Panel::Charts
            | Panel::Pressure
            | Panel::Knobs
            | Panel::Grid => return None,
            _ => return self.cursor,
        }
        let lists = self.processes();
        let inside = lists.inside.as_ref().map_or(&[][..], |side| &side.rows);
        let (here, there) = match self.side {
            Side::Host => (&lists.host.rows[..], inside),
            Side::Box => (inside, &lists.host.rows[..]),
        };
        let mark = here.get(self.cursor?)?.mark?;
        there.iter().position(|row| row.mark == Some(mark))
    }

    /// How many rows a table of values has.
    fn table(&self, read: fn(&Sample, Option<&Sample>, &str) -> Vec<diff::TableRow>) -> usize {
        let now = self.shown();
        now.map_or(0, |now| read(now, None, &self.box_name).len())
    }

    /// How many rows a panel about cgroups has on the side of the cursor.
    fn cgroup_rows(&self, now: &Sample) -> usize {
        let before = self.marks_against();
        match (self.panel, self.side) {
            (Panel::Cgroups, Side::Host) => diff::tree(now, before, self.others).len(),
            (Panel::Cgroups | Panel::Counters, Side::Box) => {
                diff::members(now, before, &self.box_name).len()
            }
            (Panel::Counters, Side::Host) => diff::counters(now, before, self.others).len(),
            (Panel::Pressure, Side::Host) => diff::pressure(now, before).len(),
            (Panel::Knobs, _) => diff::knobs(now, before, self.others).1.len(),
            _ => diff::charts(now).len(),
        }
    }

    /// The mount of the other side that is at the same place, of the same filesystem.
    fn paired_mount(&self) -> Option<usize> {
        let lists = self.mounts();
        let (here, there) = match self.side {
            Side::Host => (lists.left, lists.inside),
            Side::Box => (lists.inside, lists.left),
        };
        let mount = &here.as_ref()?.rows.get(self.cursor?)?.mount;
        let same = |row: &diff::MountRow| row.mount.same_place(mount);
        there?.rows.iter().position(same)
    }

    /// How many rows the chosen panel has on the side of the cursor.
    fn row_count(&self) -> usize {
        match self.panel {
            Panel::Processes => {
                let lists = self.processes();
                match self.side {
                    Side::Host => lists.host.rows.len(),
                    Side::Box => lists.inside.map_or(0, |side| side.rows.len()),
                }
            }
            Panel::Namespaces => NsLink::all().len(),
            Panel::Hostname => diff::NAMES,
            Panel::Signals => self.shown().map_or(0, |now| diff::signals(now, None).len()),
            Panel::Clocks => diff::CLOCKS,
            Panel::Ipc => self.shown().map_or(0, |now| {
                let (host, inside) = diff::ipc(now, self.marks_against(), &self.box_name);
                match self.side {
                    Side::Host => host.len(),
                    Side::Box => inside.map_or(0, |rows| rows.len()),
                }
            }),
            Panel::Cgroups | Panel::Counters | Panel::Charts | Panel::Pressure | Panel::Knobs => {
                self.shown().map_or(0, |now| self.cgroup_rows(now))
            }
            Panel::Believes => self.table(diff::believes),
            Panel::Grid => self
                .shown()
                .map_or(0, |now| diff::grid(now, &self.boxes).rows.len()),
            Panel::Calls => self.calls().len(),
            Panel::Mounts => {
                let lists = self.mounts();
                let side = match self.side {
                    Side::Host => lists.left,
                    Side::Box => lists.inside,
                };
                side.map_or(0, |side| side.rows.len())
            }
            Panel::Files => self.files().len(),
            Panel::Network => {
                let networks = self.networks();
                match self.side {
                    Side::Host => networks.host.len(),
                    Side::Box => networks.inside.map_or(0, |rows| rows.len()),
                }
            }
            Panel::Idmap => self.table(diff::ids),
            Panel::Capabilities => self.table(diff::capabilities),
            Panel::Cgroup => self.table(diff::cgroups),
            Panel::Layers => self.layers().map_or(0, |layers| layers.rows.len()),
        }
    }
}

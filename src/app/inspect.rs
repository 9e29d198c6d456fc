//! The screen of `inspect`: one process that glassbox did not start beside the host, or two beside each
//! other, in the panels of the lessons. Keys and looks come from [`super::views`]; `ui` draws it.

use super::play::{Lab, Phase, Play, Side};
use super::{Action, App, View, Why};
use crate::lesson::Panel;
use crate::model::inspect::compare::Compared;
use crate::model::inspect::{Inspection, Report, Seeing, Sight, Veil, box_names};
use crate::model::look::Who;
use crate::model::{Links, Seen, Untrusted};

/// The screen. Its panels are those of [`App::play`].
#[derive(Debug)]
pub struct Inspect {
    /// Whom it is about.
    pub who: Vec<Who>,
    /// What was seen last; nothing yet.
    pub seen: Option<Inspection>,
    /// The report has the whole screen.
    pub whole: bool,
    /// Lines that the report is scrolled down by.
    pub scroll: usize,
    /// How many looks there were.
    looks: u64,
}

/// Nobody's report is longer; it bounds what PgDn adds up.
const LONGEST: usize = 400;
/// PgUp and PgDn scroll by this many lines.
const PAGE: usize = 5;

impl Inspect {
    pub(super) fn new(who: Vec<Who>) -> Self {
        Self {
            who,
            seen: None,
            whole: false,
            scroll: 0,
            looks: 0,
        }
    }

    /// What was seen of the target of that name, if it lives and may be looked at.
    #[must_use]
    pub fn sight(&self, name: &str) -> Option<&Sight> {
        let seen = self.seen.as_ref()?;
        let at = box_names(self.who.len()).iter().position(|it| it == name)?;
        seen.targets.get(at)?.sight.value().map(|sight| &**sight)
    }

    /// The same as a report.
    #[must_use]
    pub(crate) fn report(&self, name: &str) -> Option<Report> {
        let seen = self.seen.as_ref()?;
        let none = Links::read_with(|_| Seen::Missing);
        let ours = seen.host_self.value();
        Some(Report::new(&Seeing {
            sight: self.sight(name)?,
            other: ours.map_or(&none, |subject| &subject.links),
            hostname: &seen.host.world.hostname,
            as_root: seen.as_root,
        }))
    }

    /// What two of them differ in.
    #[must_use]
    pub(crate) fn compared(&self) -> Option<Compared> {
        let [left, right] = ["A", "B"].map(|name| Some((self.report(name)?, self.sight(name)?)));
        let ((left, a), (right, b)) = left.zip(right)?;
        let links = [&a.subject.links, &b.subject.links];
        Some(Compared::new([left, right], links))
    }

    /// Why nothing can be shown of a target, in words.
    #[must_use]
    pub fn why_not(&self, name: &str) -> Option<String> {
        let at = box_names(self.who.len()).iter().position(|it| it == name)?;
        let pid = self.who.get(at)?.pid;
        let Some(seen) = &self.seen else {
            return Some("looking ...".to_owned());
        };
        match seen.targets.get(at).map(|target| &target.sight) {
            Some(Seen::Is(_)) => None,
            Some(Seen::Denied(errno)) => Some(format!("process {pid}: {errno}")),
            Some(Seen::Missing) | None => Some(format!("process {pid} has ended")),
        }
    }

    /// Why a panel has nothing to tell of a target: no file of `/proc` has it, and nobody goes inside.
    #[must_use]
    pub fn veiled(&self, panel: Panel, name: &str) -> Option<String> {
        if let Some(why) = self.why_not(name) {
            return Some(why);
        }
        let veil = match panel {
            Panel::Hostname => Veil::Hostname,
            Panel::Ipc => Veil::Ipc,
            Panel::Clocks => Veil::Clocks,
            Panel::Files | Panel::Believes | Panel::Calls | Panel::Charts | Panel::Pressure => {
                Veil::Inside
            }
            _ => return None,
        };
        let (seen, sight) = (self.seen.as_ref()?, self.sight(name)?);
        let pid = sight.subject.process.pid;
        let kind = veil.kind();
        match kind {
            Some(kind) if seen.shares(sight, kind) == Some(true) => None,
            Some(kind) => {
                let (option, program) = by_hand(veil);
                Some(format!(
                    "It has another {} namespace, and no file outside tells what is in there. By hand: sudo \
                     nsenter --target {pid} {option} {program}",
                    kind.name()
                ))
            }
            None => Some(
                "Only from inside could this be told, and inspect starts nothing there.".to_owned(),
            ),
        }
    }

    /// A key that means something here alone.
    pub(super) fn key(&mut self, action: Action) -> Option<()> {
        match action {
            Action::Report => {
                self.whole = !self.whole;
                self.scroll = 0;
            }
            Action::PageUp => self.scroll = self.scroll.saturating_sub(PAGE),
            Action::PageDown => self.scroll = (self.scroll + PAGE).min(LONGEST),
            Action::Up if self.whole => self.scroll = self.scroll.saturating_sub(1),
            Action::Down if self.whole => self.scroll = (self.scroll + 1).min(LONGEST),
            _ => return None,
        }
        Some(())
    }
}

/// How nsenter(1) is told to look at it.
fn by_hand(veil: Veil) -> (&'static str, &'static str) {
    match veil {
        Veil::Hostname => ("--uts", "hostname"),
        Veil::Ipc => ("--ipc", "ipcs"),
        Veil::Clocks => ("--time", "cat /proc/uptime"),
        Veil::Inside => ("--all", "sh"),
    }
}

/// How the panels begin.
pub(super) fn play(count: usize) -> Play {
    let mut play = Play::of_boxes(usize::MAX, box_names(count));
    play.phase = Phase::Watch;
    play.lab = Lab::Ready;
    play.side = Side::Box;
    play.panel = Panel::Namespaces;
    if count > 1 {
        play.toggle_two();
        play.first_box();
    }
    play
}

impl App {
    /// A look at the processes that are inspected.
    pub(super) fn inspected(&mut self, seen: Inspection) {
        let (Some(View::Inspect(view)), Some(play)) = (self.views.last_mut(), &mut self.play)
        else {
            return;
        };
        view.looks += 1;
        let sample = seen.sample(view.looks);
        view.seen = Some(seen);
        play.remember(&sample, Why::Changed);
        play.now = Some(sample);
    }

    /// Why a panel has nothing to tell of a target; `None` also where nothing is inspected.
    #[must_use]
    pub fn veiled(&self, panel: Panel, name: &str) -> Option<String> {
        match self.views.last()? {
            View::Inspect(view) => view.veiled(panel, name),
            _ => None,
        }
    }

    /// What a target is called in titles: its number, name and container.
    #[must_use]
    pub fn target_title(&self, name: &str) -> Option<String> {
        let Some(View::Inspect(view)) = self.views.last() else {
            return None;
        };
        let at = box_names(view.who.len()).iter().position(|it| it == name)?;
        let pid = view.who.get(at)?.pid;
        let Some(sight) = view.sight(name) else {
            return Some(format!("process {pid}"));
        };
        let command = sight.subject.process.command.text();
        let named = sight.named.as_ref();
        let name = named.and_then(|it| it.name.as_ref().or(it.id.as_ref()));
        let words = [
            named.and_then(|it| it.engine.clone()),
            name.map(Untrusted::text),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        Some(
            format!("{pid} {command}  {}", words.join(" "))
                .trim_end()
                .to_owned(),
        )
    }
}

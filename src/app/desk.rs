//! The mixing desk: its switches, the cursor on them, and the box that was made of them. Keys and the
//! lab's answers come from [`super::App::update`]; `ui` draws it.

mod line;
mod row;

use std::collections::BTreeSet;

pub use line::Asked;
pub use row::Row;

use super::{Action, App, Effect, Key, Lab, Outcome, Phase, Play, Side, Typed, Why};
use crate::model::filter::Filter;
use crate::model::op::Cap;
use crate::model::port::Command;
use crate::model::recipe::{BOX, Ground, Leak, Line, Recipe, Root, by_default, leaks, lines, news};
use crate::model::support::Support;
use crate::model::{Call, Fault, Sample, Untrusted};

/// What a slider of the memory limit stands at, in MiB.
const MEMORY: [u64; 6] = [8, 16, 32, 64, 128, 256];
/// Thousandths of a CPU.
const CPU: [u64; 5] = [50, 100, 200, 300, 500];
const PIDS: [u64; 6] = [5, 10, 20, 50, 100, 256];
/// The hostname that the switch gives.
const NAME: &str = "box";

/// The desk.
#[derive(Debug, Default)]
pub struct Desk {
    /// The switches as they stand.
    pub recipe: Recipe,
    /// The row under the cursor.
    pub at: usize,
    /// The switches of the box that runs.
    pub started: Option<Recipe>,
    /// What the last turn brought along, and why.
    pub said: Vec<String>,
    /// What the last start changed, in sentences.
    pub news: Vec<String>,
    /// Why there is no such box.
    pub fault: Option<String>,
    /// What to do about it, where this machine lacks something.
    pub remedy: Option<String>,
    /// The cursor was moved since the last start: what is under it is explained.
    pub moved: bool,
    /// A line for docker or a value, while it is typed.
    pub line: Option<Asked>,
    /// Each capability has a row.
    single_caps: bool,
    known: Vec<Leak>,
    /// What the marks compare with.
    before: Option<Sample>,
}

impl Desk {
    /// The row under the cursor.
    #[must_use]
    pub fn row(&self) -> Row {
        self.rows().get(self.at).copied().unwrap_or(Row::ALL[0])
    }

    /// All rows, from top to bottom.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        Row::with_caps(self.single_caps)
    }

    fn place_of(&self, row: Row) -> usize {
        let rows = self.rows();
        rows.iter().position(|it| *it == row).unwrap_or(0)
    }

    /// The lines of glassbox and of other tools.
    #[must_use]
    pub fn lines(&self) -> [Line; 4] {
        lines(&self.recipe, &[])
    }

    fn move_to(&mut self, row: usize) {
        self.at = row.min(self.rows().len() - 1);
        self.moved = true;
        self.said.clear();
    }

    /// Space, or an arrow; what comes back is to be said.
    fn turn(&mut self, up: Option<bool>) -> Vec<String> {
        let row = self.row();
        let recipe = &mut self.recipe;
        let before = recipe.clone();
        let on = |was: bool| up.unwrap_or(!was);
        match row {
            Row::Ns(kind) => {
                if on(recipe.ns.contains(&kind)) {
                    recipe.ns.insert(kind);
                } else if let Some(why) = recipe.held_on(kind) {
                    return vec![format!("{} stays on: {why}", kind.name())];
                } else {
                    recipe.ns.remove(&kind);
                }
            }
            Row::Root => recipe.root = step(&Root::ALL, &recipe.root, up),
            Row::ReadOnly => recipe.read_only = on(recipe.read_only),
            Row::Hostname => {
                let named = on(recipe.hostname.is_some());
                recipe.hostname = named.then(|| NAME.to_owned());
            }
            Row::Memory => slide(&mut recipe.memory, &MEMORY.map(|mib| mib << 20), up),
            Row::Cpu => slide(&mut recipe.cpu, &CPU, up),
            Row::Pids => slide(&mut recipe.pids, &PIDS, up),
            Row::Caps => {
                let all: [Option<BTreeSet<Cap>>; 3] =
                    [None, Some(by_default()), Some(BTreeSet::new())];
                recipe.caps = step(&all, &recipe.caps, up);
            }
            Row::Cap(cap) => {
                let on = on(recipe.has_cap(cap));
                recipe.set_cap(cap, on);
            }
            Row::NoNewPrivs => recipe.no_new_privs = on(recipe.no_new_privs),
            Row::Seccomp => {
                let all = [None, Some(Filter::NoMkdir), Some(Filter::DockerLike)];
                recipe.seccomp = step(&all, &recipe.seccomp, up);
            }
            Row::Line(_) => return vec!["y copies the line; nothing is switched here".to_owned()],
        }
        let said = recipe.complete();
        if *recipe == before && !said.is_empty() {
            return said.into_iter().take(1).collect();
        }
        said
    }
}

/// The next of these, around the end where it was Space.
fn step<T: PartialEq + Clone>(all: &[T], now: &T, up: Option<bool>) -> T {
    let at = all.iter().position(|it| it == now).unwrap_or(0);
    let next = match up {
        None => (at + 1) % all.len(),
        Some(true) => (at + 1).min(all.len() - 1),
        Some(false) => at.saturating_sub(1),
    };
    all[next].clone()
}

/// Off, then from the least up.
fn slide(value: &mut Option<u64>, all: &[u64], up: Option<bool>) {
    let now = *value;
    *value = match up {
        None if now.is_some() => None,
        None => all.get(all.len() / 2).copied(),
        Some(true) => match now {
            None => all.first().copied(),
            Some(now) => all.iter().copied().find(|it| *it > now).or(Some(now)),
        },
        Some(false) => now.and_then(|now| all.iter().copied().rfind(|it| *it < now)),
    };
}

/// What `doctor` says to do first about what such a box needs and this machine lacks.
fn remedy(support: &Support, recipe: &Recipe) -> Option<String> {
    let needs = recipe.needs();
    let probes = needs.iter().filter_map(|need| support.probe(need));
    let lacking = probes.filter(|probe| !probe.ok).map(|probe| &probe.remedy);
    lacking.map(|remedy| Untrusted::from(remedy).text()).next()
}

impl App {
    /// Opens it, with these switches.
    pub fn open_desk(&mut self, recipe: Recipe) {
        self.desk = Some(Desk {
            recipe,
            ..Desk::default()
        });
    }

    /// A key that means something on the desk alone.
    pub(super) fn desk_key(&mut self, action: Action, key: Key) -> Option<Vec<Effect>> {
        let desk = self.desk.as_mut()?;
        match action {
            Action::Docker => desk.ask(None),
            Action::Value => desk.ask_value(),
            Action::OpenShell | Action::OpenShells if desk.started.is_none() => {
                self.say("no box yet: Enter starts one".to_owned());
            }
            Action::OpenShell | Action::OpenShells if desk.fault.is_some() => {
                self.say("there is no such box: turn a switch, Enter tries again".to_owned());
            }
            Action::Open => return Some(self.start_desk()),
            Action::Up => desk.move_to(desk.at.saturating_sub(1)),
            Action::Down => desk.move_to(desk.at + 1),
            Action::Turn => {
                let up = match key {
                    Key::Left => Some(false),
                    Key::Right => Some(true),
                    _ => None,
                };
                desk.said = desk.turn(up);
            }
            Action::Copy => {
                let lines = desk.lines();
                let text = match desk.row() {
                    Row::Line(at) => lines[at].text.clone(),
                    _ => lines.map(|line| line.text).join("\n"),
                };
                return Some(vec![Effect::Copy(text)]);
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Ends the box that runs, and makes a new one.
    fn start_desk(&mut self) -> Vec<Effect> {
        if self.lost.is_some() || self.play.as_ref().is_some_and(|it| it.lab != Lab::Ready) {
            self.say("the lab is not ready".to_owned());
            return Vec::new();
        }
        let Some(desk) = &mut self.desk else {
            return Vec::new();
        };
        let mut play = Play::of_boxes(usize::MAX, vec![BOX.to_owned()]);
        if let Some(old) = self.play.take() {
            (play.panel, play.side, play.others) = (old.panel, old.side, old.others);
            desk.before = old.now;
            play.shells = old.shells;
            play.shells.forget_boxes();
        } else {
            // What can be typed is of interest in the box first.
            play.side = Side::Box;
        }
        play.phase = Phase::Watch;
        self.play = Some(play);
        desk.fault = None;
        desk.remedy = None;
        desk.moved = false;
        desk.news.clear();
        desk.said.clear();
        desk.started = Some(desk.recipe.clone());
        let boxes = vec![desk.recipe.spec()];
        let replay = Vec::new();
        vec![self.command(Command::Open { boxes, replay })]
    }

    /// The box's helper is there: now the operations.
    pub(super) fn desk_opened(
        &mut self,
        calls: Vec<Call>,
        sample: Sample,
        fault: Option<Fault>,
    ) -> Vec<Effect> {
        let (Some(desk), Some(play)) = (&mut self.desk, &mut self.play) else {
            return Vec::new();
        };
        let ground = sample.host.world.mounts.value().map(Ground::of);
        let recipe = desk.started.clone().unwrap_or_default();
        play.opening = calls;
        play.now = Some(sample);
        play.lab = Lab::Ready;
        if let Some(fault) = fault {
            let message = fault.message.text();
            desk.fault = Some(message.clone());
            desk.remedy = remedy(&self.support, &recipe);
            self.note(message);
            return Vec::new();
        }
        play.lab = Lab::Running;
        let ops = recipe.ops(&ground.unwrap_or_default());
        vec![self.command(Command::Run { ops })]
    }

    /// The box stands.
    pub(super) fn desk_ran(
        &mut self,
        calls: Vec<Call>,
        before: Sample,
        after: Sample,
        fault: Option<Fault>,
    ) -> Vec<Effect> {
        let (Some(desk), Some(play)) = (&mut self.desk, &mut self.play) else {
            return Vec::new();
        };
        let message = fault.as_ref().map(|fault| fault.message.text());
        play.remember(&after, Why::Asked);
        play.lab = Lab::Ready;
        if message.is_none() {
            let known = leaks(desk.started.as_ref().unwrap_or(&desk.recipe), &after);
            desk.news = news(&desk.known, &known);
            desk.known = known;
        }
        desk.fault.clone_from(&message);
        if message.is_some() {
            desk.remedy = remedy(&self.support, desk.started.as_ref().unwrap_or(&desk.recipe));
        }
        play.now = Some(after);
        play.outcome = Some(Outcome {
            calls: [std::mem::take(&mut play.opening), calls].concat(),
            before: desk.before.take().unwrap_or(before),
            fault,
            reveal: None,
        });
        let lines: Vec<String> = message.into_iter().chain(desk.news.clone()).collect();
        for line in lines {
            self.note(line);
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests;

//! What is typed or pasted on the desk: a `docker run` line, or the value of a switch. Read by
//! [`crate::model::recipe`], and turned into switches. Nothing is started by it.

use super::{Action, App, Desk, Effect, Row, Typed};
use crate::model::Untrusted;
use crate::model::recipe::{Recipe, Wrong, cpus, docker, hostname, memory, pids};

/// Longer lines are no lines any more.
const MOST: usize = 8192;

/// A line while it is typed.
#[derive(Debug)]
pub struct Asked {
    /// The row whose value it is; else it is a line for docker.
    pub of: Option<Row>,
    /// So far.
    pub typed: Typed,
}

impl Desk {
    /// `=`: the value of the row is typed; the single capabilities are shown, or no more.
    pub(super) fn ask_value(&mut self) {
        match self.row() {
            Row::Caps | Row::Cap(_) => self.show_caps(),
            of @ (Row::Hostname | Row::Memory | Row::Cpu | Row::Pids) => {
                self.ask(Some(of));
            }
            _ => self.said = vec!["there is nothing to type here: Space turns it".to_owned()],
        }
    }

    pub(super) fn ask(&mut self, of: Option<Row>) {
        let typed = Typed::with_room(MOST);
        self.line = Some(Asked { of, typed });
    }

    /// The cursor stays on the row of all of them.
    fn show_caps(&mut self) {
        self.single_caps = !self.single_caps;
        self.at = self.place_of(Row::Caps);
        self.moved = true;
        self.said.clear();
    }

    /// Sets the value of that row; without one it is off.
    fn set_value(&mut self, row: Row, text: &str) -> Result<Vec<String>, Wrong> {
        let recipe = &mut self.recipe;
        let text = Some(text.trim()).filter(|text| !text.is_empty());
        match row {
            Row::Hostname => recipe.hostname = text.map(hostname).transpose()?,
            Row::Memory => recipe.memory = text.map(memory).transpose()?,
            Row::Cpu => recipe.cpu = text.map(cpus).transpose()?,
            Row::Pids => recipe.pids = text.map(pids).transpose()?,
            _ => {}
        }
        let mut said = recipe.complete();
        let capped = recipe.capped();
        if !capped.is_empty() {
            let all = capped.join(", ");
            said.push(format!("glassbox itself gives all boxes together {all}"));
        }
        Ok(said)
    }
}

impl App {
    /// What is typed or pasted while the line is open. Lines that go on in the next are one.
    pub(in crate::app) fn type_desk_line(&mut self, text: &str) {
        let line = self.desk.as_mut().and_then(|desk| desk.line.as_mut());
        if let Some(line) = line {
            line.typed.push(&joined(text));
        }
    }

    /// A key that means something while the line is open.
    pub(in crate::app) fn desk_line_key(&mut self, action: Action) -> Option<Vec<Effect>> {
        let desk = self.desk.as_mut()?;
        let line = desk.line.as_mut()?;
        match action {
            Action::Open => {
                let text = line.typed.text().to_owned();
                match line.of {
                    Some(row) => self.read_value(row, &text),
                    None => self.read_docker(&text),
                }
            }
            Action::Erase => {
                if !line.typed.erase() {
                    desk.line = None;
                }
            }
            Action::Close => desk.line = None,
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Where it is no value, the line stays open to be mended.
    fn read_value(&mut self, row: Row, text: &str) {
        let Some(desk) = &mut self.desk else { return };
        match desk.set_value(row, text) {
            Ok(said) => {
                desk.said = said;
                desk.line = None;
            }
            Err(why) => self.say(why.to_string()),
        }
    }

    /// Sets the switches as the line says; where it is none, it stays open to be mended.
    pub(in crate::app) fn read_docker(&mut self, line: &str) {
        let read = match docker(&joined(line)) {
            Ok(read) => read,
            Err(why) => return self.say(format!("no line for docker: {why}")),
        };
        let mut said = read.said;
        if !read.command.is_empty() {
            let command = Untrusted::from(read.command.join(" ")).text();
            said.push(format!(
                "`{command}` is not started here: the box gets a process that waits"
            ));
        }
        if let Some(desk) = &mut self.desk {
            desk.line = None;
        }
        self.set_switches(read.recipe, said);
    }

    /// Other switches than before, and what is to be said about them.
    pub(in crate::app) fn set_switches(&mut self, mut recipe: Recipe, mut said: Vec<String>) {
        said.extend(recipe.complete());
        for line in &said {
            self.note(line.clone());
        }
        if let Some(desk) = &mut self.desk {
            desk.recipe = recipe;
            desk.said = said;
        }
    }
}

fn joined(text: &str) -> String {
    text.replace("\\\r\n", " ")
        .replace("\\\n", " ")
        .replace(['\r', '\n'], " ")
}

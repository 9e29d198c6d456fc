//! A `docker run` line on the desk: typed or pasted, read by [`crate::model::recipe`], and turned into
//! switches. Nothing is started by it.

use super::{Action, App, Effect, Typed};
use crate::model::Untrusted;
use crate::model::recipe::{Recipe, docker};

/// Longer lines are no lines any more.
const MOST: usize = 8192;

impl App {
    pub(in crate::app) fn open_docker_line(&mut self) {
        if let Some(desk) = &mut self.desk {
            desk.line = Some(Typed::with_room(MOST));
        }
    }

    /// What is typed or pasted while the line is open. Lines that go on in the next are one.
    pub(in crate::app) fn type_docker_line(&mut self, text: &str) {
        let line = self.desk.as_mut().and_then(|desk| desk.line.as_mut());
        if let Some(line) = line {
            line.push(&joined(text));
        }
    }

    /// A key that means something while the line is open.
    pub(in crate::app) fn docker_line_key(&mut self, action: Action) -> Option<Vec<Effect>> {
        let desk = self.desk.as_mut()?;
        match action {
            Action::Open => {
                let line = desk.line.as_ref().map(|line| line.text().to_owned());
                self.read_docker(&line.unwrap_or_default());
            }
            Action::Erase => {
                if !desk.line.as_mut().is_some_and(Typed::erase) {
                    desk.line = None;
                }
            }
            Action::Close => desk.line = None,
            _ => return None,
        }
        Some(Vec::new())
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

//! Command lines that make such a box: of glassbox, and the nearest that unshare(1), bwrap(1) and
//! docker-run(1) can come. What they cannot is said with them. glassbox runs none of these.

mod bwrap;
mod docker;
mod glassbox;
#[cfg(test)]
mod tests;
mod unshare;

use std::collections::BTreeSet;

use super::Recipe;
use crate::model::by_hand::quoted;
use crate::model::op::Cap;

/// A line to copy, and how what it makes differs from the box of the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whose line it is.
    pub tool: &'static str,
    /// The line.
    pub text: String,
    /// In sentences.
    pub differs: Vec<String>,
}

/// Whose lines there are, in the order of [`lines`].
pub const TOOLS: [&str; 4] = ["glassbox", "unshare", "bwrap", "docker"];

/// What is run where nothing is said.
const SHELL: &str = "sh";

/// For this program, or a shell.
#[must_use]
pub fn lines(recipe: &Recipe, command: &[String]) -> [Line; 4] {
    let shell = [SHELL.to_owned()];
    let command = if command.is_empty() { &shell } else { command };
    [
        glassbox::line(recipe, command),
        unshare::line(recipe, command),
        bwrap::line(recipe, command),
        docker::line(recipe, command),
    ]
}

/// A line in the making.
#[derive(Default)]
struct Making {
    words: Vec<String>,
    differs: Vec<String>,
}

impl Making {
    fn of(tool: &[&str]) -> Self {
        let mut making = Self::default();
        making.add(tool);
        making
    }

    fn add(&mut self, words: &[&str]) {
        self.words.extend(words.iter().map(|word| quoted(word)));
    }

    fn differs(&mut self, how: &str) {
        self.differs.push(how.to_owned());
    }

    fn done(self, tool: &'static str) -> Line {
        Line {
            tool,
            text: self.words.join(" "),
            differs: self.differs,
        }
    }
}

/// Tools that know no limits are started in a scope of the learner's systemd, which does.
fn scope(recipe: &Recipe) -> Making {
    let mut making = Making::default();
    if !recipe.has_limits() {
        return making;
    }
    making.add(&["systemd-run", "--user", "--scope", "--quiet"]);
    let quota = |cpu: u64| format!("CPUQuota={}.{}%", cpu / 10, cpu % 10);
    let properties = [
        recipe.memory.map(|bytes| format!("MemoryMax={bytes}")),
        recipe.cpu.map(quota),
        recipe.pids.map(|count| format!("TasksMax={count}")),
    ];
    for property in properties.iter().flatten() {
        making.add(&["-p", property]);
    }
    making.differs("systemd-run(1) sets the limits, where systemd runs");
    making
}

/// `64m`, or bytes.
fn size(bytes: u64) -> String {
    let units = [(30, "g"), (20, "m"), (10, "k")];
    let fits = units
        .iter()
        .find(|(shift, _)| bytes.trailing_zeros() >= *shift);
    fits.map_or_else(
        || format!("{bytes}"),
        |(shift, unit)| format!("{}{unit}", bytes >> shift),
    )
}

/// `0.5`
fn cpus(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `NET_ADMIN`
fn bare(cap: Cap) -> &'static str {
    cap.name().trim_start_matches("CAP_")
}

/// `--cap-drop` and `--cap-add` for what is left.
fn drop_and_add(making: &mut Making, caps: &BTreeSet<Cap>) {
    let gone: Vec<Cap> = Cap::all().filter(|cap| !caps.contains(cap)).collect();
    if gone.len() < caps.len() {
        // For docker, which else would take them from its fourteen.
        making.add(&["--cap-add", "ALL"]);
        for cap in gone {
            making.add(&["--cap-drop", bare(cap)]);
        }
        return;
    }
    making.add(&["--cap-drop", "ALL"]);
    for cap in caps {
        making.add(&["--cap-add", bare(*cap)]);
    }
}

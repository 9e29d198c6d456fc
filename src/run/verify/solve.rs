//! Solves a challenge as its lesson says: a real shell on a terminal, the solution typed line by line,
//! and the kernel's state asked again and again. What comes of it is judged by `grade`.

use std::time::{Duration, Instant};

use super::grade::Solution;
use crate::kernel::support;
use crate::lab::{Lab, Manner};
use crate::lesson::{Challenge, Done, Facts};
use crate::model::expect::{Check, CheckKind};
use crate::model::port::{Place, Size, Spot};
use crate::model::{Sample, Untrusted};

/// The whole prompt: no command of a solution writes it.
const MARKER: &str = "glassbox-waits> ";
/// How long the shell may take until it waits for the first line, and for each next one. An emulated
/// machine takes ten seconds to start python3(1), and thrice that when others want its CPU, too.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// How long the kernel's state may take to be as it should.
const DONE_WITHIN: Duration = Duration::from_mins(1);
/// How long it must then stay so.
const STAYS_FOR: Duration = Duration::from_millis(300);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Wide enough that no line is broken.
const SIZE: Size = Size {
    rows: 50,
    columns: 500,
};
/// What is kept of a terminal's output, from its end.
const MOST_OUTPUT: usize = 64 * 1024;

/// Types the solution at `spot` and grades it against `base`, the sample before.
pub(super) fn solve(lab: &mut Lab, spot: &Spot, challenge: &Challenge, base: &Sample) -> Solution {
    let lines = challenge.to_type(&Facts::new(Some(base), base, &[]));
    if let Some(name) = commands(&lines).find(|name| !support::has_command(name)) {
        return Solution::Skipped(format!("there is no `{name}` here"));
    }
    let manner = Manner::Scripted {
        prompt: MARKER.to_owned(),
    };
    let solution = match lab.shell_open(spot, &manner, SIZE) {
        Ok(_) => type_solution(lab, &spot.place, challenge, base),
        Err(why) => Solution::Stuck(format!("the shell cannot be opened: {why}"), Vec::new()),
    };
    lab.shell_close(&spot.place);
    solution
}

/// The commands that lines begin with, and those whose output they use: without them the lines
/// cannot be typed.
fn commands(lines: &[String]) -> impl Iterator<Item = &str> {
    let parts = lines.iter().flat_map(|line| line.split("$("));
    let first = parts.filter_map(|part| part.split_whitespace().next());
    first.filter(|word| {
        word.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    })
}

fn type_solution(lab: &mut Lab, place: &Place, challenge: &Challenge, base: &Sample) -> Solution {
    let mut shell = Typist {
        place,
        output: Vec::new(),
    };
    if let Err(why) = shell.wait(lab) {
        return Solution::Stuck(why, Vec::new());
    }
    let opened = lab.observe();
    let checks = |now: &Sample| checks(challenge, base, (&opened, now));
    let stuck = |lab: &mut Lab, line: &str, why: String| {
        Solution::Stuck(format!("`{line}`: {why}"), checks(&lab.observe()))
    };
    // The last command may stay in the foreground for as long as it likes, and what it does is seen.
    let lines = challenge.to_type(&Facts::new(Some(base), &opened, &[]));
    let mut lines = lines.iter().peekable();
    while let Some(line) = lines.next() {
        let said = shell.say(lab, line);
        let said = said.and_then(|()| lines.peek().map_or(Ok(()), |_| shell.wait(lab)));
        if let Err(why) = said {
            return stuck(lab, line, why);
        }
    }
    let until = Instant::now() + DONE_WITHIN;
    loop {
        let found = checks(&lab.observe());
        if all_done(&found) {
            shell.rest(lab, STAYS_FOR);
            let later = checks(&lab.observe());
            if all_done(&later) {
                return Solution::Typed(later);
            }
            return Solution::Stuck("it was done, and did not stay so".to_owned(), later);
        }
        if Instant::now() > until {
            let last = shell.last_lines();
            return Solution::Stuck(format!("not done after a minute{last}"), found);
        }
        shell.rest(lab, LOOK_AGAIN);
    }
}

fn all_done(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.after == Some(true))
}

/// Each condition with the shell open and nothing typed, and now.
fn checks(challenge: &Challenge, base: &Sample, ends: (&Sample, &Sample)) -> Vec<Check> {
    let (before, after) = (
        Facts::new(Some(base), ends.0, &[]),
        Facts::new(Some(base), ends.1, &[]),
    );
    let check = |Done { when: done, .. }: &Done| {
        let (first, last) = (done.eval_bool(&before), done.eval_bool(&after));
        let error = [&first, &last]
            .into_iter()
            .find_map(|found| found.as_ref().err());
        Check {
            kind: CheckKind::Done,
            expression: done.text().to_owned(),
            error: error.map(ToString::to_string),
            before: first.ok(),
            after: last.ok(),
            values: done.facts_named(&after),
        }
    };
    challenge.done.iter().map(check).collect()
}

/// Whoever types, and what they have seen.
struct Typist<'p> {
    place: &'p Place,
    output: Vec<u8>,
}

impl Typist<'_> {
    /// Types a line.
    fn say(&mut self, lab: &mut Lab, line: &str) -> Result<(), String> {
        self.output.clear();
        let typed = format!("{line}\r");
        if !lab.shell_type(self.place, typed.as_bytes(), READY_WITHIN) {
            return Err("the shell does not read".to_owned());
        }
        Ok(())
    }

    /// Until the prompt is there.
    fn wait(&mut self, lab: &mut Lab) -> Result<(), String> {
        let until = Instant::now() + READY_WITHIN;
        while !contains(&self.output, MARKER.as_bytes()) {
            if !self.read(lab, LOOK_AGAIN) {
                return Err(format!("the shell has ended{}", self.last_lines()));
            }
            if Instant::now() > until {
                return Err(format!("no prompt within a minute{}", self.last_lines()));
            }
        }
        Ok(())
    }

    /// Lets time pass; a program that writes must not wait for somebody to read.
    fn rest(&mut self, lab: &mut Lab, time: Duration) {
        let until = Instant::now() + time;
        loop {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return;
            }
            if !self.read(lab, rest) {
                std::thread::sleep(rest);
            }
        }
    }

    /// `false`: nobody will ever write there again.
    fn read(&mut self, lab: &mut Lab, within: Duration) -> bool {
        let Some(bytes) = lab.shell_read(self.place, within) else {
            return false;
        };
        self.output.extend(bytes);
        let excess = self.output.len().saturating_sub(MOST_OUTPUT);
        self.output.drain(..excess);
        true
    }

    /// What the terminal shows last, for whoever must find out what is wrong.
    fn last_lines(&self) -> String {
        let text = String::from_utf8_lossy(&self.output).replace('\r', "");
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines[lines.len().saturating_sub(3)..].join(" | ");
        format!("; the terminal shows: {}", Untrusted::from(last).text())
    }
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

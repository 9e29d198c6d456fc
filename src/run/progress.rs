//! `glassbox progress [--json]`: how far the learner got, and what the kernel showed when a challenge
//! was solved. Called by `run`; reads the progress file and changes nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use super::exit::Exit;
use super::{json, store};
use crate::app::{Progress, Solved, State};
use crate::cli::Options;
use crate::kernel::files::shown;
use crate::lesson::{Lesson, Step};
use crate::model::Untrusted;

/// The report. As JSON: `{"folder":null|"...","trouble":null|"...","done":n,"solved":n,"lessons":[{
/// "id","title","state":"new|started|done","step":n,"steps":n,"challenges":[{"step":n,"title",
/// "solved":null|{"at":null|n,"seconds":null|n,"hints":n,"solution":bool,"facts":{"...":"..."},
/// "namespaces":{"...":n},"counters":{"...":n}}}]}]}`. Steps count from 1; `step` is the one to go on
/// with, `at` is in seconds since 1970, `seconds` is how long it took, `solution`: it was shown.
#[derive(Debug, Serialize)]
struct Report<'a> {
    folder: Option<String>,
    trouble: Option<String>,
    done: usize,
    solved: usize,
    lessons: Vec<Line<'a>>,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    state: &'static str,
    step: usize,
    steps: usize,
    challenges: Vec<Challenge<'a>>,
}

#[derive(Debug, Serialize)]
struct Challenge<'a> {
    step: usize,
    title: &'a str,
    solved: Option<Evidence<'a>>,
}

#[derive(Debug, Serialize)]
struct Evidence<'a> {
    at: Option<i64>,
    seconds: Option<u64>,
    hints: usize,
    solution: bool,
    facts: &'a BTreeMap<String, String>,
    namespaces: &'a BTreeMap<String, u64>,
    counters: &'a BTreeMap<String, u64>,
}

/// Prints it; to have none is no failure.
pub(super) fn progress(lessons: &[Lesson], options: &Options, json: bool) -> ExitCode {
    let folder = store::folder(options);
    let (kept, trouble) = match &folder {
        Some(folder) => {
            let (_, kept, trouble) = store::Store::open(folder);
            (kept, trouble)
        }
        None => (Progress::default(), Some(store::Trouble::NoHome)),
    };
    let report = Report::new(
        lessons,
        &kept,
        folder.as_deref().map(shown),
        trouble.map(|trouble| trouble.to_string()),
    );
    let text = if json {
        json::line(&report)
    } else {
        report.text()
    };
    // Whoever closed the pipe has read enough.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    Exit::Ok.into()
}

impl<'a> Report<'a> {
    fn new(
        lessons: &'a [Lesson],
        kept: &'a Progress,
        folder: Option<String>,
        trouble: Option<String>,
    ) -> Self {
        let lessons: Vec<Line<'a>> = lessons.iter().map(|one| Line::of(one, kept)).collect();
        let challenges = lessons.iter().flat_map(|line| &line.challenges);
        Self {
            folder,
            trouble,
            done: lessons.iter().filter(|line| line.state == "done").count(),
            solved: challenges.filter(|one| one.solved.is_some()).count(),
            lessons,
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lessons {
            line.write(&mut text);
        }
        let challenges: usize = self.lessons.iter().map(|line| line.challenges.len()).sum();
        if text.is_empty() {
            text.push_str("no progress yet: `glassbox` opens the lessons\n");
        } else {
            let _ = writeln!(
                text,
                "\n{} of {} lessons done, {} of {challenges} challenges solved",
                self.done,
                self.lessons.len(),
                self.solved
            );
        }
        if let Some(trouble) = &self.trouble {
            let _ = writeln!(text, "{trouble}");
        }
        text
    }
}

impl<'a> Line<'a> {
    fn of(lesson: &'a Lesson, kept: &'a Progress) -> Self {
        let state = kept.state(&lesson.id);
        let steps = lesson.steps.len();
        let challenge = |(at, step): (usize, &'a Step)| {
            step.challenge.as_ref()?;
            let solved = kept.solved.get(&(lesson.id.clone(), at));
            Some(Challenge {
                step: at + 1,
                title: &step.title,
                solved: solved.map(Evidence::of),
            })
        };
        Self {
            id: &lesson.id,
            title: &lesson.title,
            state: match state {
                State::New => "new",
                State::Started(_) => "started",
                State::Done => "done",
            },
            // The lesson may have had more steps when the progress was kept.
            step: kept.resume(&lesson.id).saturating_add(1).min(steps),
            steps,
            challenges: lesson
                .steps
                .iter()
                .enumerate()
                .filter_map(challenge)
                .collect(),
        }
    }

    fn write(&self, text: &mut String) {
        let state = match self.state {
            "new" if self.challenges.iter().all(|one| one.solved.is_none()) => return,
            "started" => format!("at step {} of {}", self.step, self.steps),
            state => state.to_owned(),
        };
        let title = Untrusted::from(self.title).text();
        let _ = writeln!(text, "{}  {title}: {state}", self.id);
        for challenge in &self.challenges {
            challenge.write(text);
        }
    }
}

impl Challenge<'_> {
    fn write(&self, text: &mut String) {
        let title = Untrusted::from(self.title).text();
        let Some(solved) = &self.solved else {
            let _ = writeln!(text, "  {} {title}: not solved yet", self.step);
            return;
        };
        let _ = writeln!(text, "  {} {title}: {}", self.step, solved.how());
        for (name, value) in solved.facts {
            let line = format!("{name} = {value}");
            let _ = writeln!(text, "      {}", Untrusted::from(line).text());
        }
        for (label, values) in [
            ("inode of", solved.namespaces),
            ("counter", solved.counters),
        ] {
            for (name, value) in values {
                let name = Untrusted::from(name).text();
                let _ = writeln!(text, "      {label} {name} = {value}");
            }
        }
    }
}

impl<'a> Evidence<'a> {
    fn of(solved: &'a Solved) -> Self {
        Self {
            at: solved.at,
            seconds: solved.seconds,
            hints: solved.hints,
            solution: solved.solution,
            facts: &solved.facts,
            namespaces: &solved.namespaces,
            counters: &solved.counters,
        }
    }

    /// `solved on 2026-11-23 at 22:10 UTC, in 42 s, with 1 hint`
    fn how(&self) -> String {
        let mut words = "solved".to_owned();
        if let Some(at) = self.at {
            let _ = write!(words, " {}", date(at));
        }
        if let Some(seconds) = self.seconds {
            let _ = write!(words, ", in {seconds} s");
        }
        match self.hints {
            0 => {}
            1 => words.push_str(", with 1 hint"),
            hints => {
                let _ = write!(words, ", with {hints} hints");
            }
        }
        if self.solution {
            words.push_str(", the solution was shown");
        }
        words
    }
}

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// Seconds since 1970 as a date of the Gregorian calendar: `2026-11-23 22:10 UTC`.
fn date(seconds: i64) -> String {
    let (mut days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let mut year = 1970;
    // Two centuries at most: a clock that says more is wrong anyway.
    while days >= length(year) && year < 2200 {
        days -= length(year);
        year += 1;
    }
    let february = length(year) - 337;
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in months {
        if days < length || month == 12 {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute) = (rest / (60 * MINUTE), rest / MINUTE % 60);
    format!(
        "{year}-{month:02}-{:02} {hour:02}:{minute:02} UTC",
        days + 1
    )
}

/// Days of a year.
fn length(year: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    365 + i64::from(leap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let cases = [
            (0, "1970-01-01 00:00 UTC"),
            (951_827_696, "2000-02-29 12:34 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_798_761_599, "2026-12-31 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ];
        for (seconds, text) in cases {
            assert_eq!(date(seconds), text);
        }
    }
}

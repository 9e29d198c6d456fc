//! `glassbox doctor [--json]`: what this machine can run, why not, and the remedy. Also the hidden
//! role `@probe`, in which one attempt is carried out. Changes nothing on the host.

mod fold;
mod report;
mod terminal;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use self::report::Report;
use self::terminal::Terminal;
use super::exit::{self, Exit};
use super::library;
use crate::kernel::chan::Channel;
use crate::kernel::support as probing;
use crate::lesson::Lesson;
use crate::model::support;

/// What `doctor` must know of a lesson.
#[derive(Debug, Clone, Copy)]
struct Wish<'a> {
    id: &'a str,
    title: &'a str,
    /// Part of the core course.
    core: bool,
    /// Names of probes.
    needs: &'a [String],
    /// What this machine lacks of the programs that its commands by hand call.
    by_hand: &'a [&'static str],
}

impl<'a> Wish<'a> {
    /// Of a track every lesson matters.
    fn of(lesson: &'a Lesson, by_hand: &'a Vec<&'static str>, of_track: bool) -> Self {
        Self {
            id: &lesson.id,
            title: &lesson.title,
            core: lesson.core || of_track,
            needs: &lesson.needs,
            by_hand,
        }
    }

    /// Without its title.
    fn bare(&self) -> support::Wish<'a> {
        support::Wish {
            id: self.id,
            core: self.core,
            needs: self.needs,
        }
    }
}

/// What this machine lacks of the programs that the commands by hand of each lesson call. Each program is
/// looked for once.
fn lacking(lessons: &[Lesson]) -> Vec<Vec<&'static str>> {
    let tools: Vec<BTreeSet<&str>> = lessons.iter().map(Lesson::tools).collect();
    let all: BTreeSet<&str> = tools.iter().flatten().copied().collect();
    let lacks: BTreeSet<&str> = all
        .into_iter()
        .filter(|name| !probing::has_command(name))
        .collect();
    let of = |tools: &BTreeSet<&'static str>| tools.intersection(&lacks).copied().collect();
    tools.iter().map(of).collect()
}

/// Whether the locale says that text is UTF-8: the screen draws with more than ASCII then.
pub(super) fn speaks_utf8() -> bool {
    Terminal::look().utf8
}

/// Ready, or what is missing: exit code 0 or 3; 2 where there is no such track. As JSON the report is one object, see [`Report`].
#[must_use]
pub fn doctor(
    lessons: Vec<Lesson>,
    track: Option<&str>,
    json: bool,
    broker: Option<&Channel>,
) -> ExitCode {
    let (lessons, track) = match library::tracked(lessons, track) {
        Ok(both) => both,
        Err(why) => return exit::usage(&why),
    };
    let lacking = lacking(&lessons);
    let wish = |(lesson, by_hand)| Wish::of(lesson, by_hand, track.is_some());
    let lessons: Vec<Wish<'_>> = lessons.iter().zip(&lacking).map(wish).collect();
    let needs: Vec<String> = lessons
        .iter()
        .flat_map(|lesson| lesson.needs)
        .cloned()
        .collect();
    let support = probing::survey(&needs, broker);
    let report = Report::new(support, &lessons, Terminal::look());
    let text = if json { report.json() } else { report.text() };
    // Whoever closed the pipe has read enough; the exit code still tells the result.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    if report.ready {
        Exit::Ok
    } else {
        Exit::CannotHere
    }
    .into()
}

/// `@probe NAME`: one attempt, in this process, and its verdict as one JSON line.
#[must_use]
pub fn probe(arguments: &[OsString]) -> ExitCode {
    let Some(name) = arguments.first().and_then(|name| name.to_str()) else {
        return ExitCode::from(2);
    };
    let line = if name == "cgroups" {
        let words = arguments
            .iter()
            .map(|word| word.to_string_lossy().into_owned());
        serde_json::to_string(&probing::reach(&words.collect::<Vec<_>>()))
    } else {
        match probing::attempt(name) {
            Some(verdict) => serde_json::to_string(&verdict),
            None => return ExitCode::SUCCESS,
        }
    };
    let line = line.unwrap_or_default();
    match writeln!(io::stdout().lock(), "{line}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

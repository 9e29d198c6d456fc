//! `glassbox doctor [--json]`: what this machine can run, why not, and the remedy. Also the hidden
//! role `@probe`, in which one attempt is carried out. Changes nothing on the host.

mod fold;
mod report;
mod terminal;

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
}

impl<'a> Wish<'a> {
    /// Without its title.
    fn bare(&self) -> support::Wish<'a> {
        support::Wish {
            id: self.id,
            core: self.core,
            needs: self.needs,
        }
    }
}

impl<'a> From<&'a Lesson> for Wish<'a> {
    fn from(lesson: &'a Lesson) -> Self {
        Self {
            id: &lesson.id,
            title: &lesson.title,
            core: lesson.core,
            needs: &lesson.needs,
        }
    }
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
    let mut lessons: Vec<Wish<'_>> = lessons.iter().map(Wish::from).collect();
    for lesson in &mut lessons {
        // Of a track every lesson matters.
        lesson.core |= track.is_some();
    }
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

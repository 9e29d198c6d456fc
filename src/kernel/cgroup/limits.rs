//! Limits: written, read back and compared. What could not be read back was not set (guarantee G5).

use super::dir::{Dir, Twig};
use crate::model::Errno;
use crate::model::cage::{MOST_CPU_PERCENT, MOST_MEMORY, MOST_PIDS};
use crate::model::cgroup::Version;
use crate::model::cgroup::knobs::{self, Knob};
use crate::model::cgroup::setting::{Setting, V1_UNLIMITED, settings};

/// A period of the CPU limit, in microseconds.
const PERIOD: u64 = 100_000;

/// Why a limit was not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// There is no such controller here, or it has nothing like it.
    #[error("{0}")]
    Absent(String),
    /// A call failed.
    #[error("{call} of {path}: {errno}")]
    Failed {
        /// `write` or `read`.
        call: &'static str,
        /// The file.
        path: String,
        /// The error number.
        errno: Errno,
    },
    /// It reads otherwise.
    #[error("{path} was set to {written} and reads {read}")]
    Otherwise {
        /// The file.
        path: String,
        /// What was written.
        written: String,
        /// What was read back.
        read: String,
    },
}

/// The directory where a knob's controller is: v2 if the file is there, else v1.
#[must_use]
pub fn home<'d>(dir: &'d Dir, knob: &Knob) -> Option<&'d Twig> {
    let v2 = || {
        dir.v2()
            .filter(|twig| knob.v2.is_some_and(|file| twig.has(file)))
    };
    let v1 = || {
        let name = match knob.controller {
            "io" => "blkio",
            name => name,
        };
        dir.v1(name)
    };
    v2().or_else(v1)
}

/// What setting a knob there comes to: the directory, and what is written.
pub fn plan<'d>(
    dir: &'d Dir,
    file: &str,
    value: &str,
    device: Option<(u32, u32)>,
) -> Result<(&'d Twig, Vec<Setting>), LimitError> {
    let absent = |why: String| LimitError::Absent(why);
    let knob = knobs::settable(file).ok_or_else(|| absent(format!("{file} cannot be set")))?;
    let twig = home(dir, knob).ok_or_else(|| {
        let name = knob.controller;
        absent(format!("the {name} controller has no files in this cgroup"))
    })?;
    let version = twig.branch.version;
    let memory = limit_of(twig, "memory.limit_in_bytes");
    let all = settings(knob, value, version, device, memory).map_err(absent)?;
    if let Some(missing) = all.iter().find(|it| !twig.has(&it.file)) {
        return Err(absent(format!("this kernel has no {} here", missing.file)));
    }
    Ok((twig, all))
}

/// Writes one setting and reads it back.
pub fn set(twig: &Twig, setting: &Setting) -> Result<(), LimitError> {
    write(twig, setting)?;
    read_back(twig, setting).map(|_| ())
}

/// Writes one setting; how many bytes were taken.
pub fn write(twig: &Twig, setting: &Setting) -> Result<i64, LimitError> {
    let failed = |errno| failed("write", twig, setting, errno);
    twig.write(&setting.file, &setting.value).map_err(failed)
}

/// Reads one setting back; the text if it says what was written.
pub fn read_back(twig: &Twig, setting: &Setting) -> Result<String, LimitError> {
    let failed = |errno| failed("read", twig, setting, errno);
    let read = twig.read(&setting.file).map_err(failed)?;
    if setting.check.holds(&setting.value, &read) {
        return Ok(read.trim_end().to_owned());
    }
    Err(LimitError::Otherwise {
        path: twig.path(&setting.file),
        written: setting.value.clone(),
        read: read.trim_end().to_owned(),
    })
}

fn failed(call: &'static str, twig: &Twig, setting: &Setting, errno: Errno) -> LimitError {
    LimitError::Failed {
        call,
        path: twig.path(&setting.file),
        errno,
    }
}

/// The caps of all lessons. What there is no controller for is left out; whatever could hurt looks
/// for itself what holds.
pub fn cap(dir: &Dir) -> Result<(), LimitError> {
    let memory = most_memory().to_string();
    let pids = MOST_PIDS.to_string();
    let cpu = format!("{} {PERIOD}", PERIOD * MOST_CPU_PERCENT / 100);
    let caps = [
        ("pids.max", pids.as_str()),
        ("memory.max", &memory),
        ("memory.swap.max", "0"),
        ("cpu.max", &cpu),
    ];
    for (file, value) in caps {
        match plan(dir, file, value, None) {
            Ok((twig, all)) => all.iter().try_for_each(|it| set(twig, it))?,
            Err(LimitError::Absent(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A quarter of the memory, or 256 MiB.
#[must_use]
pub fn most_memory() -> u64 {
    meminfo("MemTotal:").map_or(MOST_MEMORY, |total| (total / 4).min(MOST_MEMORY))
}

fn meminfo(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

/// A limit as a number; `None` where there is none, or no such file.
fn limit_of(twig: &Twig, file: &str) -> Option<u64> {
    let number: u64 = twig.read(file).ok()?.trim().parse().ok()?;
    (number < V1_UNLIMITED).then_some(number)
}

/// The controllers that children of this cgroup have, by the names of v2.
#[must_use]
pub fn controllers(dir: &Dir) -> Vec<(String, Version)> {
    let mut all = Vec::new();
    if let Some(twig) = dir.v2() {
        let text = twig.read("cgroup.subtree_control").unwrap_or_default();
        all.extend(
            text.split_whitespace()
                .map(|name| (name.to_owned(), Version::V2)),
        );
        if twig.has("cgroup.freeze") {
            all.push(("freezer".to_owned(), Version::V2));
        }
    }
    for (v1, name) in [
        ("cpu", "cpu"),
        ("cpuset", "cpuset"),
        ("memory", "memory"),
        ("pids", "pids"),
        ("blkio", "io"),
        ("freezer", "freezer"),
    ] {
        if dir.v1(v1).is_some() && all.iter().all(|(known, _)| known != name) {
            all.push((name.to_owned(), Version::V1));
        }
    }
    all
}

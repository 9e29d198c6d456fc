//! Ranges of ids for a user namespace: newuidmap(1) and newgidmap(1), set-user-ID programs that check
//! /etc/subuid and /etc/subgid. The only programs of the host that glassbox itself ever runs; called
//! by the lab and by the probe of doctor, always as the learner.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{learner, support};
use crate::model::{Errno, Untrusted};

/// Which map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// /proc/PID/uid_map, by newuidmap(1)
    Uid,
    /// /proc/PID/gid_map, by newgidmap(1)
    Gid,
}

impl Map {
    /// The program that writes it.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Uid => "newuidmap",
            Self::Gid => "newgidmap",
        }
    }

    /// Where it looks up who may map what: subuid(5), subgid(5).
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Uid => "/etc/subuid",
            Self::Gid => "/etc/subgid",
        }
    }
}

/// Why there is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    /// The program is not installed.
    #[error("`{0}` is not in PATH")]
    Program(&'static str),
    /// Nobody gave this user a range.
    #[error("{0} has no line for us")]
    Line(&'static str),
    /// The program could not be started.
    #[error("{0}: {1}")]
    Start(&'static str, Errno),
    /// It said no.
    #[error("{program} failed: {said}", said = .said.text())]
    Refused {
        /// Which one.
        program: &'static str,
        /// Its words.
        said: Untrusted,
    },
}

/// The program with its arguments, ready to be run for a process in a user namespace without maps.
#[derive(Debug)]
pub struct Run {
    map: Map,
    path: PathBuf,
    /// What it is called with, its own name first.
    pub argv: Vec<String>,
}

impl Run {
    /// Ourselves as 0, and from 1 on the first range that is ours.
    pub fn prepare(map: Map, pid: i32) -> Result<Self, Lack> {
        let path = support::find_command(map.program()).ok_or(Lack::Program(map.program()))?;
        let own = match map {
            Map::Uid => nix::unistd::getuid().as_raw(),
            Map::Gid => nix::unistd::getgid().as_raw(),
        };
        let (first, count) = range(map).ok_or(Lack::Line(map.file()))?;
        let numbers = [0, own, 1, 1, first, count].map(|number| number.to_string());
        let argv = [map.program().to_owned(), pid.to_string()]
            .into_iter()
            .chain(numbers)
            .collect();
        Ok(Self { map, path, argv })
    }

    /// Its absolute path.
    #[must_use]
    pub fn path(&self) -> Untrusted {
        Untrusted::from(self.path.as_os_str().as_encoded_bytes())
    }

    /// Runs it to its end.
    pub fn run(&self) -> Result<(), Lack> {
        let program = self.map.program();
        let output = Command::new(&self.path)
            .args(&self.argv[1..])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => Lack::Program(program),
                _ => Lack::Start(program, Errno::from(&error)),
            })?;
        if output.status.success() {
            return Ok(());
        }
        let said = Untrusted::from(output.stderr.trim_ascii());
        Err(Lack::Refused { program, said })
    }
}

/// First id and count of our first range.
fn range(map: Map) -> Option<(u32, u32)> {
    let text = std::fs::read(map.file()).ok()?;
    // Both files are keyed by the user, by name or by number.
    let uid = nix::unistd::getuid().as_raw().to_string();
    let name = learner::login().unwrap_or_else(|| uid.clone());
    range_of(&String::from_utf8_lossy(&text), &name, &uid)
}

fn range_of(text: &str, name: &str, uid: &str) -> Option<(u32, u32)> {
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.trim().split(':').collect();
        let [who, first, count] = fields[..] else {
            return None;
        };
        let range = (first.parse().ok()?, count.parse().ok()?);
        (who == name || who == uid).then_some(range)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_the_user_counts() {
        let text = "other:100000:65536\nana:165536:65536\nana:300000:10\n1002:500000:7\nodd\n";
        assert_eq!(range_of(text, "ana", "1001"), Some((165_536, 65_536)));
        assert_eq!(range_of(text, "bo", "1002"), Some((500_000, 7)));
        assert_eq!(range_of(text, "an", "100"), None);
        assert_eq!(range_of("", "ana", "1001"), None);
        assert_eq!(range_of("ana:x:1\n", "ana", "1001"), None);
    }
}

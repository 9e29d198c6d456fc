//! Whether lessons can make cgroups here, and with which controllers: a subtree is made and removed
//! again, in the way that a lesson would have it. Called by the survey.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use crate::kernel::cgroup::base::BaseError;
use crate::kernel::cgroup::{self, Base, Dir, LESSON, dir::Twig, limits};
use crate::kernel::chan::Channel;
use crate::kernel::{birth, calls};
use crate::model::Errno;
use crate::model::cgroup::Version;
use crate::model::support::Probe;
use crate::model::wire::{BrokerReply, BrokerRequest};

/// How long the broker may take: systemd may be asked for a scope.
const WITHIN: Duration = Duration::from_secs(20);
/// The last argument of a probe that has a cgroup for itself.
const ALONE: &str = "alone";
/// What a scope is made with.
const SCOPE: [&str; 6] = ["--user", "--scope", "-q", "-p", "Delegate=yes", "--"];
/// Seconds after which a probe process is ended by its alarm.
const PATIENCE: u32 = 10;

/// What came of it; one JSON line on the probe's standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A subtree could be made.
    Made {
        /// Controllers of the lessons' cgroups, by the names of v2.
        controllers: Vec<(String, Version)>,
        /// Whether the kernel counts pressure there.
        psi: bool,
    },
    /// It could not.
    Refused {
        /// What was tried and what came back.
        why: String,
        /// The error number, where a call gave one.
        errno: Option<Errno>,
    },
}

/// `@probe cgroups [alone]`: makes a subtree and removes it.
#[must_use]
pub fn reach(arguments: &[String]) -> Reach {
    nix::unistd::alarm::set(PATIENCE);
    let made = cgroup::trees()
        .map_err(|errno| refused(format!("open /proc/self/cgroup: {errno}"), Some(errno)))
        .and_then(|trees| {
            cgroup::sweep::dead(&trees, &[calls::effective_ids().0]);
            let alone = arguments.iter().any(|word| word == ALONE).then(birth::me);
            Base::make(&trees, birth::me(), None, alone).map_err(|error| {
                let errno = match &error {
                    BaseError::Failed { errno, .. } => Some(*errno),
                    _ => None,
                };
                refused(error.to_string(), errno)
            })
        });
    match made {
        Ok(base) => {
            let made = look(&base.lesson);
            let _ = base.remove();
            made
        }
        Err(refused) => refused,
    }
}

fn refused(why: String, errno: Option<Errno>) -> Reach {
    Reach::Refused { why, errno }
}

fn look(lesson: &Dir) -> Reach {
    Reach::Made {
        controllers: limits::controllers(lesson),
        psi: lesson
            .with("cpu.pressure")
            .is_some_and(|twig| twig.read("cpu.pressure").is_ok()),
    }
}

/// Asks in the way that a lesson would: the broker, else systemd for a scope, else the kernel.
fn ask(broker: Option<&Channel>) -> Reach {
    match broker {
        Some(broker) => by_broker(broker),
        None if std::path::Path::new("/run/systemd/system").is_dir() => {
            let mut command = Command::new("systemd-run");
            command
                .args(SCOPE)
                .arg(format!("/proc/{}/exe", birth::me()));
            by_process(command.args(["@probe", "cgroups", ALONE]))
        }
        None => by_process(Command::new("/proc/self/exe").args(["@probe", "cgroups"])),
    }
}

fn by_broker(broker: &Channel) -> Reach {
    let asked = broker.send(&BrokerRequest::Look, &[]);
    match asked.and_then(|()| broker.recv(Some(WITHIN))) {
        Ok((BrokerReply::Admitted { branches }, fds)) => {
            let twigs = branches.into_iter().zip(fds);
            let root = Dir(twigs.map(|(branch, fd)| Twig::new(branch, fd)).collect());
            match root.child(LESSON) {
                Ok(lesson) => look(&lesson),
                Err(errno) => refused(format!("open {LESSON}: {errno}"), Some(errno)),
            }
        }
        Ok((BrokerReply::Seen(_), _)) => refused("it answers something else".to_owned(), None),
        Ok((BrokerReply::Refused { why }, _)) => refused(why, None),
        Ok((BrokerReply::Disk { .. }, _)) => refused(
            "the process that is root answered something else".to_owned(),
            None,
        ),
        Err(error) => refused(format!("the process that is root: {error}"), None),
    }
}

fn by_process(command: &mut Command) -> Reach {
    let output = command.stdin(Stdio::null()).output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return refused(format!("a probe process: {error}"), Some((&error).into())),
    };
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let said = said
            .lines()
            .next()
            .unwrap_or("it gave no answer")
            .to_owned();
        let who = command.get_program().to_string_lossy().into_owned();
        refused(format!("{who}: {said}"), None)
    })
}

/// Whether a need is one of those that [`probes`] answers.
pub(super) fn is_about(need: &str) -> bool {
    matches!(need, "cgroups" | "psi") || need.starts_with("cgroup:")
}

/// All answers, by the names that lessons use.
pub(super) fn probes(broker: Option<&Channel>, environment: &Environment) -> Vec<Probe> {
    let reach = ask(broker);
    let cause = match &reach {
        Reach::Made { .. } => None,
        Reach::Refused { why, errno } => Some((why.clone(), remedy(*errno, environment))),
    };
    let tried = || "mkdir, limits written and read back, rmdir".to_owned();
    let base = match &cause {
        None => probe("cgroups", true, tried(), ""),
        Some((why, remedy)) => probe("cgroups", false, why.clone(), remedy),
    };
    let (controllers, psi) = match reach {
        Reach::Made { controllers, psi } => (controllers, psi),
        Reach::Refused { .. } => (Vec::new(), false),
    };
    let missing = |what: &str, why: &str, remedy: &str| match &cause {
        Some((cause, base_remedy)) => probe(what, false, cause.clone(), base_remedy),
        None => probe(what, false, why.to_owned(), remedy),
    };
    let mut all = vec![base];
    for name in ["cpu", "cpuset", "memory", "pids", "io", "freezer"] {
        let need = format!("cgroup:{name}");
        let found = controllers.iter().find(|(known, _)| known == name);
        all.push(match found {
            Some((_, version)) => probe(&need, true, version.name().to_owned(), ""),
            None => missing(
                &need,
                "the controller has no files in our cgroups",
                lacks(name),
            ),
        });
    }
    for version in [Version::V1, Version::V2] {
        let need = format!("cgroup:{}", version.name());
        let main = ["cpu", "memory", "pids"];
        let of = |name: &&str| controllers.iter().any(|(n, v)| n == name && *v == version);
        all.push(if main.iter().all(of) {
            probe(
                &need,
                true,
                format!("{} are on {}", main.join(", "), version.name()),
                "",
            )
        } else {
            let why = format!("{} are not all on {}", main.join(", "), version.name());
            missing(&need, &why, other(version))
        });
    }
    all.push(if psi {
        probe("psi", true, "read cpu.pressure".to_owned(), "")
    } else {
        missing(
            "psi",
            "a cgroup has no cpu.pressure",
            "boot with psi=1, and with cgroup v2",
        )
    });
    all
}

fn probe(name: &str, ok: bool, detail: String, remedy: &str) -> Probe {
    Probe {
        name: name.to_owned(),
        ok,
        detail,
        remedy: remedy.to_owned(),
    }
}

/// What helps where no subtree could be made.
fn remedy(errno: Option<Errno>, environment: &Environment) -> String {
    const SUDO: &str = "sudo glassbox";
    match (environment.cgroup.name(), errno) {
        ("none", _) => "sudo mount -t cgroup2 none /sys/fs/cgroup, then sudo glassbox".to_owned(),
        (_, Some(Errno::EROFS)) => "run glassbox outside the container".to_owned(),
        ("v2", _) => {
            format!("{SUDO}; or log in where systemd runs, so that systemctl --user works")
        }
        (_, _) => format!("{SUDO}; or boot with systemd.unified_cgroup_hierarchy=1"),
    }
}

fn lacks(controller: &str) -> &'static str {
    match controller {
        "io" | "cpuset" => {
            "sudo glassbox; or Delegate=cpu cpuset io memory pids in a drop-in for user@.service"
        }
        "memory" => {
            "boot without cgroup_disable=memory (on some boards: with cgroup_enable=memory)"
        }
        _ => "sudo glassbox, or a kernel with this controller",
    }
}

fn other(version: Version) -> &'static str {
    match version {
        Version::V2 => "boot with systemd.unified_cgroup_hierarchy=1, or use the VM of the README",
        Version::V1 => "nothing to repair: this machine has cgroup v2, as nearly all do by now",
    }
}

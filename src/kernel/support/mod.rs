//! What this machine can run, found out by doing it: `survey` is called by `doctor`, `verify` and the
//! lesson list. Each attempt is a process of its own, because it changes the namespaces it is in and
//! a process with threads cannot; the survey itself changes nothing.

mod advice;
mod attempt;
mod cgroups;
mod commands;
mod disk;
mod environment;
mod newuidmap;
mod overlay;

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

pub use self::attempt::{Failure, Step, Verdict, attempt};
pub use self::cgroups::{Reach, reach};
pub(in crate::kernel) use self::commands::find as find_command;
pub use self::commands::has_command;
pub use self::environment::Environment;
use crate::kernel::chan::Channel;
use crate::kernel::load;
use crate::model::support::{Probe, Support};
use crate::model::{Errno, NsKind};

/// The need of a lesson that chooses among CPUs.
const TWO_CPUS: &str = "two-cpus";
/// The kernel that all lessons assume.
const FLOOR: (u32, u32) = (5, 10);

/// Tries everything, as the user that we are: the guardian has made that the learner. `needs` are the
/// needs of all lessons; the commands among them are looked up, and cgroups are made if one wants any.
/// `broker` is the channel to the process that is root, if there is one.
#[must_use]
pub fn survey(needs: &[String], broker: Option<&Channel>) -> Support {
    let environment = Environment::read();
    let mut probes = vec![kernel(&environment)];
    probes.extend(names().into_iter().map(|name| {
        let verdict = ask(&name);
        judge(name, &verdict, &environment)
    }));
    if needs.iter().any(|need| cgroups::is_about(need)) {
        probes.extend(cgroups::probes(broker, &environment));
    }
    if needs.iter().any(|need| need == TWO_CPUS) {
        probes.push(two_cpus(load::cpus()));
    }
    if needs.iter().any(|need| need == disk::KEEPS) {
        probes.push(disk::keeps());
    }
    if needs.iter().any(|need| need == disk::LIMIT) {
        probes.push(disk::limit(broker));
    }
    let mut wanted: Vec<&str> = needs
        .iter()
        .filter_map(|n| n.strip_prefix("cmd:"))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    probes.extend(wanted.into_iter().map(commands::look_up));
    Support {
        kernel: environment.release.clone(),
        cgroup: environment.cgroup.name().to_owned(),
        probes,
    }
}

/// The names of all attempts, in the order of the report.
#[must_use]
pub fn names() -> Vec<String> {
    let kinds = NsKind::ALL.iter().map(|kind| kind.name().to_owned());
    std::iter::once("userns".to_owned())
        .chain(kinds)
        .chain(
            [
                "nested-userns",
                "proc-mount",
                "overlay",
                "veth",
                "bridge",
                "tbf",
                "cgroup-path",
                "mqueue",
                "keys",
                "newuidmap",
            ]
            .map(str::to_owned),
        )
        .collect()
}

/// What an attempt came to; a probe process that cannot be started or says nothing has failed, too.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Verdict(Verdict),
    NotStarted(Errno),
    Silent(String),
}

/// Runs one attempt in a process of its own.
fn ask(name: &str) -> Answer {
    let mut command = Command::new("/proc/self/exe");
    command.args(["@probe", name]).current_dir("/");
    // Not Stdio::null: a chroot may have no /dev, and that must not look like a refusal.
    command.stdin(Stdio::inherit());
    match command.output() {
        Err(error) => Answer::NotStarted(Errno::from(&error)),
        Ok(output) => serde_json::from_slice(&output.stdout).map_or_else(
            |_| {
                Answer::Silent(match output.status.signal() {
                    Some(signal) => format!("ended by signal {signal}"),
                    None => "gave no answer".to_owned(),
                })
            },
            Answer::Verdict,
        ),
    }
}

fn judge(name: String, answer: &Answer, environment: &Environment) -> Probe {
    let (ok, detail, remedy) = match answer {
        Answer::Verdict(Verdict::Works) => (true, attempt::tried(&name), String::new()),
        Answer::Verdict(Verdict::Fails(failure)) => {
            let advice = advice::advise(failure, environment);
            (false, format!("{failure}: {}", advice.cause), advice.remedy)
        }
        Answer::NotStarted(errno) => (
            false,
            format!("could not start glassbox again: {errno}"),
            "install glassbox where the learner may execute it".to_owned(),
        ),
        Answer::Silent(how) => (
            false,
            format!("the probe process {how}"),
            advice::after_silence(environment),
        ),
    };
    Probe {
        name,
        ok,
        detail,
        remedy,
    }
}

fn two_cpus(found: Result<usize, Errno>) -> Probe {
    let ok = found.is_ok_and(|number| number >= 2);
    Probe {
        name: TWO_CPUS.to_owned(),
        ok,
        detail: match found {
            Ok(number) => format!("sched_getaffinity: {number} to run on"),
            Err(errno) => format!("sched_getaffinity: {errno}"),
        },
        remedy: if ok {
            String::new()
        } else {
            "give this machine a second CPU, or start glassbox without taskset(1)".to_owned()
        },
    }
}

fn kernel(environment: &Environment) -> Probe {
    let ok = environment.version >= FLOOR;
    let detail = format!("Linux {}", environment.release);
    Probe {
        name: "kernel".to_owned(),
        ok,
        detail: if ok {
            detail
        } else {
            format!("{detail}: lessons need Linux {}.{}", FLOOR.0, FLOOR.1)
        },
        remedy: if ok {
            String::new()
        } else {
            "boot a newer kernel, or use the VM of the README".to_owned()
        },
    }
}

#[cfg(test)]
mod tests;

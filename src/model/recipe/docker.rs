//! Reads a `docker run` line: options of docker-run(1) become switches, and what has no switch is named.
//! The line may be any text. Nothing is started, and no image is looked for.

use super::{Recipe, Wrong, by_default, capability, cpus, hostname, memory, pids, split, without};
use crate::model::filter::Filter;
use crate::model::op::Cap;
use crate::model::{NsKind, Untrusted};

/// What came of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The switches.
    pub recipe: Recipe,
    /// What it names to be run in the box; may be empty.
    pub command: Vec<String>,
    /// What is different here, in sentences of safe text.
    pub said: Vec<String>,
}

/// Options that say no more than what is so here anyway.
const SO_ANYWAY: [&str; 5] = ["init", "rm", "interactive", "tty", "sig-proxy"];
/// Others without a value.
const BARE: [&str; 6] = [
    "detach",
    "disable-content-trust",
    "no-healthcheck",
    "oom-kill-disable",
    "publish-all",
    "quiet",
];
/// Others with one.
#[rustfmt::skip]
const VALUED: [&str; 72] = [
    "add-host", "annotation", "attach", "blkio-weight", "blkio-weight-device", "cgroup-parent", "cidfile",
    "cpu-period", "cpu-quota", "cpu-rt-period", "cpu-rt-runtime", "cpu-shares", "cpuset-cpus", "cpuset-mems",
    "detach-keys", "device", "device-cgroup-rule", "device-read-bps", "device-read-iops", "device-write-bps",
    "device-write-iops", "dns", "dns-option", "dns-search", "domainname", "entrypoint", "env", "env-file",
    "expose", "gpus", "group-add", "health-cmd", "health-interval", "health-retries", "health-start-interval",
    "health-start-period", "health-timeout", "ip", "ip6", "isolation", "kernel-memory", "label", "label-file",
    "link", "link-local-ip", "log-driver", "log-opt", "mac-address", "memory-reservation", "memory-swap",
    "memory-swappiness", "mount", "name", "network-alias", "oom-score-adj", "platform", "publish", "pull",
    "restart", "runtime", "shm-size", "stop-signal", "stop-timeout", "storage-opt", "sysctl", "tmpfs",
    "ulimit", "user", "volume", "volume-driver", "volumes-from", "workdir",
];
/// Options with a value that have a switch.
const SWITCHES: [&str; 13] = [
    "cap-add",
    "cap-drop",
    "cgroupns",
    "cpus",
    "hostname",
    "ipc",
    "memory",
    "network",
    "pid",
    "pids-limit",
    "security-opt",
    "userns",
    "uts",
];
/// One letter for each.
const SHORT: [(char, &str); 14] = [
    ('a', "attach"),
    ('c', "cpu-shares"),
    ('d', "detach"),
    ('e', "env"),
    ('h', "hostname"),
    ('i', "interactive"),
    ('l', "label"),
    ('m', "memory"),
    ('p', "publish"),
    ('P', "publish-all"),
    ('q', "quiet"),
    ('t', "tty"),
    ('u', "user"),
    ('v', "volume"),
];

/// Reads the line. `Err` says what is wrong with it, in safe text.
pub fn docker(line: &str) -> Result<Read, Wrong> {
    let words = split(line)?;
    let mut reader = Reader::new();
    let mut words = after_run(&words)?.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            let image = words.next().ok_or_else(no_image)?;
            return Ok(reader.finish(image, words.cloned().collect()));
        }
        match word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            Some(rest) => match rest.strip_prefix('-') {
                Some(long) => reader.long(long, &mut words)?,
                None => reader.short(rest, &mut words)?,
            },
            None if word.is_empty() => return Err(no_image()),
            None => return Ok(reader.finish(word, words.cloned().collect())),
        }
    }
    Err(no_image())
}

fn no_image() -> Wrong {
    Wrong("the line names no image; expected `docker run OPTIONS IMAGE COMMAND`".to_owned())
}

fn after_run(words: &[String]) -> Result<&[String], Wrong> {
    let words = match words {
        [sudo, rest @ ..] if sudo == "sudo" => rest,
        all => all,
    };
    match words {
        [tool, run, rest @ ..] if is_tool(tool) && run == "run" => Ok(rest),
        [tool, group, run, rest @ ..] if is_tool(tool) && group == "container" && run == "run" => {
            Ok(rest)
        }
        _ => Err(Wrong(
            "expected a line that begins with `docker run`".to_owned(),
        )),
    }
}

fn is_tool(word: &str) -> bool {
    word == "docker" || word == "podman"
}

fn shown(word: &str) -> String {
    Untrusted::from(word).text()
}

/// What the line has said so far.
struct Reader {
    recipe: Recipe,
    dropped: Vec<Option<Cap>>,
    added: Vec<Option<Cap>>,
    init: bool,
    privileged: bool,
    network: Option<String>,
    said: Vec<String>,
}

impl Reader {
    fn new() -> Self {
        Self {
            recipe: Recipe {
                seccomp: Some(Filter::DockerLike),
                ..Recipe::container()
            },
            dropped: Vec::new(),
            added: Vec::new(),
            init: false,
            privileged: false,
            network: None,
            said: Vec::new(),
        }
    }

    /// `-it`, `-m 64m`, `-m64m`, `-m=64m`
    fn short<'w>(
        &mut self,
        letters: &str,
        words: &mut impl Iterator<Item = &'w String>,
    ) -> Result<(), Wrong> {
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let Some((_, name)) = SHORT.iter().find(|it| it.0 == letter) else {
                let option = format!("-{letter}");
                self.unknown(&option);
                return Ok(());
            };
            if !takes_value(name) {
                self.bare(name, None);
                continue;
            }
            let value = rest.as_str();
            let value = match value.strip_prefix('=').unwrap_or(value) {
                "" => next(words, &format!("-{letter}"))?,
                value => value.to_owned(),
            };
            return self.valued(name, &value);
        }
        Ok(())
    }

    /// `--memory 64m`, `--memory=64m`, `--rm`, `--read-only=false`
    fn long<'w>(
        &mut self,
        option: &str,
        words: &mut impl Iterator<Item = &'w String>,
    ) -> Result<(), Wrong> {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (option, None),
        };
        let name = if name == "net" { "network" } else { name };
        if takes_value(name) {
            let value = match value {
                Some(value) => value.to_owned(),
                None => next(words, &format!("--{name}"))?,
            };
            return self.valued(name, &value);
        }
        if is_bare(name) {
            self.bare(name, value);
        } else {
            self.unknown(&format!("--{option}"));
        }
        Ok(())
    }

    fn unknown(&mut self, option: &str) {
        let option = shown(option);
        let read = if option.contains('=') {
            "left out"
        } else {
            "left out, and taken for one without a value"
        };
        self.said
            .push(format!("`{option}` is not known here: {read}"));
    }

    fn bare(&mut self, name: &str, value: Option<&str>) {
        let on = !matches!(value, Some("false" | "0" | "f" | "F" | "False" | "FALSE"));
        match name {
            "read-only" => self.recipe.read_only = on,
            "privileged" => self.privileged = on,
            "init" => self.init = on,
            name if SO_ANYWAY.contains(&name) || !on => {}
            name => self.said.push(format!("there is no switch for `--{name}`")),
        }
    }

    fn valued(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        let named = |why: Wrong| Wrong(format!("--{name} `{}`: {why}", shown(value)));
        let endless = matches!(value, "0" | "-1");
        let recipe = &mut self.recipe;
        match name {
            "memory" | "cpus" | "pids-limit" if endless => {}
            "memory" => recipe.memory = Some(memory(value).map_err(named)?),
            "cpus" => recipe.cpu = Some(cpus(value).map_err(named)?),
            "pids-limit" => recipe.pids = Some(pids(value).map_err(named)?),
            "hostname" => recipe.hostname = Some(hostname(value).map_err(named)?),
            "cap-drop" => self.dropped.push(capability(value).map_err(named)?),
            "cap-add" => self.added.push(capability(value).map_err(named)?),
            "security-opt" => self.security(value),
            "pid" => self.namespace(NsKind::Pid, name, value),
            "ipc" => self.namespace(NsKind::Ipc, name, value),
            "uts" => self.namespace(NsKind::Uts, name, value),
            "userns" => self.namespace(NsKind::User, name, value),
            "cgroupns" => self.namespace(NsKind::Cgroup, name, value),
            "network" => {
                self.namespace(NsKind::Net, name, value);
                self.network = Some(value.to_owned());
            }
            _ => {
                let value = shown(value);
                self.said
                    .push(format!("there is no switch for `--{name} {value}`"));
            }
        }
        Ok(())
    }

    /// `host` is none of its own.
    fn namespace(&mut self, kind: NsKind, name: &str, value: &str) {
        let own = ["", "private", "shareable", "none", "bridge", "default"];
        if value == "host" {
            self.recipe.ns.remove(&kind);
        } else {
            self.recipe.ns.insert(kind);
            if !own.contains(&value) {
                let value = shown(value);
                self.said.push(format!(
                    "`--{name} {value}`: the box gets a namespace of its own instead"
                ));
            }
        }
    }

    fn security(&mut self, value: &str) {
        let (name, value) = value.split_once(['=', ':']).unwrap_or((value, "true"));
        match (name, value) {
            ("no-new-privileges", "true") => self.recipe.no_new_privs = true,
            ("no-new-privileges", "false") => self.recipe.no_new_privs = false,
            ("seccomp", "unconfined") => self.recipe.seccomp = None,
            ("seccomp", "builtin") => self.recipe.seccomp = Some(Filter::DockerLike),
            _ => {
                let option = shown(&format!("{name}={value}"));
                self.said
                    .push(format!("there is no switch for `--security-opt {option}`"));
            }
        }
    }

    fn finish(mut self, image: &str, command: Vec<String>) -> Read {
        let base = (!self.privileged).then(by_default);
        if self.privileged {
            self.recipe.seccomp = None;
            self.said.push(
                "`--privileged`: the box gets every capability, but over its own user namespace \
                 alone, and no devices"
                    .to_owned(),
            );
        }
        self.recipe.caps = without(base, &self.dropped, &self.added);
        self.said.extend(self.recipe.complete());
        self.said.push(format!(
            "the image `{}` is not fetched: the root directory is built from this machine's programs",
            shown(image)
        ));
        if !self.init && self.recipe.ns.contains(&NsKind::Pid) {
            self.said.push(
                "process 1 of the box is glassbox's init, as with `--init`; docker without it would \
                 start the program as process 1"
                    .to_owned(),
            );
        }
        let alone = matches!(self.network.as_deref(), Some("none"));
        if !alone && self.recipe.ns.contains(&NsKind::Net) {
            self.said.push(
                "the box's only network interface is lo; docker would connect it to a bridge"
                    .to_owned(),
            );
        }
        Read {
            recipe: self.recipe,
            command,
            said: self.said,
        }
    }
}

fn takes_value(name: &str) -> bool {
    SWITCHES.contains(&name) || VALUED.contains(&name)
}

fn is_bare(name: &str) -> bool {
    ["read-only", "privileged"].contains(&name) || SO_ANYWAY.contains(&name) || BARE.contains(&name)
}

fn next<'w>(words: &mut impl Iterator<Item = &'w String>, option: &str) -> Result<String, Wrong> {
    let value = words.next().cloned();
    value.ok_or_else(|| Wrong(format!("{option} wants a value")))
}

#[cfg(test)]
mod tests;

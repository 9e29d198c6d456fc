//! The switches as options of docker-run(1). What it does by default is not said.

use super::{Line, Making, cpus, drop_and_add, size};
use crate::model::NsKind;
use crate::model::filter::Filter;
use crate::model::recipe::{Recipe, Root, by_default};

pub(super) fn line(recipe: &Recipe, command: &[String]) -> Line {
    let mut making = Making::of(&["docker", "run", "--rm", "-it"]);
    namespaces(recipe, &mut making);
    if recipe.read_only {
        making.add(&["--read-only"]);
    }
    let values = [
        ("--hostname", recipe.hostname.clone()),
        ("--memory", recipe.memory.map(size)),
        ("--cpus", recipe.cpu.map(cpus)),
        ("--pids-limit", recipe.pids.map(|count| count.to_string())),
    ];
    for (option, value) in values {
        if let Some(value) = value {
            making.add(&[option, &value]);
        }
    }
    match &recipe.caps {
        None => making.add(&["--cap-add", "ALL"]),
        Some(caps) if *caps == by_default() => {}
        Some(caps) => drop_and_add(&mut making, caps),
    }
    if recipe.no_new_privs {
        making.add(&["--security-opt", "no-new-privileges"]);
    }
    match recipe.seccomp {
        None => making.add(&["--security-opt", "seccomp=unconfined"]),
        Some(Filter::DockerLike) => {}
        Some(Filter::NoMkdir) => making.differs("docker wants such a filter as a file"),
    }
    making.add(&["alpine"]);
    making
        .words
        .extend(command.iter().map(|word| super::quoted(word)));
    making.done("docker")
}

fn namespaces(recipe: &Recipe, making: &mut Making) {
    let options = [
        (NsKind::Pid, "--pid"),
        (NsKind::Ipc, "--ipc"),
        (NsKind::Uts, "--uts"),
        (NsKind::Net, "--network"),
        (NsKind::Cgroup, "--cgroupns"),
    ];
    for (kind, option) in options {
        if !recipe.ns.contains(&kind) {
            making.add(&[option, "host"]);
        } else if kind == NsKind::Net {
            making.add(&[option, "none"]);
        } else if kind == NsKind::Pid {
            making.add(&["--init"]);
        }
    }
    if recipe.ns.contains(&NsKind::User) {
        making.differs(
            "docker makes a user namespace only where its daemon is rootless or set up with \
             userns-remap",
        );
    }
    if recipe.ns.contains(&NsKind::Time) {
        making.differs("docker makes no time namespace");
    }
    if !recipe.ns.contains(&NsKind::Mnt) {
        making.differs("docker makes a mount namespace always");
    }
    if recipe.root != Root::Own {
        making.differs("docker's root directory is that of an image, here alpine");
    }
}

//! The switches as options of `glassbox lab`. Nothing is left out: what is printed, read again, gives the
//! same switches.

use super::{Line, Making, cpus, drop_and_add, size};
use crate::model::NsKind;
use crate::model::recipe::{Recipe, Root};

pub(super) fn line(recipe: &Recipe, command: &[String]) -> Line {
    let mut making = Making::of(&["glassbox", "lab"]);
    let kinds: Vec<&str> = recipe.ns.iter().map(|kind| kind.name()).collect();
    if !kinds.is_empty() {
        let all = kinds.len() == NsKind::ALL.len();
        let kinds = if all {
            "all".to_owned()
        } else {
            kinds.join(",")
        };
        making.add(&["--ns", &kinds]);
    }
    if recipe.root != Root::Host {
        making.add(&["--root", recipe.root.name()]);
    }
    if recipe.read_only {
        making.add(&["--read-only"]);
    }
    let values = [
        ("--hostname", recipe.hostname.clone()),
        ("--memory", recipe.memory.map(size)),
        ("--cpus", recipe.cpu.map(cpus)),
        ("--pids", recipe.pids.map(|count| count.to_string())),
    ];
    for (option, value) in values {
        if let Some(value) = value {
            making.add(&[option, &value]);
        }
    }
    if let Some(caps) = &recipe.caps {
        drop_and_add(&mut making, caps);
    }
    if recipe.no_new_privs {
        making.add(&["--no-new-privs"]);
    }
    if let Some(filter) = recipe.seccomp {
        making.add(&["--seccomp", filter.name()]);
    }
    making.add(&["--"]);
    making
        .words
        .extend(command.iter().map(|word| super::quoted(word)));
    making.done("glassbox")
}

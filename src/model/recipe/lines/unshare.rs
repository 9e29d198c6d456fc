//! The switches as options of unshare(1) and setpriv(1), both of util-linux.

use super::{Line, Making, SHELL, bare, quoted, scope};
use crate::model::NsKind;
use crate::model::op::Cap;
use crate::model::recipe::{Recipe, Root};

pub(super) fn line(recipe: &Recipe, command: &[String]) -> Line {
    let mut making = scope(recipe);
    if !recipe.ns.is_empty() {
        making.add(&["unshare"]);
        namespaces(recipe, &mut making);
    }
    let within = within(recipe, &mut making);
    let restrained = restrained(recipe, &mut making);
    let command = command.iter().map(|word| quoted(word));
    let program: Vec<String> = restrained.into_iter().chain(command).collect();
    if within.is_empty() {
        making.words.extend(program);
    } else {
        let script = format!("{} && exec {}", within.join(" && "), program.join(" "));
        making.add(&[SHELL, "-c", &script]);
    }
    making.done("unshare")
}

fn namespaces(recipe: &Recipe, making: &mut Making) {
    let has = |kind| recipe.ns.contains(&kind);
    if has(NsKind::User) {
        making.add(&["--user", "--map-root-user"]);
    }
    let others = recipe.ns.iter().filter(|kind| **kind != NsKind::User);
    for kind in others {
        making.add(&[kind.option()]);
    }
    if has(NsKind::Pid) || has(NsKind::Time) {
        making.add(&["--fork"]);
    }
    if has(NsKind::Pid) {
        making.add(&["--kill-child"]);
    }
    if has(NsKind::Pid) && has(NsKind::Mnt) {
        making.add(&["--mount-proc"]);
    }
    match recipe.root {
        Root::Host => {}
        Root::Overlay => making.differs("unshare mounts no overlays: what is changed is changed"),
        Root::Own => {
            making.words.push("--root \"$ROOT\"".to_owned());
            making.differs(
                "ROOT: a directory with an unpacked image. unshare goes there by chroot(2), not by \
                 pivot_root(2)",
            );
        }
    }
}

/// What is done inside, before the program.
fn within(recipe: &Recipe, making: &mut Making) -> Vec<String> {
    let mut within = Vec::new();
    if let Some(name) = &recipe.hostname {
        within.push(format!("hostname {}", quoted(name)));
    }
    if recipe.ns.contains(&NsKind::Net) {
        within.push("ip link set lo up".to_owned());
    }
    match (recipe.read_only, recipe.root) {
        (false, _) => {}
        (true, Root::Own) => {
            making.differs("the root directory stays writable: mount it read-only before");
        }
        (true, _) => within.push("mount -o remount,bind,ro /".to_owned()),
    }
    within
}

/// setpriv(1) and its options, where they are needed.
fn restrained(recipe: &Recipe, making: &mut Making) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(caps) = &recipe.caps {
        let kept = caps.iter().map(|cap| bare(*cap).to_ascii_lowercase());
        let kept = kept.map(|name| [",+", &name].concat());
        let kept: String = kept.collect();
        if caps.len() < Cap::all().count() {
            words.push(format!("--bounding-set=-all{kept}"));
        }
    }
    if recipe.no_new_privs {
        words.push("--no-new-privs".to_owned());
    }
    if let Some(filter) = recipe.seccomp {
        making.differs(&format!(
            "no filter of system calls: setpriv wants `{}` compiled, in a file",
            filter.name()
        ));
    }
    if !words.is_empty() {
        words.insert(0, "setpriv".to_owned());
    }
    words
}

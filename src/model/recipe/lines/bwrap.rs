//! The switches as options of bwrap(1), bubblewrap's program.

use super::{Line, Making, quoted, scope};
use crate::model::NsKind;
use crate::model::recipe::{Recipe, Root};

/// Of the host, for a root directory of its own.
const PROGRAMS: [&str; 14] = [
    "--ro-bind",
    "/usr",
    "/usr",
    "--symlink",
    "usr/bin",
    "/bin",
    "--symlink",
    "usr/sbin",
    "/sbin",
    "--symlink",
    "usr/lib",
    "/lib",
    "--symlink",
    "usr/lib64",
];

pub(super) fn line(recipe: &Recipe, command: &[String]) -> Line {
    let mut making = scope(recipe);
    making.add(&["bwrap", "--die-with-parent"]);
    namespaces(recipe, &mut making);
    root(recipe, &mut making);
    if let Some(name) = &recipe.hostname {
        making.add(&["--hostname", name]);
    }
    if recipe.ns.contains(&NsKind::User) {
        capabilities(recipe, &mut making);
    }
    if !recipe.no_new_privs {
        making.differs("bwrap sets no_new_privs always");
    }
    if let Some(filter) = recipe.seccomp {
        making.differs(&format!(
            "no filter of system calls: bwrap wants `{}` compiled, on a descriptor",
            filter.name()
        ));
    }
    making.words.extend(command.iter().map(|word| quoted(word)));
    making.done("bwrap")
}

fn namespaces(recipe: &Recipe, making: &mut Making) {
    let options = [
        (NsKind::User, "--unshare-user"),
        (NsKind::Pid, "--unshare-pid"),
        (NsKind::Ipc, "--unshare-ipc"),
        (NsKind::Uts, "--unshare-uts"),
        (NsKind::Net, "--unshare-net"),
        (NsKind::Cgroup, "--unshare-cgroup"),
    ];
    for (kind, option) in options {
        if recipe.ns.contains(&kind) {
            making.add(&[option]);
        }
    }
    if recipe.ns.contains(&NsKind::User) {
        making.add(&["--uid", "0", "--gid", "0"]);
    } else {
        making.differs("bwrap needs a user namespace, unless it is installed set-user-ID");
    }
    if !recipe.ns.contains(&NsKind::Mnt) {
        making.differs("bwrap makes a mount namespace always");
    }
    if recipe.ns.contains(&NsKind::Time) {
        making.differs("bwrap makes no time namespace");
    }
}

fn root(recipe: &Recipe, making: &mut Making) {
    match (recipe.root, recipe.read_only) {
        (Root::Own, _) => {
            making.add(&PROGRAMS);
            making.add(&["/lib64", "--dev", "/dev", "--tmpfs", "/tmp"]);
        }
        (_, true) => making.add(&["--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev"]),
        (_, false) => making.add(&["--dev-bind", "/", "/"]),
    }
    if recipe.root == Root::Overlay {
        for directory in ["/etc", "/usr"] {
            making.add(&["--overlay-src", directory, "--tmp-overlay", directory]);
        }
        making.differs("overlays want bubblewrap 0.11 or newer, and lie over /etc and /usr alone");
    }
    let own_proc = recipe.ns.contains(&NsKind::Pid) && recipe.ns.contains(&NsKind::Mnt);
    if own_proc || recipe.root == Root::Own {
        making.add(&["--proc", "/proc"]);
    }
    if recipe.root == Root::Own && recipe.read_only {
        making.add(&["--remount-ro", "/"]);
    }
}

fn capabilities(recipe: &Recipe, making: &mut Making) {
    match &recipe.caps {
        None => making.add(&["--cap-add", "ALL"]),
        Some(caps) => {
            making.add(&["--cap-drop", "ALL"]);
            for cap in caps {
                making.add(&["--cap-add", cap.name()]);
            }
        }
    }
}

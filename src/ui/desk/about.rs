//! What each switch of the desk does, in a sentence or two, for the row under the cursor. Called by the
//! desk; true of every kernel that glassbox runs on.

use crate::app::Row;
use crate::model::NsKind;
use crate::model::capability::{Reach, means};
use crate::model::filter::Filter;
use crate::model::op::Cap;
use crate::model::recipe::{Recipe, Root};

/// About the row under the cursor.
pub(super) fn about(recipe: &Recipe, row: Row) -> String {
    match row {
        Row::Ns(kind) => namespace(kind).to_owned(),
        Row::Root => root(recipe.root).to_owned(),
        Row::ReadOnly => "The mount at / is read-only for the box; other mounts may be written.".to_owned(),
        Row::Hostname => {
            "sethostname(2): for the box alone, since its UTS namespace is new. = types another.".to_owned()
        }
        Row::Memory => {
            "A cgroup's limit: beyond it the kernel takes pages back, and where it cannot, kills.".to_owned()
        }
        Row::Cpu => {
            "A quota of CPU time: whoever has used it up in a period of 100 ms waits for the next.".to_owned()
        }
        Row::Pids => "Processes and threads at most: fork(2) beyond it fails with EAGAIN.".to_owned(),
        Row::Caps => capabilities(recipe),
        Row::Cap(cap) => capability(cap),
        Row::NoNewPrivs => {
            "execve(2) grants nothing any more: set-user-ID bits and file capabilities do not count.".to_owned()
        }
        Row::Seccomp => filter(recipe.seccomp),
        Row::Line(_) => String::new(),
    }
}

fn namespace(kind: NsKind) -> &'static str {
    match kind {
        NsKind::User => {
            "User ids of its own, and all capabilities, over this box alone: user_namespaces(7)."
        }
        NsKind::Pid => "Process numbers of its own, from 1: pid_namespaces(7).",
        NsKind::Mnt => {
            "A list of mounts of its own: what the box mounts, the machine does not see."
        }
        NsKind::Uts => "A hostname and a domain name of its own.",
        NsKind::Ipc => "System V IPC objects and POSIX message queues of its own.",
        NsKind::Net => "Interfaces, addresses, routes and ports of its own; at first only lo.",
        NsKind::Cgroup => "Paths of cgroups begin at the box's own; it limits nothing.",
        NsKind::Time => {
            "Offsets of its own for the boot-time and monotonic clocks; the date is the machine's."
        }
    }
}

fn root(root: Root) -> &'static str {
    match root {
        Root::Host => "host: the box sees the machine's files. Others: overlay, own.",
        Root::Overlay => {
            "overlay: what the box changes goes to memory; the machine's files stay as they are."
        }
        Root::Own => {
            "own: a root directory built from the machine's programs; the old one is detached."
        }
    }
}

fn capability(cap: Cap) -> String {
    match means(cap) {
        (what, Reach::Box) => format!("{what}. In a box: over its own ids and namespaces alone."),
        (what, Reach::Machine) => format!(
            "{what}. The kernel asks for it in the machine's own user namespace: in a box it opens nothing."
        ),
    }
}

fn capabilities(recipe: &Recipe) -> String {
    match &recipe.caps {
        None => {
            "All capabilities that root of the box's user namespace has. = shows each as a switch."
                .to_owned()
        }
        Some(caps) if caps.is_empty() => {
            "None: uid 0 of the box may do no more than anybody else. = shows each as a switch."
                .to_owned()
        }
        Some(caps) => {
            let names: Vec<&str> = caps.iter().map(|cap| cap.name()).collect();
            let names = names.join(", ");
            format!("What root of the box may still do (= shows all as switches): {names}")
        }
    }
}

fn filter(filter: Option<Filter>) -> String {
    match filter {
        None => "No filter: the box may make every system call.".to_owned(),
        Some(filter) => format!(
            "{}: {} system calls fail with EPERM, whatever capabilities there are.",
            filter.name(),
            filter.refuses().len()
        ),
    }
}

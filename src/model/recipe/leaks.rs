//! What reaches into a box from the machine, in a sentence each: of the namespaces as the kernel shows
//! them, of the rest as it was switched. Called by the desk to say what a switch has changed.

use super::{BOX, Recipe, Root};
use crate::model::op::Cap;
use crate::model::snapshot::World;
use crate::model::{NsKind, NsLink, Sample, Subject};

/// One thing, and whether it leaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    about: &'static str,
    open: bool,
    /// A sentence of safe text.
    pub words: String,
}

/// All that can be said; nothing, as long as the box was not seen from inside.
#[must_use]
pub fn leaks(recipe: &Recipe, sample: &Sample) -> Vec<Leak> {
    let Some(view) = sample.boxes.get(BOX) else {
        return Vec::new();
    };
    let lead = view.lead.as_ref().and_then(|lead| lead.from_host.value());
    let (Some(lead), Some(host), Some(inside)) =
        (lead, sample.host_self.value(), view.inside.value())
    else {
        return Vec::new();
    };
    let link = |subject: &Subject, kind| subject.links.link(NsLink::Own(kind)).value().copied();
    let same = |kind| link(lead, kind) == link(host, kind);
    let mut all: Vec<Leak> = NsKind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, NsKind::Pid | NsKind::Uts | NsKind::User))
        .map(|kind| namespace(kind, same(kind)))
        .collect();
    all.extend(named(&inside.world, lead, &same));
    all.extend(switched(recipe, lead));
    all
}

/// Of the namespaces that show in a number or a name.
fn named(world: &World, lead: &Subject, same: &dyn Fn(NsKind) -> bool) -> [Leak; 3] {
    let own_proc = !same(NsKind::Pid) && world.proc_level.value() == Some(&0);
    let seen = world.process_count;
    let why = match (own_proc, same(NsKind::Pid)) {
        (true, _) => "the PID namespace is on, and /proc is mounted anew",
        (false, true) => "the PID namespace is off",
        (false, false) => "the PID namespace is on, but /proc is still the host's",
    };
    let ps = format!("`ps` now sees {seen} processes: {why}");
    let name = world.hostname.text();
    let uts = if same(NsKind::Uts) {
        format!("the box has the machine's hostname, {name}: the UTS namespace is off")
    } else {
        format!("the box has a hostname of its own, {name}: the UTS namespace is on")
    };
    let (inside, outside) = (world.self_uid, lead.uids[1]);
    let user = if same(NsKind::User) {
        format!("uid {outside} is the same inside and outside: the user namespace is off")
    } else {
        format!("uid {inside} inside is uid {outside} on the machine: the user namespace is on")
    };
    [
        leak("ps", !own_proc, ps),
        leak("uts", same(NsKind::Uts), uts),
        leak("user", same(NsKind::User), user),
    ]
}

/// Those that leak now and did not, or the other way round. What was not known before leaked, as with
/// any other process.
#[must_use]
pub fn news(before: &[Leak], after: &[Leak]) -> Vec<String> {
    let was_open = |leak: &Leak| {
        before
            .iter()
            .find(|it| it.about == leak.about)
            .is_none_or(|it| it.open)
    };
    let changed = after.iter().filter(|leak| leak.open != was_open(leak));
    changed.map(|leak| leak.words.clone()).collect()
}

fn leak(about: &'static str, open: bool, words: impl Into<String>) -> Leak {
    let words = words.into();
    Leak { about, open, words }
}

fn namespace(kind: NsKind, open: bool) -> Leak {
    let (off, on) = match kind {
        NsKind::Cgroup => (
            "the box sees where its cgroup lies in the machine's tree: the cgroup namespace is off",
            "to the box its own cgroup looks like the root of the tree: the cgroup namespace is on",
        ),
        NsKind::Ipc => (
            "the box shares the machine's IPC objects: the IPC namespace is off",
            "the box sees no IPC objects but its own: the IPC namespace is on",
        ),
        NsKind::Mnt => (
            "the box lives with the machine's mounts: the mount namespace is off",
            "the box has a list of mounts of its own: the mount namespace is on",
        ),
        NsKind::Net => (
            "the box is on the machine's network: the network namespace is off",
            "the box has no network interface but its own lo: the network namespace is on",
        ),
        NsKind::Time => (
            "the box shares the machine's clocks since boot: the time namespace is off",
            "the box may have other clocks since boot than the machine: the time namespace is on",
        ),
        NsKind::Pid | NsKind::User | NsKind::Uts => ("", ""),
    };
    leak(kind.name(), open, if open { off } else { on })
}

fn switched(recipe: &Recipe, lead: &Subject) -> Vec<Leak> {
    let root = match recipe.root {
        Root::Host => "the box has the machine's root directory",
        Root::Overlay => "what the box changes in /etc and /usr goes to memory, not to the disk",
        Root::Own => "the box has a root directory of its own, with the machine's programs in it",
    };
    let write = if recipe.read_only {
        "the mount at / is read-only for the box"
    } else {
        "the mount at / is not read-only for the box"
    };
    let privileges = if lead.no_new_privs {
        "execve(2) grants the box no new privileges"
    } else {
        "execve(2) may grant the box new privileges, as by a set-user-ID program"
    };
    let filter = recipe.seccomp.filter(|_| lead.seccomp == 2).map_or_else(
        || "the box has no filter of system calls of its own".to_owned(),
        |filter| {
            format!(
                "{} system calls fail with EPERM in the box",
                filter.refuses().len()
            )
        },
    );
    let mut all = vec![
        leak("root", recipe.root == Root::Host, root),
        leak("write", !recipe.read_only, write),
        leak("privileges", !lead.no_new_privs, privileges),
        leak("filter", recipe.seccomp.is_none(), filter),
    ];
    all.extend(limits(recipe));
    if recipe.ns.contains(&NsKind::User) {
        let left = lead.caps.effective.count_ones();
        let open = u32::try_from(Cap::all().count()).is_ok_and(|every| left >= every);
        let words = if open {
            "root of the box has every capability over the box's own namespaces".to_owned()
        } else {
            format!("root of the box has {left} capabilities, and may not gain others")
        };
        all.push(leak("capabilities", open, words));
    }
    all
}

fn limits(recipe: &Recipe) -> [Leak; 3] {
    let memory = recipe.memory.map_or_else(
        || "the box has no memory limit of its own".to_owned(),
        |bytes| format!("the box gets {} MiB of memory at most", bytes >> 20),
    );
    let cpu = recipe.cpu.map_or_else(
        || "the box has no limit of CPU time of its own".to_owned(),
        |cpu| {
            format!(
                "the box gets {}.{:02} of a CPU at most",
                cpu / 1000,
                cpu % 1000 / 10
            )
        },
    );
    let pids = recipe.pids.map_or_else(
        || "the box has no limit of processes of its own".to_owned(),
        |pids| format!("the box may have {pids} processes and threads at most"),
    );
    [
        leak("memory", recipe.memory.is_none(), memory),
        leak("cpu", recipe.cpu.is_none(), cpu),
        leak("pids", recipe.pids.is_none(), pids),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_news_and_the_unknown_leaked() {
        let before = [leak("uts", false, "a"), leak("net", true, "b")];
        let after = [
            leak("uts", true, "now open"),
            leak("net", true, "still"),
            leak("ps", false, "closed"),
            leak("ipc", true, "as ever"),
        ];
        assert_eq!(news(&before, &after), ["now open", "closed"]);
        assert_eq!(news(&after, &after), [""; 0]);
    }
}

//! What each capability allows beyond what docker gives: one sentence each, in the order of how far it
//! leads. Pure. Called by `means` alone.

use Where::{Initial, Owner};

/// What is said of a capability that has no sentence of its own.
pub(super) const BEYOND: &str = "docker does not give it by default; see capabilities(7)";

/// Whose user namespace the kernel asks about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// The one that owns the resource, or that of another process: ns_capable(9) of the kernel.
    Owner,
    /// The initial one, whatever it is about.
    Initial,
}

/// What the capabilities beyond docker's default allow, as capabilities(7) has it; those first that lead
/// furthest.
const ALLOWED: [(&str, Where, &str); 27] = [
    (
        "CAP_SYS_ADMIN",
        Owner,
        "it may mount, set the hostname and much more, where its user namespace owns the resource",
    ),
    ("CAP_SYS_MODULE", Initial, "it may load kernel modules"),
    (
        "CAP_SYS_RAWIO",
        Initial,
        "it may use I/O ports and raw devices",
    ),
    (
        "CAP_SYS_PTRACE",
        Owner,
        "it may trace any process it sees whose user namespace is its own or below",
    ),
    ("CAP_BPF", Initial, "it may load BPF programs"),
    (
        "CAP_DAC_READ_SEARCH",
        Owner,
        "it may read every file whose owner its user namespace maps",
    ),
    (
        "CAP_NET_ADMIN",
        Owner,
        "it may change interfaces, addresses, routes and firewall of its network namespace",
    ),
    (
        "CAP_SYS_BOOT",
        Owner,
        "it may call reboot(2); in another PID namespace that ends only its PID 1",
    ),
    ("CAP_SYS_TIME", Initial, "it may set the host's clock"),
    ("CAP_SYSLOG", Initial, "it may read the kernel's log"),
    (
        "CAP_PERFMON",
        Initial,
        "it may measure the kernel and other processes",
    ),
    (
        "CAP_SYS_RESOURCE",
        Initial,
        "it may raise hard resource limits, and use disk space kept for root",
    ),
    (
        "CAP_SYS_NICE",
        Initial,
        "it may raise priorities and take real-time scheduling",
    ),
    (
        "CAP_AUDIT_CONTROL",
        Initial,
        "it may change the rules of the kernel's audit",
    ),
    (
        "CAP_AUDIT_READ",
        Initial,
        "it may read the kernel's audit log",
    ),
    (
        "CAP_MAC_ADMIN",
        Initial,
        "it may change the policy of the Smack security module",
    ),
    (
        "CAP_MAC_OVERRIDE",
        Initial,
        "the Smack security module does not stop it",
    ),
    (
        "CAP_IPC_OWNER",
        Owner,
        "permissions of System V IPC objects do not stop it",
    ),
    (
        "CAP_IPC_LOCK",
        Initial,
        "it may lock memory beyond RLIMIT_MEMLOCK, so that it is never swapped out",
    ),
    (
        "CAP_LINUX_IMMUTABLE",
        Initial,
        "it may set and clear the immutable and append-only flags of files",
    ),
    (
        "CAP_LEASE",
        Initial,
        "it may take leases on files that are not its own: fcntl(2)",
    ),
    (
        "CAP_SYS_PACCT",
        Initial,
        "it may turn process accounting on and off",
    ),
    (
        "CAP_SYS_TTY_CONFIG",
        Initial,
        "it may hang up terminals, and change settings of virtual consoles",
    ),
    (
        "CAP_WAKE_ALARM",
        Initial,
        "it may set timers that wake the machine from sleep",
    ),
    (
        "CAP_BLOCK_SUSPEND",
        Initial,
        "it may keep the machine from going to sleep",
    ),
    (
        "CAP_CHECKPOINT_RESTORE",
        Owner,
        "it may choose the process number of its next child",
    ),
    (
        "CAP_NET_BROADCAST",
        Owner,
        "it may hear the netlink messages of other network namespaces that have a number in its own",
    ),
];

/// What a capability beyond docker's default allows.
pub(super) fn capability(name: &str) -> String {
    match ALLOWED.iter().find(|(known, ..)| *known == name) {
        Some((_, Owner, means)) => (*means).to_owned(),
        Some((_, Initial, means)) => {
            format!("{means}, if its user namespace is the initial one")
        }
        None => BEYOND.to_owned(),
    }
}

/// Those first that lead furthest, and those last that nothing is known of.
pub(super) fn furthest_first(names: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_by_key(|name| {
        let at = ALLOWED.iter().position(|(known, ..)| known == *name);
        at.unwrap_or(ALLOWED.len())
    });
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::engine::DEFAULT_CAPABILITIES;
    use crate::model::user::CAPABILITIES;

    #[test]
    fn each_capability_that_docker_does_not_give_has_its_own_sentence() {
        for (bit, name) in CAPABILITIES.iter().enumerate() {
            let given = DEFAULT_CAPABILITIES >> bit & 1 == 1;
            assert_eq!(capability(name) == BEYOND, given, "{name}");
        }
    }
}

//! What each capability allows beyond what docker gives, and which of them leads furthest. Pure. Called
//! by `means` and `text`.

use crate::model::capability::{Reach, means};
use crate::model::op::Cap;

/// What is said of a capability that is younger than this program.
pub(super) const BEYOND: &str = "docker does not give it by default; see capabilities(7)";

/// All that docker does not give by default; those first that lead furthest.
const FURTHEST: [&str; 27] = [
    "CAP_SYS_ADMIN",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_PTRACE",
    "CAP_BPF",
    "CAP_DAC_READ_SEARCH",
    "CAP_NET_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_TIME",
    "CAP_SYSLOG",
    "CAP_PERFMON",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_NICE",
    "CAP_AUDIT_CONTROL",
    "CAP_AUDIT_READ",
    "CAP_MAC_ADMIN",
    "CAP_MAC_OVERRIDE",
    "CAP_IPC_OWNER",
    "CAP_IPC_LOCK",
    "CAP_LINUX_IMMUTABLE",
    "CAP_LEASE",
    "CAP_SYS_PACCT",
    "CAP_SYS_TTY_CONFIG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_CHECKPOINT_RESTORE",
    "CAP_NET_BROADCAST",
];

/// What it allows whoever has it.
pub(super) fn capability(name: &str) -> String {
    let Ok(cap) = Cap::try_from(name.to_owned()) else {
        return BEYOND.to_owned();
    };
    let (what, reach) = means(cap);
    let (first, rest) = what.split_at(1);
    let may = format!("it may {}{rest}", first.to_lowercase());
    match reach {
        Reach::Box => format!("within its user namespace {may}"),
        Reach::Machine => format!("{may}, if its user namespace is the initial one"),
    }
}

/// Those first that lead furthest, and those last that nothing is known of.
pub(super) fn furthest_first(names: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_by_key(|name| {
        let at = FURTHEST.iter().position(|known| known == name);
        at.unwrap_or(FURTHEST.len())
    });
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::engine::DEFAULT_CAPABILITIES;

    #[test]
    fn each_capability_that_docker_does_not_give_has_its_place() {
        for cap in Cap::all() {
            let given = DEFAULT_CAPABILITIES & cap.bit() != 0;
            assert_eq!(FURTHEST.contains(&cap.name()), !given, "{}", cap.name());
        }
    }

    #[test]
    fn what_counts_for_the_machine_alone_is_said_so() {
        let module =
            "it may load and unload kernel modules, if its user namespace is the initial one";
        assert_eq!(capability("CAP_SYS_MODULE"), module);
        assert!(!capability("CAP_NET_ADMIN").contains("initial"));
        assert_eq!(capability("CAP_OF_TOMORROW"), BEYOND);
    }

    #[test]
    fn what_leads_furthest_comes_first() {
        let names = ["CAP_OF_TOMORROW", "CAP_LEASE", "CAP_SYS_ADMIN"].map(str::to_owned);
        assert_eq!(
            furthest_first(&names),
            ["CAP_SYS_ADMIN", "CAP_LEASE", "CAP_OF_TOMORROW"]
        );
    }
}

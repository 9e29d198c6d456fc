//! Which engine made a container, as far as the path of its cgroup tells, and what an engine allows by
//! default. Pure: from text. Used by `glassbox inspect`; never asks an engine.

pub mod list;

use super::Untrusted;
use super::cgroup::places;

/// What moby (docker) and containerd give a container that asks for nothing: the file
/// `oci/caps/defaults.go` of moby; CAP_CHOWN to CAP_AUDIT_WRITE, fourteen of them.
pub const DEFAULT_CAPABILITIES: u64 = 0xa804_25fb;

/// What runc's and moby's default configurations cover, so that nothing can be read there.
pub const MASKED: [&str; 11] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];

/// What they mount read-only.
pub const READ_ONLY: [&str; 5] = [
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
];

/// Programs whose child is the first process of a container: `comm`, which has 15 bytes at most.
const STARTERS: [(&str, &str); 8] = [
    ("bwrap", "bubblewrap"),
    ("systemd-nspawn", "systemd-nspawn"),
    ("containerd-shim", "containerd"),
    ("conmon", "podman"),
    ("lxc-start", "lxc"),
    ("runc", "runc"),
    ("crun", "crun"),
    ("unshare", "unshare"),
];

/// Who starts containers under that name.
#[must_use]
pub fn starter(command: &[u8]) -> Option<&'static str> {
    let is = |(name, _): &&(&str, &str)| name.as_bytes() == command;
    STARTERS.iter().find(is).map(|(_, engine)| *engine)
}

/// A container's name, as the path has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// `docker`, `podman`, ...
    pub engine: &'static str,
    /// The id of 64 digits or the name; what stands in the path.
    pub id: Untrusted,
}

/// How a part of a path begins, how it ends, and who names cgroups so. The rest is id or name.
const NAMED: [(&str, &str, &str); 8] = [
    ("docker-", ".scope", "docker"),
    ("libpod-", ".scope", "podman"),
    ("libpod-", "", "podman"),
    ("crio-", ".scope", "cri-o"),
    ("cri-containerd-", ".scope", "containerd"),
    ("nerdctl-", ".scope", "containerd"),
    ("systemd-nspawn@", ".service", "systemd-nspawn"),
    ("lxc.payload.", "", "lxc"),
];

/// The container that a process is in, from the text of its `/proc/PID/cgroup`: the innermost that
/// is named. The path as the reader's cgroup namespace shows it, so on the host.
#[must_use]
pub fn container(cgroup: &Untrusted) -> Option<Container> {
    places(cgroup).iter().find_map(|place| {
        let parts: Vec<&[u8]> = place.path.as_bytes().split(|byte| *byte == b'/').collect();
        (0..parts.len()).rev().find_map(|at| {
            let above = at.checked_sub(1).map_or(&b""[..], |above| parts[above]);
            named(parts[at]).or_else(|| below(above, parts[at]))
        })
    })
}

fn named(part: &[u8]) -> Option<Container> {
    NAMED.iter().find_map(|(start, end, engine)| {
        let id = part.strip_prefix(start.as_bytes())?;
        let id = id.strip_suffix(end.as_bytes())?;
        let needs_hex = !matches!(*engine, "lxc" | "systemd-nspawn");
        let fits = if needs_hex { is_id(id) } else { !id.is_empty() };
        let id = Untrusted::from(id);
        fits.then_some(Container { engine, id })
    })
}

/// With the cgroupfs driver docker's are `/docker/ID`; old LXC has `/lxc/NAME`.
fn below(above: &[u8], part: &[u8]) -> Option<Container> {
    let engine = match above {
        b"docker" if is_id(part) => "docker",
        b"lxc" if !part.is_empty() => "lxc",
        _ => return None,
    };
    let id = Untrusted::from(part);
    Some(Container { engine, id })
}

fn is_id(text: &[u8]) -> bool {
    let hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 64 && text.iter().all(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_known_by_their_paths() {
        let id = "0123456789abcdef".repeat(4);
        let user = "/user.slice/user-1000.slice/user@1000.service/user.slice";
        let cases: Vec<(String, Option<(&str, &str)>)> = vec![
            (
                format!("0::/system.slice/docker-{id}.scope"),
                Some(("docker", &id)),
            ),
            (
                format!("4:memory:/docker/{id}\n0::/\n"),
                Some(("docker", &id)),
            ),
            (format!("0::/docker/{id}/inner"), Some(("docker", &id))),
            (
                format!("0::{user}/libpod-{id}.scope/container"),
                Some(("podman", &id)),
            ),
            (
                format!("0::/machine.slice/libpod-{id}.scope"),
                Some(("podman", &id)),
            ),
            (
                format!("0::/libpod_parent/libpod-{id}"),
                Some(("podman", &id)),
            ),
            (
                format!("0::/kubepods.slice/kubepods-pod1.slice/crio-{id}.scope"),
                Some(("cri-o", &id)),
            ),
            (
                format!("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope"),
                Some(("containerd", &id)),
            ),
            (
                "0::/machine.slice/systemd-nspawn@web.service/payload".to_owned(),
                Some(("systemd-nspawn", "web")),
            ),
            (
                "0::/lxc.payload.web/init.scope".to_owned(),
                Some(("lxc", "web")),
            ),
            ("9:pids:/lxc/web".to_owned(), Some(("lxc", "web"))),
            (format!("0::/user.slice/libpod-conmon-{id}.scope"), None),
            ("0::/system.slice/docker.service".to_owned(), None),
            ("0::/system.slice/docker-short.scope".to_owned(), None),
            ("0::/docker".to_owned(), None),
            (
                "0::/user.slice/user-1000.slice/session-2.scope".to_owned(),
                None,
            ),
            ("0::/".to_owned(), None),
            (String::new(), None),
        ];
        for (text, expected) in cases {
            let found = container(&Untrusted::from(&text));
            let found = found.map(|it| (it.engine, it.id));
            let expected = expected.map(|(engine, id)| (engine, Untrusted::from(id)));
            assert_eq!(found, expected, "{text}");
        }
    }
}

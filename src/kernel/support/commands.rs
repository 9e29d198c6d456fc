//! Commands that a lesson's by-hand lines need: looked up in PATH, never run.

use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::model::support::Probe;

/// Debian's package of a command where it is not called the same.
#[rustfmt::skip]
const PACKAGES: &[(&str, &str)] = &[
    ("getcap", "libcap2-bin"), ("capsh", "libcap2-bin"), ("hostname", "hostname"),
    ("ip", "iproute2"), ("ss", "iproute2"), ("tc", "iproute2"),
    ("lsns", "util-linux"), ("mount", "mount"), ("newuidmap", "uidmap"), ("newgidmap", "uidmap"),
    ("nsenter", "util-linux"), ("ping", "iputils-ping"),
    ("ps", "procps"), ("free", "procps"), ("pgrep", "procps"), ("top", "procps"), ("uptime", "procps"),
    ("unshare", "util-linux"), ("umount", "mount"),
];

/// Of POSIX's shell, the words that a solution may begin with.
const BUILT_IN: [&str; 20] = [
    ".", ":", "case", "cd", "echo", "exec", "exit", "export", "for", "if", "kill", "printf",
    "read", "set", "trap", "ulimit", "umask", "until", "wait", "while",
];

/// Whether `name` is an executable file in some directory of PATH.
pub(super) fn look_up(name: &str) -> Probe {
    let found = find(name);
    let package = PACKAGES
        .iter()
        .find(|(command, _)| *command == name)
        .map_or(name, |(_, package)| package);
    Probe {
        name: format!("cmd:{name}"),
        ok: found.is_some(),
        detail: match &found {
            Some(file) => crate::model::Untrusted::from(file.as_os_str().as_encoded_bytes()).text(),
            None => format!("`{name}` is not in PATH"),
        },
        remedy: match found {
            Some(_) => String::new(),
            None => format!("install {name} (Debian, Ubuntu: sudo apt install {package})"),
        },
    }
}

/// Whether a shell that glassbox opens has that command, built in or in its PATH.
#[must_use]
pub fn has_command(name: &str) -> bool {
    let administrators = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
    let mut there = administrators
        .iter()
        .map(|folder| Path::new(folder).join(name));
    BUILT_IN.contains(&name) || find(name).is_some() || there.any(|file| is_executable(&file))
}

/// Where it is.
pub(in crate::kernel) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && access(file, AccessFlags::X_OK).is_ok()
}

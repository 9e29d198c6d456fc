//! The state of the host that a test must leave as it found it, as sets of sentences.
//!
//! Called by the leak check before and after. Reads only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::processes::{Row, Table};

/// What one reader saw: each element says one thing in words.
pub(crate) type Seen = BTreeSet<String>;

/// One thing to compare.
pub(crate) struct Aspect {
    /// What it is, for the report.
    pub(crate) name: &'static str,
    /// Reads it now.
    pub(crate) read: fn() -> Seen,
    /// Whether it is wrong, too, when something is missing afterwards. Not so where others come
    /// and go, or where leftovers of an earlier crash may be swept.
    pub(crate) must_stay: bool,
}

/// Everything that is compared.
pub(crate) const ASPECTS: [Aspect; 11] = [
    aspect("process", processes, false),
    aspect("namespace", namespaces, false),
    aspect("mount", mounts, true),
    aspect("cgroup", cgroups, false),
    aspect("network interface", interfaces, true),
    aspect("temporary file", temporary_files, false),
    aspect("entry of /dev", devices, true),
    aspect("loop device", loop_devices, false),
    aspect("IPC object", ipc_objects, true),
    aspect("setting", settings, true),
    aspect("line of a system file", system_files, true),
];

const fn aspect(name: &'static str, read: fn() -> Seen, must_stay: bool) -> Aspect {
    Aspect {
        name,
        read,
        must_stay,
    }
}

fn harness() -> i32 {
    i32::try_from(std::process::id()).unwrap_or(i32::MAX)
}

fn processes() -> Seen {
    let table = Table::read();
    let ours = table.ours(harness());
    ours.into_iter().map(Row::describe).collect()
}

/// Namespaces other than the harness's own that are held by a process of ours or by an orphan, and
/// those of the harness itself. A namespace lives on only through a process, a descriptor of a
/// process, or a mount, which [`mounts`] sees; one that others made and hold is no concern of ours.
fn namespaces() -> Seen {
    let table = Table::read();
    let own = links_of(harness());
    let mut seen: Seen = own
        .iter()
        .map(|link| format!("{link} of the tests themselves"))
        .collect();
    let ours: BTreeSet<i32> = table.ours(harness()).iter().map(|row| row.pid).collect();
    let held = table
        .rows()
        .filter(|row| row.parent == 1 || ours.contains(&row.pid));
    for row in held {
        let new = links_of(row.pid)
            .into_iter()
            .filter(|link| !own.contains(link));
        seen.extend(new.map(|link| format!("{link} of process {} ({})", row.pid, row.comm)));
    }
    seen
}

/// What the links in `/proc/PID/ns` read; none where they may not be read.
fn links_of(pid: i32) -> Seen {
    let links = list(&Path::new("/proc").join(pid.to_string()).join("ns"));
    let targets = links.iter().filter_map(|link| fs::read_link(link).ok());
    targets
        .map(|link| link.to_string_lossy().into_owned())
        .collect()
}

/// The lines of mountinfo, propagation included, read until two readings agree: a reading that
/// overlaps a change may miss lines.
fn mounts() -> Seen {
    let read = || fs::read_to_string("/proc/self/mountinfo").expect("read mountinfo");
    let mut last = read();
    loop {
        let next = read();
        if next == last {
            return lines(&next);
        }
        last = next;
    }
}

/// Those called as ours are, but for what somebody else's glassbox has: its number is in the name.
fn cgroups() -> Seen {
    /// Deeper than any cgroup of ours below its parent.
    const DEPTH: usize = 10;
    let mut found = Seen::new();
    let table = Table::read();
    let mut folders = vec![(PathBuf::from("/sys/fs/cgroup"), 0)];
    while let Some((folder, depth)) = folders.pop() {
        if is_ours(&folder) && !is_of_another(&folder, &table) {
            found.insert(folder.display().to_string());
        }
        if depth < DEPTH {
            let below = list(&folder).into_iter();
            // Not `is_dir`: v1 mounts have links (`cpuacct -> cpu,cpuacct`) that would count twice.
            let folders_below = below.filter(|path| {
                fs::symlink_metadata(path).is_ok_and(|entry| entry.file_type().is_dir())
            });
            folders.extend(folders_below.map(|path| (path, depth + 1)));
        }
    }
    found
}

fn interfaces() -> Seen {
    // Not /sys/class/net: it shows the network namespace of whoever mounted it.
    let text = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
    let names = text.lines().skip(2).filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

fn temporary_files() -> Seen {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let fixed = ["/tmp", "/var/tmp", "/dev/shm", "/run"].map(PathBuf::from);
    let places = fixed
        .into_iter()
        .chain([std::env::temp_dir()])
        .chain(runtime);
    let entries = places.flat_map(|place| list(&place));
    let ours = entries.filter(|path| is_ours(path));
    ours.map(|path| path.display().to_string()).collect()
}

fn is_of_another(folder: &Path, table: &Table) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let number = name.strip_prefix("glassbox-").and_then(|n| n.parse().ok());
    number.is_some_and(|pid: i32| table.is_of_another(pid, harness()))
}

fn is_ours(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.trim_start_matches('.').starts_with("glassbox")
}

fn devices() -> Seen {
    let entries = list(Path::new("/dev"));
    entries
        .iter()
        .map(|path| path.display().to_string())
        .collect()
}

/// Those that show a file without a name, as ours do: others mostly show one that has a path.
fn loop_devices() -> Seen {
    let disks = list(Path::new("/sys/block")).into_iter();
    let files = disks.filter_map(|disk| {
        let file = fs::read_to_string(disk.join("loop/backing_file")).ok()?;
        Some(format!("{}: {}", disk.display(), file.trim_end()))
    });
    files.filter(|what| what.ends_with("(deleted)")).collect()
}

/// System V objects and POSIX message queues of the IPC namespace that the tests are in.
fn ipc_objects() -> Seen {
    let mut seen = Seen::new();
    for kind in ["shm", "sem", "msg"] {
        let table = fs::read_to_string(format!("/proc/sysvipc/{kind}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let key_and_id: Vec<&str> = line.split_whitespace().take(2).collect();
            seen.insert(format!("{kind} key and id {}", key_and_id.join(" ")));
        }
    }
    let queues = list(Path::new("/dev/mqueue"));
    seen.extend(queues.iter().map(|path| path.display().to_string()));
    seen
}

/// Settings that a lesson or a mistake of ours could reach.
const SETTINGS: &str = "kernel/hostname kernel/domainname kernel/core_pattern kernel/pid_max \
    kernel/printk kernel/sysrq kernel/randomize_va_space kernel/unprivileged_userns_clone \
    kernel/apparmor_restrict_unprivileged_userns kernel/shmmax kernel/sem kernel/msgmax \
    kernel/yama/ptrace_scope vm/swappiness vm/overcommit_memory vm/drop_caches fs/file-max \
    fs/mqueue/queues_max user/max_user_namespaces user/max_pid_namespaces user/max_net_namespaces \
    user/max_mnt_namespaces user/max_uts_namespaces user/max_ipc_namespaces \
    user/max_cgroup_namespaces user/max_time_namespaces net/ipv4/ip_forward \
    net/ipv4/ping_group_range net/ipv4/ip_unprivileged_port_start net/ipv6/conf/all/forwarding";

fn settings() -> Seen {
    let mut seen = Seen::new();
    for name in SETTINGS.split_whitespace() {
        if let Ok(value) = fs::read_to_string(Path::new("/proc/sys").join(name)) {
            seen.insert(format!("{name} = {}", value.trim()));
        }
    }
    seen
}

fn system_files() -> Seen {
    let mut seen = Seen::new();
    for file in [
        "/etc/passwd",
        "/etc/group",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/resolv.conf",
    ] {
        let text = fs::read_to_string(file).unwrap_or_default();
        seen.extend(text.lines().map(|line| format!("{file}: {line}")));
    }
    seen
}

fn lines(text: &str) -> Seen {
    text.lines().map(str::to_owned).collect()
}

/// The paths in a folder; none where it cannot be listed.
fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

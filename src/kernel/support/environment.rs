//! The facts that explain a refusal: sysctls, seccomp, LSM, chroot, mounts. They never decide whether
//! something works (only an attempt does), they say why it did not. Read by `survey`, used by `advice`.

use rustix::fs::{AtFlags, CWD};

use crate::kernel::learner;
use crate::kernel::proc::{lines, read_at, status};
use crate::kernel::sys;
use crate::model::NsKind;

/// How the cgroup hierarchies are mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cgroups {
    /// One cgroup2 tree at `/sys/fs/cgroup`.
    V2,
    /// Controllers in v1 hierarchies, and a cgroup2 tree beside them.
    Hybrid,
    /// Only v1 hierarchies.
    V1,
    /// None that is mounted here.
    #[default]
    None,
}

impl Cgroups {
    /// The name in the report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::Hybrid => "hybrid",
            Self::V1 => "v1",
            Self::None => "none",
        }
    }
}

/// Everything that `advice` looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// uname(2) release.
    pub release: String,
    /// Its first two numbers.
    pub version: (u32, u32),
    /// How cgroups are mounted.
    pub cgroup: Cgroups,
    /// `user.max_KIND_namespaces`, by position in [`NsKind::ALL`].
    pub max: [Option<u64>; 8],
    /// `kernel.unprivileged_userns_clone` (Debian, Arch).
    pub userns_clone: Option<u64>,
    /// `kernel.apparmor_restrict_unprivileged_userns` (Ubuntu).
    pub apparmor_restrict: Option<u64>,
    /// The LSM's label of this process; empty where there is none.
    pub label: String,
    /// A seccomp filter is on this process.
    pub seccomp: bool,
    /// `no_new_privs` is set on this process.
    pub no_new_privs: bool,
    /// Our name in /etc/passwd, if we have one there.
    pub login: Option<String>,
    /// clone3 answers ENOSYS.
    pub clone3_absent: bool,
    /// `/` of this process is not the root of its mount namespace.
    pub chrooted: bool,
    /// Something is mounted over parts of `/proc`.
    pub proc_masked: bool,
}

impl Environment {
    /// Reads all of it. What cannot be read stays at its default: it explains nothing then.
    #[must_use]
    pub fn read() -> Self {
        let release = nix::sys::utsname::uname()
            .map(|uname| uname.release().to_string_lossy().into_owned())
            .unwrap_or_default();
        let mountinfo = read_at(CWD, "/proc/self/mountinfo", 1 << 22).unwrap_or_default();
        let status = read_at(CWD, "/proc/self/status", 1 << 20).unwrap_or_default();
        Self {
            version: version(&release),
            release,
            cgroup: cgroups(&mountinfo),
            max: NsKind::ALL.map(|kind| sysctl(&format!("user/max_{}_namespaces", kind.name()))),
            userns_clone: sysctl("kernel/unprivileged_userns_clone"),
            apparmor_restrict: sysctl("kernel/apparmor_restrict_unprivileged_userns"),
            label: label(),
            seccomp: status::parse(&status).is_some_and(|status| status.seccomp == 2),
            no_new_privs: status::parse(&status).is_some_and(|status| status.no_new_privs),
            login: learner::login(),
            clone3_absent: sys::clone3_is_absent(),
            chrooted: same_root().map_or_else(|| !has_root(&mountinfo), |same| !same),
            proc_masked: masked(&mountinfo),
        }
    }

    /// `user.max_KIND_namespaces`.
    #[must_use]
    pub fn max(&self, kind: NsKind) -> Option<u64> {
        self.max[kind as usize]
    }
}

fn sysctl(name: &str) -> Option<u64> {
    let text = read_at(CWD, &format!("/proc/sys/{name}"), 64).ok()?;
    lines::parse(text.trim_ascii())
}

fn label() -> String {
    [
        "/proc/self/attr/apparmor/current",
        "/proc/self/attr/current",
    ]
    .iter()
    .find_map(|path| read_at(CWD, path, 4096).ok())
    .map(|text| crate::model::Untrusted::from(text.trim_ascii_end()).text())
    .unwrap_or_default()
}

/// Whether our `/` is that of PID 1; `None` where we may not look at PID 1.
fn same_root() -> Option<bool> {
    let identity = |path: &str| {
        rustix::fs::statat(CWD, path, AtFlags::empty())
            .ok()
            .map(|stat| (stat.st_dev, stat.st_ino))
    };
    Some(identity("/proc/1/root")? == identity("/proc/self/root")?)
}

/// The first two numbers of a release; (0, 0) for a text that does not begin with them.
fn version(release: &str) -> (u32, u32) {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next().and_then(|digits| digits.parse().ok());
    match (next(), next()) {
        (Some(major), Some(minor)) => (major, minor),
        _ => (0, 0),
    }
}

fn cgroups(mountinfo: &[u8]) -> Cgroups {
    let (mut v1, mut v2, mut unified) = (false, false, false);
    for mount in lines::mounts(mountinfo) {
        v1 |= mount.fstype == b"cgroup";
        v2 |= mount.fstype == b"cgroup2";
        unified |= mount.fstype == b"cgroup2" && mount.target == b"/sys/fs/cgroup";
    }
    match (unified, v1, v2) {
        (true, _, _) | (false, false, true) => Cgroups::V2,
        (false, true, true) => Cgroups::Hybrid,
        (false, true, false) => Cgroups::V1,
        (false, false, false) => Cgroups::None,
    }
}

/// mountinfo lists only what lies below the reader's root: after chroot(2) into a plain directory
/// nothing is mounted at `/`.
fn has_root(mountinfo: &[u8]) -> bool {
    lines::mounts(mountinfo).any(|mount| mount.target == b"/")
}

/// Mounts that cover parts of `/proc`, as container engines make them. The automount point of
/// binfmt_misc is an empty directory, which the kernel does not count.
fn masked(mountinfo: &[u8]) -> bool {
    lines::mounts(mountinfo).any(|mount| {
        mount.target.starts_with(b"/proc/") && mount.target != b"/proc/sys/fs/binfmt_misc"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_two_numbers() {
        let cases = [
            ("6.18.44-fc-v657", (6, 18)),
            ("5.10.0-30-amd64", (5, 10)),
            ("7.3", (7, 3)),
            ("6.1-rc1", (6, 1)),
            ("", (0, 0)),
            ("linux", (0, 0)),
        ];
        for (release, expected) in cases {
            assert_eq!(version(release), expected, "{release}");
        }
    }

    #[test]
    fn cgroup_layouts_by_what_is_mounted() {
        let v2 = "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        let beside = "31 24 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let v1 = "32 24 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        let root = "24 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n";
        let cases = [
            (format!("{root}{v2}"), Cgroups::V2),
            (format!("{root}{v1}{beside}"), Cgroups::Hybrid),
            (format!("{root}{v1}"), Cgroups::V1),
            (root.to_owned(), Cgroups::None),
            (format!("{v2}{v1}"), Cgroups::V2),
        ];
        for (text, expected) in cases {
            assert_eq!(cgroups(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn masks_and_roots_in_mountinfo() {
        let root = b"24 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n";
        let automount = b"25 24 0:30 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n";
        let mask = b"26 24 0:31 / /proc/kcore rw - tmpfs tmpfs rw\n";
        assert!(has_root(root) && !has_root(mask));
        assert!(masked(mask) && !masked(automount) && !masked(root));
    }
}

//! An error number in a learner's words: why this call fails with it, and the way on.
//!
//! The one place that turns (call, errno) into advice. What depends on the machine (sysctls,
//! AppArmor, seccomp) is `doctor`'s business. Sources: the manual pages named in the texts.

use super::Errno;

/// One or two sentences; empty where there is nothing better to say than the errno's own words.
#[must_use]
pub fn advice(call: &str, errno: Errno) -> &'static str {
    let errno = errno.name();
    TABLE
        .iter()
        .find(|(calls, name, _)| *name == errno && (calls.is_empty() || calls.contains(&call)))
        .map_or("", |(_, _, text)| text)
}

/// First match wins; no calls means any call.
const TABLE: &[(&[&str], &str, &str)] = &[
    (
        &["sethostname", "setdomainname"],
        "EPERM",
        "You lack CAP_SYS_ADMIN in the user namespace that owns this UTS namespace. Unshare a UTS \
         namespace of your own first: then you own it.",
    ),
    (
        &["unshare", "clone3", "clone"],
        "EPERM",
        "You lack CAP_SYS_ADMIN in your user namespace, or a policy forbids it: `glassbox doctor` \
         says which.",
    ),
    (
        &["setns"],
        "EPERM",
        "Joining needs CAP_SYS_ADMIN in the user namespace that owns the target namespace. Nobody \
         in a box owns a namespace of the host.",
    ),
    (
        &["mount"],
        "EPERM",
        "You lack CAP_SYS_ADMIN in the user namespace that owns this mount namespace; a proc mount \
         also needs a PID namespace of your own.",
    ),
    (
        &["openat", "write"],
        "EPERM",
        "The rules for maps in user_namespaces(7): one write, ids of your own, and `deny` in \
         setgroups before gid_map.",
    ),
    (
        &[],
        "EPERM",
        "You lack the capability in the user namespace that owns this resource.",
    ),
    (
        &["write"],
        "EACCES",
        "A time namespace's offsets are frozen once a process is in it: time_namespaces(7).",
    ),
    (
        &["write"],
        "ERANGE",
        "With this offset the clock would be below zero, or farther from it than the kernel counts.",
    ),
    (
        &["write"],
        "EINVAL",
        "The kernel cannot read it so. In timens_offsets only the clocks monotonic and boottime are \
         known; a map has three numbers a line.",
    ),
    (
        &["unshare"],
        "EINVAL",
        "A second new PID namespace before the first one has a child, or flags that exclude each \
         other. It is not a matter of permission.",
    ),
    (
        &["setns"],
        "EINVAL",
        "You are in that user namespace already, or this process has several threads.",
    ),
    (
        &["umount2"],
        "EINVAL",
        "Nothing is mounted there, or the mount is locked: it came along from a more privileged \
         mount namespace (mount_namespaces(7)).",
    ),
    (
        &["fork", "clone3", "clone"],
        "ENOMEM",
        "PID 1 of the new child's PID namespace has ended, so the namespace takes no process any \
         more. There is memory enough (pid_namespaces(7)).",
    ),
    (
        &["unshare", "clone3", "clone"],
        "ENOSPC",
        "A limit on the number of namespaces is reached (/proc/sys/user/max_*_namespaces, or the \
         depth of 32). The disk is fine.",
    ),
    (
        &["fork", "clone3", "clone"],
        "EAGAIN",
        "A limit on the number of processes is reached: pids.max of a cgroup, or RLIMIT_NPROC.",
    ),
    (
        &["unshare", "clone3", "clone"],
        "EUSERS",
        "User namespaces are nested too deep (32 levels).",
    ),
    (
        &["pivot_root"],
        "EBUSY",
        "The new root, or the place for the old one, lies on the mount that is the root now. The \
         place for the old one must be at or below the new root, which is a mount of its own.",
    ),
    (
        &["pivot_root"],
        "EINVAL",
        "The new root is no mount point, or the place for the old one is not below it, or one of \
         the mounts around them is shared or locked.",
    ),
    (
        &["fchownat"],
        "EINVAL",
        "That user or group has no number outside: it is not in the uid_map or gid_map of your \
         user namespace.",
    ),
    (
        &["mount", "umount2"],
        "EBUSY",
        "Something still uses this mount.",
    ),
    (
        &["pidfd_send_signal"],
        "ESRCH",
        "The process has ended already.",
    ),
    (
        &["clone3", "unshare"],
        "ENOSYS",
        "This kernel, or a seccomp filter around us, does not have the call.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classic_errors_are_explained_where_they_happen() {
        assert!(advice("fork", Errno::ENOMEM).contains("PID 1"));
        assert!(advice("sethostname", Errno::EPERM).contains("UTS"));
        assert!(advice("chown", Errno::EPERM).contains("owns this resource"));
        assert_eq!(advice("fork", Errno::EIO), "");
    }

    #[test]
    fn every_row_names_a_real_errno() {
        for (_, name, text) in TABLE {
            assert!(Errno::from_name(name).is_some(), "{name}");
            assert!(!text.is_empty());
        }
    }
}

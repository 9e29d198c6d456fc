//! An error number in a learner's words: why this call fails with it, and the way on.
//!
//! The one place that turns (call, errno) into advice. What depends on the machine (sysctls,
//! AppArmor, seccomp) is `doctor`'s business. Sources: the manual pages named in the texts.

use super::{Errno, filter::Filter};

/// One or two sentences; empty where there is nothing better to say than the errno's own words. The
/// arguments are those of strace(1).
#[must_use]
pub fn advice(call: &str, args: &[String], errno: Errno) -> &'static str {
    let errno = errno.name();
    let about = about(call, args).map(|about| format!("{call} {about}"));
    let fits = |name: &str| name == call || about.as_deref() == Some(name);
    TABLE
        .iter()
        .find(|(calls, name, _)| {
            *name == errno && (calls.is_empty() || calls.iter().any(|call| fits(call)))
        })
        .map_or("", |(_, _, text)| text)
}

/// The same of EPERM in a process that a filter of system calls is in force for: seccomp(2).
#[must_use]
pub fn advice_filtered(call: &str, args: &[String]) -> &'static str {
    let refused = |filter: &Filter| filter.refuses().contains(&call);
    if Filter::ALL.iter().any(refused) {
        return "A seccomp filter is in force for this process, and it is asked before anybody looks at \
                capabilities.";
    }
    advice(call, args, Errno::EPERM)
}

/// What a call is about, where the reason depends on that: the type of a mount, the name of a file, a message.
fn about<'a>(call: &str, args: &'a [String]) -> Option<&'a str> {
    let quoted = match call {
        "mount" => args.get(2)?,
        "write" => args.first()?,
        "openat" | "sendmsg" => args.get(1)?,
        _ => return None,
    };
    quoted.trim_matches('"').rsplit('/').next()
}

/// First match wins; no calls means any call. `mount proc` is a mount of that type, `write uid_map`
/// one to a file of that name.
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
        "Joining needs CAP_SYS_ADMIN in the user namespace that owns the target namespace, and in \
         your own: setns(2).",
    ),
    (
        &["mount proc"],
        "EPERM",
        "A proc mount shows a PID namespace, and this one is not your user namespace's: unshare one \
         first. Where parts of /proc are covered, as in a container, it is refused, too.",
    ),
    (
        &["mount sysfs"],
        "EPERM",
        "A sysfs mount shows a network namespace, and this one is not your user namespace's: unshare \
         one first. Where parts of /sys are covered, as in a container, it is refused, too.",
    ),
    (
        &["mount mqueue"],
        "EPERM",
        "An mqueue mount shows an IPC namespace, and this one is not your user namespace's: unshare \
         one first.",
    ),
    (
        &["mount overlay"],
        "EPERM",
        "Before Linux 5.11, an overlay is for real root alone: `glassbox doctor` says what this kernel \
         allows.",
    ),
    (
        &["mount"],
        "EPERM",
        "You lack CAP_SYS_ADMIN in the user namespace that owns this mount namespace, or this kind of \
         filesystem, or this change of flags, is for real root alone.",
    ),
    (
        &[
            "write uid_map",
            "write gid_map",
            "openat uid_map",
            "openat gid_map",
        ],
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
        &["write timens_offsets"],
        "EACCES",
        "A time namespace's offsets are frozen once a process is in it: time_namespaces(7).",
    ),
    (
        &["write timens_offsets"],
        "ERANGE",
        "With this offset the clock would be below zero, or farther from it than the kernel counts.",
    ),
    (
        &["write timens_offsets"],
        "EINVAL",
        "The kernel cannot read it so: it knows the clocks monotonic and boottime here, and no other.",
    ),
    (
        &["write uid_map", "write gid_map"],
        "EINVAL",
        "The kernel cannot read it so: a map has three numbers a line, and no range twice.",
    ),
    (
        &["unshare"],
        "EINVAL",
        "A second new PID namespace by the same process (only its children can make another), or flags that \
         exclude each other, or a kind of namespace that this kernel does not have (time: from Linux 5.6). It is not a \
         matter of permission.",
    ),
    (
        &["setns"],
        "EINVAL",
        "The descriptor is no namespace of that kind, or a PID namespace that is not below yours; or you are \
         in that user namespace already, or this process has several threads.",
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
        &["setresuid", "setresgid"],
        "EINVAL",
        "That id is not in the uid_map or gid_map of your user namespace, so you cannot be it.",
    ),
    (
        &["bind"],
        "EADDRINUSE",
        "Somebody has that port or name already. A port is taken in one network namespace alone.",
    ),
    (
        &["connect"],
        "ENETUNREACH",
        "No route of this network namespace leads there, and without one the call does not even \
         try. An interface that is down has no route.",
    ),
    (
        &["connect"],
        "ECONNREFUSED",
        "Nobody listens there, in this network namespace.",
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
    (
        &["mq_open"],
        "ENOSYS",
        "This kernel was built without POSIX message queues. System V queues are another interface, and \
         may be there all the same.",
    ),
    (
        &["mount"],
        "ENODEV",
        "This kernel has no filesystem of that name, and found no module for it (modprobe(8) loads one, \
         if root asks).",
    ),
    (
        &["sendmsg RTM_NEWLINK"],
        "EOPNOTSUPP",
        "This kernel has no interface of that kind, and found no module for it (modprobe(8) loads one, \
         if root asks).",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classic_errors_are_explained_where_they_happen() {
        let advice = |call, args: &[&str], errno| {
            let args: Vec<String> = args.iter().map(ToString::to_string).collect();
            super::advice(call, &args, errno)
        };
        assert!(advice("fork", &[], Errno::ENOMEM).contains("PID 1"));
        assert!(advice("sethostname", &[], Errno::EPERM).contains("UTS"));
        assert!(advice("chown", &[], Errno::EPERM).contains("owns this resource"));
        assert!(advice_filtered("mkdirat", &[]).contains("seccomp"));
        assert_eq!(
            advice_filtered("pidfd_send_signal", &[]),
            advice("pidfd_send_signal", &[], Errno::EPERM)
        );
        assert_eq!(advice("fork", &[], Errno::EIO), "");
        assert!(advice("clone3", &[], Errno::ENOSPC).contains("disk is fine"));
        let proc = ["\"proc\"", "\"/tmp\"", "\"proc\"", "0", "NULL"];
        assert!(advice("mount", &proc, Errno::EPERM).contains("PID namespace"));
        let tmpfs = ["\"mine\"", "\"/tmp\"", "\"tmpfs\"", "0", "NULL"];
        assert!(!advice("mount", &tmpfs, Errno::EPERM).contains("PID namespace"));
        let map = ["\"/proc/self/uid_map\"", "\"0 5 1\""];
        assert!(advice("write", &map, Errno::EPERM).contains("ids of your own"));
        assert!(!advice("write", &["\"/tmp/x\""], Errno::EPERM).contains("ids of your own"));
    }

    #[test]
    fn what_a_kernel_lacks_is_no_matter_of_permission() {
        let overlay = ["\"none\"", "\"/mnt\"", "\"overlay\""].map(str::to_owned);
        let link = ["NETLINK_ROUTE".to_owned(), "RTM_NEWLINK".to_owned()];
        for (call, args, errno, what) in [
            ("mount", &overlay[..], Errno::EPERM, "5.11"),
            ("mount", &overlay[..], Errno::ENODEV, "module"),
            ("unshare", &[], Errno::EINVAL, "5.6"),
            ("mq_open", &[], Errno::ENOSYS, "message queues"),
            ("sendmsg", &link[..], Errno::EOPNOTSUPP, "module"),
        ] {
            let text = advice(call, args, errno);
            assert!(text.contains(what), "{call}: {text}");
        }
    }

    #[test]
    fn every_row_names_a_real_errno() {
        for (_, name, text) in TABLE {
            assert!(Errno::from_name(name).is_some(), "{name}");
            assert!(!text.is_empty());
        }
    }
}

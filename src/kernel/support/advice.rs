//! From a refusal to its cause and its remedy: the one table, from which `doctor` and the lesson list
//! quote. First the errno that the call gave, then the facts that tell one cause from another.

use super::attempt::{Failure, Step};
use super::environment::Environment;
use crate::model::{Errno, NsKind};

/// Why, and what to do about it; one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advice {
    pub(super) cause: String,
    pub(super) remedy: String,
}

fn advice(cause: impl Into<String>, remedy: impl Into<String>) -> Advice {
    Advice {
        cause: cause.into(),
        remedy: remedy.into(),
    }
}

/// The cause of a failed attempt.
pub(super) fn advise(failure: &Failure, environment: &Environment) -> Advice {
    lacking(failure, environment).unwrap_or_else(|| refused(failure, environment))
}

/// Something that this machine does not have.
fn lacking(failure: &Failure, environment: &Environment) -> Option<Advice> {
    Some(match (failure.step, failure.errno) {
        (Step::Unshare(kind), Some(Errno::EINVAL | Errno::ENOSYS)) => absent(kind, environment),
        (Step::CgroupPath, _) => advice(
            "we are in the root cgroup, or in the same one as PID 1: there is no path to hide",
            "start glassbox from a login session of systemd, or by `systemd-run --user --scope`",
        ),
        (Step::Overlay, Some(Errno::EPERM)) if environment.version < (5, 11) => advice(
            "overlay in a user namespace came with Linux 5.11",
            "boot a newer kernel, or use the VM of the README",
        ),
        (Step::Overlay, Some(Errno::ENODEV)) => advice(
            "this kernel has no overlay filesystem",
            "sudo modprobe overlay, or boot a kernel that has it",
        ),
        (Step::OverlayMarks, _) => advice(
            "the filesystem of /var/tmp has no user extended attributes (a tmpfs has them from \
             Linux 6.6 on)",
            "mount a filesystem with them there, such as ext4, or boot a newer kernel",
        ),
        (Step::OverlayOverEtc, Some(Errno::EINVAL)) => advice(
            "something is mounted below /etc that a user namespace may not uncover, as in containers",
            "start glassbox on the host or in a VM",
        ),
        (Step::WorkDir, _) => advice(
            "the learner cannot write to /var/tmp",
            "sudo chmod 1777 /var/tmp, if that is what it lacks",
        ),
        (Step::Link(kind), Some(Errno::EOPNOTSUPP)) => no_module(kind.name(), kind.name()),
        (Step::Keys, Some(Errno::ENOSYS)) => advice(
            "this kernel was built without keys",
            "boot a kernel that has them, or use the VM of the README",
        ),
        (Step::Keys, Some(Errno::EDQUOT)) => advice(
            "this user has as many keys as one may have: /proc/key-users",
            "end programs that hold keys, or sudo sysctl kernel.keys.maxkeys=2000",
        ),
        (Step::Mqueue, Some(Errno::ENOSYS)) => advice(
            "this kernel was built without POSIX message queues",
            "boot a kernel that has them, or use the VM of the README",
        ),
        (Step::NewMapProgram, _) => advice(
            "they are not installed",
            "install them (Debian, Ubuntu: sudo apt install uidmap)",
        ),
        (Step::SubIds, _) => subordinate_ids(environment),
        (Step::NewMap, None) if environment.no_new_privs => advice(
            "no_new_privs is set here, so no set-user-ID program gains anything",
            "start glassbox outside of what sets it, a container for instance",
        ),
        (Step::NewMap, None) => advice(
            "they are there, but did not write the maps: in a container, or without their \
             set-user-ID bit or file capabilities, they lack the right to",
            "reinstall uidmap, or start glassbox on the host or in a VM",
        ),
        // The kernel answers so for a queueing discipline that it does not have.
        (Step::Tbf, Some(Errno::ENOENT)) => no_module("token bucket filter", "sch_tbf"),
        _ => return None,
    })
}

fn subordinate_ids(environment: &Environment) -> Advice {
    const RANGE: &str = "--add-subuids 100000-165535 --add-subgids 100000-165535";
    match &environment.login {
        Some(name) => advice(
            format!("{name} has no range of subordinate ids in one of them"),
            format!("sudo usermod {RANGE} {name}"),
        ),
        None => advice(
            "the uid that glassbox runs lessons as has no account, so no range of subordinate ids",
            format!("start glassbox as an ordinary user, after: sudo usermod {RANGE} USER"),
        ),
    }
}

fn no_module(what: &str, module: &str) -> Advice {
    advice(
        format!("this kernel has no {what}: the module {module} is not there"),
        format!(
            "sudo modprobe {module}, after installing the kernel's modules (Ubuntu: \
             linux-modules-extra); or use the VM of the README"
        ),
    )
}

/// A rule, a limit or a policy.
fn refused(failure: &Failure, environment: &Environment) -> Advice {
    let refused = matches!(failure.errno, Some(Errno::EPERM | Errno::EACCES));
    match (failure.step, failure.errno) {
        (Step::Unshare(kind), Some(Errno::ENOSPC)) => limit(kind, environment),
        (Step::Unshare(NsKind::User), Some(Errno::EPERM))
            if environment.userns_clone == Some(0) =>
        {
            advice(
                "kernel.unprivileged_userns_clone is 0",
                "sudo sysctl kernel.unprivileged_userns_clone=1",
            )
        }
        (Step::Unshare(NsKind::User), Some(Errno::EPERM))
            if environment.chrooted && !environment.seccomp =>
        {
            advice(
                "a process in a chroot cannot create a user namespace",
                "leave the chroot and start glassbox outside",
            )
        }
        (Step::Proc, Some(Errno::EPERM)) if environment.proc_masked => advice(
            "parts of /proc are hidden by mounts, as container engines do",
            "run glassbox on the host, or start the container with --security-opt unmask=ALL \
             (podman) or --security-opt systempaths=unconfined (docker)",
        ),
        _ if refused && environment.apparmor_restrict == Some(1) => apparmor(),
        _ if refused && environment.seccomp => seccomp(environment),
        _ if refused && confined(&environment.label) => advice(
            format!(
                "a security module confines this process: {}",
                environment.label
            ),
            "start glassbox without that profile, or allow it user namespaces and capabilities there",
        ),
        // A chroot(2) to a mount of its own looks like any other root from inside.
        (Step::Unshare(NsKind::User), Some(Errno::EPERM)) => advice(
            "no setting explains it; in a chroot the kernel refuses so, and security modules may",
            "leave the chroot, if this is one; else try the VM of the README, and report this line",
        ),
        _ => advice(
            "glassbox knows no reason for this",
            "try another machine or the VM of the README, and report this line",
        ),
    }
}

/// What to do when a probe process said nothing: a filter that kills is the one known reason.
pub(super) fn after_silence(environment: &Environment) -> String {
    if environment.seccomp {
        seccomp(environment).remedy
    } else {
        "run `glassbox doctor` again; if it stays so, report this line".to_owned()
    }
}

/// What a limit that stops us must be raised to, at least.
const ENOUGH: u64 = 15_000;

/// Each user namespace around ours has a limit of its own, and only that of ours can be read.
fn limit(kind: NsKind, environment: &Environment) -> Advice {
    let sysctl = format!("user.max_{}_namespaces", kind.name());
    let raise = format!("sudo sysctl {sysctl}={ENOUGH}");
    match environment.max(kind) {
        Some(0) => advice(format!("{sysctl} is 0"), raise),
        Some(most) if most < ENOUGH => advice(
            format!("{sysctl} is {most}, and this user has so many"),
            raise,
        ),
        _ if matches!(kind, NsKind::User | NsKind::Pid) => advice(
            format!(
                "{kind} namespaces are nested 32 deep already, or a limit {sysctl} is reached",
                kind = kind.name()
            ),
            "start glassbox farther out: on the host, not inside nested containers or unshare(1)",
        ),
        _ => advice(
            format!("the limit {sysctl} is reached, here or in a user namespace around this one"),
            "start glassbox on the host, or end programs that hold many namespaces (see lsns(8))",
        ),
    }
}

fn absent(kind: NsKind, environment: &Environment) -> Advice {
    let remedy = "boot a kernel that has it, or use the VM of the README";
    if kind == NsKind::Time && environment.version < (5, 6) {
        return advice("time namespaces came with Linux 5.6", remedy);
    }
    advice(
        format!("this kernel was built without {} namespaces", kind.name()),
        remedy,
    )
}

fn apparmor() -> Advice {
    advice(
        "AppArmor allows user namespaces but no capabilities in them \
         (kernel.apparmor_restrict_unprivileged_userns is 1)",
        "give glassbox an AppArmor profile with `userns,`, or \
         sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    )
}

fn seccomp(environment: &Environment) -> Advice {
    let remedy = "run glassbox outside the container, or start it with --privileged, or with \
                  --security-opt seccomp=unconfined --security-opt apparmor=unconfined";
    if environment.clone3_absent && environment.version >= (5, 3) {
        return advice(
            "the seccomp filter of a container engine forbids it",
            remedy,
        );
    }
    advice(
        "a seccomp filter is on this process and may forbid it",
        remedy,
    )
}

/// AppArmor says `unconfined`, SELinux `...:unconfined_t:...`; an empty label is no module at all.
fn confined(label: &str) -> bool {
    !label.is_empty() && !label.contains("unconfined") && label != "kernel"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::op::net::LinkKind;

    const USER: Step = Step::Unshare(NsKind::User);

    fn plain() -> Environment {
        Environment {
            version: (6, 12),
            max: [Some(15_000); 8],
            label: "unconfined".to_owned(),
            ..Environment::default()
        }
    }

    #[track_caller]
    fn case(
        step: Step,
        errno: Errno,
        change: impl Fn(&mut Environment),
        cause: &str,
        remedy: &str,
    ) {
        let mut environment = plain();
        change(&mut environment);
        let failure = Failure {
            step,
            errno: Some(errno),
        };
        let advice = advise(&failure, &environment);
        assert!(advice.cause.contains(cause), "{advice:?}");
        assert!(advice.remedy.contains(remedy), "{advice:?}");
    }

    #[test]
    #[rustfmt::skip]
    fn each_condition_has_its_cause_and_remedy() {
        let eperm = Errno::EPERM;
        case(USER, Errno::ENOSPC, |e| e.max[NsKind::User as usize] = Some(0), "user.max_user_namespaces is 0", "sudo sysctl user.max_user_namespaces=15000");
        case(Step::Unshare(NsKind::Net), Errno::ENOSPC, |e| e.max[NsKind::Net as usize] = Some(3), "user.max_net_namespaces is 3", "user.max_net_namespaces=");
        case(USER, Errno::ENOSPC, |_| {}, "nested 32 deep", "farther out");
        case(Step::Unshare(NsKind::Uts), Errno::ENOSPC, |_| {}, "around this one", "lsns(8)");
        case(Step::Mqueue, Errno::ENOSYS, |_| {}, "without POSIX message queues", "boot a kernel");
        case(USER, eperm, |e| e.userns_clone = Some(0), "unprivileged_userns_clone is 0", "unprivileged_userns_clone=1");
        case(USER, eperm, |e| e.chrooted = true, "chroot", "leave the chroot");
        case(USER, eperm, |e| { e.seccomp = true; e.clone3_absent = true; }, "container engine forbids", "seccomp=unconfined");
        case(USER, eperm, |e| e.seccomp = true, "may forbid", "outside the container");
        case(USER, Errno::EINVAL, |_| {}, "built without user", "kernel");
        case(Step::Unshare(NsKind::Time), Errno::EINVAL, |e| e.version = (5, 4), "Linux 5.6", "kernel");
        case(Step::Setgroups, Errno::EACCES, |e| e.apparmor_restrict = Some(1), "AppArmor", "apparmor_restrict_unprivileged_userns=0");
        case(Step::UidMap, eperm, |e| e.apparmor_restrict = Some(1), "AppArmor", "userns,");
        case(Step::Tmpfs, Errno::EACCES, |e| e.apparmor_restrict = Some(1), "AppArmor", "userns,");
        case(Step::Proc, eperm, |e| e.proc_masked = true, "/proc are hidden", "unmask=ALL");
        case(Step::Sethostname, eperm, |e| e.seccomp = true, "seccomp", "seccomp=unconfined");
        case(Step::Overlay, eperm, |e| e.version = (5, 10), "Linux 5.11", "newer kernel");
        case(Step::Overlay, Errno::ENODEV, |_| {}, "no overlay", "modprobe overlay");
        case(Step::OverlayMarks, Errno::EIO, |_| {}, "extended attributes", "ext4");
        case(Step::OverlayOverEtc, Errno::EINVAL, |_| {}, "below /etc", "on the host");
        case(Step::WorkDir, Errno::EACCES, |_| {}, "/var/tmp", "chmod 1777");
        case(Step::Link(LinkKind::Veth), Errno::EOPNOTSUPP, |_| {}, "no veth", "modprobe veth");
        case(Step::SubIds, eperm, |_| {}, "no account", "as an ordinary user");
        case(Step::SubIds, eperm, |e| e.login = Some("ana".to_owned()), "ana has no range", "100000-165535 ana");
        case(Step::NewMapProgram, Errno::ENOENT, |_| {}, "not installed", "apt install uidmap");
        case(Step::Tbf, Errno::ENOENT, |_| {}, "sch_tbf", "modprobe sch_tbf");
        case(Step::Link(LinkKind::Bridge), eperm, |e| e.apparmor_restrict = Some(1), "AppArmor", "userns,");
        case(Step::Tmpfs, eperm, |e| e.label = "demo (enforce)".to_owned(), "demo (enforce)", "profile");
    }

    #[test]
    #[rustfmt::skip]
    fn facts_without_their_errno_explain_nothing() {
        let unknown = "no reason";
        case(USER, Errno::EPERM, |_| {}, "no setting explains it", "if this is one");
        case(USER, Errno::ENOMEM, |e| e.userns_clone = Some(0), unknown, "report");
        case(USER, Errno::EPERM, |e| e.userns_clone = Some(1), "no setting explains it", "report");
        case(Step::Tmpfs, Errno::EBUSY, |e| e.seccomp = true, unknown, "report");
        case(Step::Proc, Errno::EPERM, |e| e.chrooted = true, unknown, "report");
        case(Step::Tmpfs, Errno::EPERM, |e| e.label = "a:b:unconfined_t:s0".to_owned(), unknown, "report");
        case(Step::Tmpfs, Errno::EPERM, |e| e.label = String::new(), unknown, "report");
        case(Step::Overlay, Errno::EPERM, |_| {}, unknown, "report");
        case(Step::Setgroups, Errno::EACCES, |e| e.apparmor_restrict = Some(0), unknown, "report");
    }

    #[test]
    fn a_filter_matters_more_than_a_chroot_beside_it() {
        let both = |e: &mut Environment| {
            e.seccomp = true;
            e.chrooted = true;
        };
        case(USER, Errno::EPERM, both, "seccomp", "container");
    }
}

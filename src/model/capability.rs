//! What each capability lets a process do, in a few words: capabilities(7). And over what: for many the
//! kernel asks in the user namespace of the machine alone. Used by the desk and by `inspect`.

use crate::model::op::Cap;

/// Over what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Over what the user namespace owns in which a process has it.
    Box,
    /// Over the machine, and in a box over nothing.
    Machine,
}

/// In the order of their bits.
const MEANS: [(&str, Reach); 41] = [
    ("Give files to other users", Reach::Box),
    (
        "Read, write and execute files whatever their modes say",
        Reach::Box,
    ),
    (
        "Read files and search directories whatever their modes say",
        Reach::Box,
    ),
    (
        "Do with any file what is its owner's to do, chmod(2) for instance",
        Reach::Box,
    ),
    (
        "Keep set-user-ID and set-group-ID bits of a file that is changed",
        Reach::Box,
    ),
    ("Send signals to processes of other users", Reach::Box),
    ("Take any group id and any list of groups", Reach::Box),
    ("Take any user id", Reach::Box),
    (
        "Take capabilities out of the bounding set, and into the inheritable one",
        Reach::Box,
    ),
    (
        "Set the immutable and append-only flags of files",
        Reach::Machine,
    ),
    ("Bind a port below 1024", Reach::Box),
    (
        "Hear the netlink messages of other network namespaces that have a number in its own",
        Reach::Box,
    ),
    (
        "Set up interfaces, addresses, routes and firewalls",
        Reach::Box,
    ),
    (
        "Open raw and packet sockets, as ping and tcpdump do",
        Reach::Box,
    ),
    (
        "Lock shared memory segments of other users; in the machine's user namespace also memory beyond RLIMIT_MEMLOCK",
        Reach::Box,
    ),
    (
        "Use System V IPC objects whatever their modes say",
        Reach::Box,
    ),
    ("Load and unload kernel modules", Reach::Machine),
    ("Reach ports and memory of the hardware", Reach::Machine),
    (
        "Call chroot(2), and setns(2) into a mount namespace",
        Reach::Box,
    ),
    ("Trace and look into processes of other users", Reach::Box),
    ("Switch process accounting on and off", Reach::Machine),
    (
        "Mount, set the hostname, make namespaces, and much more",
        Reach::Box,
    ),
    (
        "Call reboot(2): in the first PID namespace that is the machine, in another one it ends process 1",
        Reach::Box,
    ),
    (
        "Set priorities and CPUs of processes of other users; in the machine's user namespace also raise one's own",
        Reach::Box,
    ),
    (
        "Set resource limits of processes of other users: prlimit(2); in the machine's user namespace also raise hard ones",
        Reach::Box,
    ),
    ("Set the clock of the machine", Reach::Machine),
    ("Hang up terminals, and set up virtual ones", Reach::Machine),
    ("Make device nodes", Reach::Machine),
    (
        "Take leases on files of other users: fcntl(2)",
        Reach::Machine,
    ),
    (
        "Write records of its own into the audit log",
        Reach::Machine,
    ),
    ("Switch auditing on and off", Reach::Machine),
    (
        "Give capabilities to program files, which count in the box alone",
        Reach::Box,
    ),
    ("Override mandatory access control (Smack)", Reach::Machine),
    (
        "Change the rules of mandatory access control (Smack, AppArmor)",
        Reach::Machine,
    ),
    (
        "Read and clear the kernel's log where that is restricted",
        Reach::Machine,
    ),
    ("Set a timer that wakes up the machine", Reach::Machine),
    ("Keep the machine from being suspended", Reach::Machine),
    ("Read the audit log", Reach::Machine),
    ("Watch the performance of the whole machine", Reach::Machine),
    ("Load BPF programs of more kinds", Reach::Machine),
    (
        "Choose the number of the next process, as restoring one wants it",
        Reach::Box,
    ),
];

/// What it lets a process do, and over what.
#[must_use]
pub fn means(cap: Cap) -> (&'static str, Reach) {
    MEANS[cap.bit().trailing_zeros() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_has_its_words() {
        let of = |name: &str| means(Cap::try_from(name.to_owned()).expect(name));
        assert!(of("CAP_CHOWN").0.contains("files"));
        assert!(of("CAP_NET_BIND_SERVICE").0.contains("1024"));
        assert_eq!(of("CAP_MKNOD"), ("Make device nodes", Reach::Machine));
        assert!(of("CAP_CHECKPOINT_RESTORE").0.contains("next process"));
        assert_eq!(Cap::all().count(), MEANS.len());
    }
}

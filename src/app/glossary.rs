//! The words that glassbox uses on the screen, for the help page. One sentence each, and true.

/// A word, and what it means here.
pub const WORDS: &[(&str, &str)] = &[
    (
        "host",
        "the Linux you logged in to: your VM, if you use one, not your laptop",
    ),
    (
        "box",
        "a container that we build by hand: real processes, started by glassbox",
    ),
    (
        "helper",
        "the process of glassbox that makes a box's system calls; `box:helper` in ps",
    ),
    (
        "spawner",
        "the process of glassbox that starts the helpers and the eyes",
    ),
    (
        "eye",
        "a small process of glassbox that looks from inside the box",
    ),
    (
        "seen from",
        "who looked: the same thing may have two names, one from each side",
    ),
    (
        "namespace",
        "what a process sees of one kind of thing: process numbers, hostname, mounts, ...",
    ),
    (
        "inode number",
        "names a namespace while it lives; the same number on both sides is the same one",
    ),
    (
        "system call",
        "the way a process asks the kernel for something; section 2 of the manual",
    ),
    (
        "errno",
        "the number by which a refused system call says why: EPERM, EINVAL, ...",
    ),
    ("PID", "the number of a process in one PID namespace"),
    (
        "capability",
        "one of some forty pieces of what root may do; it counts over what a user namespace owns",
    ),
    (
        "cgroup",
        "a group of processes, and a directory: its files count and limit what they use (lesson 11)",
    ),
    (
        "controller",
        "what the kernel has for one kind of limit on cgroups: cpu, memory, pids, io, ...",
    ),
    (
        "hierarchy",
        "a tree of cgroups: v2 has one for everything, v1 one for each controller or two",
    ),
    (
        "v1, v2, hybrid",
        "the two versions of cgroups; hybrid: this machine has both, each controller in one of them",
    ),
    (
        "passed on",
        "of a controller, with v2: cgroups one level below have its files, too",
    ),
    (
        "knob",
        "a file of a cgroup that a limit is written to: cpu.max, or pids.max",
    ),
    (
        "result",
        "what a system call returned; -1 and an errno if it failed",
    ),
    (
        "needs real root",
        "only uid 0 of the host may do it, not uid 0 of a box",
    ),
];

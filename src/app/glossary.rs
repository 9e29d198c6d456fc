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
        "result",
        "what a system call returned; -1 and an errno if it failed",
    ),
    (
        "needs real root",
        "only uid 0 of the host may do it, not uid 0 of a box",
    ),
];

//! What popular articles get wrong, and where a lesson asks for it before it shows it. Part of the
//! tests of the lessons; starts nothing.

use glassbox::lesson::library;

/// The misconception in a few words, then lesson and step whose prediction meets it.
const FACTS: &[(&str, &str, usize)] = &[
    ("a mount namespace has files of its own", "05-mount", 4),
    ("an IPC namespace covers /dev/shm", "09-ipc", 5),
    ("one kernel has one port 80", "08-net", 2),
    (
        "publishing a port is a matter of the container",
        "08-sockets",
        3,
    ),
    (
        "without --fork, unshare --pid is out of memory",
        "02-pid",
        6,
    ),
    ("unshare(2) makes its caller number 1", "02-pid", 1),
    (
        "a cgroup limits what nobody has set a limit on",
        "13-cpu-weight",
        1,
    ),
    (
        "a cgroup counts only what processes allocate",
        "14-page-cache",
        1,
    ),
    ("a CPU limit takes CPUs out of sight", "13-cpuset", 1),
    ("namespaces separate everything", "22-what-is-shared", 1),
    (
        "a container has all eight kinds of namespaces",
        "20-finish-the-container",
        2,
    ),
    ("isolation costs CPU", "20-what-it-costs", 2),
    ("a container boots", "20-what-it-costs", 3),
    ("uid 0 may do everything", "17-chown", 2),
    ("a low port is for root", "17-port-80", 5),
    ("no_new_privs makes sudo fail to start", "18-set-user-id", 3),
    ("--privileged has no limits", "19-with-privileged", 4),
    ("the number of a namespace is proof", "08-net-names", 4),
    ("a weight counts on any disk", "20-limit-the-container", 1),
];

/// Each wrong choice says why, so that whoever believes the article learns where it does hold.
#[test]
fn what_articles_get_wrong_is_asked_somewhere() {
    let lessons = library::embedded().expect("they are good");
    let asked = |id: &str, step: usize| {
        let lesson = lessons.iter().find(|lesson| lesson.id == id)?;
        lesson.steps.get(step - 1)?.predict.as_ref()
    };
    let missing: Vec<String> = FACTS
        .iter()
        .filter(|(_, id, step)| asked(id, *step).is_none())
        .map(|(fact, id, step)| format!("{fact}: {id}.{step} asks nothing"))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

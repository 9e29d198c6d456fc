//! Machines that refuse: for each known refusal, `doctor` names its cause and its remedy, `verify`
//! skips with the same words, and the first screen and the lesson list say them. Each refusal is made
//! for our own processes only: by a user namespace of theirs, or by a filter on them. Those that need a
//! whole machine (settings of the host, kernels without a module, AppArmor) are in `tests/vm.rs`.

mod common;

use std::process::{Command, Output};

use serde_json::Value;

use common::leaks::LeakCheck;
use common::pty::Pty;
use common::users::{self, Installed, User};
use common::{report, seccomp};

/// How a machine that refuses is made, and what must be said about it.
struct Refusal {
    /// What is refused.
    what: &'static str,
    made: Made,
    /// The lesson that cannot run, and the first thing that it lacks.
    lesson: &'static str,
    lacks: &'static str,
    /// The call and its errno, then why.
    cause: &'static str,
    remedy: &'static str,
    /// A lesson that runs all the same.
    runs: Option<&'static str>,
}

/// How the refusal is made.
enum Made {
    /// In a new user namespace with these options of unshare(1), after these lines of shell.
    Inside(&'static str, &'static str),
    /// Behind a filter.
    Filter(&'static [(nix::libc::c_long, Option<u32>, i32)]),
}

/// A limit of 0 for a kind of namespace, in a user namespace of ours: the file is that namespace's own.
const fn none_of(
    what: &'static str,
    shell: &'static str,
    lesson: &'static str,
    cause: &'static str,
    remedy: &'static str,
    runs: Option<&'static str>,
) -> Refusal {
    Refusal {
        what,
        made: Made::Inside("-Ur", shell),
        lesson,
        lacks: what,
        cause,
        remedy,
        runs,
    }
}

#[rustfmt::skip]
const REFUSALS: &[Refusal] = &[
    none_of("userns", "echo 0 > /proc/sys/user/max_user_namespaces", "02-pid",
        "unshare(CLONE_NEWUSER) = ENOSPC: user.max_user_namespaces is 0", "sudo sysctl user.max_user_namespaces=15000", None),
    none_of("net", "echo 0 > /proc/sys/user/max_net_namespaces", "08-net",
        "unshare(CLONE_NEWNET) = ENOSPC: user.max_net_namespaces is 0", "sudo sysctl user.max_net_namespaces=15000", Some("01-uts")),
    none_of("time", "echo 0 > /proc/sys/user/max_time_namespaces", "10-time",
        "unshare(CLONE_NEWTIME) = ENOSPC: user.max_time_namespaces is 0", "sudo sysctl user.max_time_namespaces=15000", Some("01-uts")),
    // As many user namespaces inside each other as the kernel takes: the last one is ours, and nothing fits in it.
    Refusal {
        what: "no user namespace fits in this one",
        made: Made::Inside("-Ur", "if unshare -Ur true; then exec unshare -Ur sh -c \"$SELF\" sh \"$@\"; fi 2>/dev/null"),
        lesson: "02-pid", lacks: "userns",
        cause: "unshare(CLONE_NEWUSER) = ENOSPC: user namespaces are nested 32 deep already",
        remedy: "start glassbox farther out",
        runs: None,
    },
    Refusal {
        what: "one user namespace fits, and none in that one",
        made: Made::Inside("-Ur", "if unshare -Ur unshare -Ur true; then exec unshare -Ur sh -c \"$SELF\" sh \"$@\"; fi 2>/dev/null"),
        lesson: "03-user", lacks: "nested-userns",
        cause: "unshare(CLONE_NEWUSER) = ENOSPC: user namespaces are nested 32 deep already",
        remedy: "start glassbox farther out",
        runs: Some("01-uts"),
    },
    Refusal {
        what: "parts of /proc are covered, as container engines do",
        made: Made::Inside("-Urm", "mount -t tmpfs none /proc/irq"),
        lesson: "02-pid", lacks: "proc-mount",
        cause: "mount(proc) = EPERM: parts of /proc are hidden by mounts",
        remedy: "run glassbox on the host, or start the container with --security-opt unmask=ALL",
        runs: Some("01-uts"),
    },
    Refusal {
        what: "a chroot",
        made: Made::Inside("-Urm", "mount --rbind /proc \"$ROOT/proc\"; mount --rbind /dev \"$ROOT/dev\"; shift; set -- chroot \"$ROOT\" /glassbox \"$@\""),
        lesson: "02-pid", lacks: "userns",
        cause: "unshare(CLONE_NEWUSER) = EPERM: a process in a chroot cannot create a user namespace",
        remedy: "leave the chroot",
        runs: None,
    },
    Refusal {
        what: "newuidmap is not installed",
        made: Made::Inside("-Ur", "PATH=/nowhere"),
        lesson: "03-user-ranges", lacks: "newuidmap",
        cause: "looking for newuidmap and newgidmap in PATH: they are not installed",
        remedy: "install them (Debian, Ubuntu: sudo apt install uidmap)",
        runs: Some("03-user"),
    },
    Refusal {
        what: "no subordinate ids",
        made: Made::Inside("-Urm", "mount --bind /dev/null /etc/subuid"),
        lesson: "03-user-ranges", lacks: "newuidmap",
        cause: "reading /etc/subuid and /etc/subgid: root has no range of subordinate ids",
        remedy: "sudo usermod --add-subuids 100000-165535",
        runs: Some("03-user"),
    },
    Refusal {
        what: "docker's filter",
        made: Made::Filter(seccomp::DOCKER),
        lesson: "02-pid", lacks: "userns",
        cause: "unshare(CLONE_NEWUSER) = EPERM: the seccomp filter of a container engine forbids it",
        remedy: "run glassbox outside the container",
        runs: None,
    },
    Refusal {
        what: "a kernel without POSIX message queues",
        made: Made::Filter(seccomp::NO_MQUEUE),
        lesson: "09-ipc", lacks: "mqueue",
        cause: "mq_open(O_CREAT) = ENOSYS: this kernel was built without POSIX message queues",
        remedy: "boot a kernel that has them",
        runs: Some("01-uts"),
    },
    Refusal {
        what: "a kernel without time namespaces",
        made: Made::Filter(seccomp::NO_TIME),
        lesson: "10-time", lacks: "time",
        cause: "unshare(CLONE_NEWTIME) = EINVAL: this kernel was built without time namespaces",
        remedy: "boot a kernel that has it",
        runs: Some("01-uts"),
    },
];

/// No progress is kept: a chroot has no folder for it.
const NOWHERE: &str = "/dev/null/none";

/// Where one is tried: by whom, with which binary, and the folder for the chroot.
struct Place {
    user: User,
    installed: Installed,
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Result<Self, String> {
        let user = users::ordinary()?;
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        let root = tempfile::Builder::new().permissions(open).tempdir();
        let root = root.map_err(|error| error.to_string())?;
        for folder in ["proc", "dev"] {
            std::fs::create_dir(root.path().join(folder)).expect("a folder");
        }
        std::fs::copy(common::glassbox(), root.path().join("glassbox")).expect("copy the binary");
        Ok(Self {
            user,
            installed: Installed::new(),
            root,
        })
    }

    /// glassbox with these arguments, refused.
    fn glassbox(&self, made: &Made, arguments: &[&str]) -> Command {
        let binary = self.installed.path();
        match made {
            Made::Filter(refusals) => {
                let mut command = self.user.command(&binary);
                command.args(arguments);
                seccomp::refuse(&mut command, refusals);
                command
            }
            Made::Inside(options, lines) => {
                let script = format!("{lines}\nexec \"$@\"");
                let mut command = self.user.command("unshare");
                command.args([options, "sh", "-euc", &script, "sh"]);
                command.arg(&binary).args(arguments);
                command.env("SELF", &script).env("ROOT", self.root.path());
                command
            }
        }
    }

    fn output(&self, made: &Made, arguments: &[&str]) -> Output {
        let mut command = self.glassbox(made, arguments);
        command.output().expect("run unshare, or glassbox")
    }
}

#[test]
fn each_refusal_is_named_with_its_remedy() {
    let place = match Place::new() {
        Ok(place) => place,
        Err(why) => skip!("{why}"),
    };
    let check = LeakCheck::begin();
    for refusal in REFUSALS {
        let position = doctor_predicts(&place, refusal);
        verify_skips(&place, refusal);
        the_list_greys_it(&place, refusal, position);
    }
    check.end();
}

/// Where the lesson stands in the list.
fn doctor_predicts(place: &Place, refusal: &Refusal) -> usize {
    let what = refusal.what;
    let output = place.output(&refusal.made, &["doctor", "--json"]);
    let complaints = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{what}: {error}: {complaints}"));
    let lessons = report["lessons"].as_array().expect("a list");
    // Only core lessons make a machine unready.
    let stops = |lesson: &Value| lesson["core"] == true && lesson["runs"] == false;
    let code = if lessons.iter().any(stops) { 3 } else { 0 };
    assert_eq!(output.status.code(), Some(code), "{what}: {complaints}");
    assert_eq!(report["ready"], code == 0, "{what}");
    let position = lessons.iter().position(|l| l["id"] == refusal.lesson);
    let position = position.expect("that lesson");
    let lesson = &lessons[position];
    assert_eq!(lesson["runs"], false, "{what}: {lesson}");
    let lack = &lesson["missing"][0];
    assert_eq!(lack["name"], refusal.lacks, "{what}: {lesson}");
    says(lack["detail"].as_str(), refusal.cause, what);
    says(lack["remedy"].as_str(), refusal.remedy, what);
    if let Some(runs) = refusal.runs {
        let other = lessons.iter().find(|lesson| lesson["id"] == runs);
        assert_eq!(other.expect("that lesson")["runs"], true, "{what}: {runs}");
    }
    position
}

fn verify_skips(place: &Place, refusal: &Refusal) {
    let what = refusal.what;
    let lessons: Vec<&str> = std::iter::once(refusal.lesson)
        .chain(refusal.runs)
        .collect();
    let arguments: Vec<&str> = ["verify", "--json"].into_iter().chain(lessons).collect();
    let output = place.output(&refusal.made, &arguments);
    let report = report::parse(&output, what);
    let skipped = report["lessons"].as_array().expect("a list").iter();
    let mut skipped = skipped.filter(|lesson| lesson["id"] == refusal.lesson);
    let reason = skipped.next().expect("that lesson")["reason"].as_str();
    says(reason, refusal.cause, what);
    says(reason, refusal.remedy, what);
    match refusal.runs {
        Some(_) => report::assert_passed_but(&output, what, &[refusal.lesson]),
        None => assert_eq!(
            (output.status.code(), &report["skipped"]),
            (Some(3), &1.into())
        ),
    }
}

fn the_list_greys_it(place: &Place, refusal: &Refusal, position: usize) {
    let command = place.glassbox(&refusal.made, &["learn", "--state", NOWHERE]);
    let mut pty = Pty::start(command, 50, 120);
    the_first_screen_says_it(&pty, refusal);
    pty.wait_for("a container is a process");
    pty.press(&"j".repeat(position));
    let number = refusal.lesson.split('-').next().expect("a number");
    let row = format!(" > {number} ");
    pty.wait_until("the lesson under the cursor", |screen| {
        let text = screen.contents();
        text.lines().any(|line| line.starts_with(&row))
    });
    let screen = pty.screen();
    let chosen = screen.lines().find(|line| line.starts_with(&row));
    let chosen = chosen.expect("the row").trim_end();
    assert!(chosen.ends_with("cannot run"), "{}: {chosen}", refusal.what);
    // What is too long for one line goes on in the next.
    let words: Vec<&str> = screen.split_whitespace().collect();
    let words = words.join(" ");
    // What else fails for the same reason is named with it.
    let told = words.split("cannot run here: ").nth(1);
    let names = told.and_then(|told| Some(told.split_once(&format!(": {}", refusal.cause))?.0));
    let names: Vec<&str> = names.unwrap_or_default().split(", ").collect();
    assert!(names.contains(&refusal.lacks), "{}: {words}", refusal.what);
    says(
        Some(&words),
        &format!("remedy: {}", refusal.remedy),
        refusal.what,
    );
    pty.press("q");
    assert_eq!(pty.exit_code(), 0, "{}: {}", refusal.what, pty.screen());
    assert_eq!(pty.stains(), Vec::<String>::new(), "{}", refusal.what);
}

/// Where nothing runs, it gives the cause and the remedies in order, and leads to the list.
fn the_first_screen_says_it(pty: &Pty, refusal: &Refusal) {
    pty.wait_for("lessons run here");
    if refusal.runs.is_some() {
        pty.press("\x1b");
        return;
    }
    let screen = pty.screen();
    let words = screen.split_whitespace().filter(|word| *word != "│");
    let words = words.collect::<Vec<&str>>().join(" ");
    for part in [
        " 0 of ",
        refusal.cause,
        &format!("1. {}", refusal.remedy),
        "no recordings",
    ] {
        says(Some(&words), part, refusal.what);
    }
    pty.press("\r");
}

#[track_caller]
fn says(text: Option<&str>, wanted: &str, what: &str) {
    let text = text.unwrap_or_default();
    assert!(text.contains(wanted), "{what}: no {wanted:?} in: {text}");
}

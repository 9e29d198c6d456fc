//! The screens of `glassbox map` and `glassbox inspect` on a real terminal: alone, from the lesson list,
//! and under sudo, where the ui is the learner and root looks for it.

mod common;

use std::process::Command;

use common::family;
use common::leaks::LeakCheck;
use common::made::Made;
use common::pty::Pty;
use common::users::{self, Installed, User};

const UNSHARED: &str = "echo ready; read x";
const EVIL: &str = "printf 'e\\033]0;x\\007\\n' >/proc/self/comm";

fn start(command: &mut Command, args: &[&str]) -> Pty {
    command.args(args);
    Pty::start(std::mem::replace(command, Command::new("true")), 30, 100)
}

fn own(installed: &Installed, args: &[&str]) -> Pty {
    start(&mut Command::new(installed.path()), args)
}

fn quit(mut pty: Pty) {
    pty.press("q");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(pty.stains(), Vec::<String>::new());
}

/// Looks for one namespace on the map, and at the process in it.
fn find(pty: &Pty, kind: &str, id: u64) {
    pty.wait_for("map of namespaces");
    pty.press(&format!("/{kind} {id}"));
    pty.wait_for("1 found");
    pty.wait_for(&format!("{kind} {id}: "));
    pty.press("\r");
    pty.wait_for("reads only");
}

fn uid(pid: i32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("status");
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let uids = line.expect("a line").split_whitespace().next();
    uids.expect("a number").to_owned()
}

/// Of all its threads.
fn children(pid: i32) -> Vec<i32> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("threads");
    let lists = threads.filter_map(|thread| {
        let path = thread.ok()?.path().join("children");
        std::fs::read_to_string(path).ok()
    });
    let all: Vec<String> = lists.collect();
    let numbers = all.iter().flat_map(|list| list.split_whitespace());
    numbers.map(|pid| pid.parse().expect("a number")).collect()
}

/// Another user, and root to be denied something of.
fn another() -> Option<User> {
    users::ordinary().ok().filter(|_| users::is_root())
}

#[test]
fn a_namespace_is_found_on_the_map_and_its_process_inspected_until_it_ends() {
    let (installed, check) = (Installed::new(), LeakCheck::begin());
    let Some(made) = Made::new(&["-Urn"], UNSHARED) else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    let (pid, net) = (made.pid(), made.ns("net"));
    let pty = own(&installed, &["map"]);
    find(&pty, "net", net);
    pty.wait_for(&format!("inspect {pid} sh"));
    pty.wait_for(&net.to_string());
    // The other panels, each of which tells something or says why not.
    for key in "1345689acdegnpruvz".chars() {
        pty.press(&key.to_string());
        pty.wait_for(&format!("[{key}]"));
    }
    drop(made);
    pty.press("2");
    pty.wait_for(&format!("process {pid} has ended"));
    pty.press("\x1b");
    pty.wait_for("map of namespaces");
    quit(pty);
    check.end();
}

#[test]
fn a_process_is_chosen_from_the_list_and_two_are_compared() {
    let (installed, check) = (Installed::new(), LeakCheck::begin());
    let both = ["-Urpf", "-Urnpf"].map(|words| Made::new(&[words], UNSHARED));
    let [Some(left), Some(right)] = both else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    let pty = own(&installed, &["inspect"]);
    pty.wait_for("sorted by cpu");
    pty.press(&format!("/container unshare {}", left.child()));
    pty.wait_for("1 found");
    // Tab: the keys are keys again.
    pty.press("\t ");
    pty.wait_for(&format!("Enter compares {}", left.child()));
    pty.press("\x1b");
    pty.wait_for("CONTAINER");
    pty.press(&format!("/container unshare {}", right.child()));
    pty.wait_for("1 found");
    pty.press("\r");
    pty.wait_for(&format!("inspect {} sh", left.child()));
    pty.press("i");
    let net = format!("{:<12} {:<12} different", left.ns("net"), right.ns("net"));
    pty.wait_for(&net);
    drop((left, right));
    quit(pty);
    check.end();
}

/// They start nothing and become nobody else, whoever called sudo.
#[test]
fn alone_they_are_one_process_with_the_callers_privileges() {
    let (installed, check) = (Installed::new(), LeakCheck::begin());
    for words in [&["map"][..], &["inspect", "1"], &["inspect"]] {
        let mut command = Command::new(installed.path());
        command.env("SUDO_UID", "1000").env("SUDO_GID", "1000");
        let pty = start(&mut command, words);
        pty.wait_for("q quit");
        let ui = family::child_called(pty.pid(), "glassbox:ui");
        assert_eq!(children(pty.pid()), [ui], "{words:?}");
        assert!(children(ui).is_empty(), "{words:?}");
        assert_eq!(uid(ui), nix::unistd::geteuid().to_string(), "{words:?}");
        quit(pty);
    }
    check.end();
}

#[test]
fn what_is_denied_is_said_with_the_command_that_shows_it() {
    let Some(user) = another() else {
        skip!("needs root, to be denied something as another user");
    };
    let (installed, check) = (Installed::new(), LeakCheck::begin());
    let pty = start(&mut user.command(installed.path()), &["map"]);
    pty.wait_for("All of it: sudo glassbox map");
    quit(pty);
    let pty = start(&mut user.command(installed.path()), &["inspect"]);
    pty.wait_for("sudo glassbox inspect");
    quit(pty);
    let me = std::process::id().to_string();
    let pty = start(&mut user.command(installed.path()), &["inspect", &me]);
    pty.wait_for(&format!("root may see it: sudo glassbox inspect {me}"));
    quit(pty);
    check.end();
}

#[test]
fn under_sudo_root_looks_for_a_ui_that_is_the_learner() {
    let Some(user) = another() else {
        skip!("needs root, and another user");
    };
    let (installed, check) = (Installed::new(), LeakCheck::begin());
    let Some(made) = Made::new(&["-n"], UNSHARED) else {
        check.end();
        skip!("unshare(1) makes no network namespace here");
    };
    let mut command = Command::new(installed.path());
    let ids = [("SUDO_UID", user.uid), ("SUDO_GID", user.gid)];
    command.envs(ids.map(|(name, id)| (name, id.to_string())));
    command.arg("--state").arg(installed.state());
    let pty = start(&mut command, &[]);
    // The first screen of a first start, and the list.
    pty.wait_for("lessons run here");
    pty.press("\x1b");
    pty.wait_for("M map");
    let ui = family::child_called(pty.pid(), "glassbox:ui");
    assert_eq!(uid(ui), user.uid.to_string());
    pty.press("M");
    find(&pty, "net", made.ns("net"));
    pty.wait_for(&format!("inspect {} sh", made.pid()));
    pty.wait_for(&made.ns("net").to_string());
    pty.press("\x1b");
    pty.wait_for("map of namespaces");
    // What is searched for is closed first.
    pty.press("\x1b");
    pty.wait_for("HELD BY");
    pty.press("\x1b");
    pty.wait_for("M map");
    drop(made);
    quit(pty);
    check.end();
}

#[test]
fn a_hostile_container_stays_text_on_every_screen() {
    let (installed, check) = (Installed::new(), LeakCheck::begin());
    let script = format!(
        "set -e
        mount -t tmpfs none /mnt
        evil=$(printf '/mnt/\\033]52;c;AAAA\\007\\033[31m')
        mkdir \"$evil\" /mnt/etc
        mount -t tmpfs -o ro none \"$evil\"
        mkfifo /mnt/etc/hostname /mnt/etc/passwd /mnt/etc/group
        mount --bind /mnt/etc /etc
        touch \"$evil.ns\"; mount --bind /proc/self/ns/net \"$evil.ns\" || true
        printf 'a\\033[31mb' 2>/dev/null >/proc/sys/kernel/hostname || true
        {EVIL}
        echo ready; read x"
    );
    let Some(made) = Made::new(&["-Urmupnf", "--mount-proc"], &script) else {
        check.end();
        skip!("unshare(1) makes no user namespace here, or the mounts are refused");
    };
    let pid = made.child();
    let mut bytes = Vec::new();
    let pty = own(&installed, &["map"]);
    pty.wait_for("map of namespaces");
    pty.press("/0;x");
    pty.wait_for("e\\e]0;x\\x07");
    pty.press("\t");
    bytes.extend(pty.bytes());
    quit(pty);
    for words in [&["inspect"][..], &["inspect", &pid]] {
        let pty = own(&installed, words);
        pty.wait_for("e\\e]0;x\\x07");
        if words.len() > 1 {
            for key in "1345689acdegnpruvzi".chars() {
                pty.press(&key.to_string());
                if key != 'i' {
                    pty.wait_for(&format!("[{key}]"));
                }
            }
            pty.wait_for("its numbers");
        }
        bytes.extend(pty.bytes());
        quit(pty);
    }
    for evil in [&b"\x1b]0;x"[..], b"\x1b]52;c;AAAA", b"a\x1b[31mb"] {
        let reached = bytes.windows(evil.len()).any(|window| window == evil);
        assert!(!reached, "{evil:?} reached the terminal");
    }
    drop(made);
    check.end();
}

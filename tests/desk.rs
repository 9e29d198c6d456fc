//! `glassbox lab`: a program in a box from any set of switches, with its streams and its exit code, and
//! nothing left; nobody else ended, also where the box has no namespace at all; the same on a terminal,
//! and a shell on the desk.

mod common;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use common::family;
use common::leaks::LeakCheck;
use common::pty::Pty;
use common::session::{Role, roles};
use common::users::{self, Installed};

/// Runs it with this on standard input.
fn lab(role: &Role, installed: &Installed, args: &[&str], input: &str) -> Output {
    let mut command = match role {
        Role::Own => Command::new(installed.path()),
        Role::Ordinary(user) => user.command(installed.path()),
    };
    command.arg("lab").args(args);
    let pipes = command.stdin(Stdio::piped());
    let pipes = pipes.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("run glassbox");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("write");
    drop(stdin);
    child.wait_with_output().expect("wait")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit code, standard output and standard error.
fn told(output: &Output) -> (Option<i32>, String, String) {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output.status.code(), out, err)
}

#[test]
fn streams_and_exit_codes_are_the_programs() {
    for role in roles() {
        let (installed, leaks) = (Installed::new(), LeakCheck::begin());
        let run = |args: &[&str]| told(&lab(&role, &installed, args, "typed\n"));
        let script = "read word; echo got $word; echo no >&2; exit 7";
        for ns in ["none", "uts", "all"] {
            let (code, out, err) = run(&["--ns", ns, "--", "sh", "-c", script]);
            assert_eq!(
                (code, out.as_str()),
                (Some(7), "got typed\n"),
                "{ns}: {err}"
            );
            assert_eq!(err, "no\n");
        }
        let killed = run(&["--ns", "pid", "--", "sh", "-c", "kill -9 $$"]);
        assert_eq!(killed.0, Some(137), "{}", killed.2);
        let absent = run(&["--", "no-such-program"]);
        assert_eq!(absent.0, Some(127));
        assert!(absent.2.contains("no-such-program"), "{}", absent.2);
        let plain = run(&["--", "/etc/passwd"]);
        assert_eq!(plain.0, Some(126), "{}", plain.2);
        let wrong = run(&["--memory", "lots", "--", "true"]);
        assert_eq!(wrong.0, Some(2));
        assert!(wrong.2.contains("--memory `lots`"), "{}", wrong.2);
        leaks.end();
    }
}

#[test]
fn each_root_is_what_it_says() {
    for role in roles() {
        let (installed, leaks) = (Installed::new(), LeakCheck::begin());
        let sh = |args: &[&str], script: &str| {
            let args = [args, &["--", "sh", "-c", script]].concat();
            told(&lab(&role, &installed, &args, ""))
        };
        let marker = format!("/tmp/glassbox-desk-{}", std::process::id());
        let own = sh(
            &["--ns", "all", "--root", "own"],
            &format!("touch {marker}; ls /home; echo $?"),
        );
        assert!(own.1.ends_with("2\n"), "an own root has no /home: {own:?}");
        assert!(!std::path::Path::new(&marker).exists());
        let sealed = sh(
            &["--root", "own", "--read-only"],
            "touch /x || echo refused",
        );
        assert_eq!(sealed.1, "refused\n", "{sealed:?}");
        let bare = sh(&["--root", "ro"], "touch /x || echo refused");
        assert_eq!(bare.1, "refused\n", "{bare:?}");
        let above = sh(
            &["--root", "overlay"],
            "echo mine > /etc/glassbox-desk; cat /etc/glassbox-desk",
        );
        assert_eq!(above.1, "mine\n", "{above:?}");
        assert!(!std::path::Path::new("/etc/glassbox-desk").exists());
        let only = sh(&["--ns", "pid,mnt"], "ps -e | wc -l");
        assert!(
            only.1.trim().parse::<u32>().is_ok_and(|lines| lines < 10),
            "{only:?}"
        );
        leaks.end();
    }
}

/// Both the program and process 1 of its box.
#[test]
fn what_docker_would_take_away_is_taken_away() {
    for role in roles() {
        let (installed, leaks) = (Installed::new(), LeakCheck::begin());
        let line = "docker run --cap-drop ALL --cap-add NET_BIND_SERVICE --security-opt \
                    no-new-privileges --read-only --hostname web --init --frobnicate alpine false";
        let script = "hostname; grep -hE '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status \
                      /proc/1/status; touch /x 2>&1 | grep -o Read-only; unshare --uts true || echo no";
        let args = ["--docker", line, "--", "sh", "-c", script];
        let (code, out, err) = told(&lab(&role, &installed, &args, ""));
        leaks.end();
        let one = "CapEff:\t0000000000000400\nNoNewPrivs:\t1\nSeccomp:\t2\n";
        let wanted = format!("web\n{one}{one}Read-only\nno\n");
        assert_eq!((code, out), (Some(0), wanted), "{err}");
        assert!(err.contains("`--frobnicate` is not known"), "{err}");
    }
}

#[test]
fn the_lines_of_other_tools_are_shown_and_nothing_is_started() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let args = ["--ns", "pid,uts", "--show", "--", "no-such-program"];
    let (code, out, err) = told(&lab(&Role::Own, &installed, &args, ""));
    leaks.end();
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines = out.lines().filter(|line| !line.starts_with('#'));
    let tools: Vec<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(tools, ["glassbox", "unshare", "bwrap", "docker"], "{out}");
}

#[test]
fn facts_of_both_sides_are_told() {
    for role in roles() {
        let (installed, leaks) = (Installed::new(), LeakCheck::begin());
        let args = [
            "--ns",
            "pid,uts",
            "--hostname",
            "web",
            "--json",
            "--",
            "true",
        ];
        let (code, out, err) = told(&lab(&role, &installed, &args, ""));
        assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
        let facts: serde_json::Value = serde_json::from_str(&err).expect("JSON");
        assert_eq!(facts["hostname"]["box"], "web");
        assert_ne!(facts["hostname"]["host"], "web");
        assert_eq!(facts["exit"]["code"], 0);
        for namespace in facts["namespaces"].as_array().expect("a list") {
            let asked = namespace["asked"].as_bool().expect("a bool");
            let other = namespace["host"] != namespace["box"];
            assert!(namespace["box"].is_u64(), "{namespace}");
            assert_eq!(asked, other, "{namespace}");
        }
        leaks.end();
    }
}

#[test]
fn limits_hold_or_there_is_no_box() {
    for role in roles() {
        let (installed, leaks) = (Installed::new(), LeakCheck::begin());
        let args = [
            "--pids", "7", "--memory", "32M", "--cpus", "0.2", "--json", "--", "true",
        ];
        let (code, out, err) = told(&lab(&role, &installed, &args, ""));
        leaks.end();
        if code == Some(125) {
            assert!(err.contains("no cgroup can be made"), "{err}");
            assert!(err.lines().count() > 1, "a remedy is named: {err}");
            continue;
        }
        assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
        let facts: serde_json::Value = serde_json::from_str(&err).expect("JSON");
        assert_eq!(facts["cgroup"]["pids"]["max"], 7);
        assert_eq!(facts["cgroup"]["memory"]["max"], 32 << 20);
        assert_eq!(facts["cgroup"]["cpu"]["quota_usec"], 20_000);
    }
}

/// Once, everybody in the user namespace of the box was ended with it, and that was the host's.
#[test]
fn a_box_without_namespaces_ends_nobody_else() {
    let Some(Role::Ordinary(user)) = roles()
        .into_iter()
        .find(|role| matches!(role, Role::Ordinary(_)))
    else {
        skip!("it takes two users: the one who tests must not be the one who may be ended");
    };
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let mut bystander = user.command("/bin/sleep").arg("60").spawn().expect("sleep");
    let output = lab(&Role::Ordinary(user), &installed, &["--", "true"], "");
    let lives = bystander.try_wait().expect("wait").is_none();
    bystander.kill().expect("kill");
    bystander.wait().expect("wait");
    assert_eq!(told(&output).0, Some(0), "{}", text(&output.stderr));
    assert!(lives, "a process that is not ours was ended");
    leaks.end();
}

/// `glassbox lab` on a terminal.
fn on_terminal(role: &Role, installed: &Installed, args: &[&str]) -> Pty {
    let mut command = match role {
        Role::Own => Command::new(installed.path()),
        Role::Ordinary(user) => user.command(installed.path()),
    };
    command.arg("lab").args(args);
    command.env("SHELL", "/bin/sh").env_remove("ENV");
    Pty::start(command, 24, 80)
}

/// What the switches say of capabilities and filters holds for the shell, too, not for process 1 alone.
#[test]
fn a_shell_on_the_desk_is_held_to_the_switches() {
    let line = "docker run --cap-drop ALL --cap-add KILL --security-opt no-new-privileges alpine";
    for role in roles() {
        let (installed, leaks) = (Installed::new(), LeakCheck::begin());
        let mut pty = on_terminal(&role, &installed, &["--docker", line]);
        pty.wait_for("no box yet");
        pty.press("\r");
        pty.wait_for("the box is as the switches say");
        pty.wait_for("seen from init");
        pty.press("s");
        pty.wait_for("[box]");
        is_held(&pty);
        pty.press("\x1dqy");
        assert_eq!(pty.exit_code(), 0);
        assert_eq!(pty.stains(), Vec::<String>::new());
        leaks.end();
    }
}

/// The shell there has CAP_KILL alone, bit 5, no_new_privs and a filter.
fn is_held(pty: &Pty) {
    let lines = [
        ("Cap[EPB].*0000000000000020", 3),
        ("NoNewPrivs:.1", 1),
        ("Seccomp:.2", 1),
    ];
    for (at, (line, count)) in lines.into_iter().enumerate() {
        let found = format!("found-{at}=$(grep -c '{line}' /proc/self/status)");
        pty.press(&format!("clear; echo {found}\r"));
        pty.wait_for(&format!("found-{at}={count}"));
    }
}

/// So is one that comes in from another terminal: to the limits, too, if root may set them here.
#[test]
fn a_visitor_on_the_desk_is_held_to_the_switches() {
    let line = "docker run --cap-drop ALL --cap-add KILL --security-opt no-new-privileges";
    for role in roles() {
        let limits = matches!(role, Role::Own) && users::is_root();
        let line = format!(
            "{line} {} alpine",
            if limits { "--pids-limit 30" } else { "" }
        );
        let (installed, leaks) = (Installed::new(), LeakCheck::begin());
        let mut pty = on_terminal(&role, &installed, &["--docker", &line]);
        pty.wait_for("no box yet");
        pty.press("\r");
        pty.wait_for("the box is as the switches say");
        pty.wait_for("seen from init");
        let ui = family::child_called(pty.pid(), "glassbox:ui");
        let mut command = match &role {
            Role::Own => Command::new(installed.path()),
            Role::Ordinary(user) => user.command(installed.path()),
        };
        command.args(["shell", "--of", &ui.to_string()]);
        command.env("SHELL", "/bin/sh").env_remove("ENV");
        let mut visitor = Pty::start(command, 24, 80);
        visitor.wait_for("[box]");
        is_held(&visitor);
        // From inside the path begins at the box's cgroup.
        let shell = family::descendants(visitor.pid()).pop().expect("a shell");
        let cgroups = std::fs::read_to_string(format!("/proc/{shell}/cgroup"));
        let cgroups = cgroups.expect("read its cgroups");
        assert_eq!(cgroups.contains("/glassbox-"), limits, "{cgroups}");
        visitor.press("exit 7\r");
        assert_eq!(visitor.exit_code(), 7);
        assert_eq!(visitor.stains(), Vec::<String>::new());
        pty.press("qy");
        assert_eq!(pty.exit_code(), 0);
        leaks.end();
    }
}

/// The program has a terminal of its own; ours is as before, however it ends.
#[test]
fn a_program_on_a_terminal() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let mut pty = on_terminal(&Role::Own, &installed, &["--ns", "pid,mnt", "--", "sh"]);
    pty.wait_for("# ");
    pty.press("stty size; tty; printf '\\033[?1049h\\033[?25l'; exit 7\r");
    assert_eq!(pty.exit_code(), 7);
    let bytes = text(&pty.bytes());
    assert!(bytes.contains("24 80"), "{bytes}");
    assert_eq!(pty.stains(), Vec::<String>::new());
    leaks.end();
}

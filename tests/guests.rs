//! `glassbox shell`: a running box entered from another terminal. Facts follow what is typed there, job
//! control works, the box's end is the end of the shell, and that terminal never enters the box.

mod common;

use std::process::Command;
use std::time::Duration;

use common::family;
use common::pty::Pty;
use common::session::{Role, Session, roles};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const PROMPT: &str = "[box]";

/// A terminal beside that of the session, as the same user: its shell's prompt is `OUT>`.
fn other_terminal(session: &Session, role: &Role) -> Pty {
    let mut command = match role {
        Role::Own => Command::new("/bin/sh"),
        Role::Ordinary(user) => user.command("/bin/sh"),
    };
    command
        .arg("-i")
        .env("PS1", "OUT> ")
        .env("SHELL", "/bin/sh")
        .env("GB", session.installed.path())
        // Others may be testing on this machine.
        .env("UI", session.ui.to_string())
        .env_remove("ENV");
    let pty = Pty::start(command, 24, 80);
    pty.wait_for("OUT>");
    pty
}

fn wait_outside(other: &Pty) {
    other.wait_until("the prompt outside", |screen| {
        screen.contents().trim_end().ends_with("OUT>")
    });
}

fn leave(session: Session, mut other: Pty, how: &str) {
    session.pty.press("qy");
    other.press("exit\r");
    other.exit_code();
    session.ends_cleanly(0, how);
}

#[test]
fn a_box_is_entered_from_another_terminal() {
    for role in roles() {
        let session = Session::at("01-uts", &role, &[]);
        let other = other_terminal(&session, &role);
        other.press("$GB shell --of $UI\r");
        other.wait_for(PROMPT);
        session.pty.wait_for("seen from guest");
        other.press("unshare --uts sh\r");
        session.pty.wait_for("seen from sh ");
        other.press("hostname from-outside\r");
        session.pty.wait_for("from-outside");
        other.press("sleep 4720\r");
        session.pty.wait_for("seen from sleep");
        other.press("\x1a");
        other.wait_for("Stopped");
        session.pty.wait_for("seen from sh ");
        other.press("fg\r");
        session.pty.wait_for("seen from sleep");
        other.press("\x03");
        session.pty.wait_for("seen from sh ");
        other.press("exit\r");
        session.pty.wait_for("seen from guest");
        // What is typed ahead is typed in the box.
        other.press("exit 7\r");
        wait_outside(&other);
        other.press("echo code=$?\r");
        other.wait_for("code=7");
        session.pty.wait_for("seen from helper");
        leave(session, other, &format!("a visit, {role:?}"));
    }
}

/// What an entered shell holds (G10, G11): a terminal of its own and no other descriptor, nothing of the
/// caller's but the name of the terminal, and in the box what a shell of the screen has.
#[test]
fn an_entered_shell_holds_what_it_must_and_no_more() {
    for role in roles() {
        let session = Session::at("02-pid.4", &role, &[]);
        let other = other_terminal(&session, &role);
        // What the caller has open, exports or forbids itself does not come along.
        other.press("exec 7< /etc/passwd; export SECRET=caller; umask 077; cd /tmp\r");
        other.press("$GB shell --of $UI box\r");
        other.wait_for(PROMPT);
        let check = |line: &str, wanted: &str| {
            other.press(&format!("clear; {line}\r"));
            other.wait_for(wanted);
        };
        let others = "ls -l /proc/$$/fd | grep -cvE '/dev/pts/|/dev/tty|pipe:|total'";
        check(&format!("echo others=$({others})"), "others=0");
        check(
            "echo me=$(id -u) $(grep -c 'CapEff.*ff$' /proc/self/status)",
            "me=0 1",
        );
        check(
            "grep NoNewPrivs /proc/self/status | tr '\\t' =",
            "NoNewPrivs:=0",
        );
        check("grep ^Seccomp: /proc/self/status | tr '\\t' =", "Seccomp:=");
        check("test -t 0 && test -t 1 && test -t 2 && echo a tty", "a tty");
        check(
            "grep -E '^Sig(Blk|Ign):' /proc/self/status | grep -c 0000000000000000$",
            "2",
        );
        check("echo secret=${SECRET-none}", "secret=none");
        check("echo mask=$(umask)", "mask=0022");
        let namespaces = "for n in pid mnt user; do test $(readlink /proc/self/ns/$n) = \
            $(readlink /proc/1/ns/$n) && echo same-$n; done";
        check(namespaces, "same-user");
        other.press("exit\r");
        wait_outside(&other);
        leave(session, other, &format!("a look around, {role:?}"));
    }
}

/// However the box comes to its end, nobody stays in it, and the terminal is its owner's again.
#[test]
fn the_end_of_the_box_is_the_end_of_the_shell() {
    for killed in [false, true] {
        let mut session = Session::at("00-labels", &Role::Own, &[]);
        let other = other_terminal(&session, &Role::Own);
        other.press("$GB shell --of $UI box\r");
        other.wait_for(PROMPT);
        other.press("nohup setsid sleep 4721 > /dev/null 2>&1 & sleep 4722\r");
        session.pty.wait_for("seen from sleep");
        if killed {
            kill(Pid::from_raw(session.ui), Signal::SIGKILL).expect("kill");
        } else {
            session.pty.press("qy");
        }
        session.pty.exit_code();
        other.wait_for("glassbox: the ");
        wait_outside(&other);
        other.press("stty -a | grep -c ' echo '; echo there=$((40 + 2))\r");
        other.wait_for("there=42");
        let mut other = other;
        other.press("exit\r");
        other.exit_code();
        let left = session.check.finish();
        assert_eq!(left, Vec::<String>::new(), "after kill -9: {killed}");
    }
}

/// Nearly every box is called box: what somebody does in another glassbox's is not ours to show.
#[test]
fn another_glassbox_has_shells_of_its_own() {
    let session = Session::at("00-labels", &Role::Own, &[]);
    let other = other_terminal(&session, &Role::Own);
    other.press("$GB learn 01-uts\r");
    other.wait_for("seen from helper");
    other.press("\ts");
    other.wait_for(PROMPT);
    // What the step has started, every sample from then on has seen.
    session.pty.press("\r");
    session.pty.wait_for("seen from demo");
    let screen = session.pty.screen();
    let listed = |line: &&str| line.contains("<-");
    let names: Vec<&str> = screen.lines().filter(listed).collect();
    assert!(!names.is_empty(), "no process list in {screen}");
    let strangers = names.iter().filter(|line| line.contains(" sh "));
    assert_eq!(strangers.count(), 0, "{screen}");
    other.press("\x1dqy");
    wait_outside(&other);
    leave(session, other, "two glassboxes");
}

#[test]
fn without_a_box_it_says_so() {
    let session = Session::at("00-labels", &Role::Own, &[]);
    let other = other_terminal(&session, &Role::Own);
    other.press("$GB shell no-such; echo code=$?\r");
    other.wait_for("there is no such box");
    other.wait_for("code=3");
    other.press("clear; echo | $GB shell; echo code=$?\r");
    other.wait_for("this is not a terminal");
    leave(session, other, "no such box");
}

/// The keeper of a guest is no child of ours; killed, it takes nobody with it, and nobody stays.
#[test]
fn a_keeper_that_is_killed() {
    let session = Session::at("00-labels", &Role::Own, &[]);
    let mut other = other_terminal(&session, &Role::Own);
    other.press("$GB shell --of $UI box\r");
    other.wait_for(PROMPT);
    session.pty.wait_for("seen from guest");
    let [_, _, keeper, shell] = visit(&other);
    kill(Pid::from_raw(keeper), Signal::SIGKILL).expect("kill");
    family::gone_within(shell, Duration::from_secs(1), "its keeper was killed");
    other.wait_for("OUT> ");
    session.pty.press("qy");
    other.press("\rexit\r");
    other.exit_code();
    session.ends_cleanly(0, "a keeper that was killed");
}

/// Guardian, client, keeper and shell of a visit to a box without a pid namespace.
fn visit(other: &Pty) -> [i32; 4] {
    let guardian = family::child_called(other.pid(), "glassbox");
    let client = family::child_called(guardian, "glassbox:shell");
    let keeper = family::child_called(client, "box:keeper");
    [guardian, client, keeper, family::child_called(keeper, "sh")]
}

/// Types a line into the terminal on its standard input: TIOCSTI in ioctl_tty(2). Only outside is GB set.
const PUSH: &str = "perl -e 'for my $fd (*STDIN, *STDOUT, *STDERR) { \
    ioctl($fd, 0x5412, $_) or exit 1 for split //, qq(echo from=\\${GB+outside}\\n) }' \
    && echo pushed=$((40 + 2)) || echo pushed=$((40 + 1))";

/// G11: what is pushed into the terminal of the box stays in the box, where outside it would be executed.
#[test]
fn nothing_is_typed_into_the_callers_terminal_from_inside() {
    let session = Session::at("00-labels", &Role::Own, &[]);
    let other = other_terminal(&session, &Role::Own);
    let prompt_outside = |other: &Pty| {
        other.press("clear\r");
        other.wait_until("an empty screen", |screen| {
            screen.contents().trim_end() == "OUT>"
        });
    };
    other.press(&format!("{PUSH}\r"));
    other.wait_until("what became of it", |screen| {
        screen.contents().contains("pushed=42") || screen.contents().contains("pushed=41")
    });
    if other.screen().contains("pushed=41") {
        leave(session, other, "no attempt");
        skip!("no perl, or dev.tty.legacy_tiocsti is 0: nothing could be pushed anyway");
    }
    other.wait_for("from=outside");
    prompt_outside(&other);
    other.press("$GB shell --of $UI box\r");
    other.wait_for(PROMPT);
    other.press(&format!("{PUSH}\r"));
    other.wait_for("pushed=42");
    other.press(&format!("exec {PUSH}\r"));
    wait_outside(&other);
    other.press("echo there=$((40 + 2))\r");
    other.wait_for("there=42");
    let screen = other.screen();
    assert!(!screen.contains("from=outside"), "{screen}");
    leave(session, other, "something was pushed");
}

/// Whoever is killed while a program draws: the terminal is as before, and nobody is left.
#[test]
fn a_visit_that_is_killed_gives_the_terminal_back() {
    for victim in 0..4 {
        let session = Session::at("00-labels", &Role::Own, &[]);
        let other = other_terminal(&session, &Role::Own);
        other.press("$GB shell --of $UI box\r");
        other.wait_for(PROMPT);
        other.press("printf '\\033[?1049h\\033[?1000h\\033[?25l\\033[31m'; sleep 4723\r");
        other.wait_until("a program that draws", |screen| {
            screen.alternate_screen() && screen.hide_cursor()
        });
        session.pty.wait_for("seen from sleep");
        let all = visit(&other);
        kill(Pid::from_raw(all[victim]), Signal::SIGKILL).expect("kill");
        other.wait_until("the screen from before", |screen| {
            !screen.alternate_screen()
        });
        for pid in all {
            let why = format!("number {victim} of {all:?} was killed");
            family::gone_within(pid, Duration::from_secs(2), &why);
        }
        other.press("\rstty -a | grep -c ' echo '; echo there=$((40 + 2))\r");
        other.wait_for("1\nthere=42");
        assert_eq!(other.modes_that_stain(), Vec::<String>::new(), "{victim}");
        leave(session, other, &format!("kill -9 of number {victim}"));
    }
}

#[test]
fn the_size_is_that_of_the_callers_terminal() {
    let session = Session::at("02-pid.4", &Role::Own, &[]);
    let other = other_terminal(&session, &Role::Own);
    other.resize(31, 99);
    other.press("$GB shell --of $UI box\r");
    other.wait_for(PROMPT);
    other.press("stty size\r");
    other.wait_for("31 99");
    let told = "trap 'stty size' WINCH; echo look=$((40 + 2)); while :; do sleep 0.1; done";
    other.press(&format!("clear; sh -c \"{told}\"\r"));
    other.wait_for("look=42");
    other.resize(17, 55);
    other.wait_for("17 55");
    other.press("\x03exit\r");
    wait_outside(&other);
    leave(session, other, "a new size");
}

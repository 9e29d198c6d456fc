//! Shells in glassbox on a real terminal: job control, what the panels follow, output and input
//! without measure; and that nothing of them is left, whoever dies (guarantees G1, G7, G11, G14).

mod common;

use std::time::{Duration, Instant};

use common::family;
use common::processes::{Row, Table};
use common::session::{Role, Session, roles};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Ctrl-], as terminals send it.
const LEAVE: &str = "\x1d";
const PROMPT: &str = "[box]";

/// A session with a shell in its box that has the keys.
fn in_box(place: &str, role: &Role) -> Session {
    let session = Session::at(place, role, &[("SHELL", "/bin/sh")]);
    session.pty.press("\ts");
    session.pty.wait_for(PROMPT);
    session
}

fn quits(session: Session, how: &str) {
    session.pty.press(&format!("{LEAVE}qy"));
    session.ends_cleanly(0, how);
}

/// The panels show what is typed: the lead is whoever is in the foreground.
#[test]
fn what_is_typed_in_a_box_is_seen_beside_it() {
    for role in roles() {
        let session = in_box("01-uts", &role);
        session.pty.wait_for("seen from shell");
        session.pty.press("unshare --uts sh\r");
        session.pty.wait_for("seen from sh ");
        session.pty.press("hostname typed-here\r");
        session
            .pty
            .wait_until("the new name in the panel", |screen| {
                let row = |row: &String| row.contains("uname -n") && row.contains("typed-here");
                screen.rows(0, 80).any(|text| row(&text))
            });
        session.pty.press("exit\r");
        session.pty.wait_for("seen from shell");
        session.pty.press("exit 3\r");
        session.pty.wait_for("the shell of box has ended: exit 3");
        session.pty.press("qy");
        session.ends_cleanly(0, &format!("a shell in a box, {role:?}"));
    }
}

#[test]
fn job_control_works_in_a_pid_namespace_and_without() {
    for place in ["00-labels", "02-pid.3"] {
        let session = in_box(place, &Role::Own);
        session.pty.press("sleep 4711\r");
        session.pty.wait_for("seen from sleep");
        session.pty.press("\x1a");
        session.pty.wait_for("Stopped");
        session.pty.press("\rbg; jobs\r");
        session.pty.wait_for("Running");
        session.pty.wait_for("seen from shell");
        session.pty.press("fg\r");
        session.pty.wait_for("seen from sleep");
        session.pty.press("\x03");
        session.pty.press("echo status=$?\r");
        session.pty.wait_for("status=130");
        quits(session, place);
    }
}

/// What a box's shell holds (G10, G11): its own terminal and no other descriptor, uid 0 inside with
/// all capabilities, no handle to the learner's session.
#[test]
fn a_boxs_shell_holds_what_it_must_and_no_more() {
    let session = in_box("00-labels", &Role::Own);
    // The rest is what command substitution itself has open, and the terminal once more.
    let others = "ls -l /proc/$$/fd | grep -cvE '/dev/pts/|/dev/tty|pipe:|total'";
    session.pty.press(&format!("echo others=$({others})\r"));
    session.pty.wait_for("others=0");
    session
        .pty
        .press("clear; echo me=$(id -u) $(grep -c 'CapEff.*00$' /proc/self/status)\r");
    session.pty.wait_for("me=0 0");
    session
        .pty
        .press("clear; grep NoNewPrivs /proc/self/status | tr '\\t' =\r");
    session.pty.wait_for("NoNewPrivs:=0");
    session
        .pty
        .press("clear; test -t 0 && ps -o tpgid= -p $$ | grep -q . && echo has a tty\r");
    session.pty.wait_for("has a tty");
    quits(session, "a look around");
}

#[test]
fn a_shell_on_the_host_is_the_learners_and_ends_with_us() {
    for role in roles() {
        let session = Session::at(
            "00-labels",
            &role,
            &[("SHELL", "/bin/sh"), ("PS1", "HOST> ")],
        );
        session.pty.press("s");
        session.pty.wait_for("HOST>");
        session.pty.press("echo u=$(readlink /proc/self/ns/user)\r");
        let own = std::fs::read_link("/proc/self/ns/user").expect("our own user namespace");
        session.pty.wait_for(&format!("u={}", own.display()));
        session
            .pty
            .press("nohup setsid sleep 4712 > /dev/null 2>&1 & echo in the back\r");
        session.pty.wait_for("in the back");
        quits(session, &format!("a shell on the host, {role:?}"));
    }
}

/// Whatever a shell leaves in the background ends with its box, and with us, whoever is killed.
#[test]
fn what_a_shell_leaves_behind_ends_with_its_box() {
    type Choose = fn(&Session) -> i32;
    let victims: [(&str, Choose); 6] = [
        ("the guardian", |session| session.pty.pid()),
        ("the ui", |session| session.ui),
        ("the spawner", |session| spawner(session)),
        ("the keeper", |session| {
            family::child_called(spawner(session), "box:keeper")
        }),
        ("the helper", |session| {
            family::child_called(spawner(session), "box:helper")
        }),
        ("the shell", |session| {
            let keeper = family::child_called(spawner(session), "box:keeper");
            family::child_called(keeper, "sh")
        }),
    ];
    for role in roles() {
        for (name, victim) in victims {
            let mut session = in_box("00-labels", &role);
            session
                .pty
                .press("nohup setsid sleep 4713 > /dev/null 2>&1 & sleep 4714\r");
            let jobs = [running("sleep 4713"), running("sleep 4714")];
            kill(Pid::from_raw(victim(&session)), Signal::SIGKILL).expect("kill");
            match name {
                "the guardian" | "the ui" => {
                    session.pty.exit_code();
                }
                _ => {
                    // Whoever it was, leaving the box ends everything that was in it.
                    session.pty.press(&format!("{LEAVE}q"));
                    session.pty.press("y");
                    session.pty.exit_code();
                }
            }
            for job in jobs {
                family::gone_within(job, Duration::from_secs(1), name);
            }
            let left = session.check.finish();
            assert_eq!(left, Vec::<String>::new(), "after {name} as {role:?}");
        }
    }
}

/// Those with other ids of a box are nobody whom we could signal from outside.
#[test]
fn what_runs_with_another_id_of_the_box_ends_as_well() {
    let user = match common::users::ordinary() {
        Ok(user) => user,
        Err(why) => skip!("{why}"),
    };
    let may = std::fs::read_to_string("/etc/subuid").unwrap_or_default();
    let owns = |line: &str| line.split(':').next() == Some(user.name.as_str());
    if !may.lines().any(owns) || !std::path::Path::new("/usr/bin/newuidmap").exists() {
        skip!("no range of ids, or no newuidmap");
    }
    let session = in_box("03-user-ranges.3", &Role::Ordinary(user));
    let command = "setpriv --reuid 42 --clear-groups nohup setsid sleep 4717 > /dev/null 2>&1 &\r";
    session.pty.press(command);
    let job = running("sleep 4717");
    session.pty.press(&format!("{LEAVE}q"));
    session.pty.press("y");
    family::gone_within(job, Duration::from_secs(5), "quitting");
    session.ends_cleanly(0, "a job of user 42");
}

fn spawner(session: &Session) -> i32 {
    family::child_called(session.ui, "box:spawner")
}

/// The number of the process with that command line, once there is one.
fn running(command: &str) -> i32 {
    let deadline = Instant::now() + common::pty::DEADLINE;
    loop {
        let table = Table::read();
        let mut rows = table.rows();
        let is = |row: &&Row| row.cmdline.trim_end() == command;
        if let Some(row) = rows.find(is) {
            return row.pid;
        }
        assert!(Instant::now() < deadline, "nobody runs {command:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A reset makes new boxes; a shell of the old one goes, and says so.
#[test]
fn a_reset_closes_the_shell() {
    let session = in_box("00-labels", &Role::Own);
    session
        .pty
        .press("nohup setsid sleep 4715 > /dev/null 2>&1 &\r");
    let job = running("sleep 4715");
    session.pty.press(&format!("{LEAVE}x"));
    session.pty.press("y");
    family::gone_within(job, Duration::from_secs(5), "a reset");
    session.pty.wait_until("the panel alone", |screen| {
        let text = screen.contents();
        text.contains("seen from helper") && !text.contains("SHELL")
    });
    session.pty.press("qy");
    session.ends_cleanly(0, "a reset");
}

/// Megabytes of anything: keys are heard all the while, nothing grows, nothing gets out.
#[test]
fn output_without_end_stays_in_the_pane() {
    let session = in_box("00-labels", &Role::Own);
    let before = family::resident(session.ui);
    session
        .pty
        .press("while :; do head -c 100000 /dev/urandom; done\r");
    session.pty.wait_for("seen from ");
    std::thread::sleep(Duration::from_secs(3));
    session.pty.press("\x03");
    session
        .pty
        .press("\x03\x1bc\r\rclear\rprintf '\\033[0m'; echo quiet=$((40 + 2))\r");
    session.pty.wait_for("quiet=42");
    let grown = family::resident(session.ui).saturating_sub(before);
    assert!(grown < 32 * 1024, "grew by {grown} KiB");
    let bytes = session.pty.bytes();
    for forbidden in [&b"\x1b]"[..], b"\x1bP", b"\x1b_", b"\x1b^", b"\x1b[?1000h"] {
        let got_out = bytes
            .windows(forbidden.len())
            .any(|window| window == forbidden);
        assert!(!got_out, "{forbidden:?} reached the terminal");
    }
    quits(session, "a flood");
}

#[test]
fn a_paste_of_a_megabyte_arrives_whole() {
    let session = in_box("00-labels", &Role::Own);
    session
        .pty
        .press("stty -echo; echo re\\ady; cat | md5sum; stty echo\r");
    session.pty.wait_for("ready");
    let line = "0123456789abcdef".repeat(4) + "\n";
    let text = line.repeat(1024 * 1024 / line.len());
    session.pty.press(&format!("\x1b[200~{text}\x1b[201~"));
    session.pty.press("\x04");
    let sum = std::process::Command::new("sh")
        .args([
            "-c",
            &format!(
                "for i in $(seq {}); do echo {}; done | md5sum",
                text.len() / line.len(),
                line.trim_end()
            ),
        ])
        .output()
        .expect("md5sum");
    let sum = String::from_utf8_lossy(&sum.stdout).into_owned();
    session
        .pty
        .wait_for(sum.split_whitespace().next().expect("a sum"));
    quits(session, "a paste");
}

/// A shell that its own start-up file ends is started again without it.
#[test]
fn a_start_up_file_that_exits_is_left_out() {
    if !std::path::Path::new("/bin/bash").exists() {
        skip!("no bash");
    }
    let home = tempfile::tempdir().expect("a home");
    std::fs::write(home.path().join(".bashrc"), "exit 7\n").expect("a .bashrc");
    let path = home.path().to_string_lossy().into_owned();
    let environment = [
        ("SHELL", "/bin/bash"),
        ("HOME", path.as_str()),
        ("SUDO_UID", ""),
    ];
    // As whoever runs the tests: root's shells run as somebody without a home.
    let Ok(user) = common::users::ordinary() else {
        skip!("there is no ordinary user");
    };
    std::os::unix::fs::chown(home.path(), Some(user.uid), Some(user.gid)).ok();
    let session = Session::at("00-labels", &Role::Ordinary(user), &environment);
    session.pty.press("\ts");
    session.pty.wait_for("again, without its start-up files");
    session.pty.wait_for(PROMPT);
    session.pty.press("echo still $((40 + 2))\r");
    session.pty.wait_for("still 42");
    quits(session, "a hostile start-up file");
}

/// A challenge is solved by typing, in the shell that `t` opens; the kernel says so, and it is kept.
#[test]
fn a_challenge_is_solved_by_typing() {
    for role in roles() {
        let session = Session::at("01-uts.6", &role, &[("SHELL", "/bin/sh")]);
        session.pty.press("t");
        session.pty.wait_for(PROMPT);
        session.pty.wait_for("not yet");
        session.pty.press("unshare --uts sh\r");
        session.pty.wait_for("seen from sh ");
        let name = name_in_task(&session.pty.screen());
        session.pty.press(&format!("hostname {name}\r"));
        session.pty.wait_for("Solved: the kernel says so");
        let file = session.installed.state().join("progress.json");
        session.pty.press(LEAVE);
        session.pty.press("qy");
        let kept = || std::fs::read_to_string(&file).unwrap_or_default();
        let deadline = Instant::now() + common::pty::DEADLINE;
        while !(kept().contains("\"solved\"") && kept().contains(&name)) {
            assert!(Instant::now() < deadline, "{}", kept());
            std::thread::sleep(Duration::from_millis(20));
        }
        session.ends_cleanly(0, &format!("a challenge, {role:?}"));
    }
}

/// The hostname that the task asks for; another one each time.
fn name_in_task(screen: &str) -> String {
    let words: Vec<&str> = screen.split_whitespace().collect();
    let text = words.join(" ");
    let after = text
        .split_once("give it the hostname ")
        .expect("the task")
        .1;
    after.split_once('.').expect("its end").0.to_owned()
}

//! `doctor` and `verify`, the real binary on the real kernel: as whoever runs the tests (root drops
//! to a learner) and as an ordinary user. Every test ends with the leak check.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::leaks::LeakCheck;
use common::users::{self, Installed};
use serde_json::Value;

/// A command line as whoever runs the tests, and as an ordinary user.
fn both(installed: &Installed, arguments: &[&str], check: impl Fn(&Output)) {
    let user = users::ordinary().expect("an ordinary user");
    let leaks = LeakCheck::begin();
    for mut command in [
        Command::new(installed.path()),
        user.command(installed.path()),
    ] {
        let output = command.args(arguments).output().expect("run glassbox");
        check(&output);
    }
    leaks.end();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Value {
    let line = text(&output.stdout);
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// The three lessons that every machine of ours can run.
const LESSONS: [&str; 3] = ["00-labels", "01-uts", "02-pid"];

/// The names of what is missing for the core lessons that cannot run, and nothing else.
fn core_lacks(report: &Value) -> Vec<&str> {
    let lessons = report["lessons"].as_array().expect("a list").iter();
    let cannot = lessons.filter(|lesson| lesson["core"] == true && lesson["runs"] == false);
    let missing = cannot.flat_map(|lesson| lesson["missing"].as_array().expect("a list"));
    missing
        .map(|probe| probe["name"].as_str().expect("a name"))
        .collect()
}

#[test]
fn doctor_finds_this_machine_ready() {
    let installed = Installed::new();
    both(&installed, &["doctor", "--json"], |output| {
        let report = json(output);
        let lacks = core_lacks(&report);
        // An ordinary user has no cgroup to give where no systemd hands one out.
        let cgroups = |name: &&str| name.starts_with("cgroup");
        assert!(lacks.iter().all(cgroups), "{lacks:?}");
        assert_eq!(report["ready"], lacks.is_empty());
        let code = if lacks.is_empty() { 0 } else { 3 };
        assert_eq!(output.status.code(), Some(code), "{report}");
        let probes = report["probes"].as_array();
        assert!(probes.is_some_and(|probes| probes.len() > 11));
    });
    both(&installed, &["doctor"], |output| {
        let report = text(&output.stdout);
        // Root without a user behind it has no range of ids: that lesson is left out.
        let ready = report.contains("\nREADY for the core course; ");
        let ready = ready || report.ends_with("\nREADY\n");
        assert_eq!(output.status.code(), Some(if ready { 0 } else { 3 }));
        assert_ne!(ready, report.contains("\nNOT READY. First: "), "{report}");
        for id in LESSONS {
            assert!(report.contains(&format!("  ok  {id}")), "{id}: {report}");
        }
    });
}

/// Runs a shell line as root of a user namespace of its own, where limits can be set that bind
/// nobody else. `$0` in it is glassbox.
fn confined(installed: &Installed, line: &str) -> Output {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", line]);
    command.arg(installed.path()).output().expect("run unshare")
}

#[test]
fn doctor_names_the_limit_that_stops_it() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let output = confined(
        &installed,
        "echo 0 > /proc/sys/user/max_user_namespaces; \"$0\" doctor",
    );
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{report}");
    assert!(report.contains("unshare(CLONE_NEWUSER) = ENOSPC: user.max_user_namespaces is 0"));
    assert!(
        report.ends_with("\nNOT READY. First: sudo sysctl user.max_user_namespaces=15000\n"),
        "{report}"
    );
    leaks.end();
}

#[test]
fn verify_skips_what_cannot_run_and_says_why() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let limit = "echo 0 > /proc/sys/user/max_user_namespaces; \"$0\" verify --json";
    let output = confined(&installed, limit);
    let report = json(&output);
    assert_eq!(output.status.code(), Some(3));
    for lesson in report["lessons"].as_array().expect("lessons") {
        assert_eq!(lesson["verdict"], "skip");
        let reason = lesson["reason"].as_str().unwrap_or_default();
        assert!(reason.contains("user.max_user_namespaces is 0"), "{reason}");
        assert!(
            reason.contains("sudo sysctl user.max_user_namespaces=15000"),
            "{reason}"
        );
    }
    leaks.end();
}

fn failed_probes(report: &Value) -> Vec<&str> {
    let probes = report["probes"].as_array().expect("probes").iter();
    let failed = probes.filter(|probe| probe["ok"] == false);
    failed.filter_map(|probe| probe["name"].as_str()).collect()
}

#[test]
fn doctor_tells_one_kind_from_another() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let limit = "echo 0 > /proc/sys/user/max_net_namespaces; \"$0\" doctor --json";
    let report = json(&confined(&installed, limit));
    let plain = Command::new(installed.path())
        .args(["doctor", "--json"])
        .output();
    let plain = json(&plain.expect("run glassbox"));
    let (without, mut failed) = (failed_probes(&plain), failed_probes(&report));
    failed.retain(|name| !without.contains(name));
    // Probed in a user namespace with one id, where nobody can give away more.
    failed.retain(|name| *name != "newuidmap");
    // And what can only be tried in a network namespace.
    assert_eq!(failed, ["net", "veth", "bridge", "tbf"]);
    leaks.end();
}

#[test]
fn doctor_sees_a_masked_proc() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let mask = "mount -t tmpfs none /proc/irq && \"$0\" doctor --json";
    let report = json(&confined(&installed, mask));
    let probes = report["probes"].as_array().expect("probes");
    let proc = probes
        .iter()
        .find(|probe| probe["name"] == "proc-mount")
        .expect("probed");
    assert_eq!(proc["ok"], false);
    assert!(
        proc["remedy"]
            .as_str()
            .is_some_and(|remedy| remedy.contains("unmask=ALL")),
        "{proc}"
    );
    leaks.end();
}

#[test]
fn doctor_sees_a_chroot() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let enter = "cd \"${0%/*}\" && mkdir proc && mount --rbind /proc proc && \
                 exec chroot . /glassbox doctor";
    let output = confined(&installed, enter);
    let report = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{report}");
    assert!(
        report.contains("CLONE_NEWUSER) = EPERM: a process in a chroot"),
        "{report}"
    );
    assert!(
        report.contains("NOT READY. First: leave the chroot"),
        "{report}"
    );
    leaks.end();
}

#[test]
fn one_lesson_can_be_named() {
    both(&Installed::new(), &["verify", "02-pid"], |output| {
        let report = text(&output.stdout);
        assert!(report.starts_with("pass  02-pid"), "{report}");
        assert!(
            report.ends_with("\n1 passed, 0 failed, 0 skipped; solutions: 1 typed, 0 skipped\n"),
            "{report}"
        );
    });
    both(&Installed::new(), &["verify", "02-nothing"], |output| {
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(text(&output.stderr).contains("`02-nothing`"));
    });
}

/// A lesson of one step, with the given needs and expectation.
fn lesson(need: &str, expect: &str) -> String {
    format!(
        "format_version = 1\ntitle = \"A test\"\nminutes = 1\nneeds = [\"{need}\"]\n\n\
         [[box]]\nname = \"box\"\n\n\
         [[step]]\ntitle = \"One\"\nsay = \"Something happens.\"\npanels = [\"processes\"]\n\
         do = [ {{ unshare = {{ ns = [\"uts\"] }} }} ]\nexpect = [\"{expect}\"]\nexplain = \"That is why.\"\n"
    )
}

/// `verify` over a folder with this one file.
fn verify(installed: &Installed, name: &str, write: impl FnOnce(&Path)) -> Output {
    let folder = tempfile::tempdir().expect("folder");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), open).expect("open to the learner");
    write(&folder.path().join(name));
    let mut command = Command::new(installed.path());
    command.arg("verify").arg("--lessons").arg(folder.path());
    command.output().expect("run glassbox")
}

#[test]
fn a_lesson_that_is_wrong_about_the_kernel_fails() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let run = |expect: &str| {
        let output = verify(&installed, "90-test.toml", |file| {
            fs::write(file, lesson("uts", expect)).expect("write");
        });
        (
            output.status.code(),
            text(&output.stdout) + &text(&output.stderr),
        )
    };
    let (code, report) = run("box.ns.uts != host.ns.uts");
    assert_eq!(code, Some(0), "{report}");
    let (code, report) = run("box.ns.ipc != host.ns.ipc");
    assert_eq!(code, Some(4), "{report}");
    assert!(report.contains("expect `box.ns.ipc != host.ns.ipc`: false before, false after"));
    assert!(
        report.contains("box.ns.ipc = 4026"),
        "the facts are named: {report}"
    );
    let (code, report) = run("box.kernel == host.kernel");
    assert_eq!(
        code,
        Some(4),
        "what was true before proves nothing: {report}"
    );
    leaks.end();
}

/// Programs that stay end when they are asked to: a `wait` that lasts too long stops its step.
#[test]
fn programs_end_when_they_are_asked_to() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let lesson = include_str!("fixtures/lessons/asked/90-asked-to-end.toml");
    let output = verify(&installed, "90-asked-to-end.toml", |file| {
        fs::write(file, lesson).expect("write");
    });
    let report = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{report}");
    leaks.end();
}

/// A lesson that is a challenge alone.
fn challenge(done: &str, solution: &str) -> String {
    format!(
        "format_version = 1\ntitle = \"A test\"\nminutes = 1\nneeds = [\"uts\"]\n\n\
         [[box]]\nname = \"box\"\n\n\
         [[step]]\ntitle = \"One\"\npanels = [\"processes\"]\n\
         [step.challenge]\ntask = \"Do it.\"\ndone = [{{ when = \"{done}\" }}]\n\
         hints = [ {{ say = \"Try.\" }} ]\nsolution = [{solution}]\n"
    )
}

/// `verify` types solutions into a real shell: one that does not solve its challenge is a fault of
/// the lesson, one that this machine cannot type is not.
#[test]
fn solutions_are_typed_and_must_solve() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let run = |done: &str, solution: &str| {
        let output = verify(&installed, "90-test.toml", |file| {
            fs::write(file, challenge(done, solution)).expect("write");
        });
        (output.status.code(), text(&output.stdout))
    };
    let renamed = "box.hostname == 'typed'";
    let (code, report) = run(renamed, "\"unshare --uts sh\", \"hostname typed\"");
    assert_eq!(code, Some(0), "{report}");
    assert!(report.contains("solutions: 1 typed, 0 skipped"), "{report}");
    let (code, report) = run(renamed, "\"hostname typed\"");
    assert_eq!(code, Some(4), "the host may not be renamed: {report}");
    assert!(report.contains("not done after a minute"), "{report}");
    assert!(
        report.contains("hostname:"),
        "what the shell said: {report}"
    );
    let (code, report) = run("box.lead == 'shell'", "\"true\"");
    assert_eq!(code, Some(4), "{report}");
    assert!(report.contains("solved by opening a shell"), "{report}");
    let (code, report) = run(renamed, "\"exit\", \"hostname typed\"");
    assert_eq!(code, Some(4), "{report}");
    assert!(report.contains("the shell has ended"), "{report}");
    let (code, report) = run(renamed, "\"not-here --at-all\"");
    assert_eq!(code, Some(0), "{report}");
    assert!(report.contains("there is no `not-here` here"), "{report}");
    assert!(report.contains("solutions: 0 typed, 1 skipped"), "{report}");
    leaks.end();
}

#[test]
fn a_lesson_that_cannot_run_here_is_skipped_and_nothing_ran() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let output = verify(&installed, "90-test.toml", |file| {
        let text = lesson("uts\", \"cmd:not-here", "box.ns.uts != host.ns.uts");
        fs::write(file, text).expect("write");
    });
    let report = text(&output.stdout);
    let code = output.status.code();
    assert_eq!(code, Some(3), "{report}{}", text(&output.stderr));
    assert!(report.contains("not in PATH"), "{report}");
    assert!(
        report.ends_with("0 passed, 0 failed, 1 skipped; solutions: 0 typed, 0 skipped\n"),
        "{report}"
    );
    leaks.end();
}

/// Puts a bad file where a lesson is expected.
type Writer = Box<dyn FnOnce(&Path)>;

#[test]
fn a_bad_file_is_one_message_and_nothing_starts() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let good = || lesson("uts", "box.ns.uts != host.ns.uts");
    let write =
        |text: String| -> Writer { Box::new(move |file| fs::write(file, text).expect("write")) };
    let cases: Vec<(&str, Writer, &str)> = vec![
        ("syntax", write(good() + "[[step\n"), "90-test.toml:16:"),
        ("unknown field", write(good() + "frobs = 1\n"), "frobs"),
        (
            "no such fact",
            write(lesson("uts", "box.nothing")),
            "nothing",
        ),
        (
            "no expression",
            write(lesson("uts", "box.ns.uts ==")),
            "90-test.toml:14:",
        ),
        ("too long", write(good() + &"#".repeat(300 * 1024)), "bytes"),
        (
            "a FIFO",
            Box::new(|file| {
                nix::unistd::mkfifo(file, nix::sys::stat::Mode::S_IRWXU).expect("mkfifo");
            }),
            "FIFO",
        ),
        (
            "a link",
            Box::new(|file| {
                std::os::unix::fs::symlink("/etc/passwd", file).expect("link");
            }),
            "link",
        ),
    ];
    for (what, write, expected) in cases {
        let output = verify(&installed, "90-test.toml", write);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{what}: {message}");
        assert!(
            message.contains(expected) && message.contains("90-test.toml"),
            "{what}: {message}"
        );
        assert!(output.stdout.is_empty(), "{what}");
    }
    leaks.end();
}

#[test]
fn a_reader_that_leaves_changes_nothing() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let mut child = Command::new(installed.path())
        .args(["verify", "00-labels"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start glassbox");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("wait");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    leaks.end();
}

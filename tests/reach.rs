//! Lessons that would reach into the host: glassbox does not start what they ask for, says why, and
//! the host is the same afterwards. The real binary on the real kernel.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::leaks::LeakCheck;
use common::users::{self, Installed};

/// A lesson of one step that does this; its checks could come true, had it been done.
fn lesson(ops: &str) -> String {
    format!(
        "format_version = 1\ntitle = \"A bad one\"\nminutes = 1\nneeds = [\"userns\", \"net\", \
         \"mnt\"]\n[[box]]\nname = \"box\"\n[[step]]\ntitle = \"It reaches out\"\nsay = \"Look.\"\npanels = \
         [\"calls\"]\ndo = [{ops}]\nexpect = [\"box.member('bad').alive == true\"]\nexplain = \"No.\"\n"
    )
}

/// What `verify` says of it, with its exit code.
fn verify(installed: &Installed, folder: &Path, ops: &str) -> (Option<i32>, String) {
    fs::write(folder.join("90-bad.toml"), lesson(ops)).expect("write");
    let mut command = if users::is_root() {
        let learner = users::ordinary().expect("an ordinary user");
        learner.command(installed.path())
    } else {
        Command::new(installed.path())
    };
    let output = command.args(["verify", "--lessons"]).arg(folder).output();
    let output = output.expect("run glassbox");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text + &complaints)
}

#[test]
fn programs_that_would_reach_into_the_host_do_not_start() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let folder = tempfile::tempdir().expect("folder");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), open).expect("open to the learner");
    let door = folder.path().join("door");
    let named = format!(
        "{{ unshare = {{ ns = [\"net\", \"mnt\"] }} }}, {{ fork = {{ workload = \"listener\", name = \
         \"bad\", with = {{ path = \"{}\", word = \"x\" }} }} }}",
        door.display()
    );
    let host = "it would reach into the host";
    let cases = [
        (
            "a listener in the host's network",
            r#"{ fork = { workload = "listener", name = "bad", with = { port = 8081, word = "x" } } }"#,
            host,
        ),
        (
            "an abstract name in the host's network",
            r#"{ fork = { workload = "listener", name = "bad", with = { abstract = "bad", word = "x" } } }"#,
            host,
        ),
        (
            "a caller in the host's network",
            r#"{ fork = { workload = "greeter", name = "bad", with = { address = "127.0.0.1", port = 1 } } }"#,
            host,
        ),
        (
            "one whose failure the lesson expects",
            r#"{ fork = { workload = "greeter", name = "bad", with = { address = "127.0.0.1", port = 1 }, fails = "ECONNREFUSED" } }"#,
            host,
        ),
        (
            "a child with another namespace than the network's",
            r#"{ unshare = { ns = ["mnt"] } }, { clone = { ns = ["mnt"], workload = "listener", name = "bad", with = { port = 8081, word = "x" } } }"#,
            host,
        ),
        (
            "a name on a filesystem of the host",
            named.as_str(),
            "lies on a filesystem of the host",
        ),
    ];
    for (what, ops, reason) in cases {
        let (code, said) = verify(&installed, folder.path(), ops);
        assert_eq!(code, Some(4), "{what}: {said}");
        assert!(said.contains(reason), "{what}: {said}");
        assert!(!door.exists(), "{what}");
    }
    // The same listener starts where it cannot reach the host: it was not refused for nothing.
    let (code, said) = verify(
        &installed,
        folder.path(),
        r#"{ clone = { ns = ["net"], workload = "listener", name = "bad", with = { port = 8081, word = "x" } } }"#,
    );
    assert_eq!(code, Some(0), "{said}");
    leaks.end();
}

/// Files that could make somebody somebody else, programs that are not ours, and a setting of a network.
#[test]
fn no_program_of_a_lesson_is_executed_and_no_setting_of_the_host_is_written() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let folder = tempfile::tempdir().expect("folder");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), open).expect("open to the learner");
    let own = r#"{ unshare = { ns = ["mnt"] } }, { mount = { source = "t", target = "/mnt", fstype = "tmpfs" } }, { fork = { workload = "helper", name = "bad" } }"#;
    let script = r##"{ writefile = { path = "/mnt/a", text = "#!/bin/sh\n" } }, { chmod = { path = "/mnt/a", mode = "0755" } }, { exec = { path = "/mnt/a", by = "bad" } }"##;
    let appended = r#"{ program = { path = "/mnt/a" } }, { append = { path = "/mnt/a", text = "x" } }, { exec = { path = "/mnt/a", by = "bad" } }"#;
    let free =
        "write = { path = \"/proc/sys/net/ipv4/ip_unprivileged_port_start\", text = \"80\" }";
    let cases = [
        (
            "a program of the host",
            r#"{ exec = { path = "/bin/sh", by = "bad" } }"#.to_owned(),
            "lies on a filesystem of the host",
        ),
        (
            "a script",
            script.to_owned(),
            "is not what `program` put there",
        ),
        (
            "ours, changed",
            appended.to_owned(),
            "is not what `program` put there",
        ),
        (
            "a program on the host's disk",
            r#"{ program = { path = "/var/tmp/bad" } }"#.to_owned(),
            "lies on a filesystem of the host",
        ),
        (
            "the host's network",
            format!("{{ {free} }}"),
            "is not in a net namespace of its own",
        ),
    ];
    for (what, ops, reason) in cases {
        let (code, said) = verify(&installed, folder.path(), &format!("{own}, {ops}"));
        assert_eq!(code, Some(4), "{what}: {said}");
        assert!(said.contains(reason), "{what}: {said}");
        assert!(!Path::new("/var/tmp/bad").exists(), "{what}");
    }
    let (code, said) = verify(
        &installed,
        folder.path(),
        &format!(
            r#"{own}, {{ program = {{ path = "/mnt/a" }} }}, {{ exec = {{ path = "/mnt/a", by = "bad" }} }}, {{ unshare = {{ ns = ["net"] }} }}, {{ {free} }}"#
        ),
    );
    assert_eq!(code, Some(0), "{said}");
    leaks.end();
}

#[test]
fn keys_of_the_login_and_descriptors_in_use_stay_as_they_are() {
    let (installed, leaks) = (Installed::new(), LeakCheck::begin());
    let folder = tempfile::tempdir().expect("folder");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), open).expect("open to the learner");
    let cases = [
        (
            "a key in the keyring of the login",
            r#"{ fork = { workload = "helper", name = "bad" } }, { addkey = { name = "bad", text = "x", by = "bad" } }"#,
            "the session keyring that glassbox was started with",
        ),
        (
            "a descriptor under a number that is taken",
            r#"{ fork = { workload = "helper", name = "bad" } }, { hold = { path = "/usr", fd = 9, by = "bad" } }, { hold = { path = "/usr", fd = 9, by = "bad" } }"#,
            "EBUSY",
        ),
    ];
    for (what, ops, reason) in cases {
        let (code, said) = verify(&installed, folder.path(), ops);
        assert_eq!(code, Some(4), "{what}: {said}");
        assert!(said.contains(reason), "{what}: {said}");
    }
    leaks.end();
}

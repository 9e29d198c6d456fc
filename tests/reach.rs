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

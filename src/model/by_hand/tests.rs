//! What each operation is as a command.

use super::*;

fn op(json: &str) -> Op {
    serde_json::from_str(json).expect("an operation")
}

fn typed(earlier: &[&str], json: &str) -> Vec<String> {
    let earlier: Vec<Op> = earlier.iter().map(|json| op(json)).collect();
    let pid_of = |_: &Op, name: &str| (name == "demo").then_some(4723);
    commands(&earlier, &[op(json)], pid_of).remove(0)
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn each_operation_has_its_command() {
    let entered = [r#"{"unshare": {"ns": ["uts"]}}"#];
    let cases = [
        (
            r#"{"unshare": {"ns": ["pid", "mnt"]}}"#,
            "unshare --pid --mount sh",
        ),
        (
            r#"{"clone": {"ns": ["pid"], "workload": "ticker"}}"#,
            "unshare --pid --fork sleep 600 &",
        ),
        (
            r#"{"clone": {"ns": ["uts"], "workload": "helper"}}"#,
            "unshare --uts sh",
        ),
        (r#"{"fork": {"workload": "ticker"}}"#, "sleep 600 &"),
        (r#"{"spawn": {"workload": "init"}}"#, "sh"),
        (
            r#"{"setns": {"to": "demo", "ns": ["uts", "net"]}}"#,
            "nsenter --target 4723 --uts --net sh",
        ),
        (
            r#"{"setns": {"to": "other", "ns": ["uts"]}}"#,
            "nsenter --target PID --uts sh  # PID: that of other",
        ),
        (
            r#"{"mount": {"source": "proc", "target": "/proc", "fstype": "proc", "flags": ["nosuid", "ro"]}}"#,
            "mount -t proc -o ro,nosuid proc /proc",
        ),
        (
            r#"{"mount": {"source": "/a b", "target": "/mnt", "flags": ["bind", "rec"]}}"#,
            "mount --rbind '/a b' /mnt",
        ),
        (
            r#"{"mount": {"source": "none", "target": "/", "flags": ["private", "rec"]}}"#,
            "mount --make-rprivate /",
        ),
        (
            r#"{"mount": {"source": "/a", "target": "/a", "flags": ["bind", "remount", "ro"]}}"#,
            "mount -o remount,ro,bind /a /a",
        ),
        (
            r#"{"umount": {"target": "/mnt", "detach": true}}"#,
            "umount --lazy /mnt",
        ),
        (r#"{"sethostname": {"name": "inside"}}"#, "hostname inside"),
        (
            r#"{"setdomainname": {"name": "it's"}}"#,
            r"domainname 'it'\''s'",
        ),
        (
            r#"{"write": {"path": "/proc/self/uid_map", "text": "0 1000 1"}}"#,
            "printf %s '0 1000 1' > /proc/self/uid_map",
        ),
        (
            r#"{"unshare": {"ns": ["user", "uts"]}}"#,
            "unshare --user --uts --keep-caps sh",
        ),
        (r#"{"exec": {}}"#, "exec setpriv --ambient-caps=-all sh"),
        (
            r#"{"signal": {"to": "demo", "name": "SIGKILL"}}"#,
            "kill -s KILL 4723",
        ),
        (r#"{"wait": {"of": "demo"}}"#, "wait 4723"),
        (
            r#"{"unshare": {"ns": ["time"]}}"#,
            "unshare --time --fork sh",
        ),
        (
            r#"{"write": {"path": "/proc/self/timens_offsets", "text": "monotonic 5 0\nboottime 10 0"}}"#,
            "unshare --time --monotonic 5 --boottime 10 --fork sh",
        ),
        (
            r#"{"write": {"path": "/proc/self/timens_offsets", "text": "boottime 10 0", "fails": "EACCES"}}"#,
            "printf %s 'boottime 10 0' > /proc/self/timens_offsets",
        ),
        (
            r#"{"fork": {"workload": "shmwriter", "with": {"key": 45253, "text": "a$b"}}}"#,
            r#"perl -E '$id = shmget(0xb0c5, 4096, 01600); shmwrite($id, "a\$b", 0, 64)'"#,
        ),
        (
            r#"{"fork": {"workload": "orphans"}}"#,
            "for i in 1 2 3; do (sleep 1 &); done",
        ),
    ];
    for (json, line) in cases {
        assert_eq!(typed(&entered, json), [line], "{json}");
    }
}

#[test]
fn the_first_command_makes_the_user_namespace_and_no_later_one_does() {
    let hostname = r#"{"sethostname": {"name": "x"}}"#;
    assert_eq!(
        typed(&[], hostname),
        ["unshare --user --map-root-user sh", "hostname x"]
    );
    assert_eq!(typed(&[hostname], hostname), ["hostname x"]);
    let clone = r#"{"clone": {"ns": ["pid"], "workload": "ticker"}}"#;
    assert_eq!(
        typed(&[], clone),
        ["unshare --user --map-root-user --pid --fork sleep 600 &"]
    );
}

#[test]
fn a_copy_of_shared_mounts_stays_shared() {
    let shared = r#"{"mount": {"source": "none", "target": "/mnt", "flags": ["shared"]}}"#;
    let clone = r#"{"clone": {"ns": ["mnt"], "workload": "helper"}}"#;
    assert_eq!(
        typed(&[clone], clone).last().expect("a line"),
        "unshare --mount sh"
    );
    assert_eq!(
        typed(&[shared], clone),
        ["unshare --mount --propagation unchanged sh"]
    );
}

#[test]
fn what_another_process_does_is_typed_in_its_shell() {
    let fork = r#"{"fork": {"workload": "init"}}"#;
    let mount = r#"{"unshare": {"ns": ["mnt"], "by": "init"}}"#;
    assert_eq!(
        typed(&[fork], mount),
        ["# in the shell that is init:", "unshare --mount sh"]
    );
}

#[test]
fn nothing_in_a_word_reaches_the_shell() {
    for word in [
        "", "a b", "$(id)", "`id`", "a;b", "a\nb", "*", "~", "a'b\"c",
    ] {
        let quoted = quoted(word);
        let inner = quoted
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''));
        let inner = inner.expect("quotes around it");
        assert_eq!(
            inner.replace(r"'\''", "\u{0}").matches('\'').count(),
            0,
            "{word}"
        );
    }
}

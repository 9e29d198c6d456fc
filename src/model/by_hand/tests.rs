//! Operations in, commands out. Each line was typed into a shell before it was written here.

use super::*;

fn op(json: &str) -> Op {
    serde_json::from_str(json).expect("an operation")
}

fn typed(earlier: &[&str], json: &str) -> Vec<String> {
    let earlier: Vec<Op> = earlier.iter().map(|json| op(json)).collect();
    commands(&[], &earlier, &[op(json)]).remove(0)
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
            "unshare --uts sh -s helper",
        ),
        (r#"{"fork": {"workload": "ticker"}}"#, "sleep 600 &"),
        (
            r#"{"spawn": {"workload": "init"}}"#,
            "sh -s init  # the child: echo $$ shows its number",
        ),
        (
            r#"{"setns": {"to": "demo", "ns": ["uts", "net"]}}"#,
            "nsenter --target PID --uts --net sh  # PID: echo $$ in the shell that is demo",
        ),
        (
            r#"{"setns": {"to": "host", "ns": ["uts"]}}"#,
            "nsenter --target PID --uts sh  # PID: any of the host; open(2) of its label is EACCES already",
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
            r#"{"unshare": {"ns": ["time"]}}"#,
            "unshare --time --fork sh",
        ),
        (
            r#"{"write": {"path": "/proc/self/timens_offsets", "text": "monotonic 5 0\nboottime 10 0"}}"#,
            "unshare --time --monotonic 5 --boottime 10 --fork sh",
        ),
        (
            r#"{"write": {"path": "/proc/self/timens_offsets", "text": "boottime 10 0", "fails": "EACCES"}}"#,
            "printf %s 'boottime 10 0' > /proc/self/timens_offsets  # fails with EACCES; dash says I/O error",
        ),
        (
            r#"{"fork": {"workload": "semmaker", "with": {"key": 45253, "count": 3}}}"#,
            "perl -e 'semget(0xb0c5, 3, 01600) // die $!'",
        ),
        (
            r#"{"fork": {"workload": "orphans"}}"#,
            "for i in 1 2 3; do (sleep 599 &); done",
        ),
        (
            r#"{"fork": {"workload": "orphans", "with": {"then": "exit"}}}"#,
            "for i in 1 2 3; do (sleep 1 &); done",
        ),
        (
            r#"{"enter": {"path": "/run/netns/blue", "ns": "net"}}"#,
            "nsenter --net=/run/netns/blue sh",
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
        "unshare --mount sh -s helper"
    );
    assert_eq!(
        typed(&[shared], clone),
        ["unshare --mount --propagation unchanged sh -s helper"]
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
fn a_shell_that_waits_for_its_child_is_joined_once() {
    let fork = r#"{"fork": {"workload": "init"}}"#;
    let hostname = r#"{"sethostname": {"name": "x"}}"#;
    // unshare(2) of a PID namespace leaves the caller where it is.
    let unshare = r#"{"unshare": {"ns": ["pid", "uts"]}}"#;
    assert_eq!(
        typed(&[unshare, fork], hostname),
        [
            "# in a second terminal, to be helper:",
            "nsenter --target PID --user --uts --preserve-credentials sh  # PID: the PPID of \
             sh -s init, by ps -ef",
            "hostname x",
        ]
    );
    let ticker = r#"{"fork": {"workload": "ticker"}}"#;
    assert_eq!(
        typed(&[unshare, fork], ticker)[..2],
        [
            "# in a second terminal, to be a child of helper:",
            "nsenter --target PID --user --pid --uts --preserve-credentials sh  # PID: that of \
             sh -s init, by ps -ef",
        ]
    );
    assert_eq!(
        typed(&[fork, hostname], hostname),
        ["# in the newest shell that is helper:", "hostname x"]
    );
}

#[test]
fn what_is_spawned_is_typed_in_inits_shell() {
    let fork = r#"{"fork": {"workload": "init", "name": "first"}}"#;
    let spawn = r#"{"spawn": {"workload": "ticker"}}"#;
    assert_eq!(
        typed(&[fork], spawn),
        ["# in the shell that is first:", "sleep 600 &"]
    );
}

#[test]
fn a_killed_shell_gives_its_parent_back() {
    let fork = r#"{"fork": {"workload": "init"}}"#;
    let kill = r#"{"signal": {"to": "init", "name": "SIGKILL"}}"#;
    assert_eq!(
        typed(&[fork], kill),
        [
            "# in a terminal of your own:",
            "kill -s KILL PID  # PID: that of sh -s init, by ps -ef"
        ]
    );
    let wait = r#"{"wait": {"of": "init"}}"#;
    assert_eq!(typed(&[fork, kill], wait), Vec::<String>::new());
    let again = r#"{"fork": {"workload": "ticker"}}"#;
    assert_eq!(
        typed(&[fork, kill, wait], again),
        ["# in the shell that is helper:", "sleep 600 &"]
    );
}

#[test]
fn a_signal_from_inside_goes_to_number_1() {
    let app = r#"{"clone": {"ns": ["pid"], "workload": "init", "name": "app"}}"#;
    let inside = r#"{"spawn": {"workload": "helper", "name": "inside"}}"#;
    let signal = r#"{"signal": {"to": "app", "name": "SIGTERM", "by": "inside"}}"#;
    assert_eq!(
        typed(&[app, inside], signal),
        ["# in the shell that is inside:", "kill -s TERM 1"]
    );
    let below =
        r#"{"clone": {"ns": ["pid"], "workload": "ticker", "name": "app2", "by": "inside"}}"#;
    let signal = r#"{"signal": {"to": "app2", "name": "SIGTERM", "by": "inside"}}"#;
    let line = typed(&[app, inside, below], signal).remove(1);
    assert_eq!(
        line,
        "kill -s TERM PID  # PID: that of app2 (sleep 600), by lsns -t pid"
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

#[test]
fn each_box_has_a_shell_of_its_own() {
    let blue = r#"{"unshare": {"ns": ["ipc"], "box": "blue"}}"#;
    let green = r#"{"unshare": {"ns": ["ipc"], "box": "green"}}"#;
    assert_eq!(
        typed(&[blue], green),
        [
            "# in a new terminal, to be green's helper:",
            "unshare --user --map-root-user --ipc sh"
        ]
    );
    let wait = r#"{"fork": {"workload": "ticker", "box": "blue"}}"#;
    assert_eq!(
        typed(&[blue, green], wait),
        ["# in the shell that is blue's helper:", "sleep 600 &"]
    );
    let join = r#"{"setns": {"to": "green.helper", "ns": ["ipc"], "box": "blue"}}"#;
    let line = typed(&[blue, green], join).remove(1);
    assert!(
        line.ends_with("# PID: echo $$ in the shell that is green's helper"),
        "{line}"
    );
}

#[test]
fn a_shell_that_waits_again_is_joined_again() {
    let a = r#"{"clone": {"ns": ["net"], "workload": "helper", "name": "a"}}"#;
    let b = r#"{"clone": {"ns": ["net"], "workload": "helper", "name": "b"}}"#;
    let up = r#"{"link": {"dev": "lo", "set": "up"}}"#;
    let lines = typed(&[a, b], up);
    assert_eq!(lines[0], "# in one more terminal, to be helper:");
    assert!(
        lines[1].ends_with("# PID: echo $PPID in the shell that is b"),
        "{lines:?}"
    );
    // Once b has moved on, its parent is no longer the shell that started it.
    let moved = r#"{"unshare": {"ns": ["uts"], "by": "b"}}"#;
    let lines = typed(&[a, b, moved], up);
    assert!(
        lines[1].ends_with("# PID: the PPID of sh -s b, by ps -ef"),
        "{lines:?}"
    );
}

#[test]
fn what_shall_fail_is_typed_in_the_foreground() {
    let fork = r#"{"fork": {"workload": "listener", "with": {"port": 80, "word": "x"}, "fails": "EADDRINUSE"}}"#;
    let line = typed(&[r#"{"unshare": {"ns": ["net"]}}"#], fork).remove(0);
    assert!(line.ends_with('\''), "{line}");
}

#[test]
fn a_parent_waits_in_its_own_shell() {
    let inside = r#"{"fork": {"workload": "helper", "name": "inside"}}"#;
    let nested =
        r#"{"clone": {"ns": ["pid"], "workload": "sleeper", "name": "nested", "by": "inside"}}"#;
    let wait = r#"{"wait": {"of": "nested"}}"#;
    assert_eq!(
        typed(&[inside, nested], wait),
        ["# in the shell that is inside:", "wait"]
    );
    // A shell that waits for its child in the foreground waits for the others as well.
    let app = r#"{"fork": {"workload": "sleeper", "name": "app"}}"#;
    let wait = r#"{"wait": {"of": "app"}}"#;
    assert_eq!(typed(&[app, inside], wait), Vec::<String>::new());
}

#[test]
fn each_program_that_sleeps_can_be_told_from_the_others() {
    let one = r#"{"fork": {"workload": "ticker", "name": "one"}}"#;
    let two = r#"{"fork": {"workload": "ticker", "name": "two"}}"#;
    let kill = |to: &str| format!(r#"{{"signal": {{"to": "{to}", "name": "SIGKILL"}}}}"#);
    assert_eq!(typed(&[one], two), ["sleep 601 &"]);
    // A shell knows the number of what it has started last, and of nothing else.
    assert_eq!(
        typed(&[one, two], &kill("two"))[1],
        "kill -s KILL PID  # PID: echo $! in the shell that is helper"
    );
    assert_eq!(
        typed(&[one, two], &kill("one"))[1],
        "kill -s KILL PID  # PID: that of one (sleep 600), by ps -ef"
    );
}

#[test]
fn a_shell_in_a_pid_namespace_is_not_asked_for_the_hosts_number() {
    let kill = r#"{"signal": {"to": "last", "name": "SIGKILL"}}"#;
    let init = r#"{"clone": {"ns": ["pid"], "workload": "init"}}"#;
    let spawn = r#"{"spawn": {"workload": "ticker", "name": "last"}}"#;
    let by_list = "kill -s KILL PID  # PID: that of last (sleep 600), by ps -ef";
    assert_eq!(typed(&[init, spawn], kill)[1], by_list);
    // So is one that has joined the children of another one.
    let unshare = r#"{"unshare": {"ns": ["pid"]}}"#;
    let inside = r#"{"fork": {"workload": "helper", "name": "inside"}}"#;
    let fork = r#"{"fork": {"workload": "ticker", "name": "last"}}"#;
    assert_eq!(typed(&[unshare, inside, fork], kill)[1], by_list);
}

#[test]
fn a_parent_that_unshare_stands_in_for_is_found_above_it() {
    let init = r#"{"clone": {"ns": ["pid"], "workload": "init"}}"#;
    let line = typed(&[init], r#"{"sethostname": {"name": "x"}}"#).remove(1);
    let how = "# PID: the PPID of the unshare above sh -s init, by ps -efH";
    assert!(line.ends_with(how), "{line}");
}

#[test]
fn an_exec_leaves_a_shell_its_name() {
    let fork = r#"{"fork": {"workload": "helper", "name": "app"}}"#;
    let exec = r#"{"exec": {"by": "app"}}"#;
    assert_eq!(
        typed(&[fork], exec)[1],
        "exec setpriv --ambient-caps=-all sh -s app"
    );
    // The shell that has the name waits for the one that executes something.
    let moved = r#"{"unshare": {"ns": ["uts"], "by": "app"}}"#;
    assert_eq!(
        typed(&[fork, moved], exec)[1],
        "exec setpriv --ambient-caps=-all sh"
    );
}

#[test]
fn number_1_executes_in_a_shell_below_it_once() {
    let first = r#"{"clone": {"ns": ["mnt", "pid"], "workload": "init", "name": "app"}}"#;
    let exec = r#"{"exec": {"by": "app"}}"#;
    let below = |earlier: &[&str]| {
        let lines = typed(earlier, exec);
        lines.iter().any(|line| line.starts_with("sh  # dash"))
    };
    assert!(below(&[first]) && !below(&[first, exec]));
}

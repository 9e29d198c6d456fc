//! `glassbox inspect` on processes that these tests make with unshare(1), beside /proc itself and
//! lsns(8). Asserts nothing about what is not ours.

mod common;

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::leaks::LeakCheck;
use common::made::{Made, ns};
use common::users::{self, Installed};
use serde_json::Value;

fn inspect(words: &[&str]) -> Output {
    let mut command = Command::new(common::glassbox());
    let command = command.arg("inspect").args(words).stdin(Stdio::null());
    command.output().expect("run it")
}

fn json(words: &[&str]) -> Value {
    let output = inspect(words);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && complaint.is_empty(),
        "{complaint}"
    );
    serde_json::from_slice(&output.stdout).expect("one object")
}

fn text(words: &[&str]) -> String {
    let output = inspect(words);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// A line of /proc/PID/status.
fn status(pid: &str, key: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).expect("status");
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.expect(key).trim_start_matches(':').trim().to_owned()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

#[test]
fn a_process_is_what_proc_says_of_it() {
    let check = LeakCheck::begin();
    let Some(made) = Made::new(&["-Urnupf", "--mount-proc"], "echo ready; read x") else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    let pid = made.child();
    let seen = json(&[&pid, "--json"]);
    for row in list(&seen["namespaces"]) {
        let kind = row["type"].as_str().expect("a word");
        let (its, ours) = (ns(&pid, kind), ns("self", kind));
        assert_eq!(
            (row["id"].as_u64(), row["ours"].as_u64()),
            (Some(its), Some(ours))
        );
        assert_eq!(row["same"], its == ours, "{row}");
        let own = ["user", "net", "uts", "pid", "mnt"].contains(&kind);
        assert_eq!(row["same"], !own, "{row}");
    }
    assert_eq!(list(&seen["namespaces"]).len(), 8);
    let map = &seen["uid_map"][0];
    let map = [&map["inside"], &map["outside"], &map["count"]]
        .map(Value::to_string)
        .join(" ");
    let its = fs::read_to_string(format!("/proc/{pid}/uid_map")).expect("a map");
    assert_eq!(map, its.split_whitespace().collect::<Vec<_>>().join(" "));
    for (key, set) in [
        ("CapEff", "effective"),
        ("CapBnd", "bounding"),
        ("CapInh", "inheritable"),
    ] {
        let bits = u64::from_str_radix(&status(&pid, key), 16)
            .expect("a mask")
            .count_ones();
        assert_eq!(
            list(&seen["capabilities"][set]).len(),
            bits as usize,
            "{key}"
        );
    }
    assert_eq!(seen["no_new_privs"], status(&pid, "NoNewPrivs") == "1");
    assert_eq!(seen["nspid"][1], 1, "it is PID 1 there");
    assert_eq!(seen["parent"]["pid"].to_string(), made.pid().to_string());
    assert_eq!(seen["container"]["engine"], "unshare");
    assert_eq!(
        seen["hostname"]["name"],
        Value::Null,
        "nobody can read it from here"
    );
    let found = list(&seen["findings"]);
    let has = |what: &str| found.iter().any(|it| it["what"] == what);
    assert!(has("ipc namespace shared") && !has("net namespace shared") && has("CAP_SYS_ADMIN"));
    let shown = text(&[&pid]);
    assert!(
        shown.contains(&format!("net           {}", ns(&pid, "net"))),
        "{shown}"
    );
    drop(made);
    check.end();
}

#[test]
fn namespaces_are_those_of_lsns() {
    let check = LeakCheck::begin();
    let Some(made) = Made::new(&["-Urnui"], "echo ready; read x") else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    let pid = made.pid().to_string();
    let lsns = Command::new("lsns")
        .args(["--json", "--output", "NS,TYPE", "--task", &pid])
        .output();
    let Some(output) = lsns.ok().filter(|it| it.status.success()) else {
        drop(made);
        check.end();
        skip!("no lsns(8)");
    };
    let theirs: Value = serde_json::from_slice(&output.stdout).expect("an object");
    let seen = json(&[&pid, "--json"]);
    let name = |row: &Value, id: &str| {
        let id = row[id]
            .as_str()
            .map_or_else(|| row[id].to_string(), str::to_owned);
        (row["type"].as_str().expect("a word").to_owned(), id)
    };
    let mut theirs: Vec<_> = list(&theirs["namespaces"])
        .iter()
        .map(|row| name(row, "ns"))
        .collect();
    let mut ours: Vec<_> = list(&seen["namespaces"])
        .iter()
        .map(|row| name(row, "id"))
        .collect();
    theirs.sort();
    ours.sort();
    assert_eq!(ours, theirs);
    drop(made);
    check.end();
}

fn number(row: &Value) -> String {
    row["pid"].to_string()
}

#[test]
fn a_namespace_of_its_own_is_in_the_list_and_two_are_compared() {
    let check = LeakCheck::begin();
    let both = ["-Urpf", "-Urnpf"].map(|words| Made::new(&[words], "echo ready; read x"));
    let [Some(left), Some(right)] = both else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    let (left_pid, right_pid) = (left.child(), right.child());
    for sort in ["cpu", "memory"] {
        let all = json(&["list", "--sort", sort, "--json"]);
        let row = list(&all["containers"])
            .iter()
            .find(|row| number(row) == left_pid);
        let row = row.unwrap_or_else(|| panic!("{left_pid} is not in {all}"));
        assert_eq!(
            (&row["engine"], &row["processes"]),
            (&"unshare".into(), &1.into())
        );
        let key = if sort == "cpu" {
            "cpu_usec"
        } else {
            "memory_bytes"
        };
        let values: Vec<_> = list(&all["containers"])
            .iter()
            .map(|row| row[key].as_u64())
            .collect();
        assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
    }
    let compared = json(&[&left_pid, &right_pid, "--json"]);
    for row in list(&compared["namespaces"]) {
        let own = ["user", "net", "pid"]
            .map(Value::from)
            .contains(&row["type"]);
        assert_eq!(row["same"], !own, "{row}");
    }
    let shown = text(&[&left_pid, &right_pid]);
    let net = format!(
        "{:<12} {:<12} different",
        ns(&left_pid, "net"),
        ns(&right_pid, "net")
    );
    assert!(shown.contains(&net), "{shown}");
    drop((left, right));
    check.end();
}

#[test]
fn what_is_not_there_is_said() {
    let check = LeakCheck::begin();
    let mut child = Command::new("true").spawn().expect("start it");
    let gone = child.id().to_string();
    let zombie = loop {
        // It has ended, and nobody has waited for it: a zombie.
        if status(&gone, "State").starts_with('Z') {
            break inspect(&[&gone]);
        }
        std::thread::yield_now();
    };
    child.wait().expect("wait for it");
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(zombie.status.code(), Some(1), "{}", said(&zombie));
    assert!(said(&zombie).contains("has ended"), "{}", said(&zombie));
    let cases: [(&[&str], &str); 6] = [
        (&[&gone], "no process"),
        (&["0"], "no process"),
        (&["-1"], ""),
        (&["no\x1b[31msuch"], "no\\e[31msuch"),
        (&["list", "1"], "no second name"),
        (&["1", "--sort", "cpu"], "inspect list"),
    ];
    for (words, why) in cases {
        let output = inspect(words);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{words:?}: {}",
            said(&output)
        );
        assert!(said(&output).contains(why), "{words:?}: {}", said(&output));
        assert!(output.stdout.is_empty() && !said(&output).contains('\x1b'));
    }
    check.end();
}

#[test]
fn what_is_denied_is_said_with_the_command_that_shows_it() {
    if !users::is_root() {
        skip!("needs root to start glassbox as an ordinary user");
    }
    let check = LeakCheck::begin();
    let installed = Installed::new();
    let user = users::ordinary().expect("an ordinary user");
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("cat");
    let pid = child.id().to_string();
    let output = user
        .command(installed.path())
        .args(["inspect", &pid])
        .output();
    let output = output.expect("run it");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        shown.contains("ns/net: EACCES") || shown.contains("ns/net: EPERM"),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("sudo glassbox inspect {pid}")),
        "{shown}"
    );
    assert!(shown.contains("cannot be compared"), "{shown}");
    drop(child.stdin.take());
    child.wait().expect("wait for it");
    drop(installed);
    check.end();
}

#[test]
fn a_hostile_container_is_shown_as_text_in_time() {
    let check = LeakCheck::begin();
    let script = "set -e
        mount -t tmpfs none /mnt
        evil=$(printf '/mnt/\\033]52;c;AAAA\\007\\033[31m')
        mkdir \"$evil\" /mnt/etc
        mount -t tmpfs -o ro none \"$evil\"
        mkfifo /mnt/etc/hostname /mnt/etc/passwd
        mount --bind /mnt/etc /etc
        printf 'a\\033[31mb' 2>/dev/null > /proc/sys/kernel/hostname || true
        printf 'e\\033]0;x\\007\\n' > /proc/self/comm
        echo ready; read x";
    let Some(made) = Made::new(&["-Urmupf", "--mount-proc"], script) else {
        check.end();
        skip!("unshare(1) makes no user namespace here, or the mounts are refused");
    };
    let pid = made.child();
    let begun = Instant::now();
    let shown = [
        text(&[&pid]),
        text(&[&pid, "--json"]),
        text(&["list"]),
        text(&[&pid, "1"]),
    ];
    let took = begun.elapsed();
    common::promised(Duration::from_secs(4), took, "four looks, none at a FIFO");
    for text in &shown {
        let is_safe = |byte: u8| byte == b'\n' || (0x20..0x7f).contains(&byte) || byte >= 0x80;
        assert!(text.bytes().all(is_safe), "{text:?}");
    }
    assert!(shown[0].contains("e\\e]0;x\\x07"), "{}", shown[0]);
    assert!(shown[2].contains("e\\e]0;x\\x07"), "{}", shown[2]);
    drop(made);
    check.end();
}

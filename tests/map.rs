//! `glassbox map` on namespaces that these tests make with unshare(1), and beside lsns(8). Reads the
//! whole host; asserts nothing about what is not ours.

mod common;

use std::collections::BTreeSet;
use std::fs::File;
use std::process::{Command, Output, Stdio};

use common::leaks::LeakCheck;
use common::made::Made;
use common::users::{self, Installed};
use serde_json::Value;

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("run it")
}

fn map() -> Value {
    let output = output(Command::new(common::glassbox()).args(["map", "--json"]));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && complaint.is_empty(),
        "{complaint}"
    );
    serde_json::from_slice(&output.stdout).expect("one object")
}

fn rows(map: &Value) -> &Vec<Value> {
    map["namespaces"].as_array().expect("a list")
}

fn find<'m>(map: &'m Value, kind: &str, id: u64) -> &'m Value {
    let found = rows(map)
        .iter()
        .find(|row| row["type"] == kind && row["id"] == id);
    found.unwrap_or_else(|| panic!("no {kind} namespace {id} in {map:#}"))
}

fn held_by(row: &Value) -> BTreeSet<&str> {
    let words = row["held_by"].as_array().expect("a list").iter();
    words.map(|word| word.as_str().expect("a word")).collect()
}

/// What lsns(8) says, one object a namespace.
fn lsns() -> Option<Vec<Value>> {
    let columns = ["--json", "--output", "NS,TYPE,NPROCS,PID"];
    let output = Command::new("lsns").args(columns).output().ok()?;
    let list: Value = serde_json::from_slice(&output.stdout).ok()?;
    Some(list["namespaces"].as_array()?.clone())
}

fn number(value: &Value) -> u64 {
    let text = value.as_str().and_then(|text| text.parse().ok());
    value.as_u64().or(text).expect("a number")
}

fn names(rows: &[Value], id: &str) -> BTreeSet<(String, u64)> {
    let name = |row: &Value| {
        (
            row["type"].as_str().unwrap_or("").to_owned(),
            number(&row[id]),
        )
    };
    rows.iter().map(name).collect()
}

#[test]
fn what_lsns_lists_is_in_the_map() {
    let check = LeakCheck::begin();
    let Some(made) = Made::new(&["-Urnui"], "echo ready; read x") else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    // Others may be making and ending namespaces: what one of several looks shows whole is enough.
    let mut missing = BTreeSet::new();
    for _ in 0..20 {
        let before = map();
        let Some(listed) = lsns() else {
            drop(made);
            check.end();
            skip!("no lsns(8)");
        };
        let mut found = names(rows(&before), "id");
        found.extend(names(rows(&map()), "id"));
        let listed_names = names(&listed, "ns");
        for kind in ["user", "net", "uts", "ipc"] {
            let wanted = (kind.to_owned(), made.ns(kind));
            assert!(
                listed_names.contains(&wanted) && found.contains(&wanted),
                "{wanted:?}"
            );
            let theirs = listed.iter().find(|row| number(&row["ns"]) == wanted.1);
            let theirs = theirs.expect("it is listed");
            let ours = find(&before, kind, wanted.1);
            assert_eq!(
                number(&ours["processes"]),
                number(&theirs["nprocs"]),
                "{ours}"
            );
            assert_eq!(number(&ours["lead_pid"]), number(&theirs["pid"]), "{ours}");
        }
        missing = listed_names.difference(&found).cloned().collect();
        if missing.is_empty() {
            break;
        }
    }
    assert!(missing.is_empty(), "lsns lists more: {missing:?}");
    drop(made);
    check.end();
}

#[test]
fn a_namespace_is_shown_with_its_owner_and_lead() {
    let check = LeakCheck::begin();
    let Some(made) = Made::new(&["-Urnu"], "echo ready; read x") else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    let map = map();
    let (net, user) = (
        find(&map, "net", made.ns("net")),
        find(&map, "user", made.ns("user")),
    );
    assert_eq!(number(&net["owner"]), made.ns("user"), "{net}");
    assert_eq!(net["parent"], Value::Null, "{net}");
    assert_eq!(number(&net["lead_pid"]), u64::from(made.pid()), "{net}");
    assert_eq!(net["lead_command"], "sh", "{net}");
    assert_eq!(
        (number(&net["processes"]), held_by(net)),
        (1, ["process"].into())
    );
    let uid = u64::from(nix::unistd::geteuid().as_raw());
    assert_eq!(
        (number(&net["owner_uid"]), number(&user["owner_uid"])),
        (uid, uid)
    );
    assert_eq!(held_by(user), ["process", "owns"].into(), "{user}");
    // The parent of its user namespace is ours, and so is its owner: they are the same.
    let ours = std::fs::metadata("/proc/self/ns/user").expect("a link");
    let ours = std::os::linux::fs::MetadataExt::st_ino(&ours);
    assert_eq!(
        (number(&user["parent"]), number(&user["owner"])),
        (ours, ours)
    );
    drop(made);
    check.end();
}

#[test]
fn what_only_a_descriptor_holds_is_found() {
    let check = LeakCheck::begin();
    let Some(made) = Made::new(&["-Urn"], "echo ready; read x") else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    let (net, user) = (made.ns("net"), made.ns("user"));
    let held = File::open(format!("/proc/{}/ns/net", made.pid())).expect("open it");
    drop(made);
    let map = map();
    let row = find(&map, "net", net);
    assert_eq!(
        (number(&row["processes"]), held_by(row)),
        (0, ["fd"].into()),
        "{row}"
    );
    assert_eq!(
        number(&row["lead_pid"]),
        u64::from(std::process::id()),
        "who holds it"
    );
    // Nobody is in its owner, and nobody has it open: it lives because it owns the other.
    let owner = find(&map, "user", user);
    assert_eq!(
        (number(&owner["processes"]), held_by(owner)),
        (0, ["owns"].into()),
        "{owner}"
    );
    assert!(lsns().is_none_or(|list| !names(&list, "ns").contains(&("net".to_owned(), net))));
    drop(held);
    check.end();
}

#[test]
fn what_only_a_mount_or_a_child_holds_is_found() {
    let check = LeakCheck::begin();
    let bind = "mount -t tmpfs t /mnt && touch /mnt/n && unshare --net=/mnt/n \
                readlink /proc/self/ns/net >/mnt/name && echo ready; read x";
    let Some(made) = Made::new(&["-Urm"], bind) else {
        check.end();
        skip!("unshare(1) makes no mount in a user namespace here");
    };
    let name = std::fs::read_to_string(format!("/proc/{}/root/mnt/name", made.pid()));
    let name = name.expect("the file");
    let net = name
        .split(['[', ']'])
        .nth(1)
        .and_then(|n| n.parse().ok())
        .expect("a number");
    let inner = Made::new(&["-Ur", "unshare", "-Ur"], "echo ready; read x").expect("nest");
    let map = map();
    let row = find(&map, "net", net);
    assert_eq!(
        (number(&row["processes"]), held_by(row)),
        (0, ["mount"].into()),
        "{row}"
    );
    assert_eq!(row["mounted_at"], serde_json::json!(["/mnt/n"]), "{row}");
    let parent = number(&find(&map, "user", inner.ns("user"))["parent"]);
    let row = find(&map, "user", parent);
    assert_eq!(
        (number(&row["processes"]), held_by(row)),
        (0, ["child"].into()),
        "{row}"
    );
    drop((made, inner));
    check.end();
}

#[test]
fn what_is_denied_is_said_with_the_command_that_shows_it() {
    if !users::is_root() {
        skip!("needs root, to be denied something as another user");
    }
    let user = users::ordinary().expect("an ordinary user");
    let check = LeakCheck::begin();
    let installed = Installed::new();
    let json = output(user.command(installed.path()).args(["map", "--json"]));
    let map: Value = serde_json::from_slice(&json.stdout).expect("one object");
    assert!(number(&map["denied"]["processes"]) > 0, "{}", map["denied"]);
    assert_eq!(map["denied"]["command"], "sudo glassbox map --json");
    let tree = output(user.command(installed.path()).args(["map", "--tree"]));
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.ends_with("All of it: sudo glassbox map\n"), "{tree}");
    drop(installed);
    check.end();
}

#[test]
fn hostile_names_are_shown_as_text() {
    let check = LeakCheck::begin();
    let name = "printf '\\033]0;x\\007' >/proc/self/comm";
    let command = format!("{name}; echo ready; read x");
    let Some(made) = Made::new(&["-Urn"], &command) else {
        check.end();
        skip!("unshare(1) makes no user namespace here");
    };
    assert_eq!(
        find(&map(), "net", made.ns("net"))["lead_command"],
        "\\e]0;x\\x07"
    );
    for by in ["owner", "parent"] {
        let by = format!("--tree={by}");
        let tree = output(Command::new(common::glassbox()).args(["map", &by]));
        let text = String::from_utf8_lossy(&tree.stdout).into_owned();
        assert!(
            !text.contains('\x1b') && text.contains("\\e]0;x\\x07"),
            "{text:?}"
        );
    }
    drop(made);
    check.end();
}

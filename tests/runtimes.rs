//! `glassbox inspect` on containers that nobody here wrote: runc(8) and crun(1) with a bundle of busybox,
//! compared with the runtime's own configuration, bwrap(1) and systemd-nspawn(1), compared with their
//! command lines; all of them with lsns(8). Here, and on a kernel with cgroup v2 in a machine.

#[path = "runtimes/away.rs"]
mod away;
mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::leaks::LeakCheck;
use common::users;
use serde_json::{Value, json};

const MEMORY: u64 = 64 << 20;

fn inspect(words: &[&str]) -> Value {
    let mut command = Command::new(common::glassbox());
    let output = output(command.arg("inspect").args(words).arg("--json"));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).expect("one object")
}

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("run it")
}

fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn strings(value: &Value) -> Vec<String> {
    let mut all: Vec<String> = value
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it.as_str().expect("a word").to_owned())
        .collect();
    all.sort();
    all
}

/// A bundle with busybox alone in its root, and the configuration that `runc spec` writes, changed in
/// what the test asks about.
fn bundle(runtime: &str, folder: &Path, cgroup: &str) -> Value {
    root(folder);
    let spec = output(Command::new(runtime).arg("spec").current_dir(folder));
    assert!(spec.status.success(), "{spec:?}");
    let path = folder.join("config.json");
    let text = fs::read(&path).expect("the configuration");
    let mut config: Value = serde_json::from_slice(&text).expect("an object");
    config["process"]["terminal"] = false.into();
    config["process"]["args"] = json!(["/bin/busybox", "sleep", "600"]);
    config["linux"]["cgroupsPath"] = cgroup.into();
    config["linux"]["resources"] = json!({"memory": {"limit": MEMORY}, "pids": {"limit": 33}});
    config["linux"]["seccomp"] = json!({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]});
    fs::write(path, config.to_string()).expect("write it");
    config
}

/// A root directory that holds busybox alone.
fn root(folder: &Path) {
    for name in ["bin", "proc", "sys", "dev"] {
        fs::create_dir_all(folder.join("rootfs").join(name)).expect("a folder");
    }
    let program = output(Command::new("sh").args(["-c", "command -v busybox"])).stdout;
    let program = String::from_utf8(program).expect("a path");
    fs::copy(program.trim(), folder.join("rootfs/bin/busybox")).expect("a copy of busybox");
}

/// What lsns(8) lists of a process is what `inspect` says.
fn as_lsns(seen: &Value) -> bool {
    let pid = seen["pid"].to_string();
    let mut lsns = Command::new("lsns");
    let listed = lsns
        .args(["--json", "--output", "NS,TYPE", "--task", &pid])
        .output();
    let Ok(listed) = listed else { return true };
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("an object");
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let names = |rows: &Value, id: &str| -> BTreeSet<(String, String)> {
        let rows = rows.as_array().expect("a list").iter();
        rows.map(|row| (text(&row["type"]), text(&row[id])))
            .collect()
    };
    names(&listed["namespaces"], "ns") == names(&seen["namespaces"], "id")
}

/// What `inspect` says is what the runtime was asked for.
fn compare(seen: &Value, config: &Value) {
    let asked = config["linux"]["namespaces"].as_array().expect("a list");
    for row in seen["namespaces"].as_array().expect("a list") {
        let name = match row["type"].as_str().expect("a word") {
            "mnt" => "mount",
            "net" => "network",
            other => other,
        };
        let own = asked.iter().any(|it| it["type"] == name);
        assert_eq!(row["same"], !own, "{row}");
    }
    for set in ["effective", "bounding", "permitted"] {
        let asked = &config["process"]["capabilities"][set];
        assert_eq!(strings(&seen["capabilities"][set]), strings(asked), "{set}");
    }
    assert_eq!(seen["no_new_privs"], config["process"]["noNewPrivileges"]);
    assert_eq!(seen["seccomp"]["mode"], "filter");
    // Runtimes pass over what the machine does not have.
    let here = |value: &Value| {
        let mut all = strings(value);
        all.retain(|path| Path::new(path).exists());
        all
    };
    assert_eq!(
        strings(&seen["paths"]["masked"]),
        here(&config["linux"]["maskedPaths"])
    );
    let read_only = strings(&seen["paths"]["read_only"]);
    for path in here(&config["linux"]["readonlyPaths"]) {
        assert!(read_only.contains(&path), "{path} in {read_only:?}");
    }
    assert_eq!(
        read_only.contains(&"/".to_owned()),
        config["root"]["readonly"] == true
    );
    assert_eq!(seen["limits"]["memory_bytes"], MEMORY);
    assert_eq!(seen["limits"]["pids"], 33);
}

#[test]
fn a_container_of_runc_is_what_its_configuration_says() {
    container_of("runc");
}

#[test]
fn a_container_of_crun_is_what_its_configuration_says() {
    container_of("crun");
}

fn container_of(runtime: &str) {
    if !users::is_root() {
        skip!("needs root, for cgroups");
    }
    if !has(runtime) || !has("busybox") {
        skip!("needs {runtime} and busybox");
    }
    let check = LeakCheck::begin();
    let folder = tempfile::tempdir().expect("a folder");
    let name = format!("glassbox-{}-{runtime}", std::process::id());
    let config = bundle(runtime, folder.path(), &format!("/{name}"));
    // Its input and output are not ours: nobody would see their end.
    let mut run = Command::new(runtime);
    let run = run.args(["run", "--detach", "--pid-file", "pid", &name]);
    let run = run
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.path().join("why")).expect("a file"));
    let started = run
        .current_dir(folder.path())
        .status()
        .expect("run it")
        .success();
    let seen = started.then(|| {
        let pid = fs::read_to_string(folder.path().join("pid")).expect("its number");
        let by_name = inspect(&[&name]);
        let same = as_lsns(&by_name);
        let others = [&[pid.trim()][..], &["list", "--sort", "memory"]].map(inspect);
        (by_name, others, same)
    });
    // Before anything is compared, which may panic.
    let _ = output(Command::new(runtime).args(["delete", "--force", &name]));
    // The runtime made its folder, if it was not there.
    let _ = fs::remove_dir(format!("/run/{runtime}"));
    let Some((by_name, [by_number, list], as_lsns)) = seen else {
        check.end();
        let why = fs::read_to_string(folder.path().join("why")).unwrap_or_default();
        if why.contains("hybrid mode not supported") {
            // A machine with cgroup v2 does it: `away`.
            common::lacking(format_args!("{runtime}: {}", why.trim()));
            return;
        }
        skip!("{runtime} cannot start a container here: {}", why.trim());
    };
    assert!(as_lsns, "{by_name}");
    assert_eq!(by_name["pid"], by_number["pid"]);
    assert_eq!(by_name["container"], by_number["container"]);
    assert_eq!(by_name["container"]["engine"], runtime);
    assert_eq!(by_name["container"]["name"], name);
    assert_eq!(by_name["nspid"][1], 1);
    compare(&by_name, &config);
    is_listed(&list, &by_name);
    check.end();
}

/// With the name and the process that were seen, and what its cgroup uses.
fn is_listed(list: &Value, seen: &Value) {
    let rows = list["containers"].as_array().expect("a list");
    let named = |row: &&Value| row["name"] == seen["container"]["name"];
    let row = rows.iter().find(named).expect("it is listed");
    assert_eq!((&row["pid"], &row["processes"]), (&seen["pid"], &1.into()));
    let memory = row["memory_bytes"].as_u64();
    assert!(memory.is_some_and(|it| it > 0 && it <= MEMORY), "{row}");
}

/// systemd-nspawn(1) leaves its folder in /run behind.
fn forget_nspawn(was_there: bool) {
    if !was_there {
        let _ = fs::remove_dir_all("/run/systemd/nspawn");
    }
}

#[test]
fn a_container_of_nspawn_is_what_its_command_line_says() {
    if !users::is_root() {
        skip!("needs root, as systemd-nspawn(1) does");
    }
    if !has("systemd-nspawn") || !has("busybox") {
        skip!("needs systemd-nspawn(1) and busybox");
    }
    let was_there = Path::new("/run/systemd/nspawn").exists();
    let check = LeakCheck::begin();
    let folder = tempfile::tempdir().expect("a folder");
    root(folder.path());
    let top = folder.path().join("rootfs");
    for name in ["etc", "run", "tmp", "usr", "var"] {
        fs::create_dir(top.join(name)).expect("a folder");
    }
    let name = format!("glassbox-{}", std::process::id());
    let mut command = Command::new("systemd-nspawn");
    command.args(["--quiet", "--register=no", "--keep-unit", "--pipe"]);
    command.args(["--private-network", "--no-new-privileges=yes"]);
    command.args(["--drop-capability=CAP_CHOWN", "--machine", &name]);
    command.arg("--directory").arg(&top);
    command.args(["/bin/busybox", "sh", "-c", "echo ready; read x"]);
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = streams.stderr(Stdio::null()).spawn().expect("start it");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    let _ = BufReader::new(stdout).read_line(&mut line);
    let seen = (line.trim() == "ready").then(|| {
        let id = child.id();
        let path = format!("/proc/{id}/task/{id}/children");
        let pid = fs::read_to_string(path).expect("the children");
        let pid = pid.trim().to_owned();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("status");
        let seen = inspect(&[&pid]);
        let same = as_lsns(&seen);
        (seen, status, same)
    });
    drop(child.stdin.take());
    child.wait().expect("wait for it");
    forget_nspawn(was_there);
    let Some((seen, status, as_lsns)) = seen else {
        check.end();
        skip!("systemd-nspawn(1) cannot start a container here");
    };
    assert!(as_lsns, "{seen}");
    assert_eq!(seen["container"]["engine"], "systemd-nspawn");
    assert_eq!(seen["parent"]["pid"], child.id());
    for row in seen["namespaces"].as_array().expect("a list") {
        let shared = ["user", "time"].map(Value::from).contains(&row["type"]);
        // Whether it has a cgroup namespace depends on the machine's cgroups; lsns(8) says the same.
        if row["type"] != "cgroup" {
            assert_eq!(row["same"], shared, "{row}");
        }
    }
    assert_eq!(seen["no_new_privs"], true);
    assert_eq!(seen["seccomp"]["mode"], "filter");
    let bounding = strings(&seen["capabilities"]["bounding"]);
    assert!(!bounding.contains(&"CAP_CHOWN".to_owned()), "{bounding:?}");
    let mask = status.lines().find_map(|line| line.strip_prefix("CapBnd:"));
    let mask = u64::from_str_radix(mask.expect("a mask").trim(), 16).expect("a mask");
    assert_eq!(bounding.len(), mask.count_ones() as usize);
    check.end();
}

/// What the sandbox of bubblewrap is asked for.
const SANDBOX: [&str; 18] = [
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--cap-drop",
    "ALL",
    "--die-with-parent",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--info-fd",
    "1",
    "sh",
    "-c",
    "echo ready >&2; read x",
];

#[test]
fn a_sandbox_of_bubblewrap_is_what_its_command_line_says() {
    if !has("bwrap") {
        skip!("needs bwrap(1)");
    }
    let check = LeakCheck::begin();
    let mut command = Command::new("bwrap");
    let command = command
        .args(SANDBOX)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("start it");
    let mut info = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    for line in BufReader::new(stdout).lines() {
        info.push_str(&line.expect("a line"));
        if info.ends_with('}') {
            break;
        }
    }
    // It is told of before it is ready; what runs in it says when. Its standard output is closed.
    let mut line = String::new();
    let stderr = child.stderr.take().expect("a pipe");
    let _ = BufReader::new(stderr).read_line(&mut line);
    let info = serde_json::from_str::<Value>(&info);
    let Some(info) = info.ok().filter(|_| line == "ready\n") else {
        let _ = child.wait();
        check.end();
        skip!("bwrap cannot make a sandbox here");
    };
    let seen = inspect(&[&info["child-pid"].to_string()]);
    let as_lsns = as_lsns(&seen);
    drop(child.stdin.take());
    child.wait().expect("wait for it");
    assert!(as_lsns, "{seen}");
    assert_eq!(seen["container"]["engine"], "bubblewrap");
    assert_eq!(seen["parent"]["pid"], child.id());
    for row in seen["namespaces"].as_array().expect("a list") {
        let own = ["user", "pid", "net", "mnt"]
            .map(Value::from)
            .contains(&row["type"]);
        assert_eq!(row["same"], !own, "{row}");
    }
    assert!(strings(&seen["paths"]["read_only"]).contains(&"/".to_owned()));
    check.end();
}

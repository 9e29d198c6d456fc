//! `glassbox inspect` on containers that nobody here wrote: runc(8) with a bundle of busybox, compared
//! with the runtime's own configuration, and bwrap(1), compared with its command line.

mod common;

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
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok()
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
fn bundle(folder: &Path, cgroup: &str) -> Value {
    for name in ["bin", "proc", "sys", "dev"] {
        fs::create_dir_all(folder.join("rootfs").join(name)).expect("a folder");
    }
    let program = output(Command::new("sh").args(["-c", "command -v busybox"])).stdout;
    let program = String::from_utf8(program).expect("a path");
    fs::copy(program.trim(), folder.join("rootfs/bin/busybox")).expect("a copy of busybox");
    let spec = output(Command::new("runc").arg("spec").current_dir(folder));
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

/// What `inspect` says is what runc was asked for.
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
    // runc passes over what the machine does not have.
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
    if !users::is_root() {
        skip!("needs root, for cgroups");
    }
    if !has("runc") || !has("busybox") {
        skip!("needs runc and busybox");
    }
    let check = LeakCheck::begin();
    let folder = tempfile::tempdir().expect("a folder");
    let name = format!("glassbox-{}-runc", std::process::id());
    let config = bundle(folder.path(), &format!("/{name}"));
    // Its input and output are not ours: nobody would see their end.
    let mut run = Command::new("runc");
    let run = run.args(["run", "--detach", "--pid-file", "pid", &name]);
    let run = run
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = run
        .current_dir(folder.path())
        .status()
        .expect("run it")
        .success();
    let seen = started.then(|| {
        let pid = fs::read_to_string(folder.path().join("pid")).expect("its number");
        [
            inspect(&[&name]),
            inspect(&[pid.trim()]),
            inspect(&["list", "--sort", "memory"]),
        ]
    });
    // Before anything is compared, which may panic.
    let _ = output(Command::new("runc").args(["delete", "--force", &name]));
    // runc made its folder, if it was not there.
    let _ = fs::remove_dir("/run/runc");
    let Some([by_name, by_number, list]) = seen else {
        check.end();
        skip!("runc cannot start a container here");
    };
    assert_eq!(by_name["pid"], by_number["pid"]);
    assert_eq!(by_name["container"], by_number["container"]);
    assert_eq!(by_name["container"]["engine"], "runc");
    assert_eq!(by_name["container"]["name"], name);
    assert_eq!(by_name["nspid"][1], 1);
    compare(&by_name, &config);
    let rows = list["containers"].as_array().expect("a list");
    let row = rows
        .iter()
        .find(|row| row["name"] == name)
        .expect("it is listed");
    assert_eq!(
        (&row["pid"], &row["processes"]),
        (&by_name["pid"], &1.into())
    );
    assert!(
        row["memory_bytes"]
            .as_u64()
            .is_some_and(|it| it > 0 && it <= MEMORY),
        "{row}"
    );
    check.end();
}

#[test]
fn a_sandbox_of_bubblewrap_is_what_its_command_line_says() {
    if !has("bwrap") {
        skip!("needs bwrap(1)");
    }
    let check = LeakCheck::begin();
    let words = [
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
    let mut command = Command::new("bwrap");
    let command = command
        .args(words)
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
    drop(child.stdin.take());
    child.wait().expect("wait for it");
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

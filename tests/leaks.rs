//! Shows that the leak check finds what it is there to find: each test plants one leak, sees it
//! told, and removes it. What cannot be planted on the host is planted in private namespaces.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use common::leaks::LeakCheck;
use common::processes::{Row, Table};
use common::users;

/// Asserts that exactly the leaks that contain each of `words` are told.
fn assert_told(leaks: &[String], words: &[&str]) {
    for word in words {
        let told = leaks.iter().any(|leak| leak.contains(word));
        assert!(told, "nobody told of `{word}`: {leaks:#?}");
    }
    for leak in leaks {
        let known = words.iter().any(|word| leak.contains(word));
        assert!(known, "told, but not planted: {leak}");
    }
}

/// A child that is killed when the test ends, whichever way.
struct Planted(Child);

impl Planted {
    fn start(program: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self(command.spawn().expect("start a child"))
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_quiet_test_leaves_nothing() {
    let check = LeakCheck::begin();
    let output = Command::new("true").output().expect("run true");
    assert!(output.status.success());
    check.end();
}

#[test]
fn a_process_that_ends_within_the_second_is_no_leak() {
    let check = LeakCheck::begin();
    // An orphan: its parent, the shell, is gone at once. The check adopts and reaps it.
    let shell = Command::new("sh")
        .args(["-c", "sleep 0.3 & exit 0"])
        .status();
    assert!(shell.expect("run sh").success());
    check.end();
}

#[test]
fn a_process_left_behind_is_told() {
    let check = LeakCheck::begin();
    let planted = Planted::start("sleep", &["60"]);
    assert_told(
        &check.leaks(),
        &[&format!("new process: process {}", planted.0.id())],
    );
    drop(planted);
    check.end();
}

#[test]
fn an_orphan_in_a_session_of_its_own_is_told() {
    let check = LeakCheck::begin();
    let script = "setsid sleep 60 >/dev/null 2>&1 & echo $!";
    let shell = Command::new("sh")
        .args(["-c", script])
        .output()
        .expect("run sh");
    let pid = String::from_utf8(shell.stdout).expect("a number");
    assert_told(
        &check.leaks(),
        &[&format!("new process: process {} (sleep)", pid.trim())],
    );
    let pid = nix::unistd::Pid::from_raw(pid.trim().parse().expect("a pid"));
    nix::sys::signal::kill(pid, nix::sys::signal::SIGKILL).expect("kill our own child");
    check.end();
}

#[test]
fn a_namespace_that_a_process_holds_is_told() {
    let check = LeakCheck::begin();
    if !can_unshare() {
        check.end();
        skip!("unshare(1) cannot make a user namespace here");
    }
    let planted = Planted::start("unshare", &["--user", "--uts", "sleep", "60"]);
    let leaks = check.leaks();
    assert_told(
        &leaks,
        &[
            "new process:",
            "new namespace: user:[",
            "new namespace: uts:[",
        ],
    );
    drop(planted);
    check.end();
}

#[test]
fn files_and_folders_of_ours_are_told() {
    let check = LeakCheck::begin();
    let id = std::process::id();
    let file = PathBuf::from(format!("/dev/shm/glassbox-planted-{id}"));
    let folder = std::env::temp_dir().join(format!(".glassbox-planted-{id}"));
    fs::write(&file, "").expect("write the file");
    fs::create_dir(&folder).expect("make the folder");
    let leaks = check.differences();
    fs::remove_file(&file).expect("remove the file");
    fs::remove_dir(&folder).expect("remove the folder");
    assert_told(
        &leaks,
        &["/dev/shm/glassbox-planted-", "/.glassbox-planted-"],
    );
    check.end();
}

#[test]
fn a_cgroup_of_ours_is_told() {
    // Making an empty cgroup changes nothing for any process.
    let name = format!("glassbox-planted-{}", std::process::id());
    let check = LeakCheck::begin();
    let places = [
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/unified",
        "/sys/fs/cgroup/pids",
    ];
    let made = places
        .iter()
        .map(|place| Path::new(place).join(&name))
        .find(|folder| fs::create_dir(folder).is_ok());
    let Some(folder) = made else {
        check.end();
        skip!("no cgroup may be made here");
    };
    let leaks = check.differences();
    fs::remove_dir(&folder).expect("remove the cgroup");
    assert_told(&leaks, &["new cgroup: /sys/fs/cgroup"]);
    check.end();
}

/// Private namespaces of every kind that [`planted_where_it_is_private`] changes.
const PRIVATE: [&str; 6] = [
    "--user",
    "--map-root-user",
    "--mount",
    "--net",
    "--uts",
    "--ipc",
];

fn can_unshare() -> bool {
    let tried = Command::new("unshare").args(PRIVATE).arg("true").output();
    tried.is_ok_and(|output| output.status.success())
}

#[test]
fn mounts_interfaces_devices_names_and_settings_are_told() {
    let check = LeakCheck::begin();
    if !can_unshare() {
        check.end();
        skip!("unshare(1) cannot make the namespaces here");
    }
    let inside = Command::new("unshare")
        .args(PRIVATE)
        .arg(std::env::current_exe().expect("this test"))
        .args([
            "--exact",
            "planted_where_it_is_private",
            "--ignored",
            "--nocapture",
        ])
        .env("GLASSBOX_HOST_UTS", link_of_own("uts"))
        .env("GLASSBOX_HOST_MNT", link_of_own("mnt"))
        .output()
        .expect("run unshare");
    let told = String::from_utf8_lossy(&inside.stdout) + String::from_utf8_lossy(&inside.stderr);
    assert!(
        inside.status.success() && told.contains("1 passed"),
        "{told}"
    );
    check.end();
}

#[test]
fn a_loop_device_without_a_name_is_told() {
    let check = LeakCheck::begin();
    let file = tempfile::NamedTempFile::new().expect("file");
    file.as_file().set_len(1 << 20).expect("size");
    // One that is there: a new one would be an entry of /dev that stays.
    let free = (0..8).map(|number| format!("/sys/block/loop{number}"));
    let free =
        free.filter(|disk| Path::new(disk).exists() && !Path::new(disk).join("loop").exists());
    let device = free.map(|disk| disk.replace("/sys/block", "/dev")).next();
    let shown = device.as_ref().is_some_and(|device| {
        let losetup = Command::new("losetup")
            .arg(device)
            .arg(file.path())
            .status();
        losetup.is_ok_and(|status| status.success())
    });
    let Some(device) = device.filter(|_| shown) else {
        check.end();
        skip!("losetup(8) has no loop device for us");
    };
    drop(file);
    let leaks = check.differences();
    run(&format!("losetup -d {device}"));
    assert_told(&leaks, &["new loop device: "]);
    check.end();
}

fn link_of_own(kind: &str) -> String {
    let link = fs::read_link(format!("/proc/self/ns/{kind}")).expect("read a namespace link");
    link.to_string_lossy().into_owned()
}

#[test]
#[ignore = "run by mounts_interfaces_devices_names_and_settings_are_told, in private namespaces"]
fn planted_where_it_is_private() {
    // Nothing is changed before it is certain that this is not the host.
    for (kind, variable) in [("uts", "GLASSBOX_HOST_UTS"), ("mnt", "GLASSBOX_HOST_MNT")] {
        let host = std::env::var(variable).expect("started by the other test");
        assert_ne!(
            link_of_own(kind),
            host,
            "still in the host's {kind} namespace"
        );
    }
    run("mount -t tmpfs quiet /mnt");
    let check = LeakCheck::begin();
    for (plant, remove, words) in PLANTED {
        run(plant);
        let leaks = check.differences();
        run(remove);
        assert_told(&leaks, words);
    }
    check.end();
}

/// How to plant, how to remove, and what is to be told: no more and no less.
const PLANTED: [(&str, &str, &[&str]); 7] = [
    ("mount -t tmpfs p /mnt", "umount /mnt", &["new mount: "]),
    (
        "mount --make-shared /mnt",
        "mount --make-private /mnt",
        &["/mnt rw,relatime shared:", "mount is gone: "],
    ),
    (
        "mount -t tmpfs p /dev",
        "umount /dev",
        &[
            "new mount: ",
            "entry of /dev is gone: /dev/null",
            "entry of /dev is gone: ",
        ],
    ),
    (
        "ip link add planted0 type veth peer name planted1",
        "ip link delete planted0",
        &[
            "new network interface: planted0",
            "new network interface: planted1",
        ],
    ),
    (
        "hostname >/mnt/name; hostname planted",
        "hostname -F /mnt/name",
        &[
            "setting: kernel/hostname = planted",
            "setting is gone: kernel/hostname = ",
        ],
    ),
    (
        "echo 1 >/proc/sys/net/ipv4/ip_forward",
        "echo 0 >/proc/sys/net/ipv4/ip_forward",
        &[" net/ipv4/ip_forward = 1", " net/ipv4/ip_forward = 0"],
    ),
    (
        "ipcmk --shmem 4096 >/mnt/id",
        "ipcrm --all",
        &["new IPC object: shm key and id "],
    ),
];

fn run(command: &str) {
    let status = Command::new("sh")
        .args(["-c", command])
        .status()
        .expect("run sh");
    assert!(status.success(), "{command}: {status}");
}

#[test]
fn an_ordinary_user_runs_commands_without_privileges() {
    let user = match users::ordinary() {
        Ok(user) => user,
        Err(why) => skip!("{why}"),
    };
    let check = LeakCheck::begin();
    let script = "id -u; id -G; grep CapEff /proc/self/status; echo $HOME; echo $SUDO_UID";
    let output = user
        .command("sh")
        .args(["-c", script])
        .output()
        .expect("run sh");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], user.uid.to_string());
    assert!(
        !lines[1].split(' ').any(|group| group == "0"),
        "in root's group: {}",
        lines[1]
    );
    assert_eq!(lines[2], "CapEff:\t0000000000000000");
    assert_eq!(lines[3], user.home.to_string_lossy());
    assert_eq!(lines[4], "");
    check.end();
}

#[test]
fn the_installed_binary_can_be_run_by_an_ordinary_user() {
    let user = match users::ordinary() {
        Ok(user) => user,
        Err(why) => skip!("{why}"),
    };
    let check = LeakCheck::begin();
    let installed = users::Installed::new();
    let output = user
        .command("test")
        .arg("-x")
        .arg(installed.path())
        .output()
        .expect("run test");
    assert!(output.status.success(), "{output:?}");
    drop(installed);
    check.end();
}

fn row(pid: i32, parent: i32, comm: &str, exe: &str) -> Row {
    let (comm, exe) = (comm.to_owned(), exe.to_owned());
    Row {
        pid,
        parent,
        comm,
        exe,
        state: 'S',
        ..Row::default()
    }
}

#[test]
fn descendants_and_lost_glassboxes_are_ours() {
    let table = Table::new([
        row(1, 0, "systemd", "/lib/systemd/systemd"),
        row(10, 1, "bash", "/usr/bin/bash"),
        row(20, 10, "glassbox", "/usr/bin/glassbox"), // someone else's, and its helper
        row(21, 20, "box:helper", "/usr/bin/glassbox"),
        row(30, 10, "cli-0123", "/target/deps/cli-0123"), // the harness
        row(31, 30, "sleep", "/usr/bin/sleep"),
        row(32, 31, "sh", "/usr/bin/dash"),
        row(40, 1, "glassbox", "/usr/bin/glassbox"),
        row(41, 40, "box:init", ""),
        row(42, 1, "ticker", "/memfd:glassbox (deleted)"),
        row(43, 1, "cron", "/usr/sbin/cron"),
        row(45, 1, "glassbox", "/elsewhere/target/debug/glassbox"),
        row(44, 1, "kworker/0:1", ""),
    ]);
    let ours: Vec<i32> = table.ours(30).iter().map(|row| row.pid).collect();
    assert_eq!(ours, [31, 32, 40, 41, 42]);
}

#[test]
fn the_own_row_is_read_from_proc() {
    let own = i32::try_from(std::process::id()).expect("a pid");
    let row = Row::read(own).expect("the own row");
    assert_eq!(row.parent, nix::unistd::getppid().as_raw());
    assert_eq!(
        row.exe,
        std::env::current_exe().expect("exe").to_string_lossy()
    );
    assert!(row.start > 0);
}

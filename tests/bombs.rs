//! kill -9 of each process of ours that holds something, while a fork bomb and CPU burners run in a
//! lesson's cgroup: a second later nothing is left, neither processes nor cgroups (guarantees G1 and
//! G5). `GLASSBOX_KILLS` says how often each is killed.

mod common;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::leaks::LeakCheck;
use common::processes::{Row, Table};
use common::users;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often each is killed, unless `GLASSBOX_KILLS` says otherwise.
const KILLS: u64 = 2;
/// How long the bomb may take to go off: systemd may have to make a scope before.
const LIT_WITHIN: Duration = Duration::from_mins(1);
/// How many of its processes there must be.
const ENOUGH: usize = 20;
/// Those that hold something: by the end of their names.
const VICTIMS: [&str; 4] = ["glassbox", "glassbox:ui", "glassbox:root", "box:spawner"];

const LESSON: &str = r#"
format_version = 1
title   = "A bomb"
minutes = 1
needs   = ["userns", "cgroups", "cgroup:pids", "cgroup:memory", "cgroup:cpu"]

[[box]]
name = "box"

[[step]]
title   = "It goes off"
say     = "It goes off."
panels  = ["processes"]
do      = [
  { cgroup = { name = "jar" } },
  { limit = { cgroup = "jar", file = "pids.max", value = "60" } },
  { limit = { cgroup = "jar", file = "memory.max", value = "64M" } },
  { fork = { workload = "burner", cgroup = "jar", with = { threads = 4 } } },
  { fork = { workload = "forkbomb", cgroup = "jar" } },
  { observe = { seconds = 10 } },
]
expect  = ["cgroup('jar') != null && cgroup('jar').pids.current > 20"]
explain = "It is in a jar."
"#;

#[test]
fn a_bomb_ends_with_whoever_holds_it() {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join("11-bomb.toml"), LESSON).expect("write");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), open).expect("chmod");
    let lessons = folder.path().display().to_string();
    let lacking = lacking(&lessons);
    if !lacking.is_empty() {
        skip!("no cgroups for us here: {lacking:?}");
    }
    let often = std::env::var("GLASSBOX_KILLS").ok();
    let often = often.and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut trouble = Vec::new();
    for number in 0..often {
        for name in VICTIMS {
            let found = light_and_kill(name, &lessons).into_iter();
            trouble.extend(found.map(|what| format!("kill {number} of {name}: {what}")));
        }
    }
    assert!(trouble.is_empty(), "{}", trouble.join("\n  "));
}

/// What the bomb needs and this machine does not have, as `doctor` says it.
fn lacking(lessons: &str) -> Vec<(String, Vec<String>)> {
    let check = LeakCheck::begin();
    let mut doctor = Command::new(common::glassbox());
    let doctor = doctor.args(["doctor", "--json", "--lessons", lessons]);
    let output = doctor.stdin(Stdio::null()).output().expect("glassbox");
    check.end();
    common::report::predicted(&output.stdout)
}

fn verify(lessons: &str) -> Command {
    let mut command = Command::new(common::glassbox());
    command.args(["verify", "--json", "--lessons", lessons]);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Starts it, waits until many run, kills one process; what is left a second later, in words.
fn light_and_kill(victim: &str, lessons: &str) -> Vec<String> {
    let check = LeakCheck::begin();
    let mut guardian = verify(lessons)
        .stdout(Stdio::null())
        .spawn()
        .expect("start");
    if !has_gone_off(&mut guardian) {
        let _ = guardian.kill();
        let _ = guardian.wait();
        let mut found = check.finish();
        found.push("the bomb did not go off".to_owned());
        return found;
    }
    let pid = match victim {
        "glassbox" => Some(i32::try_from(guardian.id()).expect("a pid")),
        name => ours()
            .iter()
            .find(|row| row.comm == name)
            .map(|row| row.pid),
    };
    let Some(pid) = pid else {
        // As an ordinary user there is no broker.
        let _ = guardian.kill();
        let _ = guardian.wait();
        let mut found = check.finish();
        if users::is_root() || victim != "glassbox:root" {
            found.push("there is none".to_owned());
        }
        return found;
    };
    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    let killed = Instant::now();
    let mut found = check.leaks();
    // Whoever still lives may: the guardian and the ui go on without the others, to their end.
    if !found.is_empty() && ["glassbox:root", "box:spawner"].contains(&victim) {
        found.retain(|what| !what.contains("(glassbox"));
    }
    let took = killed.elapsed();
    let _ = guardian.wait();
    found.extend(check.finish());
    found
        .iter()
        .map(|what| format!("{what} (after {took:?})"))
        .collect()
}

fn has_gone_off(guardian: &mut Child) -> bool {
    let deadline = Instant::now() + LIT_WITHIN;
    while Instant::now() < deadline {
        let bombs = ours().iter().filter(|row| row.comm == "forkbomb").count();
        if bombs >= ENOUGH {
            return true;
        }
        if guardian.try_wait().expect("wait").is_some() {
            return false;
        }
        sleep(Duration::from_millis(10));
    }
    false
}

fn ours() -> Vec<Row> {
    let table = Table::read();
    let ours = table.ours(i32::try_from(std::process::id()).expect("a pid"));
    ours.into_iter().cloned().collect()
}

//! Progress is never corrupted (guarantees G6 and G13): damaged files, kill -9 while saving, a full
//! disk, a read-only one, several instances at once. Sessions of the real binary: `sessions.rs`.

mod common;
#[path = "progress/damaged.rs"]
mod damaged;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use glassbox::app::{Progress, Reached};
use glassbox::run::store::{Store, Trouble};

/// The folder for those tests that others start.
const FOLDER: &str = "GLASSBOX_TEST_STATE";
/// The lesson that such a test saves.
const LESSON: &str = "GLASSBOX_TEST_LESSON";
const KILLS: u32 = 200;

fn reached(lessons: &[(&str, usize, bool)]) -> Progress {
    let lessons = lessons
        .iter()
        .map(|&(id, step, done)| (id.to_owned(), Reached { step, done }));
    Progress {
        lessons: lessons.collect(),
        last: None,
        ..Progress::default()
    }
}

/// What the next session is told, which must be nothing but the progress.
fn kept(folder: &Path) -> Progress {
    let (_, progress, trouble) = Store::open(folder);
    assert_eq!(trouble, None);
    progress
}

fn save(folder: &Path, progress: &Progress) -> Result<Option<Trouble>, Trouble> {
    Store::open(folder).0.save(progress)
}

fn text(folder: &Path) -> String {
    fs::read_to_string(folder.join("progress.json")).expect("read the progress file")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("list").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.collect()
}

/// This test program again, with one of its ignored tests.
fn role(name: &str, folder: &Path, lesson: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the test program"));
    command
        .args(["--ignored", "--exact", name])
        .env(FOLDER, folder)
        .env(LESSON, lesson)
        .stdout(Stdio::null());
    command
}

fn variable(name: &str) -> String {
    std::env::var(name).expect("started by another test")
}

/// Saves as fast as it can: two lessons, always with the same step, which only grows.
#[test]
#[ignore = "started by kills_while_saving"]
fn saves_without_end() {
    let folder = PathBuf::from(variable(FOLDER));
    let (mut store, mut progress, trouble) = Store::open(&folder);
    assert_eq!(trouble, None);
    loop {
        let step = progress.lessons.get("a").map_or(0, |lesson| lesson.step) + 1;
        progress = reached(&[("a", step, false), ("b", step, false)]);
        store.save(&progress).expect("save");
    }
}

#[test]
fn kills_while_saving() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    save(folder, &reached(&[("a", 1, false), ("b", 1, false)])).expect("save");
    let (mut step, mut in_the_middle) = (1, 0);
    for round in 0..KILLS {
        let mut saver = role("saves_without_end", folder, "")
            .spawn()
            .expect("start");
        wait_for_a_change(folder, &mut saver);
        // Between saves and in every part of one; 37 is prime to the span.
        std::thread::sleep(Duration::from_micros(u64::from(round) * 37 % 2000));
        saver.kill().expect("kill -9");
        saver.wait().expect("wait");
        in_the_middle += u32::from(names(folder).contains(".progress.json.new"));
        let value: serde_json::Value =
            serde_json::from_str(&text(folder)).expect("the file itself is whole");
        let found = kept(folder);
        let (a, b) = (found.lessons["a"], found.lessons["b"]);
        assert_eq!(value["lessons"]["a"]["step"], a.step);
        assert_eq!(a, b, "half of a save, round {round}");
        assert!(a.step > step, "{} after {step}, round {round}", a.step);
        step = a.step;
    }
    assert!(in_the_middle > 0, "no kill hit a save in {step} saves");
    save(folder, &reached(&[("a", 0, true)])).expect("save");
    assert_eq!(
        names(folder).into_iter().collect::<Vec<_>>(),
        ["progress.json", "progress.json.old", "progress.lock"],
        "{in_the_middle} of {KILLS} kills hit a save; nothing of them is left"
    );
}

fn wait_for_a_change(folder: &Path, saver: &mut Child) {
    let before = text(folder);
    let deadline = Instant::now() + common::pty::DEADLINE;
    while text(folder) == before {
        let ended = saver.try_wait().expect("look");
        assert!(
            ended.is_none() && Instant::now() < deadline,
            "nothing is saved"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// One of several instances: its lesson goes through a hundred steps.
#[test]
#[ignore = "started by instances_at_once_lose_nothing"]
fn saves_a_hundred_steps() {
    let (folder, lesson) = (PathBuf::from(variable(FOLDER)), variable(LESSON));
    let (mut store, mut progress, trouble) = Store::open(&folder);
    assert_eq!(trouble, None);
    for step in 0..100 {
        let done = step == 99;
        progress
            .lessons
            .insert(lesson.clone(), Reached { step, done });
        // Who saves without a pause may starve the others; a save that was put off loses nothing.
        while store.save(&progress) == Err(Trouble::Locked) {}
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(store.save(&progress), Ok(None));
}

#[test]
fn instances_at_once_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let lessons = ["a", "b", "c"];
    let start = |lesson: &&str| role("saves_a_hundred_steps", folder.path(), lesson).spawn();
    let instances: Vec<Child> = lessons.iter().map(|l| start(l).expect("start")).collect();
    for mut instance in instances {
        assert!(instance.wait().expect("wait").success());
    }
    let all = reached(&lessons.map(|lesson| (lesson, 99, true)));
    assert_eq!(kept(folder.path()), all);
}

#[test]
fn the_last_writer_adds_and_what_is_done_stays_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    save(folder, &reached(&[("a", 1, false), ("b", 1, false)])).expect("save");
    let (mut one, mut ours, _) = Store::open(folder);
    let (mut other, mut theirs, _) = Store::open(folder);
    let (step, done) = (4, true);
    ours.lessons.insert("a".to_owned(), Reached { step, done });
    one.save(&ours).expect("save");
    let (step, done) = (2, false);
    theirs
        .lessons
        .insert("a".to_owned(), Reached { step, done });
    theirs
        .lessons
        .insert("c".to_owned(), Reached { step, done });
    other.save(&theirs).expect("save");
    let both = reached(&[("a", 2, true), ("b", 1, false), ("c", 2, false)]);
    assert_eq!(kept(folder), both);
}

/// In a mount namespace of its own, with a disk of 64 KiB.
#[test]
#[ignore = "started by a_full_disk_and_a_read_only_one"]
fn on_a_small_disk() {
    let folder = PathBuf::from(variable(FOLDER));
    let filler = folder.join("filler");
    let (mut store, _, trouble) = Store::open(&folder);
    assert_eq!(trouble, None);
    let (old, new) = (reached(&[("a", 1, false)]), reached(&[("a", 2, true)]));
    store.save(&old).expect("there is room");
    while fs::File::options()
        .create(true)
        .append(true)
        .open(&filler)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &[0; 4096]))
        .is_ok()
    {}
    let full = store.save(&new).expect_err("there is no room").to_string();
    assert!(full.contains("ENOSPC"), "{full}");
    assert_eq!(kept(&folder), old);
    assert!(!names(&folder).contains(".progress.json.new"));
    fs::remove_file(&filler).expect("make room");
    assert_eq!(store.save(&new), Ok(None));
    assert_eq!(kept(&folder), new);
    let mount = Command::new("mount")
        .args(["-o", "remount,bind,ro"])
        .arg(&folder)
        .status();
    assert!(mount.expect("run mount").success());
    let (mut store, found, trouble) = Store::open(&folder);
    assert_eq!(found, new, "what may be read is read");
    let trouble = trouble.expect("a word").to_string();
    assert!(trouble.contains("EROFS"), "{trouble}");
    let again = store.save(&old).expect_err("read-only").to_string();
    assert_eq!(again, trouble);
}

#[test]
fn a_full_disk_and_a_read_only_one() {
    let confined = ["--user", "--map-root-user", "--mount"];
    let can = Command::new("unshare").args(confined).arg("true").output();
    if !can.as_ref().is_ok_and(|output| output.status.success()) {
        skip!("no mount namespace of our own: {can:?}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mount = "mount -t tmpfs -o size=64k none \"$GLASSBOX_TEST_STATE\" && exec \"$0\" \"$@\"";
    let role = role("on_a_small_disk", folder.path(), "");
    let mut command = Command::new("unshare");
    command
        .args(confined)
        .args(["sh", "-c", mount])
        .arg(role.get_program())
        .args(role.get_args())
        .env(FOLDER, folder.path());
    let output = command.output().expect("run unshare");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(
        names(folder.path()),
        BTreeSet::new(),
        "the disk was not ours alone"
    );
}

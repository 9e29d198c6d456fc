//! The shell commands that a lesson shows for each step, typed into shells on terminals: each must
//! do what its step says, fail where the step says it fails, and leave the same state behind.
//!
//! They are typed where they say: a shell that a command starts waits on the same terminal, and who
//! must join a shell from elsewhere does it on a terminal of its own. Left out: lessons with several
//! boxes (04, 08, 09), whose processes have the same names, and 12.

mod common;

#[path = "by_hand/desk.rs"]
mod desk;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use desk::Desk;
use glassbox::lesson::{Lesson, library};

/// A step of a lesson, counted from 1, and what must be true after it.
type Fact = (&'static str, usize, fn(&mut Desk));

const FACTS: &[Fact] = &[
    ("00-labels", 1, |desk| desk.assert_own("demo", &["user"])),
    ("00-labels", 2, |desk| {
        desk.assert_own("demo", &["user", "uts"]);
    }),
    ("00-labels", 3, |desk| {
        desk.assert_own("second", &["ipc", "user", "uts"]);
        assert_ne!(desk.ns("second", "uts"), desk.ns("demo", "uts"));
    }),
    ("00-labels", 4, |desk| {
        desk.assert_own("second", &["ipc", "user", "uts"]);
        assert_eq!(desk.ns("second", "uts"), desk.ns("demo", "uts"));
    }),
    ("00-labels", 5, |desk| {
        assert_eq!(desk.ns("second", "uts"), desk.ns("demo", "uts"));
    }),
    ("01-uts", 1, |desk| desk.assert_own("helper", &["user"])),
    ("01-uts", 2, |desk| {
        desk.assert_own("helper", &["user", "uts"]);
        assert_eq!(desk.answer("helper", "hostname"), host_name());
    }),
    ("01-uts", 3, |desk| {
        assert_eq!(desk.answer("helper", "hostname"), "inside");
        assert_ne!(host_name(), "inside");
    }),
    ("01-uts", 4, |desk| {
        assert_eq!(desk.answer("child", "hostname"), "shared");
        assert_eq!(desk.ns("child", "uts"), desk.ns("helper", "uts"));
    }),
    ("01-uts", 5, |desk| {
        let read = "cat /proc/sys/kernel/domainname";
        assert_eq!(desk.answer("child", read), "lab");
    }),
    ("02-pid", 1, |desk| desk.assert_own("helper", &["user"])),
    ("02-pid", 2, |desk| {
        desk.assert_own("init", &["pid", "user"]);
        assert_eq!(desk.answer("init", "echo $$"), "1");
    }),
    ("02-pid", 3, |desk| {
        desk.assert_own("init", &["mnt", "pid", "user"]);
        let count = desk.answer("init", "ls -d /proc/[0-9]* | wc -l");
        assert!(count.parse::<usize>().expect("a number") < 8, "{count}");
    }),
    ("02-pid", 4, |desk| {
        assert_eq!(desk.answer("middle", "echo $$"), "1");
        assert_ne!(desk.ns("middle", "pid"), desk.ns("init", "pid"));
        desk.assert_deepest(3);
    }),
    ("02-pid", 6, |desk| desk.assert_deepest(0)),
    ("03-user", 1, |desk| desk.assert_ids("demo", 0)),
    ("03-user", 2, |desk| desk.assert_ids("demo", UNMAPPED)),
    ("03-user", 3, |desk| {
        desk.assert_ids("demo", UNMAPPED);
        assert_eq!(desk.answer("demo", EFFECTIVE), "0000000000000000");
    }),
    ("03-user", 4, |desk| {
        desk.assert_ids("two", 0);
        assert_ne!(desk.answer("two", EFFECTIVE), "0000000000000000");
    }),
    ("03-user", 5, |desk| {
        assert_eq!(desk.answer("two", "hostname"), "mine");
        assert_ne!(host_name(), "mine");
    }),
    ("03-user-files", 1, |desk| {
        desk.assert_ids("helper", 0);
        assert_eq!(desk.answer("helper", "cat /proc/self/setgroups"), "deny");
        assert_eq!(desk.answer("helper", "wc -l < /proc/self/gid_map"), "1");
    }),
    ("03-user-files", 2, |desk| {
        assert_eq!(desk.answer("helper", "stat -c %u:%g /mnt/mine"), "0:0");
        let owner = desk.seen_by_host("helper", "/mnt/mine").uid();
        assert_eq!(owner, nix::unistd::getuid().as_raw());
    }),
    ("03-user-files", 4, |desk| {
        assert!(desk.mounted("helper", "/tmp"));
    }),
    ("03-user-ranges", 1, |desk| {
        desk.assert_ids("helper", 0);
        assert_eq!(desk.answer("helper", "wc -l < /proc/self/uid_map"), "2");
        assert_eq!(desk.answer("helper", "wc -l < /proc/self/gid_map"), "2");
    }),
    ("03-user-ranges", 2, |desk| {
        assert_eq!(desk.answer("helper", "stat -c %u:%g /mnt/five"), "5:5");
        let first = desk.answer("helper", "awk '$1 == 1 {print $2}' /proc/self/uid_map");
        let first: u32 = first.parse().expect("a number");
        assert_eq!(desk.seen_by_host("helper", "/mnt/five").uid(), first + 4);
    }),
    ("03-user-ranges", 3, |desk| {
        desk.assert_ids("remap", 0);
        assert_eq!(
            desk.answer("remap", "awk '{print $2}' /proc/self/uid_map"),
            "1"
        );
        assert_eq!(
            desk.answer("remap", "stat -c %u /mnt"),
            UNMAPPED.to_string()
        );
    }),
    ("05-mount", 1, |desk| {
        desk.assert_own("helper", &["mnt", "user"]);
        assert!(desk.mounted("helper", "/mnt"));
    }),
    ("05-mount", 2, |desk| {
        assert_ne!(desk.ns("box", "mnt"), desk.ns("helper", "mnt"));
        assert!(desk.mounted("box", "/mnt/data") && desk.mounted("helper", "/mnt/data"));
    }),
    ("05-mount", 3, |desk| {
        assert!(desk.mounted("helper", "/mnt/usb") && desk.mounted("box", "/mnt/usb"));
        assert!(desk.mounted("box", "/mnt/up") && !desk.mounted("helper", "/mnt/up"));
    }),
    ("05-mount", 4, |desk| {
        assert_eq!(desk.answer("box", "cat /mnt/letter"), "from the ground");
    }),
    ("05-mount", 5, |desk| assert!(desk.mounted("box", "/proc"))),
    ("06-overlay", 1, |desk| {
        assert!(desk.mounted("helper", "/mnt/merged"));
    }),
    ("06-overlay", 2, |desk| {
        assert_eq!(desk.answer("helper", "tail -n 1 /mnt/upper/menu"), "salt");
        assert_eq!(desk.answer("helper", "tail -n 1 /mnt/lower/menu"), "soup");
    }),
    ("06-overlay", 3, |desk| {
        let whiteout = "stat -c %F,%t,%T /mnt/upper/story";
        assert_eq!(
            desk.answer("helper", whiteout),
            "character special file,0,0"
        );
    }),
    ("06-overlay", 4, |desk| {
        assert_eq!(desk.answer("helper", "ls -A /mnt/merged/old | wc -l"), "0");
        assert_eq!(desk.answer("helper", "cat /mnt/lower/old/junk"), "dust");
    }),
    ("06-overlay", 5, |desk| {
        assert_eq!(
            desk.answer("helper", "test -e /etc/passwd || echo gone"),
            "gone"
        );
        assert!(
            fs::exists("/etc/passwd").expect("look"),
            "the host's is there"
        );
    }),
    ("07-root", 1, |desk| {
        desk.assert_own("cell", &["mnt", "pid", "user"]);
        assert!(desk.mounted("cell", "/mnt/proc"));
    }),
    ("07-root", 2, |desk| {
        assert_eq!(desk.answer("cell", "cat /note"), NOTE);
    }),
    ("07-root", 3, |desk| {
        assert_eq!(desk.answer("cell", "cat /mnt/note"), NOTE);
    }),
    ("07-root", 4, |desk| {
        assert_eq!(desk.answer("cell", "cat /note"), NOTE);
        assert_eq!(desk.answer("cell", "ls -A /old | wc -l"), "0");
    }),
    ("07-root", 5, |desk| {
        assert_eq!(desk.answer("cell", "cat /note"), NOTE);
    }),
];

/// An id that the map does not have.
const UNMAPPED: u32 = 65534;
const EFFECTIVE: &str = "grep CapEff /proc/$$/status | cut -f2";
const NOTE: &str = "you are in the new root";

fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").expect("the hostname");
    name.trim_end().to_owned()
}

/// Types all commands of a lesson and checks what is known of each step.
fn type_lesson(id: &str) {
    let lessons = library::embedded().unwrap_or_else(|_| panic!("the lessons are wrong"));
    let lesson: &Lesson = lessons.iter().find(|lesson| lesson.id == id).expect(id);
    if let Some(why) = missing(lesson) {
        skip!("{id}: {why}");
    }
    let name = host_name();
    let (mut desk, mut earlier) = (Desk::new(), Vec::new());
    for (index, step) in lesson.steps.iter().enumerate() {
        desk.carry_out(&lesson.boxes, &earlier, &step.ops);
        earlier.extend(step.ops.iter().cloned());
        for (of, number, holds) in FACTS {
            if *of == id && *number == index + 1 {
                holds(&mut desk);
            }
        }
    }
    assert_eq!(host_name(), name, "the host kept its name");
}

/// What this machine lacks for a lesson.
fn missing(lesson: &Lesson) -> Option<String> {
    let doctor = std::process::Command::new(common::glassbox())
        .args(["doctor", "--json"])
        .output()
        .expect("doctor");
    let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).expect("a report");
    let mut lines = report["lessons"].as_array().expect("a list").iter();
    let line = lines
        .find(|line| line["id"] == lesson.id.as_str())
        .expect("it");
    (line["runs"] == false).then(|| line["missing"].to_string())
}

#[test]
fn labels_by_hand() {
    type_lesson("00-labels");
}

#[test]
fn a_hostname_by_hand() {
    type_lesson("01-uts");
}

#[test]
fn a_process_list_by_hand() {
    type_lesson("02-pid");
}

#[test]
fn user_namespaces_by_hand() {
    type_lesson("03-user");
}

#[test]
fn owners_of_files_by_hand() {
    if nix::unistd::getuid().is_root() {
        skip!("typed by root, the box's root is the host's, who may do what the lesson refuses");
    }
    type_lesson("03-user-files");
}

#[test]
fn ranges_of_ids_by_hand() {
    type_lesson("03-user-ranges");
}

#[test]
fn mounts_by_hand() {
    type_lesson("05-mount");
}

#[test]
fn layers_by_hand() {
    type_lesson("06-overlay");
}

#[test]
fn a_root_by_hand() {
    if !Path::new("/usr/bin/perl").exists() {
        skip!("no perl: it makes the bare calls of the escape");
    }
    type_lesson("07-root");
}

#[test]
fn clocks_by_hand() {
    type_lesson("10-time");
}

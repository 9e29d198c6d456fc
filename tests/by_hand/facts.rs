//! What must be true after each step of the lessons 00 to 07, typed by hand: processes, users and
//! mounts. Used by the test of the commands alone; types nothing of the lesson.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::desk::Desk;
use crate::host_name;

/// A step of a lesson, counted from 1, and what must be true after it.
pub(crate) type Fact = (&'static str, usize, fn(&mut Desk));

pub(crate) const FACTS: &[Fact] = &[
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
        assert!(desk.printed(0).ends_with("Permission denied"));
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
    ("02-pid", 6, |desk| {
        desk.assert_deepest(0);
        // dash(1) says why, but not by the error's own name.
        assert!(desk.printed(0).contains("fork"), "{:?}", desk.said);
    }),
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
    ("03-user-files", 3, |desk| {
        assert!(desk.printed(2).ends_with("Invalid argument"));
        assert!(desk.printed(1).ends_with("Invalid argument"));
        assert!(desk.printed(0).ends_with("Permission denied"));
        assert_eq!(desk.answer("helper", "stat -c %u:%g /mnt/mine"), "0:0");
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
    ("04-pid-1", 1, |desk| {
        for (program, inside, mask) in [
            ("plain's app", "plain's insider", 0),
            ("tidy's app", "tidy's insider", 1 << 14),
        ] {
            desk.assert_own(inside, &["mnt", "pid", "user"]);
            assert_eq!(
                desk.answer(inside, "cat /proc/1/comm"),
                desk.status(program, "Name")
            );
            let caught = u64::from_str_radix(&desk.status(program, "SigCgt"), 16);
            assert_eq!(caught.expect("a mask") & (1 << 14), mask, "{program}");
        }
    }),
    ("04-pid-1", 2, |desk| {
        desk.assert_zombies("plain's careless", 3);
        desk.assert_zombies("plain's app", 3);
        desk.assert_zombies("tidy's app", 0);
        desk.assert_ends("tidy's careless");
    }),
    ("04-pid-1", 3, |desk| {
        desk.assert_lives("plain's app");
        desk.assert_ends("plain's nested");
    }),
    ("04-pid-1", 4, |desk| {
        desk.assert_lives("plain's app");
        desk.assert_ends("tidy's app");
    }),
    ("04-pid-1", 5, |desk| {
        desk.assert_ends("plain's app");
        desk.assert_ends("plain's insider");
        desk.assert_deepest(0);
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
    ("21-your-own-container", 1, |desk| {
        desk.assert_own("app", &["ipc", "mnt", "net", "pid", "user", "uts"]);
        assert_eq!(desk.answer("app", "echo $$"), "1");
    }),
    ("21-your-own-container", 3, |desk| {
        assert_eq!(desk.ns("exec", "pid"), desk.ns("app", "pid"));
    }),
    ("21-your-own-container", 4, |desk| {
        assert_eq!(desk.ns("tool", "net"), desk.ns("app", "net"));
        assert_ne!(desk.ns("tool", "mnt"), desk.ns("app", "mnt"));
        assert_eq!(
            desk.answer("tool", "[ -e /usr/bin/env ] && echo there"),
            "there"
        );
        assert_eq!(
            desk.answer("app", "[ -e /usr/bin/env ] || echo gone"),
            "gone"
        );
    }),
];

/// An id that the map does not have.
const UNMAPPED: u32 = 65534;
const EFFECTIVE: &str = "grep CapEff /proc/$$/status | cut -f2";
const NOTE: &str = "you are in the new root";

//! What must be true after each step of a lesson whose commands were typed. Used by the test of the
//! commands alone; types nothing of the lesson.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

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
        assert!(desk.printed(0).contains("fork"), "{}", desk.printed(0));
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
            ("plain's app", "plain's inside", 0),
            ("tidy's app", "tidy's inside", 1 << 14),
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
        desk.assert_ends("plain's inside");
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
    ("08-net", 1, |desk| {
        desk.assert_own("helper", &["net", "user"]);
        assert!(desk.printed(0).ends_with("Network is unreachable"));
    }),
    ("08-net", 2, |desk| {
        for name in ["helper", "a", "b"] {
            assert_eq!(desk.answer(name, &listening(80)), "1", "{name}");
        }
        assert_ne!(desk.ns("a", "net"), desk.ns("b", "net"));
        assert_ne!(desk.ns("a", "net"), desk.ns("helper", "net"));
    }),
    ("08-net", 3, |desk| {
        assert_eq!(
            [desk.printed(3), desk.printed(2), desk.printed(1)],
            ["ground", "blue", "green"]
        );
        assert!(desk.printed(0).ends_with("Address already in use"));
    }),
    ("08-net", 4, |desk| {
        assert_eq!(desk.printed(0), "green");
        assert_eq!(
            desk.answer("helper", "ip -o link show master br0 | wc -l"),
            "2"
        );
    }),
    ("08-net", 5, |desk| {
        assert_eq!(desk.printed(0), "still here");
        assert_ne!(desk.ns("mover", "net"), desk.ns("helper", "net"));
        assert_eq!(desk.answer("helper", &listening(8080)), "1");
    }),
    ("08-names", 1, |desk| {
        assert!(desk.mounted("a", "/run/netns/blue") && desk.mounted("helper", "/run/netns/blue"));
        let number = desk.ns("a", "net");
        let root = "grep ' /run/netns/blue ' /proc/self/mountinfo | cut -d' ' -f4";
        assert_eq!(desk.answer("a", root), number.to_string_lossy());
    }),
    ("08-names", 2, |desk| {
        desk.assert_ends("a");
        let root = "grep ' /run/netns/blue ' /proc/self/mountinfo | cut -d' ' -f4";
        let number = desk.answer("b", root);
        assert_eq!(desk.ns("b", "net").to_string_lossy(), number);
        assert_eq!(desk.answer("b", "ip -o link show up | grep -c ' lo:'"), "1");
        assert_ne!(desk.ns("helper", "net"), desk.ns("b", "net"));
    }),
    ("08-names", 3, |desk| {
        assert_eq!(desk.printed(1), "ground");
        assert!(desk.printed(0).ends_with("Network is unreachable"));
    }),
    ("08-sockets", 1, |desk| {
        assert_eq!(desk.printed(1), "by path");
        assert!(desk.printed(0).ends_with("Connection refused"));
        assert_ne!(desk.ns("helper", "net"), desk.ns("a", "net"));
    }),
    ("08-sockets", 2, |desk| {
        assert_eq!(desk.printed(0), "ground says blue");
    }),
    ("08-sockets", 3, |desk| {
        assert!(desk.printed(2).ends_with("Address already in use"));
        assert_eq!(desk.printed(0), "second says blue");
    }),
    ("08-sockets", 4, |desk| {
        let millis = |words: &str| {
            words
                .strip_suffix(" ms")
                .and_then(|n| n.parse::<u64>().ok())
        };
        let (fast, slow) = (millis(desk.printed(2)), millis(desk.printed(0)));
        let (fast, slow) = (fast.expect("a time"), slow.expect("a time"));
        // What the bucket lets through is fixed, and so is how long the rest takes at least.
        assert!(slow >= 800 && slow > fast, "{fast} and {slow} ms");
        let limited = "tc qdisc show dev eth0 | grep -c tbf";
        assert_eq!(desk.answer("a", limited), "1");
    }),
    ("09-ipc", 1, |desk| {
        desk.assert_own("blue's helper", &["ipc", "user"]);
        assert_eq!(desk.answer("blue's helper", &sysv("shm", "$7")), "1");
        assert_eq!(desk.answer("blue's helper", &sysv("sem", "$4")), "3");
        assert_eq!(desk.answer("blue's helper", &sysv("msg", "$4, $5")), "5 1");
        for table in ["shm", "sem", "msg"] {
            let host = fs::read_to_string(format!("/proc/sysvipc/{table}")).expect("a table");
            assert!(!host.contains("     45253 "), "{host}");
        }
    }),
    ("09-ipc", 2, |desk| {
        assert_eq!(desk.printed(0), "green");
        assert_eq!(desk.answer("green's helper", &sysv("shm", "$2")), "0");
        assert_eq!(desk.answer("blue's helper", &sysv("shm", "$2")), "0");
        assert_ne!(
            desk.ns("green's helper", "ipc"),
            desk.ns("blue's helper", "ipc")
        );
    }),
    ("09-ipc", 3, |desk| {
        assert_eq!(desk.printed(0), "blue");
        desk.assert_own("blue's sidecar", &["ipc", "net", "user"]);
        assert_eq!(
            desk.ns("blue's sidecar", "ipc"),
            desk.ns("blue's helper", "ipc")
        );
        assert_eq!(desk.answer("blue's sidecar", &sysv("shm", "$7")), "0");
    }),
    ("09-ipc", 4, |desk| {
        assert!(
            desk.said
                .iter()
                .any(|(status, said)| *status == 1 && said.contains("No such file"))
        );
        assert!(desk.said.iter().any(|(_, said)| said.trim() == "hello"));
        assert!(
            desk.printed(0).starts_with("QSIZE:5 "),
            "{}",
            desk.printed(0)
        );
    }),
    ("09-ipc", 5, |desk| {
        assert_eq!(desk.printed(0), "blue");
        assert_ne!(
            desk.ns("blue's apart", "ipc"),
            desk.ns("blue's helper", "ipc")
        );
        assert_eq!(
            desk.answer("blue's apart", "wc -l < /proc/sysvipc/shm"),
            "1"
        );
        assert!(!Path::new("/dev/shm/note").exists());
    }),
    ("10-time", 3, |desk| {
        let days = uptime(&desk.answer("helper", "cat /proc/uptime")) - host_uptime();
        assert_eq!((days + 43_200) / 86_400, 10);
    }),
    ("10-time", 5, |desk| {
        let days = uptime(&desk.answer("helper", "cat /proc/uptime")) - host_uptime();
        assert_eq!((days + 43_200) / 86_400, 100);
        let date = desk.answer("helper", "date +%s").parse::<i64>();
        let here = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let here = i64::try_from(here.expect("after 1970").as_secs()).expect("seconds");
        assert!((here - date.expect("a number")).abs() < 60);
    }),
    ("12-cgroup-ns", 1, |desk| desk.assert_own("demo", &["user"])),
    ("12-cgroup-ns", 2, |desk| {
        desk.assert_own("demo", &["cgroup", "user"]);
        assert_eq!(desk.answer("demo", LONG_PATHS), "0");
    }),
    ("12-cgroup-ns", 3, |desk| {
        assert_ne!(desk.ns("late", "cgroup"), desk.ns("demo", "cgroup"));
        assert_ne!(desk.answer("late", LONG_PATHS), "0");
    }),
    ("12-cgroup-ns", 4, |desk| {
        assert_eq!(desk.ns("late", "cgroup"), desk.ns("demo", "cgroup"));
        assert_eq!(desk.answer("late", LONG_PATHS), "0");
    }),
    ("12-cgroup-ns", 5, |desk| {
        assert_eq!(desk.ns("late", "cgroup"), desk.ns("demo", "cgroup"));
        assert!(desk.printed(0).ends_with("Permission denied"));
    }),
];

/// An id that the map does not have.
const UNMAPPED: u32 = 65534;
const EFFECTIVE: &str = "grep CapEff /proc/$$/status | cut -f2";
const NOTE: &str = "you are in the new root";
/// How many lines of /proc/self/cgroup have a path that is not `/`.
const LONG_PATHS: &str = "grep -vc ':/$' /proc/self/cgroup || true";

/// How many sockets listen on a port.
fn listening(port: u16) -> String {
    format!("grep -c ':{port:04X} 00000000:0000 0A' /proc/net/tcp")
}

/// Some columns of the object with the lesson's key.
fn sysv(table: &str, columns: &str) -> String {
    format!("awk '$1==45253 {{ print {columns} }}' /proc/sysvipc/{table}")
}

fn uptime(text: &str) -> i64 {
    let seconds = text.split('.').next().and_then(|text| text.parse().ok());
    seconds.expect("seconds")
}

fn host_uptime() -> i64 {
    uptime(&fs::read_to_string("/proc/uptime").expect("uptime"))
}

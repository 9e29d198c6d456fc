//! What must be true after each step of the lessons from 08 on, typed by hand: networks, IPC, clocks and
//! cgroup paths. Used by the test of the commands alone; types nothing of the lesson.

use std::fs;
use std::path::Path;

use crate::facts::Fact;
use crate::procs::{comes_true, is_in};

pub(crate) const FACTS: &[Fact] = &[
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
    ("08-net-names", 1, |desk| {
        assert!(desk.mounted("a", "/run/netns/blue") && desk.mounted("helper", "/run/netns/blue"));
        let number = desk.ns("a", "net");
        let root = "grep ' /run/netns/blue ' /proc/self/mountinfo | cut -d' ' -f4";
        assert_eq!(desk.answer("a", root), number.to_string_lossy());
    }),
    ("08-net-names", 2, |desk| {
        desk.assert_ends("a");
        let root = "grep ' /run/netns/blue ' /proc/self/mountinfo | cut -d' ' -f4";
        let number = desk.answer("b", root);
        assert_eq!(desk.ns("b", "net").to_string_lossy(), number);
        assert_eq!(desk.answer("b", "ip -o link show up | grep -c ' lo:'"), "1");
        assert_ne!(desk.ns("helper", "net"), desk.ns("b", "net"));
    }),
    ("08-net-names", 3, |desk| {
        assert_ne!(desk.ns("brief", "uts"), desk.ns("helper", "uts"));
    }),
    ("08-net-names", 4, |desk| {
        desk.assert_ends("brief");
        assert_ne!(desk.ns("next", "uts"), desk.ns("helper", "uts"));
    }),
    ("08-net-names", 5, |desk| {
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
        desk.assert_own("blue's neighbour", &["ipc", "net", "user"]);
        assert_eq!(
            desk.ns("blue's neighbour", "ipc"),
            desk.ns("blue's helper", "ipc")
        );
        assert_eq!(desk.answer("blue's neighbour", &sysv("shm", "$7")), "0");
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
    ("10-time", 1, |desk| {
        // By hand the shell is the child: it is started with --fork.
        desk.assert_own("helper", &["time", "user"]);
        assert_eq!(desk.answer("helper", ZERO_OFFSETS), "2");
    }),
    ("10-time", 2, |desk| {
        let second = desk.printed(0);
        assert!(second.contains("Numerical result out of range"), "{second}");
        assert_eq!(desk.answer("helper", ZERO_OFFSETS), "2");
    }),
    ("10-time", 3, |desk| {
        let days = uptime(&desk.answer("helper", "cat /proc/uptime")) - host_uptime();
        assert_eq!((days + 43_200) / 86_400, 10);
    }),
    ("10-time", 4, |desk| {
        let days = uptime(&desk.answer("helper", "cat /proc/uptime")) - host_uptime();
        assert_eq!((days + 43_200) / 86_400, 10);
        assert_eq!(desk.said.len(), 1, "one line, which failed");
    }),
    ("10-time", 5, |desk| {
        let days = uptime(&desk.answer("helper", "cat /proc/uptime")) - host_uptime();
        assert_eq!((days + 43_200) / 86_400, 100);
        let date = desk.answer("helper", "date +%s").parse::<i64>();
        let here = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let here = i64::try_from(here.expect("after 1970").as_secs()).expect("seconds");
        assert!((here - date.expect("a number")).abs() < 60);
    }),
    ("12-limit-stays", 1, |desk| {
        assert_eq!(jar("pids.max"), "12");
        assert_eq!(desk.printed(2), "12");
        assert!(is_in(desk.shell("demo"), "jar"));
    }),
    ("12-limit-stays", 2, |desk| {
        assert_ne!(desk.ns("demo", "cgroup"), desk.ns("helper", "cgroup"));
        assert_eq!(desk.answer("demo", "grep ^0: /proc/self/cgroup"), "0::/");
        assert!(is_in(desk.shell("demo"), "jar"));
    }),
    ("12-limit-stays", 3, |desk| {
        comes_true("a full jar", || jar("pids.current") == "12");
        // Two shells are demo, and the program itself has a place.
        desk.assert_zombies("miser", 9);
    }),
    ("12-limit-stays", 4, |desk| {
        assert_eq!(jar("pids.max"), "40");
        assert!(is_in(desk.shell("late"), "jar"));
        assert_eq!(jar("pids.current"), "13");
        assert_eq!(desk.ns("late", "cgroup"), desk.ns("helper", "cgroup"));
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

/// How many clocks have no offset.
const ZERO_OFFSETS: &str = "grep -c ' 0  *0$' /proc/self/timens_offsets";
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

/// A file of the cgroup that 12-limit-stays makes.
fn jar(file: &str) -> String {
    let text = fs::read_to_string(Path::new("/sys/fs/cgroup/jar").join(file));
    text.expect("a file of jar").trim().to_owned()
}

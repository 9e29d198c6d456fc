//! What must be true after each step of the lessons from 17 on, typed by hand: capabilities, filters,
//! read-only mounts. Used by the test of the commands alone; types nothing of the lesson.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::desk::Desk;
use crate::facts::Fact;

pub(crate) const FACTS: &[Fact] = &[
    ("17-capabilities", 1, |desk| {
        assert!(desk.mounted("helper", "/mnt"));
        assert_eq!(desk.printed(0), "forty pieces");
    }),
    ("17-capabilities", 2, |desk| {
        assert!(desk.printed(0).ends_with("Permission denied"));
        assert_eq!(caps(desk, "app", "CapEff") & OVERRIDE, 0);
        desk.assert_ids("app", 0);
    }),
    ("17-capabilities", 3, |desk| {
        assert_eq!(caps(desk, "app", "CapEff"), caps(desk, "app", "CapBnd"));
        assert_eq!(caps(desk, "app", "CapEff") & OVERRIDE, OVERRIDE);
        assert_eq!(caps(desk, "app", "CapAmb"), 0);
    }),
    ("17-capabilities", 4, |desk| {
        assert!(desk.printed(0).ends_with("Permission denied"));
        assert_eq!(caps(desk, "app", "CapBnd") & OVERRIDE, 0);
        assert_eq!(caps(desk, "app", "CapEff"), caps(desk, "app", "CapBnd"));
        desk.assert_ids("app", 0);
    }),
    ("17-capabilities", 5, |desk| {
        for set in ["CapEff", "CapPrm", "CapAmb"] {
            assert_eq!(caps(desk, "web", set), BIND, "{set}");
        }
        assert_eq!(desk.answer("web", "id -u"), "7");
        assert!(listens(desk, "web", 80));
    }),
    ("17-port-80", 1, |desk| {
        assert_eq!(desk.answer("plain", "id -u"), "80");
        assert_eq!(caps(desk, "plain", "CapEff"), 0);
        assert!(!listens(desk, "plain", 80) && listens(desk, "plain", 8080));
    }),
    ("17-port-80", 2, |desk| {
        assert_eq!(desk.answer("able", "id -u"), "80");
        assert_eq!(caps(desk, "able", "CapEff"), BIND);
        assert!(listens(desk, "able", 80));
    }),
    ("17-port-80", 3, |desk| {
        assert_eq!(caps(desk, "free", "CapEff"), 0);
        assert!(!listens(desk, "free", 79) && listens(desk, "free", 80));
    }),
    ("17-port-80", 4, |desk| {
        desk.assert_ids("root", 0);
        assert!(listens(desk, "root", 80));
    }),
    ("17-port-80", 5, |desk| {
        for name in ["able", "root", "free"] {
            assert_eq!(caps(desk, name, "CapEff"), 0, "{name}");
            assert_eq!(listens(desk, name, 81), name == "free", "{name}");
            assert!(listens(desk, name, 80), "{name}");
        }
    }),
    ("17-chown", 1, |desk| {
        assert_eq!(desk.answer("helper", "stat -c %u:%g /mnt/hers"), "5:5");
    }),
    ("17-chown", 2, |desk| {
        assert!(desk.printed(0).ends_with("Operation not permitted"));
        assert_eq!(desk.answer("app", "stat -c %u /mnt/his"), "0");
        assert_eq!(
            caps(desk, "app", "CapEff"),
            caps(desk, "helper", "CapBnd") & !1
        );
    }),
    ("17-chown", 3, |desk| {
        assert_eq!(desk.printed(0), "hers");
        assert_eq!(desk.answer("app", "stat -c %a /mnt/hers"), "600");
    }),
    ("17-chown", 4, |desk| {
        assert_eq!(caps(desk, "app", "CapEff"), 0);
        desk.assert_ids("app", 0);
        let modes = desk.answer("helper", "echo $(stat -c %a /mnt/his /mnt/hers)");
        assert_eq!(modes, "640 600");
    }),
    ("18-set-user-id", 1, |desk| {
        assert_eq!(desk.answer("helper", "stat -c %a:%u /mnt/su"), "4755:0");
    }),
    ("18-set-user-id", 2, |desk| {
        // Not by id(1): that of busybox gives up an effective uid that is not the real one.
        assert_eq!(
            desk.answer("guest", "awk '/^Uid/ {print $3}' /proc/$$/status"),
            "0"
        );
        assert_eq!(caps(desk, "guest", "CapEff"), caps(desk, "guest", "CapBnd"));
        assert_ne!(caps(desk, "guest", "CapEff"), 0);
    }),
    ("18-set-user-id", 3, |desk| {
        assert_eq!(desk.answer("bound", EFFECTIVE_UID), "5");
        assert_eq!(caps(desk, "bound", "CapEff"), 0);
        assert_eq!(desk.status("bound", "NoNewPrivs"), "1");
    }),
    ("18-set-user-id", 4, |desk| {
        assert_eq!(desk.answer("third", EFFECTIVE_UID), "5");
        assert_eq!(desk.status("third", "NoNewPrivs"), "0");
        assert_eq!(caps(desk, "third", "CapEff"), 0);
    }),
    ("18-set-user-id", 5, |desk| {
        assert_eq!(desk.answer("able", "id -u"), "5");
        assert_eq!(desk.status("able", "NoNewPrivs"), "1");
    }),
    ("18-no-new-privs-and-seccomp", 1, |desk| {
        assert_eq!(desk.status("bound", "NoNewPrivs"), "1");
        assert_eq!(desk.status("free", "NoNewPrivs"), "0");
        for name in ["free", "bound"] {
            assert_eq!(caps(desk, name, "CapEff") & ADMIN, 0, "{name}");
        }
    }),
    ("18-no-new-privs-and-seccomp", 2, |desk| {
        assert_eq!(caps(desk, "free", "CapEff") & ADMIN, ADMIN);
        assert_eq!(caps(desk, "bound", "CapEff") & ADMIN, 0);
        assert_ne!(caps(desk, "bound", "CapEff"), 0);
    }),
    ("18-no-new-privs-and-seccomp", 3, |desk| {
        let denied = desk.said.iter().filter(|(status, _)| *status != 0);
        let denied: Vec<&str> = denied.map(|(_, said)| said.trim()).collect();
        assert!(denied[0].contains("Permission denied"), "{denied:?}");
        assert!(denied[1].ends_with("Operation not permitted"), "{denied:?}");
        assert_eq!(desk.status("plain", "Seccomp"), "2");
        assert_eq!(desk.answer("helper", "ls -d /mnt/b"), "/mnt/b");
    }),
    ("18-no-new-privs-and-seccomp", 4, |desk| {
        assert!(desk.printed(0).ends_with("Operation not permitted"));
        assert_eq!(desk.status("plain", "Seccomp_filters"), "2");
        assert_eq!(desk.status("plain", "NoNewPrivs"), "1");
    }),
    ("18-who-said-no", 1, |desk| {
        desk.assert_own("you's plain", &[]);
        assert!(said(desk, "File exists"));
        assert!(!Path::new("/dev/shm/tried").exists());
    }),
    ("18-who-said-no", 2, |desk| {
        assert!(said(desk, "Operation not permitted") && said(desk, "Invalid argument"));
        assert_eq!(desk.status("box's open", "Seccomp"), "0");
        assert!(!said(desk, "Read-only file system"));
    }),
    ("18-who-said-no", 3, |desk| {
        assert_eq!(desk.status("box's engine", "Seccomp"), "2");
        assert_eq!(desk.status("box's engine", "NoNewPrivs"), "1");
        assert_eq!(caps(desk, "box's engine", "CapEff"), DOCKER);
    }),
    ("18-who-said-no", 4, |desk| {
        assert_eq!(caps(desk, "box's bare", "CapEff"), 0);
        assert!(said(desk, "Read-only file system"));
        assert_eq!(desk.answer("box's helper", "mkdir /mnt/c; ls /mnt"), "c");
    }),
    ("19-read-only-and-masked", 1, |desk| {
        assert!(desk.printed(1).ends_with("Read-only file system"));
        assert_eq!(desk.answer("helper", "cat /mnt/root/a"), "yes");
    }),
    ("19-read-only-and-masked", 2, |desk| {
        assert!(desk.printed(3).ends_with("Read-only file system"));
        assert_eq!(desk.answer("helper", "cat /mnt/image/b"), "b");
    }),
    ("19-read-only-and-masked", 3, |desk| {
        assert_eq!(desk.answer("helper", "cat /mnt/root/logs/c"), "it works");
        assert!(desk.mounted("helper", "/mnt/root/logs"));
    }),
    ("19-read-only-and-masked", 4, |desk| {
        assert_eq!(desk.printed(0), "");
        assert!(desk.mounted("inner", "/proc/interrupts"));
        assert_eq!(desk.answer("helper", "wc -c < /proc/interrupts"), "0");
    }),
    ("19-read-only-and-masked", 5, |desk| {
        assert!(!desk.printed(1).is_empty());
        assert!(!desk.mounted("helper", "/proc/interrupts"));
        assert!(desk.mounted("inner", "/proc/interrupts"));
    }),
    ("20-build-a-container", 1, |desk| {
        desk.assert_own("box's helper", &["user"]);
        desk.assert_ids("box's helper", 0);
    }),
    ("20-build-a-container", 2, |desk| {
        desk.assert_own("box's app", &["ipc", "mnt", "net", "pid", "user", "uts"]);
        assert_eq!(desk.answer("box's app", "echo $$"), "1");
        assert_eq!(desk.answer("box's app", "hostname"), "container");
    }),
    ("20-build-a-container", 3, |desk| {
        for path in ["/mnt/proc", "/mnt/sys", "/mnt/dev/pts", "/mnt/dev/shm"] {
            assert!(desk.mounted("box's app", path), "{path}");
        }
        assert_eq!(desk.answer("box's app", "cat /mnt/etc/hostname"), "box");
    }),
    ("20-build-a-container", 4, |desk| {
        assert!(desk.mounted("box's app", "/sys"));
        assert!(!desk.mounted("box's app", "/mnt"));
        assert_eq!(desk.answer("box's app", "cat /etc/hostname"), "box");
        let count = desk.answer("box's app", "ls -d /proc/[0-9]* | wc -l");
        assert!(count.parse::<usize>().expect("a number") < 6, "{count}");
    }),
    ("20-build-a-container", 5, |desk| {
        let listening = "grep -c ':0050 00000000:0000 0A' /proc/net/tcp";
        assert_eq!(desk.answer("box's app", listening), "1");
        assert_eq!(desk.printed(1), "container");
        assert!(desk.printed(0).ends_with("Network is unreachable"));
    }),
    ("20-finish-the-container", 1, |desk| {
        desk.assert_own("box's app", &["ipc", "mnt", "net", "pid", "user", "uts"]);
        assert_eq!(desk.answer("box's app", "hostname"), "container");
        assert!(!desk.mounted("box's app", "/mnt"));
    }),
    ("20-finish-the-container", 2, |desk| {
        desk.assert_own(
            "box's app",
            &["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"],
        );
        assert!(desk.mounted("box's app", "/proc/sys"));
        assert_eq!(desk.answer("box's app", "wc -c < /proc/interrupts"), "0");
    }),
    ("20-finish-the-container", 3, |desk| {
        assert_eq!(caps(desk, "box's app", "CapBnd"), DOCKER);
    }),
    ("20-finish-the-container", 4, |desk| {
        assert_eq!(caps(desk, "box's app", "CapEff"), DOCKER);
        assert_eq!(desk.status("box's app", "Seccomp"), "2");
        assert_eq!(desk.status("box's app", "NoNewPrivs"), "1");
        assert!(!desk.mounted("box's app", "/tmp"));
    }),
    ("20-finish-the-container", 5, |desk| {
        let refused = desk
            .said
            .iter()
            .filter(|(_, said)| said.contains("not permitted"));
        assert!(refused.count() >= 4); // mount(8) has words of its own
    }),
    ("20-pod", 1, |desk| {
        desk.assert_own("web's app", &["ipc", "mnt", "net", "pid", "user", "uts"]);
    }),
    ("20-pod", 2, |desk| {
        assert!(desk.printed(1).ends_with("Operation not permitted"));
        desk.assert_own("side's helper", &["ipc", "net", "user"]);
        for kind in ["ipc", "net", "user"] {
            assert_eq!(desk.ns("side's helper", kind), desk.ns("web's app", kind));
        }
    }),
    ("20-pod", 3, |desk| {
        assert_eq!(desk.printed(2), "web");
        assert_eq!(desk.printed(1), "left by web");
        assert!(desk.printed(0).contains("Address already in use"));
        assert_eq!(desk.ns("side's app", "net"), desk.ns("web's app", "net"));
        assert_ne!(desk.ns("side's app", "pid"), desk.ns("web's app", "pid"));
        assert_eq!(desk.answer("side's app", "hostname"), "sidecar");
    }),
    ("20-pod", 4, |desk| {
        desk.assert_ends("web's app");
        desk.assert_ends("web's server");
        assert!(desk.printed(0).contains("Connection refused"));
    }),
    ("20-what-it-costs", 1, |desk| {
        desk.assert_own("app", &["ipc", "mnt", "net", "pid", "user", "uts"]);
        desk.assert_lives("plain");
        desk.assert_lives("job");
    }),
    ("20-what-it-costs", 2, |desk| desk.assert_measured(8)),
    ("20-what-it-costs", 3, |desk| desk.assert_measured(2)),
    ("20-what-it-costs", 4, |desk| {
        assert!(desk.printed(0).ends_with("Invalid argument"));
        assert_eq!(desk.answer("app", "stat -c %u /mnt/report"), "0");
        let owner = desk.seen_by_host("app", "/mnt/report").uid();
        assert_eq!(owner, nix::unistd::getuid().as_raw());
    }),
    ("22-what-is-shared", 1, |desk| {
        desk.assert_own("app", &["ipc", "mnt", "net", "pid", "time", "user", "uts"]);
        assert_eq!(desk.answer("app", "uname -r"), kernel());
    }),
    ("22-what-is-shared", 2, |desk| {
        let refused = desk
            .said
            .iter()
            .filter(|(_, said)| said.contains("not permitted"));
        assert!(refused.count() >= 2);
    }),
    ("22-what-is-shared", 3, |desk| {
        let host = std::fs::read_to_string("/proc/sys/vm/swappiness").expect("a sysctl");
        assert_eq!(desk.printed(1), host.trim());
    }),
    ("22-what-is-shared", 4, |desk| {
        assert_eq!(desk.printed(0), "open sesame");
        assert_ne!(desk.ns("guest", "ipc"), desk.ns("login", "ipc"));
    }),
    ("22-what-leads-out", 1, |desk| {
        assert_eq!(desk.answer("cell", "test -e /note || echo out"), "out");
        assert_eq!(desk.answer("cell", "cat /mnt/note"), "inside");
    }),
    ("22-what-leads-out", 2, |desk| {
        assert!(desk.printed(0).ends_with("Operation not permitted"));
        assert_eq!(desk.answer("two", "cat /note"), "inside");
    }),
    ("22-what-leads-out", 3, |desk| {
        assert_eq!(desk.answer("leaky", "cat /note"), "inside");
        assert!(!desk.mounted("leaky", "/mnt"));
        let stolen = desk.answer("leaky", "head -n 1 /proc/self/fd/9/../etc/passwd");
        let passwd = std::fs::read_to_string("/etc/passwd").expect("a file");
        assert_eq!(Some(stolen.as_str()), passwd.lines().next());
    }),
    ("22-what-leads-out", 5, |desk| {
        assert_eq!(desk.answer("leaky", "test -e /note || echo out"), "out");
    }),
    ("22-what-leads-out", 6, |desk| {
        let heard = |(_, said): &&(i32, String)| said.contains("at your service");
        assert_eq!(desk.said.iter().filter(heard).count(), 1);
        assert!(desk.printed(0).ends_with("Connection refused"));
    }),
];

fn kernel() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease");
    release.expect("the release").trim().to_owned()
}

/// Not by id(1): that of busybox gives up an effective uid that is not the real one.
const EFFECTIVE_UID: &str = "awk '/^Uid/ {print $3}' /proc/$$/status";
/// CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.
const OVERRIDE: u64 = 0b110;
/// CAP_NET_BIND_SERVICE.
const BIND: u64 = 1 << 10;
/// CAP_SYS_ADMIN.
const ADMIN: u64 = 1 << 21;
/// What Docker leaves a container by default.
const DOCKER: u64 = 0xa804_25fb;

/// Whether one of the lines of the step printed that.
fn said(desk: &Desk, words: &str) -> bool {
    desk.said.iter().any(|(_, said)| said.contains(words))
}

/// Whether somebody listens on that TCP port in the network namespace of a shell.
fn listens(desk: &mut Desk, name: &str, port: u16) -> bool {
    let question = format!("grep -c ':{port:04X} 00000000:0000 0A' /proc/net/tcp; true");
    desk.answer(name, &question) == "1"
}

/// A set of a shell, as the host reads it.
fn caps(desk: &Desk, name: &str, set: &str) -> u64 {
    u64::from_str_radix(&desk.status(name, set), 16).expect("a mask")
}

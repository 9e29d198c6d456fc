//! The commands that stand for demo programs: what each of them does, in words of the shell.

use super::ipc::perl;
use super::{SHELL, ipc, quoted};
use crate::model::op::Workload;
use crate::model::with::With;

/// Seconds for those that nobody needs to find in a list.
const ENDLESS: u32 = 599;

/// Whether it sleeps, which takes a number of seconds.
pub(super) fn sleeps(workload: Workload) -> bool {
    matches!(
        workload,
        Workload::Ticker
            | Workload::Clock
            | Workload::Sleeper
            | Workload::Catcher
            | Workload::Zombies
    )
}

/// What starts something like it: a shell gets this name, what sleeps does so for so many seconds.
pub(super) fn program(workload: Workload, with: &With, name: &str, seconds: u32) -> String {
    match workload {
        // The shell does nothing with what follows -s but to keep it, and ps(1) shows it.
        Workload::Init | Workload::Helper => format!("{SHELL} -s {name}"),
        Workload::Ticker | Workload::Sleeper => format!("sleep {seconds} &"),
        Workload::Clock => format!("sh -c 'date; cat /proc/uptime; exec sleep {seconds}' &"),
        Workload::Listener | Workload::Greeter => super::net::program_line(workload, with),
        Workload::Catcher => {
            format!(r#"sh -c 'trap "exit 0" TERM; sleep {seconds} & wait' &"#)
        }
        Workload::ShmWriter
        | Workload::ShmReader
        | Workload::SemMaker
        | Workload::MsgSender
        | Workload::MqTalker => ipc::program_line(workload, with),
        Workload::Meter => meter(with.text("what").unwrap_or_default()),
        // exec(2) keeps the children, and the new program knows nothing of them.
        Workload::Zombies => {
            format!("sh -c 'sleep 0.1 & sleep 0.1 & sleep 0.1 & exec sleep {seconds}' &")
        }
        Workload::Burner
        | Workload::Hog
        | Workload::ForkBomb
        | Workload::ThreadBomb
        | Workload::Hoarder
        | Workload::Writer => nasty(workload, with),
        // Each shell in parentheses ends at once, its child does not.
        Workload::Orphans => {
            let seconds = if with.text("then") == Some("exit") {
                1
            } else {
                ENDLESS
            };
            format!("for i in 1 2 3; do (sleep {seconds} &); done")
        }
    }
}

/// As the meter does, but by the average; what Python adds, it adds on both sides.
fn meter(what: &str) -> String {
    let (imports, one, times) = match what {
        "cpu" => ("", "sum(range(10**5))", 20),
        "fork" => ("os,", "os.waitpid(os.fork() or os._exit(0), 0)", 50),
        "start" => ("os,", "os.spawnlp(os.P_WAIT, \"true\", \"true\")", 20),
        "container" => (
            "os,",
            "os.spawnlp(os.P_WAIT, \"unshare\", *\"unshare --pid --fork --mount --uts --ipc --net true\".split())",
            20,
        ),
        _ => (
            "socket,",
            "(c.send(b\"x\"), p.recv(1), p.send(b\"x\"), c.recv(1))",
            200,
        ),
    };
    let pair = if imports == "socket," {
        "s=socket.create_server((\"127.0.0.1\", 0)); \
         c=socket.create_connection(s.getsockname()); p=s.accept()[0]; "
    } else {
        ""
    };
    let code = format!(
        "import {imports}time; {pair}t=time.time(); [{one} for _ in range({times})]; \
         print(int(1e6*(time.time()-t)/{times}), \"us\")"
    );
    format!("python3 -c {}", quoted(&code))
}

/// What starts only in a cgroup with limits.
fn nasty(workload: Workload, with: &With) -> String {
    let mb = with.number("mb").unwrap_or(1);
    let most = with.number("most").unwrap_or(256);
    let path = quoted(with.text("path").unwrap_or("/tmp/file"));
    match (workload, with.text("how")) {
        (Workload::Burner, _) => "sh -c 'while :; do :; done' &".to_owned(),
        (Workload::Hog, Some("file" | "tmpfs")) => {
            format!("dd if=/dev/zero of={path} bs=1M count={mb} &")
        }
        (Workload::Hog, _) => perl(&format!("$a = \"x\" x ({mb} << 20); sleep")) + " &",
        (Workload::ThreadBomb, _) => format!(
            "python3 -c 'import threading, time; [threading.Thread(target=time.sleep, args=(600,)).start() for _ in range({most})]' &"
        ),
        (Workload::Hoarder, _) => {
            perl(&format!(
                "for (1..{most}) {{ defined($p = fork) or print(\"$!\\n\"), last; $p or exit }} sleep"
            )) + " &"
        }
        (Workload::Writer, how) => {
            let direct = if how == Some("direct") {
                " oflag=direct"
            } else {
                ""
            };
            format!("dd if=/dev/zero of={path} bs=1M count={mb}{direct}")
        }
        _ => format!("sh -c 'for i in $(seq {most}); do sleep {ENDLESS} & done; wait' &"),
    }
}

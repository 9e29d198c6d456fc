//! Shells on terminals, and what the host sees of them. Used by the test of the commands alone;
//! never says what a lesson expects.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use glassbox::model::Op;
use glassbox::model::by_hand;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::{Pid, ttyname};

/// How long a command may take; only a failing test waits that long.
const DEADLINE: Duration = Duration::from_secs(20);
const KINDS: [&str; 8] = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/// One terminal, with whatever shells run on it.
struct Terminal {
    keyboard: File,
    /// Kept open, so that the terminal stays when its shells end.
    slave: File,
    path: PathBuf,
    asked: usize,
}

impl Terminal {
    fn open() -> Self {
        let pair = openpty(None, None).expect("a terminal");
        let path = ttyname(&pair.slave).expect("its name");
        // Without an echo, what is read is what was printed.
        let mut modes = tcgetattr(&pair.slave).expect("modes");
        modes.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &modes).expect("set modes");
        Self {
            keyboard: pair.master.into(),
            slave: pair.slave.into(),
            path,
            asked: 0,
        }
    }

    /// Types a line and waits for the shell's next prompt; its exit status and what it printed.
    fn enter(&mut self, line: &str) -> (i32, String) {
        self.asked += 1;
        let ask = format!("echo ={}=$?=\n", self.asked);
        let marker = format!("={}=", self.asked);
        let typed = format!("{line}\n{ask}");
        self.keyboard.write_all(typed.as_bytes()).expect("type");
        let (end, mut seen) = (Instant::now() + DEADLINE, String::new());
        loop {
            if let Some((before, after)) = seen.split_once(&marker)
                && let Some((status, _)) = after.split_once('=')
            {
                return (status.parse().expect("a status"), before.to_owned());
            }
            let mut fds = [PollFd::new(self.keyboard.as_fd(), PollFlags::POLLIN)];
            let ready = poll(&mut fds, PollTimeout::from(100_u8)).expect("poll");
            if ready > 0 {
                let mut bytes = [0; 4096];
                let read = self.keyboard.read(&mut bytes).expect("read");
                seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
            assert!(Instant::now() < end, "no answer to {line:?}: {seen}");
        }
    }
}

/// A learner's desk: a terminal for each shell that has a name of its own.
pub(crate) struct Desk {
    terminals: BTreeMap<String, Terminal>,
    /// The host's number of the process that a name was given to; it may have ended.
    started: BTreeMap<String, i32>,
    /// A directory below /var/tmp that a command made.
    disk: Option<PathBuf>,
    first: Child,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let mut terminal = Terminal::open();
        // No prompt that could be mistaken for an answer.
        let mut shell = Command::new("sh");
        shell.env("PS1", "").env("TERM", "dumb").process_group(0);
        let stream = || Stdio::from(terminal.slave.try_clone().expect("clone"));
        shell.stdin(stream()).stdout(stream()).stderr(stream());
        let first = shell.spawn().expect("a shell");
        terminal.enter(":");
        Self {
            terminals: BTreeMap::from([("helper".to_owned(), terminal)]),
            started: BTreeMap::new(),
            disk: None,
            first,
        }
    }
}

impl Desk {
    /// Types the commands for these operations.
    pub(crate) fn carry_out(&mut self, earlier: &[Op], ops: &[Op]) {
        for (index, op) in ops.iter().enumerate() {
            // A process that an earlier operation of this step started has no number before that.
            let earlier = [earlier, &ops[..index]].concat();
            let lines = by_hand::commands(&earlier, &ops[index..=index]).remove(0);
            let lines: Vec<String> = lines.iter().filter_map(|l| self.filled_in(op, l)).collect();
            self.type_lines(op, &lines);
        }
    }

    /// A command as a learner types it: without remarks, with the number that PID stands for. Here
    /// each shell has a terminal, so none has to be joined from another one.
    fn filled_in(&self, op: &Op, line: &str) -> Option<String> {
        if line.starts_with('#') || line.contains("--preserve-credentials") {
            return None;
        }
        let command = line.split("  #").next().unwrap_or_default();
        let whom = match op {
            Op::Setns(setns) => Some(&setns.to),
            Op::Signal(signal) => Some(&signal.to),
            Op::Link(device) => device.netns.as_ref(),
            _ => None,
        };
        let Some(whom) = whom.filter(|_| command.contains(" PID")) else {
            return Some(command.to_owned());
        };
        let number = self.number(op, whom);
        Some(command.replace(" PID", &format!(" {number}")))
    }

    fn type_lines(&mut self, op: &Op, lines: &[String]) {
        let actor = op.by().unwrap_or("helper").to_owned();
        if let (Op::Wait(wait), []) = (op, lines) {
            // A shell in the foreground is waited for; here it was started with &.
            let line = format!("wait {}", self.number(op, &wait.of));
            self.enter(&actor, &line);
            return;
        }
        let Some((last, before)) = lines.split_last() else {
            panic!("no command for {op:?}");
        };
        for line in before {
            let (status, said) = self.enter(&actor, line);
            assert_eq!(status, 0, "{line}: {said}");
        }
        if let (Some(name), true) = (op.starts(), last.ends_with(" sh") || last == "sh") {
            return self.start_shell(&actor, last, name);
        }
        let (status, said) = self.enter(&actor, last);
        if let Op::Disk(disk) = op {
            self.disk = Some(self.origin(&actor, &disk.target));
        }
        match op {
            Op::Wait(_) => assert_ne!(status, 127, "{last}: {said}"), // the status is the child's
            _ => assert_eq!(
                status != 0,
                op.fails().is_some(),
                "{last}: {status}: {said}"
            ),
        }
    }

    /// A shell that is a process of its own, on a terminal of its own.
    fn start_shell(&mut self, actor: &str, line: &str, name: &str) {
        let mut terminal = Terminal::open();
        let tty = terminal.path.display();
        let (status, said) = self.enter(actor, &format!("{line} <>{tty} >&0 2>&0 &"));
        assert_eq!(status, 0, "{line}: {said}");
        terminal.enter(":");
        self.terminals.insert(name.to_owned(), terminal);
        let eldest = *self.shells(name).first().expect("the shell that answered");
        self.started.insert(name.to_owned(), eldest);
    }

    fn enter(&mut self, shell: &str, line: &str) -> (i32, String) {
        let terminal = self.terminals.get_mut(shell);
        terminal
            .unwrap_or_else(|| panic!("no shell {shell}"))
            .enter(line)
    }

    /// The last line that a command prints.
    pub(crate) fn answer(&mut self, shell: &str, command: &str) -> String {
        let (status, said) = self.enter(shell, command);
        assert_eq!(status, 0, "{command}: {said}");
        let last = said.lines().rfind(|line| !line.trim().is_empty());
        last.unwrap_or_default().trim().to_owned()
    }

    /// The host's number of a process that a command names: of the one that was started to be told
    /// of, or of the shell that stands there now.
    fn number(&self, op: &Op, name: &str) -> i32 {
        if name == "host" {
            return std::process::id().cast_signed();
        }
        match op {
            Op::Signal(_) | Op::Wait(_) => self.started[name],
            _ => self.shell(name),
        }
    }

    /// Processes that read from a shell's terminal, eldest first.
    fn shells(&self, name: &str) -> Vec<i32> {
        let Some(terminal) = self.terminals.get(name) else {
            return Vec::new();
        };
        let reads = |pid: &i32| {
            let input = fs::read_link(format!("/proc/{pid}/fd/0"));
            *pid != std::process::id().cast_signed()
                && input.is_ok_and(|path| path == terminal.path)
        };
        let mut found: Vec<i32> = processes().filter(reads).collect();
        found.sort_by_key(|pid| start_time(*pid));
        found
    }

    fn shell(&self, name: &str) -> i32 {
        *self
            .shells(name)
            .last()
            .unwrap_or_else(|| panic!("no process {name}"))
    }

    /// The label of a shell, as the host reads it.
    pub(crate) fn ns(&self, name: &str, kind: &str) -> PathBuf {
        link(&self.shell(name).to_string(), kind)
    }

    /// Asserts in which labels a shell differs from us.
    pub(crate) fn assert_own(&self, name: &str, wanted: &[&str]) {
        let own = KINDS
            .into_iter()
            .filter(|kind| self.ns(name, kind) != link("self", kind));
        assert_eq!(own.collect::<Vec<_>>(), wanted, "{name}");
    }

    /// Whether something is mounted there for a shell.
    pub(crate) fn mounted(&self, name: &str, path: &str) -> bool {
        let mounts = fs::read_to_string(format!("/proc/{}/mountinfo", self.shell(name)));
        let mounts = mounts.expect("its mounts");
        mounts
            .lines()
            .any(|line| line.split(' ').nth(4) == Some(path))
    }

    /// What a bind mount shows: its path from the root of its filesystem.
    fn origin(&self, name: &str, target: &str) -> PathBuf {
        let mounts = fs::read_to_string(format!("/proc/{}/mountinfo", self.shell(name)));
        let mounts = mounts.expect("its mounts");
        let mount = mounts
            .lines()
            .rfind(|line| line.split(' ').nth(4) == Some(target));
        let path = mount.and_then(|line| line.split(' ').nth(3));
        let file_name = Path::new(path.expect("that mount")).file_name();
        Path::new("/var/tmp").join(file_name.expect("a name"))
    }

    /// How many PID namespaces below ours the deepest process of this desk lives.
    pub(crate) fn deepest(&self) -> usize {
        let first = self.first.id().cast_signed();
        let depth = |pid| nspid(pid).saturating_sub(1);
        processes()
            .filter(|pid| descends(*pid, first))
            .map(depth)
            .max()
            .unwrap_or(0)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let first = self.first.id().cast_signed();
        let mut all: Vec<i32> = processes().filter(|pid| descends(*pid, first)).collect();
        all.push(first);
        for pid in all {
            // One that ended meanwhile needs no signal.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = self.first.wait();
        if let Some(disk) = &self.disk {
            for closed in ["work/work", "etc-work/work"] {
                // Overlayfs makes it with mode 0; where the test failed early, it is not there.
                let _ = fs::set_permissions(disk.join(closed), Permissions::from_mode(0o700));
            }
            fs::remove_dir_all(disk).expect("remove what mktemp made");
        }
    }
}

fn link(pid: &str, kind: &str) -> PathBuf {
    fs::read_link(format!("/proc/{pid}/ns/{kind}")).expect("a label")
}

fn processes() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A field of `/proc/PID/stat` after the name, which is in parentheses: proc_pid_stat(5).
fn stat(pid: i32, field: usize) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?
        .1
        .split(' ')
        .nth(field - 3)?
        .parse()
        .ok()
}

fn start_time(pid: i32) -> (Option<i64>, i32) {
    (stat(pid, 22), pid)
}

fn descends(pid: i32, from: i32) -> bool {
    let parent = stat(pid, 4).and_then(|parent| i32::try_from(parent).ok());
    match parent {
        Some(parent) if parent == from => true,
        Some(parent) if parent > 1 => descends(parent, from),
        _ => false,
    }
}

/// How many numbers a process has, one for each PID namespace from the reader's on.
fn nspid(pid: i32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    line.map_or(1, |numbers| numbers.split_whitespace().count())
}

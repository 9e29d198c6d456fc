//! Shells on terminals, and what the host sees of them. Used by the test of the commands alone;
//! never says what a lesson expects.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use glassbox::model::Op;
use glassbox::model::by_hand;
use glassbox::model::port::BoxSpec;
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

/// A learner's desk: terminals, and which process of the lesson stands at which.
pub(crate) struct Desk {
    /// By name; several processes may have been started on one, each waits for the next.
    terminals: BTreeMap<String, Rc<RefCell<Terminal>>>,
    /// The host's number of the shell that plays a process now.
    now: BTreeMap<String, i32>,
    /// The same when it was started; it may have ended.
    started: BTreeMap<String, i32>,
    /// The last shell that a shell started.
    child: BTreeMap<String, i32>,
    /// Where the last line was typed.
    at: String,
    /// A directory below /var/tmp that a command made.
    disk: Option<PathBuf>,
    /// The shells that terminals were opened with.
    first: Vec<Child>,
}

/// A terminal of the learner's, on the host.
const OWN: &str = "a terminal of your own";

impl Desk {
    pub(crate) fn new() -> Self {
        let mut desk = Self {
            terminals: BTreeMap::new(),
            now: BTreeMap::new(),
            started: BTreeMap::new(),
            child: BTreeMap::new(),
            at: "helper".to_owned(),
            disk: None,
            first: Vec::new(),
        };
        desk.open("helper");
        desk.open(OWN);
        desk
    }

    /// Opens a terminal, at which this process stands from now on.
    fn open(&mut self, name: &str) {
        let mut terminal = Terminal::open();
        // No prompt that could be mistaken for an answer.
        let mut shell = Command::new("sh");
        shell.env("PS1", "").env("TERM", "dumb").process_group(0);
        let stream = || Stdio::from(terminal.slave.try_clone().expect("clone"));
        shell.stdin(stream()).stdout(stream()).stderr(stream());
        self.first.push(shell.spawn().expect("a shell"));
        terminal.enter(":");
        let terminal = Rc::new(RefCell::new(terminal));
        self.terminals.insert(name.to_owned(), terminal);
    }

    /// Types the commands for these operations.
    pub(crate) fn carry_out(&mut self, boxes: &[BoxSpec], earlier: &[Op], ops: &[Op]) {
        for (op, lines) in ops.iter().zip(by_hand::commands(boxes, earlier, ops)) {
            let typed = lines.iter().rposition(|line| !line.starts_with('#'));
            for (index, line) in lines.iter().enumerate() {
                if let Some(place) = line.strip_prefix("# ") {
                    self.go(place);
                } else {
                    let expected = op.fails().is_some() && Some(index) == typed;
                    let starts = op.starts().filter(|_| Some(index) == typed);
                    self.type_line(line, starts, expected, matches!(op, Op::Wait(_)));
                }
            }
            if let Op::Disk(disk) = op {
                self.disk = Some(self.origin(&self.at, &disk.target));
            }
        }
    }

    /// To where a remark says that the next line is to be typed.
    fn go(&mut self, place: &str) {
        let between = |from, to| place.strip_prefix(from)?.split_once(to).map(|cut| cut.0);
        if let Some(name) = between("in the shell that is ", ":") {
            name.clone_into(&mut self.at);
        } else if place.starts_with("in a terminal of your own") {
            OWN.clone_into(&mut self.at);
        } else if let Some(name) = between("elsewhere, join the child of ", "'s shell") {
            self.now.insert(name.to_owned(), self.child[name]);
            self.join(name);
        } else if let Some(name) = between("elsewhere, join ", "'s shell") {
            self.join(name);
        } else {
            panic!("no place: {place}");
        }
    }

    fn join(&mut self, name: &str) {
        self.open(name);
        name.clone_into(&mut self.at);
    }

    fn type_line(&mut self, line: &str, starts: Option<&str>, fails: bool, any: bool) {
        let at = self.at.clone();
        let (command, remark) = line.split_once("  # ").unwrap_or((line, ""));
        let number = self.number(&at, remark);
        let command = command.replace(" PID", &format!(" {number}"));
        let command = command.replace("/PID/", &format!("/{number}/"));
        let (status, said) = self.enter(&at, &command);
        assert!(any || (status != 0) == fails, "{command}: {status}: {said}");
        let Some(shell) = self.innermost(&at) else {
            return;
        };
        // A shell that was started in the foreground: from now on what is typed here goes to it.
        match starts.filter(|_| command == "sh" || command.ends_with(" sh")) {
            Some(name) => {
                let terminal = Rc::clone(&self.terminals[&at]);
                self.terminals.insert(name.to_owned(), terminal);
                self.started.insert(name.to_owned(), shell);
                self.now.insert(name.to_owned(), shell);
                self.child.insert(at, shell);
            }
            None => {
                self.now.insert(at, shell);
            }
        }
    }

    /// The number that a remark asks for. Without one: that of the shell to join.
    fn number(&self, at: &str, remark: &str) -> i32 {
        let between = |from, to| remark.strip_prefix(from)?.split_once(to).map(|cut| cut.0);
        if remark.contains("any process of the host") {
            std::process::id().cast_signed()
        } else if let Some(name) = between("PID: echo $$ in ", "'s shell") {
            self.now[name]
        } else if let Some(name) = between("PID: that of ", "'s shell") {
            self.started[name]
        } else {
            self.now.get(at).copied().unwrap_or_default()
        }
    }

    fn enter(&mut self, shell: &str, line: &str) -> (i32, String) {
        let terminal = self.terminals.get(shell);
        let terminal = terminal.unwrap_or_else(|| panic!("no shell {shell}"));
        terminal.borrow_mut().enter(line)
    }

    /// The last line that a command prints.
    pub(crate) fn answer(&mut self, shell: &str, command: &str) -> String {
        let (status, said) = self.enter(shell, command);
        assert_eq!(status, 0, "{command}: {said}");
        let last = said.lines().rfind(|line| !line.trim().is_empty());
        last.unwrap_or_default().trim().to_owned()
    }

    /// The youngest process that reads from a terminal: the shell that is listening there.
    fn innermost(&self, name: &str) -> Option<i32> {
        let path = self.terminals.get(name)?.borrow().path.clone();
        let reads = |pid: &i32| {
            let input = fs::read_link(format!("/proc/{pid}/fd/0"));
            *pid != std::process::id().cast_signed() && input.is_ok_and(|input| input == path)
        };
        processes().filter(reads).max_by_key(|pid| start_time(*pid))
    }

    fn shell(&self, name: &str) -> i32 {
        let shell = self.now.get(name);
        *shell.unwrap_or_else(|| panic!("no process {name}"))
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

    /// Asserts what a shell takes itself for, user and group.
    pub(crate) fn assert_ids(&mut self, name: &str, wanted: u32) {
        let wanted = wanted.to_string();
        assert_eq!(self.answer(name, "id -u"), wanted, "{name}");
        assert_eq!(self.answer(name, "id -g"), wanted, "{name}");
    }

    /// A file of a shell, as we see it.
    pub(crate) fn seen_by_host(&self, name: &str, path: &str) -> fs::Metadata {
        let path = format!("/proc/{}/root{path}", self.shell(name));
        fs::metadata(path).expect("the file")
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

    /// Asserts how many PID namespaces below ours the deepest process of this desk lives; what was
    /// started with & may need a moment.
    pub(crate) fn assert_deepest(&self, wanted: usize) {
        let end = Instant::now() + DEADLINE;
        loop {
            let levels = self.everybody().into_iter().map(nspid);
            let deepest = levels.max().unwrap_or(1) - 1;
            if deepest == wanted {
                return;
            }
            assert!(
                Instant::now() < end,
                "{deepest} levels below ours, not {wanted}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// All processes that came from our terminals.
    fn everybody(&self) -> Vec<i32> {
        let first: Vec<i32> = self
            .first
            .iter()
            .map(|child| child.id().cast_signed())
            .collect();
        let ours = |pid: &i32| first.iter().any(|first| descends(*pid, *first));
        first
            .iter()
            .copied()
            .chain(processes().filter(ours))
            .collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        for pid in self.everybody() {
            // One that ended meanwhile needs no signal.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        for shell in &mut self.first {
            let _ = shell.wait();
        }
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

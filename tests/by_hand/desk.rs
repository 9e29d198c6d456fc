//! Shells on terminals, and what is typed into them. Used by the test of the commands alone; never
//! says what a lesson expects.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use glassbox::model::Op;
use glassbox::model::by_hand;
use glassbox::model::op::Workload;
use glassbox::model::port::BoxSpec;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::{Pid, ttyname};

use crate::listed::{Listed, line_in_list};
use crate::procs::{
    child_of, comes_true, command_line, ignores_term, is_dead, is_in, parent, processes, seen_from,
    start_time, stat,
};

/// How long a command may take; only a failing test waits that long.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

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

/// A learner's desk: terminals, and which process of the lesson stands at which. Processes are called
/// as the commands call them: `helper`, or `blue's helper` where there are several boxes.
pub(crate) struct Desk {
    /// By name; several processes may have been started on one, each waits for the next.
    terminals: BTreeMap<String, Rc<RefCell<Terminal>>>,
    /// The host's number of the shell that plays a process now.
    pub(crate) now: BTreeMap<String, i32>,
    /// The same when it was started, or of a program; it may have ended.
    pub(crate) started: BTreeMap<String, i32>,
    /// Where the last line was typed.
    at: String,
    /// Each terminal is told where cgroups are, and which of them a command made, the deepest last.
    cgroups: bool,
    made: Vec<PathBuf>,
    /// A directory below /var/tmp that a command made.
    disk: Option<PathBuf>,
    /// The shells that terminals were opened with.
    pub(crate) first: Vec<Child>,
    /// What the last lines printed, with their exit status.
    pub(crate) said: Vec<(i32, String)>,
}

/// What root is told to type in each terminal of a lesson about cgroups.
const CG: &str = "export CG=/sys/fs/cgroup";
/// A terminal of the learner's, on the host.
const OWN: &str = "a terminal of your own";

impl Desk {
    pub(crate) fn new() -> Self {
        let mut desk = Self {
            terminals: BTreeMap::new(),
            now: BTreeMap::new(),
            started: BTreeMap::new(),
            at: "helper".to_owned(),
            cgroups: false,
            made: Vec::new(),
            disk: None,
            first: Vec::new(),
            said: Vec::new(),
        };
        desk.open(OWN);
        desk.open("helper");
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
        terminal.enter(if self.cgroups { CG } else { ":" });
        let terminal = Rc::new(RefCell::new(terminal));
        self.terminals.insert(name.to_owned(), terminal);
        name.clone_into(&mut self.at);
    }

    /// Types the commands for these operations.
    pub(crate) fn carry_out(&mut self, boxes: &[BoxSpec], earlier: &[Op], ops: &[Op]) {
        self.said.clear();
        for (op, lines) in ops.iter().zip(by_hand::commands(boxes, earlier, ops)) {
            let typed = lines.iter().rposition(|line| !line.starts_with('#'));
            for (index, line) in lines.iter().enumerate() {
                if let Some(place) = line.strip_prefix("# ") {
                    self.go(place);
                    continue;
                }
                let last = Some(index) == typed;
                let fails = op.fails().is_some() && last;
                let starts = op.starts().filter(|_| last && !fails);
                let starts = starts.map(|name| called(op, name));
                self.type_line(line, starts, fails, matches!(op, Op::Wait(_)));
                if last && !fails {
                    self.settle(op);
                }
            }
            if let Op::Wait(wait) = op {
                self.assert_ends(&called(op, &wait.of));
            }
            if let Op::Disk(disk) = op {
                self.disk = Some(self.origin(&self.at, &disk.target));
            }
            if let Op::Cgroup(cgroup) = op {
                self.made
                    .push(Path::new("/sys/fs/cgroup").join(&cgroup.name));
            }
            if matches!(op, Op::Root(root) if root.overlay) {
                let at = self.at.clone();
                self.disk = Some(self.answer(&at, "echo $D").into());
            }
        }
    }

    /// To where a remark says that the next line is to be typed.
    fn go(&mut self, place: &str) {
        if place.starts_with("else ") || place.starts_with("  ") || place.starts_with("look on") {
            return; // for those who are not root, or who have eyes
        }
        let place = place.strip_suffix(':').expect("a place");
        if place.starts_with("as real root, with cgroup v2") {
            self.cgroups = true;
            OWN.clone_into(&mut self.at);
        } else if place == "where CG is set" {
            OWN.clone_into(&mut self.at);
        } else if let Some(name) = place.strip_prefix("in ").and_then(shell_called) {
            name.clone_into(&mut self.at);
        } else if place == format!("in {OWN}") {
            OWN.clone_into(&mut self.at);
        } else if let Some(name) = place.strip_prefix("in a new terminal, to be ") {
            self.open(name);
        } else {
            let second = place.strip_prefix("in a second terminal, to be ");
            let name = second.or(place.strip_prefix("in one more terminal, to be "));
            let name = name.unwrap_or_else(|| panic!("no place: {place}"));
            self.open(name.strip_prefix("a child of ").unwrap_or(name));
        }
    }

    fn type_line(&mut self, line: &str, starts: Option<String>, fails: bool, any: bool) {
        let at = self.at.clone();
        let (command, remark) = line.split_once("  # ").unwrap_or((line, ""));
        let mut command = command.to_owned();
        if let Some(what) = remark.strip_prefix("PID: ") {
            let number = self.number(&at, what);
            let number = number.to_string();
            command = command.replace(" PID", &format!(" {number}"));
            command = command.replace("/PID/", &format!("/{number}/"));
        }
        let before = self.innermost(&at);
        let (status, said) = self.enter(&at, &command);
        assert!(any || (status != 0) == fails, "{command}: {status}: {said}");
        self.said.push((status, said));
        let background = starts.as_ref().filter(|_| command.ends_with(" &"));
        if let (Some(name), Some(shell)) = (background, before) {
            // unshare(1) stays outside of a PID namespace that it makes.
            let number = self.last_in_background(&at, shell);
            let forks = command.contains(" --fork ");
            let program = if forks { child_of(number) } else { number };
            // Until it is itself it is a copy of an interactive shell, which ignores SIGTERM.
            comes_true("a program of its own", || !ignores_term(program));
            self.started.insert(name.clone(), program);
            return;
        }
        let Some(shell) = self.innermost(&at) else {
            return;
        };
        let Some(name) = starts else {
            self.now.insert(at, shell);
            return;
        };
        if command.contains("sh -s ") {
            // In the foreground: from now on what is typed here goes to it.
            let terminal = Rc::clone(&self.terminals[&at]);
            self.terminals.insert(name.clone(), terminal);
            self.started.insert(name.clone(), shell);
            self.now.insert(name, shell);
        }
    }

    /// Waits until a program in the background has done what it begins with.
    fn settle(&mut self, op: &Op) {
        let (Op::Fork(fork) | Op::Spawn(fork)) = op else {
            return;
        };
        let name = called(op, op.starts().unwrap_or_default());
        if let Some(pid) = self.started.get(&name).copied() {
            let is_born = || op.born_in().is_none_or(|cgroup| is_in(pid, cgroup));
            // What a clock prints must not come between a question and its answer.
            let has_said =
                || fork.workload != Workload::Clock || command_line(pid).starts_with("sleep ");
            comes_true("ready", || is_dead(pid) || is_born() && has_said());
        }
        let at = self.at.clone();
        let port = fork.with.number("port").unwrap_or_default();
        let name = fork.with.text("abstract").or(fork.with.text("path"));
        let until = match (fork.workload, name) {
            (Workload::Listener, Some(name)) => {
                format!("grep -q '00010000.*{name}$' /proc/net/unix")
            }
            (Workload::Listener, None) if port == 0 => {
                "[ $(grep -c ' 00000000:0000 0A' /proc/net/tcp) -gt 1 ]".to_owned()
            }
            (Workload::Listener, None) => {
                format!("grep -q ':{port:04X} 00000000:0000 0A' /proc/net/tcp")
            }
            (Workload::ShmWriter, _) => {
                let key = fork.with.number("key").unwrap_or_default();
                format!("[ \"$(awk '$1=={key} {{ print $7 }}' /proc/sysvipc/shm)\" = 1 ]")
            }
            _ => return,
        };
        self.enter(&at, &format!("until {until}; do sleep 0.1; done"));
    }

    /// The number that a remark asks for, as it is read where the command is typed.
    fn number(&mut self, at: &str, what: &str) -> i32 {
        if what.starts_with("any of the host") {
            return std::process::id().cast_signed();
        }
        if let Some((command, place)) = what.split_once(" in ")
            && let Some(name) = shell_called(place)
        {
            return self.answer(name, command).parse().expect("a number");
        }
        let (whose, _tool) = what.split_once(", by ").expect("whose number");
        let (wanted, generations) = line_in_list(whose);
        let found = self.listed(&wanted);
        let host = (0..generations).fold(found, |pid, _| parent(pid));
        let number = match self.innermost(at) {
            Some(reader) => seen_from(host, reader),
            None => host,
        };
        if generations == 0 {
            // Where the command is typed, the list has it by that number.
            let shown = self.answer(at, &format!("tr '\\0' ' ' < /proc/{number}/cmdline"));
            assert!(wanted.shows(shown.trim_end()), "{what}: {shown}");
        }
        number
    }

    /// The only one of our processes whose command line is that.
    fn listed(&self, wanted: &Listed) -> i32 {
        let all = self.everybody().into_iter();
        let found: Vec<i32> = all
            .filter(|pid| wanted.shows(&command_line(*pid)))
            .collect();
        assert_eq!(found.len(), 1, "{wanted:?}: {found:?}");
        found[0]
    }

    /// The host's number of what `at` started last with &.
    fn last_in_background(&mut self, at: &str, shell: i32) -> i32 {
        let number: i32 = self.answer(at, "echo $!").parse().expect("a number");
        let found = processes()
            .find(|pid| stat(*pid, 4) == Some(shell.into()) && seen_from(*pid, shell) == number);
        found.unwrap_or_else(|| panic!("no child {number} of {at}"))
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
            let input = input_of(*pid);
            *pid != std::process::id().cast_signed() && input.is_some_and(|input| input == path)
        };
        processes().filter(reads).max_by_key(|pid| start_time(*pid))
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
        for cgroup in self.made.iter().rev() {
            // Its last process may need a moment to be gone; the steps may have removed it already.
            comes_true("an empty cgroup", || {
                fs::remove_dir(cgroup).is_ok() || !cgroup.exists()
            });
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

/// What a process reads from. Of another user's we may not know: what its parent reads from.
fn input_of(pid: i32) -> Option<PathBuf> {
    match fs::read_link(format!("/proc/{pid}/fd/0")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let parent = stat(pid, 4).and_then(|parent| i32::try_from(parent).ok());
            input_of(parent.filter(|parent| *parent > 1)?)
        }
        input => input.ok(),
    }
}

/// How the commands call a process of an operation's box.
fn called(op: &Op, name: &str) -> String {
    op.box_name()
        .map_or_else(|| name.to_owned(), |of| format!("{of}'s {name}"))
}

/// The name of a shell that a remark points at.
fn shell_called(place: &str) -> Option<&str> {
    let place = place.strip_prefix("the ")?;
    let place = place.strip_prefix("newest ").unwrap_or(place);
    place.strip_prefix("shell that is ")
}

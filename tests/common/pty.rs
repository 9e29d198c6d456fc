//! A terminal for tests: starts a program on a pty as session leader, keeps what it draws in a
//! vt100 screen, presses keys, and says at the end whether the terminal is as it was found.

#![allow(
    unsafe_code,
    reason = "pre_exec and one ioctl: see their SAFETY comments"
)]
#![allow(
    clippy::disallowed_types,
    reason = "the reader thread fills the screen that the test looks at"
)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags};
use nix::pty::Winsize;
use nix::sys::termios::{Termios, tcgetattr};

/// How long a test waits for something that must happen; only a failing test waits that long.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);
/// Private modes that nobody may leave set: mouse, focus, alternate screen, paste, synchronized.
const MODES: &[&str] = &[
    "1000", "1002", "1003", "1006", "1015", "1004", "1047", "1048", "1049", "2004", "2026",
];

/// Everything the program wrote, and what the screen looks like after it.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

/// An operating system command that no terminal knows: nothing is drawn, no mode changes.
const MARK: &[u8] = b"\x1b]7777;read\x07";

impl Seen {
    /// Whether the mark is there; it is gone then.
    fn take_mark(&mut self) -> bool {
        let at = self
            .bytes
            .windows(MARK.len())
            .rposition(|window| window == MARK);
        at.map(|at| self.bytes.drain(at..at + MARK.len())).is_some()
    }
}

/// A program on a terminal of its own.
pub(crate) struct Pty {
    child: Child,
    /// `None` once the terminal hung up.
    master: Option<Arc<File>>,
    slave: OwnedFd,
    found: Termios,
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

nix::ioctl_write_ptr_bad!(set_window_size, nix::libc::TIOCSWINSZ, Winsize);

impl Pty {
    /// Starts the program on a terminal of `rows` by `columns`.
    pub(crate) fn start(mut command: Command, rows: u16, columns: u16) -> Self {
        let (master, slave) = open_pty();
        set_size(&slave, rows, columns);
        let stream = || Stdio::from(slave.try_clone().expect("clone the terminal"));
        command.stdin(stream()).stdout(stream()).stderr(stream());
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        // SAFETY: setsid and one ioctl on a descriptor that is open; both are async-signal-safe.
        unsafe { command.pre_exec(own_session) };
        let found = tcgetattr(&slave).expect("read the terminal's modes");
        let child = command.spawn().expect("start the program");
        let (high, wide) = cells(rows, columns);
        let parser = vt100::Parser::new(high, wide, 0);
        let seen = Arc::new(Mutex::new(Seen {
            parser,
            bytes: Vec::new(),
        }));
        let (master, stop) = (Arc::new(master), Arc::new(AtomicBool::new(false)));
        let reader = Some(read(&master, &seen, &stop));
        Self {
            child,
            master: Some(master),
            slave,
            found,
            seen,
            stop,
            reader,
        }
    }

    /// The number of the program that was started.
    pub(crate) fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Types.
    pub(crate) fn press(&self, keys: &str) {
        let mut master = self.master.as_deref().expect("a terminal");
        master.write_all(keys.as_bytes()).expect("type");
    }

    /// The text on the screen, line by line.
    pub(crate) fn screen(&self) -> String {
        self.seen.lock().expect("seen").parser.screen().contents()
    }

    /// Whether the alternate screen is on.
    pub(crate) fn shows_alternate_screen(&self) -> bool {
        let seen = self.seen.lock().expect("seen");
        seen.parser.screen().alternate_screen()
    }

    /// Waits until the screen shows this text.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} on the screen"), |screen| {
            screen.contents().contains(text)
        });
    }

    /// Waits until the screen is as wanted.
    pub(crate) fn wait_until(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !wanted(self.seen.lock().expect("seen").parser.screen()) {
            assert!(
                Instant::now() < deadline,
                "waited for {what}; screen:\n{}",
                self.screen()
            );
            thread::sleep(PAUSE);
        }
    }

    /// Whether the program has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("wait").is_some()
    }

    /// Waits for the program's end; its exit code, or 128 and the signal that ended it.
    pub(crate) fn exit_code(&mut self) -> i32 {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().expect("wait") {
                return status
                    .code()
                    .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
            }
            assert!(
                Instant::now() < deadline,
                "it does not end; screen:\n{}",
                self.screen()
            );
            thread::sleep(PAUSE);
        }
    }

    /// What is not as it was found, in words; empty when the terminal is clean. Call it when the
    /// program has ended: its last bytes are read first.
    pub(crate) fn stains(&self) -> Vec<String> {
        let mut stains = self.modes_that_stain();
        if self.is_raw() {
            stains.push("termios differ".to_owned());
        }
        stains
    }

    /// The same without termios: an interactive shell has its own for its prompt.
    pub(crate) fn modes_that_stain(&self) -> Vec<String> {
        self.settle();
        let seen = self.seen.lock().expect("seen");
        let screen = seen.parser.screen();
        let mut stains: Vec<String> = [
            (screen.alternate_screen(), "alternate screen is on"),
            (screen.hide_cursor(), "cursor is hidden"),
            (screen.bracketed_paste(), "bracketed paste is on"),
            (
                screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
                "mouse is on",
            ),
            (
                screen.fgcolor() != vt100::Color::Default,
                "a colour is left",
            ),
            (
                screen.bgcolor() != vt100::Color::Default,
                "a background is left",
            ),
            (
                screen.bold() || screen.inverse() || screen.underline(),
                "an attribute is left",
            ),
        ]
        .into_iter()
        .filter(|(stained, _)| *stained)
        .map(|(_, what)| what.to_owned())
        .collect();
        let left = MODES.iter().filter(|mode| left_set(&seen.bytes, mode));
        stains.extend(left.map(|mode| format!("mode {mode} is on")));
        stains
    }

    /// Everything that was ever written to the terminal.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.settle();
        self.seen.lock().expect("seen").bytes.clone()
    }

    /// The terminal's modes now differ from those it was found with.
    pub(crate) fn is_raw(&self) -> bool {
        self.modes() != Modes::of(&self.found)
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let (high, wide) = cells(rows, columns);
        self.seen
            .lock()
            .expect("seen")
            .parser
            .screen_mut()
            .set_size(high, wide);
        set_size(&self.slave, rows, columns);
    }

    /// The terminal stops taking bytes: nothing is read from it any more.
    pub(crate) fn get_stuck(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.reader
            .take()
            .expect("a reader")
            .join()
            .expect("the reader ends");
    }

    /// The terminal vanishes, as when an SSH connection drops.
    pub(crate) fn hang_up(&mut self) {
        self.get_stuck();
        self.master = None;
    }

    /// Waits until everything that was written so far has been read. The kernel hands a terminal's
    /// bytes on in a thread of its own, which a busy machine delays for as long as it likes: that
    /// nothing comes proves nothing. So a mark is written after them, and taken out again.
    fn settle(&self) {
        if self.master.is_none() || self.reader.is_none() {
            return;
        }
        let end = nix::unistd::write(&self.slave, MARK).expect("write to the terminal");
        assert_eq!(end, MARK.len(), "the whole mark");
        let deadline = Instant::now() + DEADLINE;
        while !self.seen.lock().expect("seen").take_mark() {
            assert!(Instant::now() < deadline, "the mark does not arrive");
            thread::sleep(PAUSE);
        }
    }

    fn modes(&self) -> Modes {
        Modes::of(&tcgetattr(&self.slave).expect("read the terminal's modes"))
    }
}

/// Ends what was started and waits for it, also when a test failed.
impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.stop.store(true, Ordering::SeqCst);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Runs in the new process, between fork and exec: its own session, and the terminal controls it.
fn own_session() -> std::io::Result<()> {
    nix::unistd::setsid()?;
    rustix::process::ioctl_tiocsctty(std::io::stdin())?;
    Ok(())
}

/// Reading happens under the lock: whoever holds it and finds nothing to read has seen all.
fn read(master: &Arc<File>, seen: &Arc<Mutex<Seen>>, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (master, seen, stop) = (Arc::clone(master), Arc::clone(seen), Arc::clone(stop));
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while !stop.load(Ordering::SeqCst) {
            let mut fds = [PollFd::new(master.as_fd(), PollFlags::POLLIN)];
            if !nix::poll::poll(&mut fds, 20u8).is_ok_and(|ready| ready > 0) {
                continue;
            }
            let mut seen = seen.lock().expect("seen");
            let Ok(count) = (&*master).read(&mut buffer) else {
                return;
            };
            seen.bytes.extend_from_slice(&buffer[..count]);
            seen.parser.process(&buffer[..count]);
        }
    })
}

/// Not openpty(3): a program that another test starts would inherit the master and keep the
/// terminal alive.
fn open_pty() -> (File, OwnedFd) {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let master = nix::pty::posix_openpt(flags).expect("open a pty");
    nix::pty::grantpt(&master).expect("grantpt");
    nix::pty::unlockpt(&master).expect("unlockpt");
    let path = nix::pty::ptsname_r(&master).expect("ptsname");
    let mut options = File::options();
    options
        .read(true)
        .write(true)
        .custom_flags(OFlag::O_NOCTTY.bits());
    let slave = options.open(path).expect("open the terminal");
    (File::from(OwnedFd::from(master)), slave.into())
}

fn set_size(slave: &OwnedFd, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the descriptor is open and the struct is the one that TIOCSWINSZ takes.
    unsafe { set_window_size(slave.as_raw_fd(), &raw const size) }.expect("set the size");
}

fn cells(rows: u16, columns: u16) -> (NonZeroU16, NonZeroU16) {
    (
        rows.try_into().expect("rows"),
        columns.try_into().expect("columns"),
    )
}

/// Whether the last thing said about this private mode was to set it.
fn left_set(bytes: &[u8], mode: &str) -> bool {
    let last = |end: char| {
        let sequence = format!("\x1b[?{mode}{end}").into_bytes();
        bytes
            .windows(sequence.len())
            .rposition(|window| window == sequence)
    };
    last('h') > last('l')
}

/// Terminal modes in a form that can be compared.
#[derive(PartialEq, Eq)]
struct Modes {
    flags: [u32; 4],
    characters: Vec<u8>,
}

impl Modes {
    fn of(found: &Termios) -> Self {
        let flags = [
            found.input_flags.bits(),
            found.output_flags.bits(),
            found.control_flags.bits(),
            found.local_flags.bits(),
        ];
        Self {
            flags,
            characters: found.control_chars.to_vec(),
        }
    }
}

//! Starting ourselves again in another role: fork or clone, fixed descriptors, exec.
//!
//! The child gets exactly the descriptors that are named here and an empty environment. Callers
//! are single-threaded; see [`super::sys`].

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::fs::{CWD, Mode, OFlags};

use super::sys::{self, Forked};
use crate::model::Errno;

/// Bytes that are compared, and copied, at once.
const PIECE: usize = 1 << 16;
const AT_ONCE: usize = 1 << 24;

/// A program image and what it starts with.
#[derive(Debug)]
pub struct Program<'a> {
    /// What is executed: a descriptor on our binary, or the sealed copy of it.
    pub image: BorrowedFd<'a>,
    /// `argv`; the first is also what `ps` shows until the role names itself.
    pub argv: Vec<String>,
    /// Descriptor 0; `/dev/null` if `None`.
    pub stdin: Option<BorrowedFd<'a>>,
    /// Descriptor 2; `/dev/null` if `None`. Descriptor 1 always is `/dev/null`.
    pub stderr: Option<BorrowedFd<'a>>,
    /// Descriptors 3, 4, ...
    pub extra: Vec<BorrowedFd<'a>>,
    /// Whether it becomes the leader of a session of its own.
    pub new_session: bool,
}

/// A started child.
#[derive(Debug)]
pub struct Child {
    /// Its number in our pid namespace.
    pub pid: i32,
    /// Its pidfd.
    pub pidfd: OwnedFd,
    /// The call that made it: `fork`, `clone3` or `clone`.
    pub call: &'static str,
}

/// Opens our own binary, for [`Program::image`].
pub fn own_binary() -> Result<OwnedFd, Errno> {
    std::fs::File::open("/proc/self/exe")
        .map(Into::into)
        .map_err(|e| (&e).into())
}

/// A sealed copy of our own binary: what enters a box must not be a way back to the file.
pub fn sealed_binary() -> Result<OwnedFd, Errno> {
    let bytes = std::fs::read("/proc/self/exe").map_err(|e| Errno::from(&e))?;
    super::chan::sealed_memfd("glassbox", &bytes).map_err(|error| error.errno())
}

/// Starts the program by fork(2), or by clone3(2) with these `CLONE_NEW*` bits.
pub fn start(program: &Program<'_>, namespaces: Option<u64>) -> Result<Child, Errno> {
    start_in(program, namespaces, None)
}

/// The same, and born in the cgroup of v2 with that directory, if there is one.
pub fn start_in(
    program: &Program<'_>,
    namespaces: Option<u64>,
    cgroup: Option<BorrowedFd<'_>>,
) -> Result<Child, Errno> {
    let argv = c_strings(&program.argv)?;
    let (forked, call) = match (namespaces, cgroup) {
        (None, None) => (sys::fork()?, "fork"),
        (bits, cgroup) => sys::clone(bits.unwrap_or(0), cgroup)?,
    };
    match forked {
        Forked::Parent { pid, pidfd } => Ok(Child { pid, pidfd, call }),
        Forked::Child => {
            // Nobody can hear the reason: the starter sees the channel end instead of `Ready`.
            let _ = become_program(program, &argv);
            std::process::abort()
        }
    }
}

/// Executes `image` in this process, which keeps its lifeline, descriptor 0, and an empty
/// environment. Returns only where that failed.
#[must_use]
pub fn replace(image: BorrowedFd<'_>, argv: &[String]) -> Errno {
    use rustix::io::{FdFlags, fcntl_setfd};
    let lifeline = std::io::stdin();
    let kept = |flags| fcntl_setfd(&lifeline, flags).map_err(Errno::from);
    let result = c_strings(argv).and_then(|argv| {
        kept(FdFlags::empty())?;
        Ok(nix::unistd::fexecve(image, &argv, &[] as &[CString])?)
    });
    match result {
        Ok(never) => match never {},
        Err(errno) => {
            // What we start later must not hold it. EBADF alone is possible, and nothing to mend.
            let _ = kept(FdFlags::CLOEXEC);
            errno
        }
    }
}

/// How [`make`] opens its file.
pub const MAKES: &str = "O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC";

/// Makes a file for a program, which must not be there yet.
pub fn make(path: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(
        CWD,
        path,
        flags,
        Mode::from_raw_mode(0o755),
    )?)
}

/// Opens a program to be executed.
pub fn open(path: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    Ok(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

/// sendfile(2) of a whole program, from its beginning; how many bytes that were.
pub fn copy(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> Result<i64, Errno> {
    let mut place = 0;
    while rustix::fs::sendfile(to, from, Some(&mut place), AT_ONCE)? > 0 {}
    Ok(i64::try_from(place).unwrap_or(i64::MAX))
}

/// Whether two files hold the same bytes.
pub fn are_same(one: BorrowedFd<'_>, other: BorrowedFd<'_>) -> Result<bool, Errno> {
    let (mut a, mut b) = (vec![0; PIECE], vec![0; PIECE]);
    let mut place = 0;
    loop {
        let (read, also) = (fill(one, &mut a, place)?, fill(other, &mut b, place)?);
        if a[..read] != b[..also] {
            return Ok(false);
        }
        if read < PIECE {
            return Ok(true);
        }
        place += PIECE as u64;
    }
}

/// pread(2) until the buffer is full or the file at its end.
fn fill(file: BorrowedFd<'_>, buffer: &mut [u8], place: u64) -> Result<usize, Errno> {
    let mut filled = 0;
    while filled < buffer.len() {
        let read = rustix::io::pread(file, &mut buffer[filled..], place + filled as u64)?;
        if read == 0 {
            break;
        }
        filled += read;
    }
    Ok(filled)
}

fn c_strings(words: &[String]) -> Result<Vec<CString>, Errno> {
    words
        .iter()
        .map(|word| CString::new(word.as_str()).map_err(|_| Errno::EINVAL))
        .collect()
}

/// In the child: session, descriptors, exec. Returns only on failure.
fn become_program(program: &Program<'_>, argv: &[CString]) -> Result<(), Errno> {
    if program.new_session {
        nix::unistd::setsid()?;
    }
    let null = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
        .map_err(|e| Errno::from(&e))?;
    let mut wanted = vec![
        program.stdin.unwrap_or(null.as_fd()),
        null.as_fd(),
        program.stderr.unwrap_or(null.as_fd()),
    ];
    wanted.extend_from_slice(&program.extra);
    // First out of the way, then into place: a wanted number may be another one's source.
    let high: Vec<OwnedFd> = wanted
        .iter()
        .map(|fd| above(*fd))
        .collect::<Result<_, _>>()?;
    let image = above(program.image)?;
    for (number, fd) in (0..).zip(&high) {
        sys::place(fd.as_raw_fd(), number)?;
    }
    let first_unused = RawFd::try_from(high.len()).map_err(|_| Errno::EINVAL)?;
    std::mem::forget(high); // closed with all others, by number, in the next line
    sys::close_all_but(first_unused, image.as_raw_fd());
    Err(nix::unistd::fexecve(&image, argv, &[] as &[CString])
        .map_or_else(Into::into, |never| match never {}))
}

/// A duplicate with a number above those that [`become_program`] fills.
fn above(fd: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    Ok(rustix::io::fcntl_dupfd_cloexec(fd, 32)?)
}

/// A pipe for what hidden processes write to their standard error: reading end, and writing end,
/// which is non-blocking, since nobody may have to wait for a reader.
pub fn log_pipe() -> Result<(OwnedFd, OwnedFd), Errno> {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::NONBLOCK)?;
    Ok((reader, writer))
}

/// What waits in the pipe, up to 4 KiB of it. Never waits for more.
#[must_use]
pub fn waiting_in(log: &OwnedFd) -> Vec<u8> {
    let mut bytes = [0; 4096];
    let waits = super::chan::wait_readable(&[log.as_fd()], Some(std::time::Duration::ZERO));
    match waits {
        Ok(ready) if ready[0] => {
            let count = rustix::io::read(log, &mut bytes).unwrap_or(0);
            bytes[..count].to_vec()
        }
        _ => Vec::new(),
    }
}

//! Processes in namespaces of their own that tests make with unshare(1), and end.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A process tree of ours. Its first line of output says that all is as it should be.
pub(crate) struct Made(Child);

impl Made {
    /// Runs unshare(1) with these words and a shell command, which prints a line when it is done.
    pub(crate) fn new(words: &[&str], command: &str) -> Option<Self> {
        let mut unshare = Command::new("unshare");
        unshare.args(words).args(["sh", "-c", command]);
        let unshare = unshare.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = unshare.spawn().ok()?;
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        let _ = BufReader::new(stdout).read_line(&mut line);
        let made = Self(child);
        (line.trim() == "ready").then_some(made)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Its only child: PID 1 of its pid namespace, where it made one.
    pub(crate) fn child(&self) -> String {
        let pid = self.pid();
        let path = format!("/proc/{pid}/task/{pid}/children");
        let children = std::fs::read_to_string(path).expect("the children");
        children.trim().to_owned()
    }

    /// The number in one of its links.
    pub(crate) fn ns(&self, kind: &str) -> u64 {
        ns(&self.pid().to_string(), kind)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // The end of its input ends the shell, and unshare(1), which waits for it, ends after that.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The number in a link of /proc/PID/ns.
pub(crate) fn ns(pid: &str, kind: &str) -> u64 {
    let link = std::fs::read_link(format!("/proc/{pid}/ns/{kind}")).expect("a link");
    let text = link.to_string_lossy().into_owned();
    let digits = text.split(['[', ']']).nth(1).expect("a number");
    digits.parse().expect("a number")
}

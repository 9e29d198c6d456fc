//! The leak check: a test that starts glassbox begins one before and ends it after.
//!
//! It makes this process a subreaper, so that no orphan of a test escapes it. It repairs nothing:
//! what it finds, it tells.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::host::{ASPECTS, Aspect, Seen};
use super::processes;
use super::pty::DEADLINE;

/// How long after its end glassbox says that it is still cleaning up at most (guarantee G1).
const PROMISED: Duration = Duration::from_secs(1);
/// Between two looks while waiting.
const PAUSE: Duration = Duration::from_millis(20);

/// The host as it was before a test.
///
/// Only one is alive at a time on a machine: one test's boxes would be the other's leaks. So in a
/// test crate where one test begins a check, every test that starts a process must.
#[must_use = "call `end` after the test"]
pub(crate) struct LeakCheck {
    before: Vec<Seen>,
    ended: bool,
    _turn: UnixListener,
}

impl LeakCheck {
    /// Waits for its turn, then looks at the host.
    pub(crate) fn begin() -> Self {
        let turn = wait_for_turn();
        nix::sys::prctl::set_child_subreaper(true).expect("become a subreaper");
        Self {
            before: look(),
            ended: false,
            _turn: turn,
        }
    }

    /// Looks again until nothing is left or lost, and fails with everything that stays so.
    pub(crate) fn end(mut self) {
        self.ended = true;
        let leaks = self.leaks();
        assert!(
            leaks.is_empty(),
            "left or lost:\n  {}\n",
            leaks.join("\n  ")
        );
    }

    /// Ends the check; what is left or lost, for a test that goes on and reports at its end.
    pub(crate) fn finish(mut self) -> Vec<String> {
        self.ended = true;
        self.leaks()
    }

    /// What stays left or lost, or nothing as soon as nothing is. Reaps dead children; a test has no
    /// more use for them.
    pub(crate) fn leaks(&self) -> Vec<String> {
        let start = Instant::now();
        let mut seen = Vec::new();
        loop {
            processes::reap(std::process::id().cast_signed());
            let leaks = self.differences();
            let took = start.elapsed();
            if leaks.is_empty() {
                super::promised(
                    PROMISED,
                    took,
                    format_args!("nothing is left, after {seen:?}"),
                );
                return leaks;
            }
            if took > DEADLINE {
                return leaks;
            }
            seen = leaks;
            sleep(PAUSE);
        }
    }

    /// What is new or lost at this moment, in words.
    pub(crate) fn differences(&self) -> Vec<String> {
        self.compare(|_| true)
    }

    /// The same for what must stay as it is even while boxes live: mounts, interfaces, /dev, IPC
    /// objects, settings, the hostname among them, users.
    pub(crate) fn changes_of_the_host(&self) -> Vec<String> {
        self.compare(|aspect| aspect.must_stay)
    }

    fn compare(&self, wanted: impl Fn(&Aspect) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        let aspects = ASPECTS.iter().zip(&self.before);
        for (aspect, before) in aspects.filter(|(aspect, _)| wanted(aspect)) {
            let after = (aspect.read)();
            let new = after.difference(before);
            found.extend(new.map(|what| format!("new {}: {what}", aspect.name)));
            if aspect.must_stay {
                let gone = before.difference(&after);
                found.extend(gone.map(|what| format!("{} is gone: {what}", aspect.name)));
            }
        }
        found
    }
}

impl Drop for LeakCheck {
    fn drop(&mut self) {
        // A check that was never ended proves nothing, and must not look as if it did.
        assert!(
            self.ended || std::thread::panicking(),
            "a LeakCheck was dropped without `end`"
        );
    }
}

fn look() -> Vec<Seen> {
    ASPECTS.iter().map(|aspect| (aspect.read)()).collect()
}

/// A name in the abstract socket namespace is a lock that no crash can leave behind, whoever runs
/// the tests.
fn wait_for_turn() -> UnixListener {
    let name = SocketAddr::from_abstract_name("glassbox-leak-check").expect("a short name");
    loop {
        match UnixListener::bind_addr(&name) {
            Ok(listener) => return listener,
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => sleep(PAUSE),
            Err(error) => panic!("bind the leak check's lock: {error}"),
        }
    }
}

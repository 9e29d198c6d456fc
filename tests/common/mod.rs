//! What tests share: the leak check, ordinary users, loud skips. Used by every test that starts the
//! real binary; never by unit tests.

#![allow(dead_code, reason = "each test crate uses another part of it")]

pub(crate) mod family;
pub(crate) mod host;
pub(crate) mod jar;
pub(crate) mod leaks;
pub(crate) mod machine;
pub(crate) mod made;
pub(crate) mod processes;
pub(crate) mod pty;
pub(crate) mod random;
pub(crate) mod report;
pub(crate) mod seccomp;
pub(crate) mod session;
pub(crate) mod users;

use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

/// The binary under test, built by cargo for this test run; or where this test program was taken, in
/// a virtual machine.
pub(crate) fn glassbox() -> &'static Path {
    let there = Path::new(machine::GLASSBOX);
    if there.exists() {
        return there;
    }
    Path::new(env!("CARGO_BIN_EXE_glassbox"))
}

/// Leaves a test that cannot run here, loudly: `skip!("no unshare(1)")`. Where `GLASSBOX_MUST_WORK`
/// is 1 the test fails instead. `.ci/run` counts the lines that this prints.
#[macro_export]
macro_rules! skip {
    ($($why:tt)*) => {{
        $crate::common::skipped(format_args!($($why)*));
        return;
    }};
}

/// Says that the test on this thread does not run, and why; [`skip!`] calls it.
pub(crate) fn skipped(why: impl Display) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let forbidden = std::env::var_os("GLASSBOX_MUST_WORK").is_some_and(|value| value == "1");
    assert!(!forbidden, "{test} must not be skipped here: {why}");
    tell(test, &why);
}

/// Says that this machine does not give everybody what a part of this test needs; counted as a skip
/// like any other, and allowed where nothing else may be skipped.
pub(crate) fn lacking(why: impl Display) {
    let thread = std::thread::current();
    tell(thread.name().unwrap_or("a test"), &why);
}

/// Says that a promise about time was not kept, which fails no test: how long anything takes on a
/// machine with others on it proves nothing. What fails is what has not come by [`pty::DEADLINE`].
pub(crate) fn promised(within: Duration, took: Duration, what: impl Display) {
    if took > within {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        say(
            "LATE",
            test,
            &format_args!("{what}: {took:?}, not {within:?}"),
        );
    }
}

fn tell(test: &str, why: &dyn Display) {
    say("SKIPPED", test, why);
}

fn say(word: &str, test: &str, what: &dyn Display) {
    // Not `eprintln!`: the test runner would swallow it.
    let _ = writeln!(std::io::stderr(), "{word}: {test}: {what}");
}

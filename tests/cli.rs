//! The command line itself: what is printed where, with which exit code. What the commands do has
//! tests of its own (headless, lessons, terminal).

mod common;

use std::fs::File;
use std::process::{Command, Output, Stdio};

use common::leaks::LeakCheck;
use snapbox::{Assert, str};

/// Runs it without a terminal.
fn glassbox(args: &[&str]) -> Output {
    let check = LeakCheck::begin();
    let mut command = Command::new(common::glassbox());
    let output = command
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("run glassbox");
    check.end();
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// What is printed, after checking the code, that one stream is silent, and that there is no escape
/// sequence.
fn said(output: &Output, code: i32) -> String {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    assert!(
        out.is_empty() || err.is_empty(),
        "on both streams: {out}{err}"
    );
    let both = out + &err;
    assert!(!both.contains('\x1b'), "{both:?}");
    both
}

#[test]
fn version_and_help() {
    assert_eq!(said(&glassbox(&["--version"]), 0), "glassbox 0.1.0\n");
    let help = str![[r"
Watch a process become a container: Linux isolation live, host and box side by side

Usage: glassbox [OPTIONS] [COMMAND]

Commands:
  learn        Open the lessons (this is also what happens without a command)
  play         Play one lesson as plain lines: for screen readers, simple terminals and pipes
  verify       Run lessons without a terminal; the kernel grades each step
  shell        Open a shell in a running box, from another terminal
  progress     Print how far you are, with what proved each solved challenge
  doctor       Say what this machine can run, and if not, why and what to do
  inspect      Show any process or container beside the host: what it shares, what it may do
  lab          The mixing desk: a box from any set of namespaces and limits
  completions  Print what completes commands and options in a shell
  man          Print the manual page
  map          Show every namespace on this host, who is in it, who owns it, what keeps it alive
  lessons      List lessons, check lesson files, begin a new one

Options:
      --lessons <DIR>  Read lessons from this folder instead of the built-in ones
      --state <DIR>    Keep progress in this folder
      --ascii          Draw with ASCII characters only
  -h, --help           Print help
  -V, --version        Print version

"]];
    Assert::new().eq(said(&glassbox(&["--help"]), 0), help);
}

#[test]
fn a_wrong_command_line_is_code_2() {
    for args in [
        &["--nonsense"][..],
        &["learn", "02-pid.0"],
        &["verify", "99-nothing"],
        &["lessons"],
        &["inspect"],
        &["inspect", "0"],
        &["inspect", "no such container"],
    ] {
        let text = said(&glassbox(args), 2);
        assert!(!text.is_empty(), "{args:?} is refused without a word");
    }
}

#[test]
fn a_full_disk_is_no_panic() {
    for args in [
        &["lessons", "list"][..],
        &["verify", "--json", "00-labels"],
        &["doctor"],
    ] {
        let check = LeakCheck::begin();
        let full = File::options()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        let mut command = Command::new(common::glassbox());
        command.args(args).stdin(Stdio::null()).stdout(full);
        let output = command.output().expect("run glassbox");
        let complaint = text(&output.stderr);
        assert!(
            output.status.code().is_some(),
            "{args:?}: {:?}",
            output.status
        );
        assert!(
            !complaint.contains("panicked") && !complaint.contains("fault of our own"),
            "{complaint}"
        );
        check.end();
    }
}

#[test]
fn completions_and_a_manual_page() {
    for shell in ["bash", "zsh", "fish"] {
        let text = said(&glassbox(&["completions", shell]), 0);
        for word in ["glassbox", "verify", "track"] {
            assert!(text.contains(word), "{shell} knows no {word}");
        }
    }
    said(&glassbox(&["completions", "no-such"]), 2);
    let page = said(&glassbox(&["man"]), 0);
    assert!(
        page.contains(".TH glassbox 1") && page.contains("doctor"),
        "{page}"
    );
}

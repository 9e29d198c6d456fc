//! What is said of a condition when nobody has put it into words.

use super::{expr, facts, sample};

/// Conditions, and what is said of them in the specimen.
const SENTENCES: &[(&str, &str)] = &[
    ("box.pid == 1", "PID of box is 1"),
    ("box.pid == 2 + 5", "PID of box is 1, not 7"),
    ("'in*side' == box.hostname", "hostname of box is 'in*side'"),
    (
        "box.hostname == host.hostname",
        "hostname of box is 'in*side', but hostname of the host is 'specimen'",
    ),
    (
        "box.pid == box.pid",
        "PID of box and PID of box are the same",
    ),
    (
        "box.ns.uts != before.host.ns.uts",
        "UTS namespace of box and UTS namespace of the host before are the same: 4026532000",
    ),
    (
        "host.hostname != host.hostname",
        "hostname of the host and hostname of the host are the same: 'specimen'",
    ),
    ("box.pid != 1", "PID of box is still 1"),
    ("box.pid != 3", "PID of box is 1"),
    (
        "host.process(77) == null",
        "there is no process 77 of the host",
    ),
    (
        "host.process(77) != null",
        "there is no process 77 of the host",
    ),
    ("box.member('demo') == null", "demo is still there"),
    ("box.member('demo') != null", "demo is there"),
    (
        "host.process(77).command == 'x'",
        "there is no process 77 of the host",
    ),
    ("box.file('/none').uid == 7", "there is no /none in box"),
    (
        "box.net.port(81) != null",
        "nobody listens on port 81 in box",
    ),
    (
        "box.mount('/none') == null",
        "nothing is mounted on /none in box",
    ),
    ("box.pid >= 1", "PID of box is 1: at least 1"),
    ("box.pid > 1", "PID of box is 1, not more than 1"),
    ("box.member('demo').alive", "demo is alive"),
    ("box.member('demo').alive == false", "demo is alive"),
    ("!box.member('demo').alive", "demo is alive"),
    ("1 in box.nspid", "1 is among the nspid of box"),
    ("!(1 in box.nspid)", "1 is among the nspid of box"),
    (
        "'SIGHUP' in box.sig_caught",
        "SIGHUP is not among the caught signals of box",
    ),
    ("!(box.pid == 1)", "!(box.pid == 1); now box.pid = 1"),
    (
        "box.members.exists(m, m.name == box.hostname)",
        "box.members.exists(m, m.name == box.hostname); now box.members = a list of 4, \
             box.hostname = 'in*side'",
    ),
];

#[test]
fn a_condition_says_what_is_so_and_what_is_not() {
    let facts = facts(&sample());
    for (condition, words) in SENTENCES {
        assert_eq!(expr(condition).sentence(&facts), *words, "{condition}");
    }
}

#[test]
fn the_box_whose_facts_are_those_of_the_shell_is_called_so() {
    let facts = facts(&sample());
    let cases = [
        ("box.pid == 2", "PID of your shell is 1, not 2"),
        (
            "box.net.port(81) != null",
            "nobody listens on port 81 where your shell stands",
        ),
        ("box.member('demo').alive", "demo is alive"),
        (
            "box.ns.uts == host.ns.uts",
            "UTS namespace of your shell and UTS namespace of the host are the same",
        ),
    ];
    for (condition, words) in cases {
        let said = expr(condition).words(&facts, Some("box"));
        assert_eq!(said.as_deref(), Some(words), "{condition}");
    }
}

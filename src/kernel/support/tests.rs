//! From an answer to the line of the report.

use super::*;

#[test]
fn answers_become_probes() {
    let environment = Environment {
        userns_clone: Some(0),
        ..Environment::default()
    };
    let failure = |step, errno| Answer::Verdict(Verdict::Fails(Failure { step, errno }));
    let unshare = Step::Unshare(NsKind::User);
    #[rustfmt::skip]
    let cases = [
        (Answer::Verdict(Verdict::Works), true,
         "CLONE_NEWUSER, setgroups, gid_map and uid_map, mount a tmpfs", ""),
        (failure(unshare, Some(Errno::EPERM)), false,
         "unshare(CLONE_NEWUSER) = EPERM: kernel.unprivileged_userns_clone is 0",
         "sudo sysctl kernel.unprivileged_userns_clone=1"),
        (failure(Step::Root, None), false,
         "getuid() in the new user namespace had no effect: glassbox knows no reason for this",
         "try another machine or the VM of the README, and report this line"),
        (Answer::NotStarted(Errno::EACCES), false,
         "could not start glassbox again: EACCES (permission denied)",
         "install glassbox where the learner may execute it"),
        (Answer::Silent("ended by signal 31".to_owned()), false,
         "the probe process ended by signal 31",
         "run `glassbox doctor` again; if it stays so, report this line"),
    ];
    for (answer, ok, detail, remedy) in cases {
        let probe = judge("userns".to_owned(), &answer, &environment);
        assert_eq!(
            (probe.ok, probe.detail.as_str(), probe.remedy.as_str()),
            (ok, detail, remedy)
        );
    }
}

#[test]
fn one_cpu_leaves_no_choice() {
    assert!(two_cpus(Ok(2)).ok);
    for found in [Ok(1), Err(Errno::EINVAL)] {
        let probe = two_cpus(found);
        assert!(!probe.ok && !probe.remedy.is_empty(), "{probe:?}");
    }
}

#[test]
fn old_kernels_are_named() {
    let at = |version| {
        kernel(&Environment {
            version,
            ..Environment::default()
        })
    };
    assert!(at((5, 10)).ok && at((6, 1)).ok && at((7, 0)).ok);
    assert!(!at((5, 9)).ok && !at((4, 19)).ok && !at((0, 0)).ok);
    assert!(!at((5, 9)).remedy.is_empty());
}

#[test]
fn a_verdict_survives_the_pipe() {
    let verdict = Verdict::Fails(Failure {
        step: Step::Unshare(NsKind::Net),
        errno: Some(Errno::ENOSPC),
    });
    let line = serde_json::to_vec(&verdict).expect("serialize");
    assert_eq!(
        serde_json::from_slice::<Verdict>(&line).expect("parse"),
        verdict
    );
}

#[test]
fn commands_are_found_or_named_with_their_package() {
    let there = commands::look_up("sh");
    assert!(there.ok && there.detail.ends_with("/sh") && there.remedy.is_empty());
    let absent = commands::look_up("glassbox-has-no-such-command");
    assert!(!absent.ok && absent.remedy.contains("apt install"));
}

#[test]
fn every_attempt_says_what_it_does() {
    for name in names() {
        assert!(!attempt::tried(&name).ends_with(", "), "{name}");
    }
}

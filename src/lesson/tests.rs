//! Tests of expressions and facts: what a learner's screen and `verify` rely on, without a kernel.

mod sentences;

use super::convert::variables;
use super::specimen::{self, Cast};
use super::{Expr, Facts, Reads, prose};
use crate::model::op::Workload;
use crate::model::sample::{Exit, Role};
use crate::model::{Errno, Member, NsId, NsKind, Op, Process, Sample, Seen, Untrusted};

/// A box whose lead *demo* is number 1 of its own PID namespace, under a /proc of the host.
fn sample() -> Sample {
    let mut sample = specimen::sample(&Cast::from([("box", vec!["demo"])]), &["jar"]);
    let outer = NsId { dev: 4, ino: 10 };
    let inner = NsId { dev: 4, ino: 11 };
    let view = sample.boxes.get_mut("box").expect("the box");
    let lead = view.lead.as_mut().expect("a lead");
    let Seen::Is(subject) = &mut lead.from_host else {
        panic!("the specimen's lead was seen");
    };
    subject.process.pid = lead.host_pid;
    subject.process.nspid = vec![lead.host_pid, 1];
    subject.pid_chain = vec![inner, outer];
    subject.links.own[NsKind::Pid as usize] = Seen::Is(inner);
    subject.links.pid_for_children = Seen::Missing;
    let host_pid = lead.host_pid;
    let Seen::Is(inside) = &mut view.inside else {
        panic!("the specimen's box was seen");
    };
    inside.world.proc_level = Seen::Is(1);
    inside.world.hostname = Untrusted::from("in*side");
    inside.subjects[0] = Seen::Is({
        let mut seen = inside.subjects[0].value().expect("a subject").clone();
        seen.process.pid = host_pid;
        seen.uids = [0; 4];
        seen
    });
    sample
}

fn facts(sample: &Sample) -> Facts {
    Facts::new(Some(sample), sample, &specimen::calls())
}

fn expr(text: &str) -> Expr {
    Expr::compile(text, 0..0, 0).unwrap_or_else(|error| panic!("{text}: {}", error.message))
}

/// Each of these is true of the sample.
fn all_true(sample: &Sample, expressions: &[&str]) {
    let facts = facts(sample);
    for text in expressions {
        assert_eq!(expr(text).eval_bool(&facts), Ok(true), "{text}");
    }
}

#[test]
fn facts_of_a_box_are_those_of_its_lead() {
    all_true(
        &sample(),
        &[
            "box.lead == 'demo'",
            "box.pid == 1",
            "box.nspid == [box.host_pid, 1]",
            "box.ns.pid == 11",
            "box.ns.pid_for_children == null",
            "box.uid == 0 && box.host_uid == 1000",
            // The /proc there is one level up: the host's.
            "box.proc_pidns == 10 && box.proc_pidns != box.ns.pid",
            "box.proc_self == box.host_pid && box.proc_self != box.pid",
            "box.alive && host.alive",
            "before.box.pid == box.pid",
            "calls[0].result == 4723 && calls[0].errno == null",
            "calls[1].errno == 'EPERM' && calls[1].result == null",
            "calls.exists(c, c.errno == 'EPERM' && c.by == 'helper' && c.args == ['CLONE_NEWPID'])",
        ],
    );
}

#[test]
fn every_number_is_signed() {
    // CEL would compare a u32 with an i64 only by a cast.
    all_true(
        &sample(),
        &[
            "-1 < box.uid",
            "box.uid - 1 == -1",
            "box.seccomp > -1",
            "box.process_count + 1 > 0",
        ],
    );
}

#[test]
fn null_has_null_fields_and_equals_nothing_else() {
    all_true(
        &sample(),
        &[
            "box.member('nobody') == null",
            "box.member('nobody').pid == null",
            "!(box.member('nobody').pid == 1)",
            "box.member('nobody').ns.uts != box.ns.uts",
            "host.process(99999) == null",
            "host.process(box.member('nobody').host_pid) == null",
        ],
    );
}

#[test]
fn an_error_says_which_fact_was_null() {
    let sample = sample();
    let cases = [
        (
            "box.member('nobody').pid > 1",
            "`>` does not go with null and int; null here: `box.member('nobody').pid`",
        ),
        (
            "box.member('nobody').nspid.size() == 1",
            "`size` does not go with null; null here: `box.member('nobody').nspid`",
        ),
        ("box.pid", "expected true or false, found 1"),
        ("box.nothing == 1", "no field `nothing` in a map"),
        ("nothing == 1", "`nothing` is not known"),
        (
            "host.member('demo') == null",
            "member() has no members here",
        ),
    ];
    for (text, message) in cases {
        let error = expr(text).eval_bool(&facts(&sample)).expect_err(text);
        assert_eq!(error.to_string(), message, "{text}");
    }
}

#[test]
fn the_facts_behind_a_result_are_named_with_their_values() {
    let named = |text: &str| expr(text).facts_named(&facts(&sample()));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        named("box.pid == 1 && box.hostname != host.hostname && box.pid > 0"),
        [
            pair("box.pid", "1"),
            pair("box.hostname", "'in*side'"),
            pair("host.hostname", "'specimen'")
        ]
    );
    assert_eq!(
        named("box.processes.exists(p, p.pid == box.pid) || box.nspid.size() == 9"),
        [
            pair("box.processes", &named("box.processes == null")[0].1),
            pair("box.pid", "1"),
            pair("box.nspid.size()", "2"),
        ]
    );
    assert_eq!(
        named("host.process(box.pid).command == 'x'"),
        [pair("host.process(box.pid).command", "null")]
    );
    let long = &named("box.processes == null")[0].1;
    assert!(long.chars().count() <= 100, "{long}");
}

#[test]
fn values_in_prose_are_safe_and_mean_nothing_to_markdown() {
    let mut sample = sample();
    sample.host.world.hostname = Untrusted::from("\x1b]0;x\x07# *a*_b_");
    let facts = facts(&sample);
    let cases = [
        ("plain {{x}", "plain {x}"),
        ("{box.pid}/{host.process(1).command}", "1/null"),
        ("{box.hostname}", r"in\*side"),
        ("`{box.hostname}` {box.hostname}", r"`in*side` in\*side"),
        ("{host.hostname}", r"\\e\]0;x\\x07\# \*a\*\_b\_"),
        ("{box.hostname == '}'}", "false"),
        ("{box.member('nobody').pid < 1}", "?"),
    ]
    .map(|(text, shown)| (text.to_owned(), shown.to_owned()));
    for (text, shown) in cases {
        let prose = prose::parse(&text, 0..0).unwrap_or_else(|error| panic!("{}", error.message));
        assert_eq!(prose.render(&facts), shown, "{text}");
    }
}

#[test]
fn parents_are_told_as_getppid_tells_them() {
    let mut sample = sample();
    // demo's parent is the specimen's glassbox, in another PID namespace.
    all_true(&sample, &["box.ppid == 0"]);
    let view = sample.boxes.get_mut("box").expect("the box");
    let lead = view.lead.as_mut().expect("a lead");
    let Seen::Is(subject) = &mut lead.from_host else {
        panic!("seen");
    };
    subject.links.own[NsKind::Pid as usize] = Seen::Is(NsId {
        dev: 4,
        ino: 4_026_532_000,
    });
    // Now it is in the same one, and the specimen's glassbox is number 1 there.
    all_true(&sample, &["box.ppid == 1"]);
}

#[test]
fn observers_of_ours_are_in_no_list() {
    let mut sample = sample();
    let eye = |start: u64, name: &str| Process {
        pid: 77,
        start,
        command: Untrusted::from(name),
        ..sample_process(&sample)
    };
    let rows = [eye(555, "box:eye"), eye(556, "box:eye"), eye(555, "sleep")];
    let view = sample.boxes.get_mut("box").expect("the box");
    let Seen::Is(inside) = &mut view.inside else {
        panic!("seen");
    };
    inside.world.processes = Seen::Is(rows.to_vec());
    view.members.push(Member {
        name: "eye".to_owned(),
        role: Role::Eye,
        host_pid: 5000,
        start: 555,
        said: None,
        tried: Vec::new(),
        exit: None,
        from_host: Seen::Missing,
    });
    // The one with its name and its start is ours; neither alone is enough.
    all_true(
        &sample,
        &["box.processes.size() == 2", "box.member('eye') == null"],
    );
}

fn sample_process(sample: &Sample) -> Process {
    let lead = sample.boxes["box"].lead.as_ref().expect("a lead");
    lead.from_host.value().expect("seen").process.clone()
}

#[test]
fn the_dead_are_remembered() {
    let mut sample = sample();
    let view = sample.boxes.get_mut("box").expect("the box");
    for (member, exit) in
        view.members
            .iter_mut()
            .zip([Exit::Code(3), Exit::Signal(9), Exit::Unknown])
    {
        member.exit = Some(exit);
        member.from_host = Seen::Missing;
        member.name = format!("{exit:?}")
            .chars()
            .filter(char::is_ascii_alphabetic)
            .collect();
    }
    all_true(
        &sample,
        &[
            "box.member('Code').exit_code == 3 && box.member('Code').exit_signal == null",
            "box.member('Signal').exit_signal == 9 && box.member('Signal').exit_code == null",
            "box.member('Unknown').exit_code == null && box.member('Unknown').exit_signal == null",
            "box.members.exists_one(m, m.alive)",
            "box.member('Code').host_pid > 0 && box.member('Code').pid == null",
        ],
    );
}

#[test]
fn what_nobody_could_see_is_null_and_never_missing() {
    let mut sample = sample();
    let full: Vec<String> = names(&sample);
    let view = sample.boxes.get_mut("box").expect("the box");
    view.lead = None;
    view.inside = Seen::Denied(Errno::ENOMEM);
    assert_eq!(names(&sample), full);
    all_true(
        &sample,
        &[
            "!box.alive",
            "box.pid == null",
            "box.hostname == null",
            "box.processes == null",
            "box.ns.uts == null",
        ],
    );
}

/// The names of a box's facts.
fn names(sample: &Sample) -> Vec<String> {
    match &variables(None, sample, &[], &Reads::EVERYTHING)["box"] {
        super::Fact::Map(fields) => fields.keys().cloned().collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_sample_before_there_is_no_before() {
    let sample = sample();
    let facts = Facts::new(None, &sample, &[]);
    assert_eq!(expr("before == null").eval_bool(&facts), Ok(true));
    assert_eq!(
        expr("before.host.hostname == null").eval_bool(&facts),
        Ok(true)
    );
}

#[test]
fn a_replay_repeats_each_operation_and_looks_on_at_none() {
    let lessons = super::library::embedded().expect("the built-in lessons are good");
    let looks = |ops: &[Op]| -> Vec<u32> {
        let seconds = |op: &Op| match op {
            Op::Observe(look) => Some(look.seconds),
            _ => None,
        };
        ops.iter().filter_map(seconds).collect()
    };
    let (mut met, mut paced) = (0, 0);
    for lesson in lessons {
        let all: Vec<Op> = lesson
            .steps
            .iter()
            .flat_map(|step| step.ops.clone())
            .collect();
        let replay = lesson.replay(lesson.steps.len());
        assert_eq!(replay.len(), all.len(), "{}", lesson.id);
        assert!(looks(&all).iter().all(|seconds| *seconds > 0));
        assert!(looks(&replay).iter().all(|seconds| *seconds == 0));
        let in_steps = |op: &&Op| {
            let with = match op {
                Op::Fork(it) | Op::Spawn(it) if it.workload == Workload::Hog => &it.with,
                _ => return false,
            };
            with.number("step") != with.number("mb")
        };
        assert_eq!(replay.iter().filter(in_steps).count(), 0, "{}", lesson.id);
        paced += all.iter().filter(in_steps).count();
        met += looks(&replay).len();
    }
    assert!(met > 5, "the built-in lessons look on somewhere");
    assert!(paced > 2, "and some take memory step by step");
}

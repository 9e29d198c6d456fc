//! What `glassbox verify --json` prints, and what it must say when all is well.

use std::process::Output;

use serde_json::Value;

/// The report, after checking that it has exactly the fields that scripts rely on.
pub(crate) fn parse(output: &Output, of: &str) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text).unwrap_or_else(|error| {
        let complaints = String::from_utf8_lossy(&output.stderr);
        panic!("{of}: {error} in: {text}{complaints}")
    });
    assert_fields(
        &report,
        &["failed", "lessons", "passed", "skipped", "solutions"],
    );
    assert_fields(&report["solutions"], &["skipped", "typed"]);
    for lesson in list(&report["lessons"]) {
        assert_fields(lesson, &["id", "reason", "steps", "verdict"]);
        for step in list(&lesson["steps"]) {
            let mut wanted = vec!["checks", "title"];
            // A challenge's solution, where it was typed, and the values that were drawn for it.
            let sometimes = ["solution", "values"];
            wanted.extend(
                sometimes
                    .into_iter()
                    .filter(|field| step.get(field).is_some()),
            );
            wanted.sort_unstable();
            assert_fields(step, &wanted);
            for check in list(&step["checks"]) {
                assert_fields(check, &["after", "before", "expression", "kind"]);
            }
        }
    }
    report
}

fn assert_fields(object: &Value, wanted: &[&str]) {
    let mut fields: Vec<&str> = object
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, wanted, "in {object}");
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

/// The lessons of which `doctor --json` says that they cannot run, each with the names of all that
/// it lacks.
pub(crate) fn predicted(doctor: &[u8]) -> Vec<(String, Vec<String>)> {
    let report: Value = serde_json::from_slice(doctor).expect("doctor's report");
    let cannot = list(&report["lessons"]).iter();
    let cannot = cannot.filter(|lesson| lesson["runs"] == false);
    let name = |value: &Value| value.as_str().expect("a name").to_owned();
    cannot
        .map(|lesson| {
            let missing = list(&lesson["missing"]).iter();
            let missing = missing.map(|probe| name(&probe["name"])).collect();
            (name(&lesson["id"]), missing)
        })
        .collect()
}

/// Asserts that every lesson ran and that the kernel agreed with each check of it, as this report
/// shows it: the verdict alone could be wrong.
pub(crate) fn assert_all_passed(output: &Output, of: &str) {
    assert_passed_but(output, of, &[]);
}

/// The same where these lessons cannot run: they, and no others, are skipped, with a reason.
pub(crate) fn assert_passed_but(output: &Output, of: &str, cannot: &[&str]) {
    let report = parse(output, of);
    let complaints = String::from_utf8_lossy(&output.stderr);
    let lessons = list(&report["lessons"]);
    let mut passed = 0;
    for lesson in lessons {
        if cannot.contains(&lesson["id"].as_str().expect("an id")) {
            assert_eq!(lesson["verdict"], "skip", "{of}: {lesson:#}");
            let reason = lesson["reason"].as_str().expect("a reason");
            assert!(reason.starts_with("needs "), "{of}: {reason}");
            continue;
        }
        assert_eq!(lesson["verdict"], "pass", "{of}: {lesson:#}\n{complaints}");
        let steps = list(&lesson["steps"]);
        assert!(!steps.is_empty(), "{of}: no steps in {lesson}");
        for step in steps {
            assert_step(step, of);
        }
        passed += 1;
    }
    assert!(passed > 0, "{of}: no lesson ran");
    assert_eq!(report["passed"], passed, "{of}: {report}");
    assert_eq!(report["failed"], 0, "{of}");
    assert_eq!(report["skipped"], lessons.len() - passed, "{of}");
    assert_eq!(output.status.code(), Some(0), "{of}: {complaints}");
}

fn assert_step(step: &Value, of: &str) {
    let (mut choices, mut done) = (Vec::new(), Vec::new());
    for check in list(&step["checks"]) {
        let ends = (check["before"].as_bool(), check["after"].as_bool());
        match check["kind"].as_str() {
            Some("expect") => assert_eq!(ends, (Some(false), Some(true)), "{of}: {check}"),
            Some("keeps") => assert_eq!(ends, (Some(true), Some(true)), "{of}: {check}"),
            Some("choice") => choices.push(ends.1.expect("a choice is true or false")),
            Some("done") => {
                done.push(ends.0.expect("a condition is true or false"));
                let typed = step["solution"] == "typed";
                assert_eq!(ends.1, typed.then_some(true), "{of}: {check}");
            }
            other => panic!("{of}: a check of kind {other:?}"),
        }
    }
    let right = choices.iter().filter(|choice| **choice).count();
    assert!(
        choices.is_empty() || right == 1,
        "{of}: {right} right choices in {step}"
    );
    let solved = !done.is_empty() && done.iter().all(|condition| *condition);
    assert!(!solved, "{of}: a challenge that needs no solving: {step}");
}

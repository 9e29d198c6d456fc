//! Lesson files from outside: what is wrong with one is said with its place, and nothing is started.
//! Drives the library for what lint finds, and the real binary for files that are none.

#[path = "lessons/facts.rs"]
mod facts;
#[path = "lessons/mistakes.rs"]
mod mistakes;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use glassbox::lesson::{Lesson, library, lint, parse};
use glassbox::model::{Errno, by_hand};
use mistakes::MISTAKES;

const GOOD: &str = include_str!("fixtures/lessons/good/10-everything.toml");
const NAME: &str = "10-everything.toml";

/// Every complaint about a text, as `line:column: message`.
fn complaints(text: &str, name: &str) -> Vec<String> {
    let found = match parse(text, name) {
        Ok(lesson) => lint(&lesson),
        Err(found) => found,
    };
    let place =
        |d: &glassbox::lesson::Diagnostic| format!("{}:{}: {}", d.line, d.column, d.message);
    found.iter().map(place).collect()
}

/// The good lesson with one text replaced, which must be there.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(
        GOOD.matches(from).count(),
        1,
        "{from:?} must stand there once"
    );
    GOOD.replace(from, to)
}

#[test]
fn the_good_lesson_is_good() {
    assert_eq!(complaints(GOOD, NAME), Vec::<String>::new());
}

#[test]
fn the_built_in_lessons_are_good() {
    let lessons = library::embedded().unwrap_or_else(|wrong| {
        panic!(
            "{}",
            wrong.iter().map(ToString::to_string).collect::<String>()
        )
    });
    let ids: Vec<&str> = lessons.iter().map(|lesson| lesson.id.as_str()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    for id in ["00-labels", "01-uts", "02-pid"] {
        let lesson: &Lesson = lessons.iter().find(|lesson| lesson.id == id).expect(id);
        assert!(lesson.core, "{id} is part of the core course");
        assert!(
            lesson.steps.iter().any(|step| step.predict.is_some()),
            "{id} asks nothing"
        );
    }
}

#[test]
fn each_mistake_is_found_where_it_stands() {
    let wrong: Vec<String> = MISTAKES
        .iter()
        .filter_map(|(from, to, expected)| missed(from, to, expected))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is typed by hand may say how it ends; not to those who are still to predict it.
#[test]
fn commands_keep_the_outcome_to_themselves_until_it_is_told() {
    let lessons = library::embedded().expect("they are good");
    let mut withheld = 0;
    for lesson in &lessons {
        for (at, step) in lesson.steps.iter().enumerate() {
            let all = by_hand::commands(&lesson.boxes, &lesson.replay(at), &step.ops);
            for line in all.iter().flatten().filter(|_| step.predict.is_some()) {
                let before = by_hand::before_outcome(line);
                let comment = before.split_once("# ").map_or("", |(_, comment)| comment);
                let mut words = comment.split(|c: char| !c.is_ascii_alphanumeric());
                let told = words.find(|word| Errno::from_name(word).is_some());
                assert_eq!(told, None, "{} tells it: {before}", lesson.id);
                withheld += usize::from(before != line);
            }
        }
    }
    assert!(withheld > 0, "no lesson has such a comment");
}

/// From the second lesson on each asks for something that the learner does, helps three times at least, and says
/// why when it is done.
#[test]
fn the_built_in_lessons_have_challenges() {
    let lessons = library::embedded().expect("they are good");
    for lesson in lessons.iter().filter(|lesson| !lesson.id.starts_with("00")) {
        let tried = lesson.steps.iter().filter_map(|step| {
            let challenge = step.challenge.as_ref()?;
            Some((step, challenge))
        });
        let tried: Vec<_> = tried.collect();
        assert!(!tried.is_empty(), "{} has no challenge", lesson.id);
        for (step, challenge) in tried {
            let title = (&lesson.id, &step.title);
            assert!(challenge.hints.len() >= 3, "{title:?}");
            let asks = challenge.hints.iter().filter(|hint| hint.when.is_some());
            assert!(
                asks.count() > 0 || lesson.id == "07-root",
                "{title:?}: no hint looks"
            );
            assert!(!step.explain.is_empty(), "{title:?} does not say why");
        }
    }
}

/// What was found instead, if the expected complaint was not.
fn missed(from: &str, to: &str, expected: &str) -> Option<String> {
    let found = complaints(&changed(from, to), NAME);
    let hit = found.iter().any(|found| found.contains(expected));
    (!hit).then(|| format!("{to:?}\n expected {expected:?}\n found {found:#?}"))
}

#[test]
fn what_does_not_fit_is_measured() {
    let words = |n: usize| "word ".repeat(n);
    let long = |n: usize| "x".repeat(n);
    let cases = [
        (
            "Everything a lesson can have",
            long(37),
            "2:11: 37 columns wide; expected at most 36",
        ),
        (
            "A process that ends",
            long(77),
            "37:11: 77 columns wide; expected at most 76",
        ),
        (
            "It starts and it ends.",
            words(61),
            "38:11: 61 words in `say`; expected at most 60",
        ),
        (
            "SIGKILL from outside.",
            words(41),
            "46:11: 41 words in `explain`; expected at most 40",
        ),
        (
            "\"another name\"",
            format!("\"{}\"", long(71)),
            "32:11: 71 columns wide; expected at most 70",
        ),
    ];
    let wrong = cases
        .iter()
        .filter_map(|(from, to, expected)| missed(from, to, expected));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn several_mistakes_are_told_at_once() {
    let text = changed("left.hostname == 'inside'\"", "left.hostnam == 'inside'\"");
    let text = text.replace("minutes = 5", "minutes = 99");
    let found = complaints(&text, NAME);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_name_without_a_number_is_no_lesson() {
    for name in [
        "everything.toml",
        "1-a.toml",
        "10-.toml",
        "10-Big.toml",
        "10.toml",
    ] {
        assert_eq!(complaints(GOOD, name).len(), 1, "{name}");
    }
}

#[test]
fn no_depth_and_no_size_overwhelms_the_parser() {
    let deep = format!(
        "format_version = 1\na = {}{}",
        "[".repeat(33),
        "]".repeat(33)
    );
    assert!(complaints(&deep, NAME)[0].contains("nested too deeply"));
    let deeper = format!("a = {}", "[".repeat(100_000));
    assert_eq!(complaints(&deeper, NAME).len(), 1);
    let large = "#".repeat(256 * 1024 + 1);
    assert!(complaints(&large, NAME)[0].contains("bytes; expected at most 262144"));
    let expression = format!("{}true{}", "(".repeat(200), ")".repeat(200));
    let text = changed("left.hostname == 'inside'\"", &format!("{expression}\""));
    assert_eq!(complaints(&text, NAME).len(), 1);
    let expression = "!".repeat(10_000);
    let text = changed(
        "left.hostname == 'inside'\"",
        &format!("{expression}true\""),
    );
    assert_eq!(complaints(&text, NAME).len(), 1);
}

#[test]
fn a_diagnostic_shows_the_line_with_a_caret_and_no_escape() {
    let text = changed(
        "A process that ends",
        "A \u{9b}31m\u{202e} process \\q that ends",
    );
    let found = parse(&text, "evil\u{1b}[2J.toml").expect_err("a bad escape");
    assert_eq!(
        found[0].to_string(),
        r#"evil\e[2J.toml:37:29: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`
   |
37 | title   = "A \x9b31m\u{202e} process \q that ends"
   |                                       ^"#
    );
}

/// The binary with these arguments.
fn glassbox(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_glassbox"))
        .args(arguments)
        .output()
        .expect("run glassbox")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// A folder with one file in it, made by `make`.
fn folder(make: impl FnOnce(&Path)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("10-bad.toml");
    make(&path);
    (folder, path)
}

#[test]
fn lint_says_that_nothing_is_wrong() {
    for arguments in [
        &["lessons", "lint"][..],
        &["lessons", "lint", "tests/fixtures/lessons/good"],
    ] {
        let output = glassbox(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
        assert!(text(&output.stdout).contains("nothing wrong"));
    }
}

#[test]
fn list_names_every_lesson() {
    let output = glassbox(&["lessons", "list", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let ids: Vec<&str> = list
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|e| e["id"].as_str())
        .collect();
    assert!(ids.contains(&"02-pid"), "{ids:?}");
    let lines = text(&glassbox(&["lessons", "list"]).stdout);
    assert_eq!(lines.lines().count(), ids.len());
    assert!(
        lines.lines().all(|line| line.chars().count() <= 80),
        "{lines}"
    );
}

type Make<'a> = Box<dyn FnOnce(&Path) + 'a>;

/// Each of these is told in one message that names the file, with exit code 1.
#[test]
fn what_is_no_lesson_file_is_refused() {
    let good = |path: &Path| fs::write(path, GOOD).expect("write");
    let outside = tempfile::tempdir().expect("a folder");
    let elsewhere = outside.path().join("10-good.toml");
    good(&elsewhere);
    let cases: [(&str, Make<'_>); 7] = [
        ("a FIFO; expected a regular file", Box::new(make_fifo)),
        (
            "a symbolic link; expected a regular file",
            Box::new(|path| symlink(&elsewhere, path).expect("link")),
        ),
        (
            "a symbolic link; expected a regular file",
            Box::new(|path| symlink("nowhere", path).expect("link")),
        ),
        (
            "a directory; expected a regular file",
            Box::new(|path| fs::create_dir(path).expect("folder")),
        ),
        (
            "more than 262144 bytes",
            Box::new(|path| fs::write(path, "#".repeat(300 * 1024)).expect("write")),
        ),
        (
            "not UTF-8 text",
            Box::new(|path| fs::write(path, b"title = \"\xff\"").expect("write")),
        ),
        (
            "1:1: no format_version",
            Box::new(|path| fs::write(path, "").expect("write")),
        ),
    ];
    for (expected, make) in cases {
        let (folder, path) = folder(make);
        let in_folder = folder.path().to_str().expect("a path");
        let output = glassbox(&["lessons", "lint", in_folder]);
        refused(&output, &text(&output.stdout), &path, expected);
        let output = glassbox(&["--lessons", in_folder, "lessons", "list"]);
        refused(&output, &text(&output.stderr), &path, expected);
    }
}

fn refused(output: &Output, said: &str, path: &Path, expected: &str) {
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(expected), "{said}");
    assert!(said.contains(path.to_str().expect("a path")), "{said}");
    assert_eq!(
        said.matches("10-bad.toml").count(),
        1,
        "more than one message: {said}"
    );
}

fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn an_empty_folder_and_no_folder_are_refused() {
    let empty = tempfile::tempdir().expect("a folder");
    let path = empty.path().to_str().expect("a path").to_owned();
    for (path, expected) in [
        (path.as_str(), "no lesson here"),
        ("/nonexistent/folder", "ENOENT"),
    ] {
        let output = glassbox(&["--lessons", path, "lessons", "list"]);
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr);
        assert!(said.contains(expected) && said.contains(path), "{said}");
    }
}

#[test]
fn needs_are_those_that_doctor_tries() {
    let readme = include_str!("../lessons/README.md");
    let section = readme.split_once("### Needs").expect("the section").1;
    let section = section.split_once("\n#").expect("its end").0;
    for name in glassbox::kernel::support::names() {
        assert!(
            section.contains(&format!("`{name}`")),
            "{name} is not documented"
        );
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever is done to a lesson, the worst that happens is a complaint with a place in it.
    #[test]
    fn no_text_makes_the_parser_fall(
        at in 0..GOOD.len(),
        cut in 0..40_usize,
        put in "[ -~\\n\"'{}\\[\\]().é\u{1f600}]{0,12}",
    ) {
        let end = (at + cut).min(GOOD.len());
        if GOOD.is_char_boundary(at) && GOOD.is_char_boundary(end) {
            let text = format!("{}{put}{}", &GOOD[..at], &GOOD[end..]);
            let lines = text.matches('\n').count() + 1;
            for found in match parse(&text, NAME) {
                Ok(lesson) => lint(&lesson),
                Err(found) => found,
            } {
                proptest::prop_assert!((1..=lines).contains(&found.line), "{found}");
            }
        }
    }
}

//! Lesson files from outside: what is wrong with one is said with its place, and nothing is started.
//! Drives the library for what lint finds, and the real binary for files that are none.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use glassbox::lesson::{Lesson, library, lint, parse};

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

/// One change to the good lesson, and the one complaint that it leads to.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str, &str)] = &[
    // The form of the file.
    ("talk    = 30", "tlak    = 30", "16:1: unknown field `tlak`, expected one of `title`"),
    ("talk    = 30", "talk    = -1", "16:11: invalid value: integer `-1`, expected a whole number"),
    ("minutes = 5", "minutes = \"5\"", "3:11: invalid type: string \"5\", expected a whole number"),
    ("minutes = 5", "minutes = ", "3:11: string values must be quoted, expected literal string"),
    ("format_version = 1", "format_version = 2", "1:18: unknown format_version"),
    ("format_version = 1\n", "", "1:1: no format_version"),
    ("\"Your turn\"", "\"Your\\u001bturn\"", "49:11: control or invisible characters"),
    ("\"Your turn\"", "\"Your\\u202eturn\"", "49:11: control or invisible characters"),
    ("name = \"right\"", "name = \"right\", inside", "10:15: unexpected key or value"),
    ("{ unshare = { box", "{ unshar = { box", "19:5: unknown variant `unshar`, expected one of `unshare`"),
    ("target = \"/tmp\"", "tarqet = \"/tmp\"", "23:46: unknown field `tarqet`, expected one of `source`"),
    ("workload = \"init\"", "workload = \"inti\"", "41:55: unknown variant `inti`, expected one of `init`"),
    ("ns = [\"pid\"]", "ns = [\"pud\"]", "41:36: unknown variant `pud`, expected one of `cgroup`"),
    ("to = \"init\", name", "to = \"init\", fails = \"EPRM\", name", "42:52: `EPRM` is no error number of Linux"),
    ("[\"processes\"]\ndo", "[\"proceses\"]\ndo", "39:12: unknown panel; expected one of processes"),
    // Expressions.
    ("left.hostname == 'inside'\"", "left.hostname == == 'inside'\"", "25:30: expression: syntax error"),
    ("left.hostname == 'inside'\"", "left.hostnam == 'inside'\"", "25:18: unknown field `hostnam`; expected hostname"),
    ("left.hostname == 'inside'\"", "let.hostname == 'inside'\"", "25:13: expression: reserved identifier: let"),
    ("left.hostname == 'inside'\"", "middle.hostname == 'inside'\"", "25:13: unknown name `middle`"),
    ("left.hostname == 'inside'\"", "left.hostname\"", "25:18: gives 'specimen'; expected true or false"),
    ("left.hostname == 'inside'\"", "left.hostname < 1\"", "25:27: `<` does not go with string and int"),
    ("left.member('second')", "left.member('secund')", "25:47: unknown process `secund`; expected second"),
    ("left.member('second')", "left.membr('second')", "25:47: unknown function `membr`; expected member"),
    ("c.errno != null", "c.errnp != null", "33:49: unknown field `errnp`; expected errno"),
    ("calls.exists(c, c.errno != null)", "has(left.pid)", "33:31: expression: has() is not needed"),
    ("p.command == 'sh'", "p.comand == 'sh'", "53:55: unknown field `comand`; expected command"),
    ("\"right.member('init').exit_signal == 9\"", "\"calls.all(a, calls.all(b, calls.all(c, true)))\"", "45:48: loops nested more than 2 deep"),
    ("{before.host.hostname}", "{before.host.hostname", "14:31: `{` without its `}`"),
    ("{before.host.hostname}", "{before.host.hostnam}", "14:44: unknown field `hostnam`"),
    ("is not {host.ns.uts}", "is not {host.ns.utz}", "27:50: unknown field `utz`; expected uts"),
    ("\"as before\"", "\"as {host.hostname}\"", "31:16: unknown name `host`; expected before here"),
    ("What is the host called", "What is {left.pid} called", "29:21: unknown name `left`; expected before here"),
    ("left.processes.exists(p, p.pid == 1 && p.command == 'sh')", "calls.size() > 0", "53:14: unknown name `calls`"),
    // Counts and widths.
    ("minutes = 5", "minutes = 61", "3:11: 61 minutes; expected 1 to 60"),
    ("talk    = 30", "talk    = 601", "16:11: 601 seconds of talk; expected 0 to 600"),
    ("\"Your turn\"", "\"\"", "49:11: an empty title"),
    ("[\"hostname\", \"calls\"]", "[\"hostname\", \"calls\", \"processes\"]", "13:11: 3 panels in a step; expected at most 2"),
    ("panels  = [\"hostname\", \"calls\"]\n", "", "13:11: no panels; expected one or two"),
    ("  { say = \"it fails\", when = \"calls.exists(c, c.errno != null)\", because = \"no\" },\n", "", "29:11: 2 choices; expected three or four"),
    ("\"another name\"", "\"as before\"", "32:11: the same choice twice"),
    (", because = \"no\" }", " }", "33:11: a second choice without `because`"),
    ("expect  = [\"right.member('init').exit_signal == 9\"]\n", "", "37:11: `do` without `expect`"),
    ("explain = \"SIGKILL from outside.\"\n", "", "37:11: `do` without `explain`"),
    ("  { say = \"unshare it\" },\n", "", "55:12: `when` in the last hint; expected none"),
    ("solution = [\"unshare --pid --fork sh\"]\n", "", "49:11: a challenge without `solution`"),
    // What would give the answer away.
    ("A step with a question", "A step: another name", "13:11: `title` holds the choice \"another name\""),
    ("is a brace.", "is not *another  name*.", "14:11: `say` holds the choice \"another name\""),
    // Names.
    ("name = \"right\"", "name = \"Right\"", "9:1: a box's name is"),
    ("name = \"right\"", "name = \"host\"", "9:1: this name is taken"),
    ("\"cmd:ps\"", "\"cmd:\"", "4:33: doctor does not know this"),
    ("\"pid\", \"mnt\"", "\"mnt\"", "41:3: a new pid namespace without `pid` in `needs`"),
    ("\"uts_namespaces(7)\"", "\"uts_namespaces\"", "5:12: no manual page; expected `name(section)`"),
    // Operations, and what glassbox refuses to do at all (G8).
    ("{ fork = { box = \"left\", workload", "{ fork = { workload", "21:3: which box?"),
    ("{ fork = { box = \"left\", workload", "{ fork = { box = \"middle\", workload", "21:3: unknown box"),
    ("by = \"second\"", "by = \"nobody\"", "22:3: nobody is called `nobody` yet"),
    ("to = \"helper\"", "to = \"right.second\"", "22:3: nobody is called `right.second` yet"),
    ("of = \"init\"", "of = \"helper\"", "43:3: the helper carries out the operations itself"),
    ("\"SIGKILL\"", "\"SIGKIL\"", "42:3: unknown signal"),
    ("name = \"inside\" }", "name = \"\" }", "20:3: expected a name of 1 to 64"),
    ("name = \"inside\" }", "name = \"in side\" }", "20:3: expected a name of 1 to 64"),
    ("\"/tmp\"", "\"tmp\"", "23:3: expected an absolute path"),
    ("\"/tmp\"", "\"/tmp/../etc\"", "23:3: expected an absolute path"),
    ("\"/tmp\"", "\"//tmp\"", "23:3: expected an absolute path"),
    ("source = \"none\"", "source = \"a/b\"", "23:3: expected an absolute path"),
    ("\"tmpfs\"", "\"ext4\"", "23:3: unknown filesystem"),
    ("\"nosuid\"", "\"suid\"", "23:3: unknown flag"),
    ("{ wait = { box = \"right\", of = \"init\" } }", "{ write = { box = \"right\", path = \"/proc/sys/kernel/hostname\", text = \"x\" } }", "43:3: unknown `path`"),
    ("ns = [\"pid\"]", "ns = [\"pid\", \"pid\"]", "41:3: a kind of namespace twice"),
    ("workload = \"init\" }", "workload = \"init\", name = \"eye\" }", "41:3: this name is taken"),
];

#[test]
fn each_mistake_is_found_where_it_stands() {
    let wrong: Vec<String> = MISTAKES
        .iter()
        .filter_map(|(from, to, expected)| missed(from, to, expected))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

//! Holds the code to ARCHITECTURE.md: who may use whom, where system calls are made, which modules
//! touch nothing, and that every promise of the documents names a test that exists.
//!
//! Reads sources only. Each rule is also shown a file that breaks it, and one that does not.

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/scan.rs"]
mod scan;

use std::fs;
use std::path::Path;

use rules::Source;

/// All `.rs` files below `folder` of the package.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("read a folder of sources") {
            let path = entry.expect("read an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("read a source");
                let name = path.strip_prefix(root).expect("below the package");
                found.push(Source::new(&name.to_string_lossy(), &text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources below {folder}/");
    found
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails with every complaint, one a line.
fn demand(rule: fn(&Source) -> Vec<String>, sources: &[Source]) {
    let complaints: Vec<String> = sources.iter().flat_map(rule).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn modules_use_only_what_the_map_allows() {
    demand(rules::keeps_to_the_map, &sources("src"));
}

#[test]
fn the_page_shows_the_map_that_is_enforced() {
    let page = page("ARCHITECTURE.md");
    for (module, allowed) in rules::MAP {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{module}` |")));
        let row = row.unwrap_or_else(|| panic!("`{module}` is not on the page"));
        let quoted: Vec<String> = allowed.iter().map(|name| format!("`{name}`")).collect();
        let cell = match module {
            "run" => "all but `stage`".to_owned(),
            _ if allowed.is_empty() => "-".to_owned(),
            _ => quoted.join(" "),
        };
        assert!(
            row.ends_with(&format!("| {cell} |")),
            "the page says: {row}"
        );
    }
}

#[test]
fn unsafe_stands_in_one_file() {
    demand(rules::is_safe, &sources("src"));
    demand(rules::is_safe, &own_tests());
}

#[test]
fn system_calls_are_named_in_kernel_only() {
    demand(rules::leaves_calls_to_kernel, &sources("src"));
}

#[test]
fn pure_modules_touch_no_file_thread_or_clock() {
    demand(rules::is_pure_where_it_must, &sources("src"));
}

#[test]
fn nothing_prints_behind_the_screens_back() {
    demand(rules::prints_nothing, &sources("src"));
}

#[test]
fn no_reading_of_proc_waits_for_the_process_that_is_read() {
    demand(rules::waits_for_no_process, &sources("src"));
    let bad = rules::Source::new("src/a.rs", "fn a() { read(\"/proc/1/cmdline\") }");
    assert_eq!(rules::waits_for_no_process(&bad).len(), 1);
    let bad = rules::Source::new("src/kernel/a.rs", "fn a() { below(dir, \"environ\") }");
    assert_eq!(rules::waits_for_no_process(&bad).len(), 1);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    demand(rules::is_short_and_introduced, &sources("src"));
    demand(rules::is_short_and_introduced, &sources("tests"));
}

/// What stays root must be short enough to be read in one sitting: all files of it together.
#[test]
fn the_broker_is_small() {
    let sources = sources("src");
    let broker = sources.iter().filter(|source| source.module() == "broker");
    let lines: usize = broker.map(|source| source.text.lines().count()).sum();
    assert!((1..=400).contains(&lines), "{lines} lines stay root");
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    for name in ["ARCHITECTURE.md", "SECURITY.md"] {
        let entries = rules::numbered(&page(name));
        assert!(!entries.is_empty(), "{name} has no numbered entries");
        for (position, (number, entry)) in entries.iter().enumerate() {
            assert_eq!(
                *number,
                position + 1,
                "{name}: entries are numbered in order"
            );
            let tests = rules::tests_named_in(entry);
            assert!(!tests.is_empty(), "{name} {number} names no test");
            for (file, test) in tests {
                let source = Source::new(&file, &page(&file));
                assert!(
                    rules::has_test(&source, &test),
                    "{name} {number}: {file} has no test `{test}`"
                );
            }
        }
    }
}

/// The tests but for these rules' own, whose examples break them.
fn own_tests() -> Vec<Source> {
    let mut tests = sources("tests");
    tests.retain(|source| source.path != "tests/architecture.rs");
    tests
}

/// Whether `rule` complains about a file of that path and text.
fn catches(rule: fn(&Source) -> Vec<String>, path: &str, text: &str) -> bool {
    !rule(&Source::new(path, text)).is_empty()
}

#[test]
fn the_map_catches_what_it_forbids() {
    let rule = rules::keeps_to_the_map;
    let forbidden = [
        ("src/model/ns.rs", "use crate::kernel::sys;"),
        ("src/app/mod.rs", "use crate::{model::Op, lab::Lab};"),
        ("src/app/step.rs", "fn f() { crate::lab::start(); }"),
        ("src/app/step.rs", "use super::super::lab::Lab;"),
        ("src/app/mod.rs", "use super::lab;"),
        ("src/lab/mod.rs", "pub use crate::app as front;"),
        ("src/run/tui.rs", "use crate::stage;"),
        ("src/ui/mod.rs", "use crate::*;"),
        ("src/ui/mod.rs", "use crate as all;"),
        ("src/main.rs", "use glassbox::{run, lab::Lab};"),
        ("src/cli.rs", "use crate::run;"),
        ("src/ui/a.rs", "#[cfg(test)] mod tests { } use crate::lab;"),
        ("src/extra/mod.rs", "//! not on the map"),
    ];
    for (path, text) in forbidden {
        assert!(catches(rule, path, text), "not caught: {path}: {text}");
    }
    let allowed = [
        (
            "src/ui/mod.rs",
            "use crate::{app::App, model::{Op, Sample}, ui::theme};",
        ),
        (
            "src/ui/panels/a.rs",
            "use super::super::theme; use super::lab;",
        ),
        (
            "src/app/mod.rs",
            "// use crate::lab;\nconst A: &str = \"use crate::lab;\";",
        ),
        (
            "src/app/mod.rs",
            "#[cfg(test)]\nmod tests { use crate::lab::Lab; }",
        ),
        ("src/lib.rs", "pub mod lab;"),
        ("src/main.rs", "use glassbox::{run, stage};"),
        ("src/model/text.rs", "pub(crate) fn f() { Self::lab(); }"),
    ];
    for (path, text) in allowed {
        assert!(!catches(rule, path, text), "wrongly caught: {path}: {text}");
    }
}

#[test]
fn unsafe_is_caught_even_in_tests_but_not_in_words() {
    let rule = rules::is_safe;
    let test = "#[cfg(test)] mod tests { fn f() { unsafe { g() } } }";
    assert!(catches(rule, "src/kernel/proc.rs", test));
    assert!(catches(rule, "src/lab/mod.rs", "unsafe impl Send for X {}"));
    assert!(!catches(rule, "src/kernel/sys.rs", test));
    assert!(!catches(
        rule,
        "src/lab/mod.rs",
        "// unsafe\n/* unsafe */ #![deny(unsafe_code)]"
    ));
    assert!(!catches(
        rule,
        "src/lab/mod.rs",
        "let a = r#\"\"unsafe\"\"#;"
    ));
}

#[test]
fn system_call_crates_are_caught_outside_kernel() {
    let rule = rules::leaves_calls_to_kernel;
    for text in [
        "use nix::unistd;",
        "use nix;",
        "fn f() { libc::getpid(); }",
        "extern crate nix;",
    ] {
        assert!(
            catches(rule, "src/stage/exec.rs", text),
            "not caught: {text}"
        );
        assert!(
            !catches(rule, "src/kernel/sys.rs", text),
            "wrongly caught: {text}"
        );
    }
    assert!(!catches(
        rule,
        "src/stage/exec.rs",
        "use crate::kernel::nix;"
    ));
}

#[test]
fn files_threads_and_clocks_are_caught_in_pure_modules() {
    let rule = rules::is_pure_where_it_must;
    let forbidden = [
        "use std::fs;",
        "use std::{fmt, fs::File};",
        "use std::*;",
        "use std as s;",
        "use std::time;",
        "use std::time::{Duration, Instant};",
        "fn f() { std::thread::sleep(d); }",
        "fn f() { let a = 'x'; let b = '\\''; std::env::var(\"A\"); }",
        "use tempfile::NamedTempFile;",
    ];
    for text in forbidden {
        assert!(catches(rule, "src/app/mod.rs", text), "not caught: {text}");
        assert!(
            !catches(rule, "src/run/tui.rs", text),
            "wrongly caught: {text}"
        );
    }
    let allowed = [
        "use std::time::Duration;",
        "use std::{fmt, collections::BTreeMap};",
        "fn f<'a>(x: &'a str) { std::mem::take(x) }",
        "mod fs; use fs::x;",
        "#[cfg(test)]\n#[allow(x)]\nmod tests { use std::fs; }",
    ];
    for text in allowed {
        assert!(
            !catches(rule, "src/app/mod.rs", text),
            "wrongly caught: {text}"
        );
    }
}

#[test]
fn printing_is_caught_but_writing_is_not() {
    let rule = rules::prints_nothing;
    assert!(catches(
        rule,
        "src/lab/mod.rs",
        "fn f() { println!(\"x\") }"
    ));
    assert!(catches(
        rule,
        "src/run/mod.rs",
        "fn f() { std::eprint!(\"x\") }"
    ));
    assert!(!catches(
        rule,
        "src/run/mod.rs",
        "fn f() { writeln!(out, \"println!\") }"
    ));
    assert!(!catches(
        rule,
        "src/ui/mod.rs",
        "fn print(x: bool) { if !x {} }"
    ));
}

#[test]
fn long_or_nameless_files_are_caught() {
    let rule = rules::is_short_and_introduced;
    let lines = |count: usize| format!("//! What.\n{}", "//\n".repeat(count - 1));
    assert!(!catches(rule, "src/lab/mod.rs", &lines(400)));
    assert!(catches(rule, "src/lab/mod.rs", &lines(401)));
    assert!(catches(rule, "src/lab/mod.rs", "use std::fs;\n"));
}

#[test]
fn documents_are_read_as_written() {
    let page = "# A\n1. One, `tests/a.rs::b`\n   and `src/c.rs::d`.\n\n`tests/x.rs::no`\n2. Two.\n";
    let entries = rules::numbered(page);
    assert_eq!(entries.len(), 2);
    let named = rules::tests_named_in(&entries[0].1);
    let wanted = [("tests/a.rs", "b"), ("src/c.rs", "d")];
    assert_eq!(
        named,
        wanted.map(|(file, name)| (file.to_owned(), name.to_owned()))
    );
    assert!(rules::tests_named_in(&entries[1].1).is_empty());

    let text = "#[test]\nfn a() {}\nfn b() {}\n#[test]\n#[ignore]\nfn c() {} // #[test]\nfn d() {}";
    let source = Source::new("tests/a.rs", text);
    let with_test = ["a", "b", "c", "d"].map(|name| rules::has_test(&source, name));
    assert_eq!(with_test, [true, false, true, false]);
}

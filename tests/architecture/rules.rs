//! What each source file may do, as functions from a file to complaints.
//!
//! Used by `tests/architecture.rs`, on the real sources and on planted violations. The words of
//! the map are those of ARCHITECTURE.md.

use crate::scan::{self, Path, Token};

/// Who may use whom; the order is that of ARCHITECTURE.md. `main` is `src/main.rs`.
pub(crate) const MAP: [(&str, &[&str]); 13] = [
    ("model", &[]),
    ("lesson", &["model"]),
    ("kernel", &["model"]),
    ("workload", &["kernel", "model"]),
    ("stage", &["kernel", "workload", "model"]),
    ("guardian", &["kernel", "model"]),
    ("broker", &["kernel", "model"]),
    ("lab", &["kernel", "model"]),
    ("app", &["lesson", "model"]),
    ("ui", &["app", "lesson", "model"]),
    ("cli", &[]),
    (
        "run",
        &[
            "model", "lesson", "kernel", "workload", "guardian", "lab", "app", "ui", "cli",
        ],
    ),
    (
        "main",
        &["run", "stage", "guardian", "broker", "workload", "cli"],
    ),
];

/// Crates that make system calls by name.
const KERNEL_CRATES: [&str; 8] = [
    "nix",
    "libc",
    "rustix",
    "procfs",
    "caps",
    "seccompiler",
    "netlink_sys",
    "netlink_packet_route",
];

/// Modules that compute and nothing else.
const PURE: [&str; 4] = ["model", "lesson", "app", "ui"];

/// What a pure module cannot name: files, processes, threads, sockets, the environment, clocks.
const IMPURE: [&[&str]; 16] = [
    &["std", "fs"],
    &["std", "os"],
    &["std", "net"],
    &["std", "env"],
    &["std", "thread"],
    &["std", "process"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["std", "io", "stdin"],
    &["std", "io", "stdout"],
    &["std", "io", "stderr"],
    &["crossterm", "terminal"],
    &["crossterm", "event", "read"],
    &["tempfile"],
    &["etcetera"],
    &["signal_hook"],
];

const PRINTERS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// No file is longer; most are far shorter.
const MOST_LINES: usize = 400;

/// A source file, its path relative to the package.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (path, text) = (path.to_owned(), text.to_owned());
        Self { path, text }
    }

    /// The directory or file below `src/` that it belongs to: `model`, `cli`, `main`.
    pub(crate) fn module(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.split(['/', '.']).next().unwrap_or(below)
    }

    /// How deep its module lies below the crate root: 0 for `lib.rs`, 1 for `model/mod.rs`.
    fn depth(&self) -> usize {
        let parts = self.path.matches('/').count();
        let own_name = !["/mod.rs", "/lib.rs", "/main.rs"]
            .iter()
            .any(|name| self.path.ends_with(name));
        parts.saturating_sub(1) + usize::from(own_name)
    }

    /// Whether the whole file is compiled for tests only, as `tests.rs` and `tests/` are.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path[4..].contains("/tests/")
    }

    fn tokens(&self) -> Vec<Token> {
        scan::tokens(&scan::blank(&self.text))
    }

    /// The paths that the program names; what tests name is theirs.
    fn paths(&self) -> Vec<Path> {
        if self.is_test() {
            return Vec::new();
        }
        scan::paths(&scan::without_tests(&self.tokens()))
    }

    fn complain(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// Names another module of the crate only where the map allows it.
pub(crate) fn keeps_to_the_map(source: &Source) -> Vec<String> {
    let own = source.module();
    if own == "lib" {
        return Vec::new();
    }
    let Some((_, allowed)) = MAP.iter().find(|(name, _)| *name == own) else {
        return vec![source.complain(1, &format!("module `{own}` is not on the map"))];
    };
    let mut complaints = Vec::new();
    for path in source.paths() {
        let Some(target) = module_named(source, &path) else {
            continue;
        };
        if target == "*" {
            let what = "names the whole crate; name the module";
            complaints.push(source.complain(path.line, what));
        } else if target != own && is_module(&target) && !allowed.contains(&target.as_str()) {
            let what = format!("`{own}` may not use `{target}`");
            complaints.push(source.complain(path.line, &what));
        }
    }
    complaints
}

fn is_module(name: &str) -> bool {
    MAP.iter().any(|(known, _)| *known == name)
}

/// The first segment below the crate root, if `path` starts at the root; `*` for the root itself.
fn module_named(source: &Source, path: &Path) -> Option<String> {
    let supers = path.segments.iter().take_while(|s| *s == "super").count();
    let below = match path.segments[0].as_str() {
        "crate" | "glassbox" => 1,
        "super" if supers >= source.depth() => supers,
        _ => return None,
    };
    let name = path.segments.get(below).cloned();
    if name.is_none() && !path.imported {
        return None;
    }
    Some(name.unwrap_or_else(|| "*".to_owned()))
}

/// Where `unsafe` may stand. The two in tests give a child a terminal, or a filter, between fork and
/// exec.
const UNSAFE_FILES: [&str; 3] = [
    "src/kernel/sys.rs",
    "tests/common/pty.rs",
    "tests/common/seccomp.rs",
];

/// Says `unsafe` only in `kernel/sys.rs` and its folder; tests, too, with two exceptions.
pub(crate) fn is_safe(source: &Source) -> Vec<String> {
    let path = source.path.as_str();
    if UNSAFE_FILES.contains(&path) || path.starts_with("src/kernel/sys/") {
        return Vec::new();
    }
    let tokens = source.tokens();
    let found = tokens.iter().filter(|token| token.text == "unsafe");
    found
        .map(|token| source.complain(token.line, "`unsafe` outside kernel/sys.rs"))
        .collect()
}

/// Names crates that make system calls only in `kernel/`.
pub(crate) fn leaves_calls_to_kernel(source: &Source) -> Vec<String> {
    if source.module() == "kernel" {
        return Vec::new();
    }
    let paths = source.paths().into_iter();
    paths
        .filter(|path| KERNEL_CRATES.contains(&path.segments[0].as_str()))
        .map(|path| {
            source.complain(
                path.line,
                &format!("`{}` outside kernel/", path.segments[0]),
            )
        })
        .collect()
}

/// A pure module touches no file, thread, clock, process, socket or environment.
pub(crate) fn is_pure_where_it_must(source: &Source) -> Vec<String> {
    if !PURE.contains(&source.module()) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for path in source.paths() {
        if let Some(target) = IMPURE.iter().find(|target| path.reaches(target)) {
            let what = format!("`{}` in a pure module", target.join("::"));
            complaints.push(source.complain(path.line, &what));
        }
    }
    complaints
}

/// Prints only in `run/`, and there with `writeln!`: nobody calls a macro of the `println!` family.
pub(crate) fn prints_nothing(source: &Source) -> Vec<String> {
    let tokens = scan::without_tests(&source.tokens());
    let calls = tokens.windows(2).filter(|pair| pair[1].text == "!");
    calls
        .filter(|pair| PRINTERS.contains(&pair[0].text.as_str()))
        .map(|pair| source.complain(pair[0].line, &format!("`{}!`", pair[0].text)))
        .collect()
}

/// Files of `/proc/PID` whose reading takes the lock on that process's memory, or reads the memory
/// itself: proc_pid_cmdline(5) and others. A page that never comes would stop the reader for good.
const WAIT_FOR_THE_PROCESS: [&str; 8] = [
    "cmdline",
    "environ",
    "auxv",
    "maps",
    "smaps",
    "smaps_rollup",
    "numa_maps",
    "pagemap",
];

/// No path ends in the name of such a file; in kernel/, which looks up names below a directory, no
/// string is one.
pub(crate) fn waits_for_no_process(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for (position, line) in source.text.lines().enumerate() {
        let code = !line.trim_start().starts_with("//");
        for file in WAIT_FOR_THE_PROCESS {
            let named = [format!("\"{file}\""), format!("/{file}\"")];
            // `"maps": ...` is a key of something, no file.
            let mut ends = named.iter().flat_map(|name| {
                let found = line.match_indices(name);
                found.map(|(at, name)| &line[at + name.len()..])
            });
            if code && ends.any(|rest| !rest.starts_with(':')) {
                complaints.push(source.complain(position + 1, &format!("reads `{file}`")));
            }
        }
    }
    complaints
}

/// Opens with `//!` and ends within 400 lines.
pub(crate) fn is_short_and_introduced(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    let lines = source.text.lines().count();
    if lines > MOST_LINES {
        let what = format!("{lines} lines; {MOST_LINES} at most");
        complaints.push(source.complain(lines, &what));
    }
    if !source.text.starts_with("//! ") {
        complaints.push(source.complain(1, "does not open with `//! ` and what it is"));
    }
    complaints
}

/// The tests that a page names as `` `tests/FILE.rs::NAME` `` or `` `src/FILE.rs::NAME` ``.
pub(crate) fn tests_named_in(page: &str) -> Vec<(String, String)> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|text| text.split_once(".rs::"))
        .map(|(file, name)| (format!("{file}.rs"), name.to_owned()))
        .collect()
}

/// Whether a source has a test function of that name.
pub(crate) fn has_test(source: &Source, name: &str) -> bool {
    let tokens = source.tokens();
    let at = tokens
        .windows(2)
        .position(|pair| pair[0].text == "fn" && pair[1].text == name);
    // `#[test]` stands right before it, or before `#[ignore = ...]`, `#[cfg(...)]` and the like.
    at.is_some_and(|at| {
        let before: Vec<&str> = tokens[..at].iter().map(|t| t.text.as_str()).collect();
        let item = before
            .iter()
            .rposition(|text| matches!(*text, "}" | ";" | "{"));
        let attributes = &before[item.map_or(0, |item| item + 1)..];
        attributes
            .windows(3)
            .any(|three| three == ["[", "test", "]"])
    })
}

/// The numbered entries of a page (`1. ...`), each with its number.
pub(crate) fn numbered(page: &str) -> Vec<(usize, String)> {
    let mut entries: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        let number = line.split_once(". ").and_then(|(n, _)| n.parse().ok());
        if let Some(number) = number {
            entries.push((number, line.to_owned()));
            open = true;
        } else if line.trim().is_empty() || line.starts_with('#') {
            open = false;
        } else if open && let Some((_, text)) = entries.last_mut() {
            text.push('\n');
            text.push_str(line);
        }
    }
    entries
}

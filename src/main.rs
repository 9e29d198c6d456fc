//! glassbox: see the library. Hidden roles first, the command line otherwise.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    let words: Vec<String> = arguments
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    match words.split_first() {
        Some((role, _)) if role == "@probe" => glassbox::run::doctor::probe(&arguments[1..]),
        Some((role, rest)) if role == "@workload" => glassbox::workload::main(rest),
        Some((role, rest)) if role.starts_with('@') => {
            glassbox::stage::main(role, rest).unwrap_or(ExitCode::from(2))
        }
        _ => glassbox::run::doctor::doctor(&[], arguments.iter().any(|a| a == "--json")),
    }
}

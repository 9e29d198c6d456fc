//! glassbox: see the library.

use std::process::ExitCode;

// TEMPORARY on branch observe: the guard branch owns main.rs
fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|a| a.to_str()) {
        Some("@probe") => glassbox::run::doctor::probe(&arguments[1..]),
        _ => glassbox::run::doctor::doctor(&[], arguments.iter().any(|a| a == "--json")),
    }
}

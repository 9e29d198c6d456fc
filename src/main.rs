//! glassbox: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((role, rest)) if role == "@workload" => glassbox::workload::main(rest),
        Some((role, rest)) if role.starts_with('@') => {
            glassbox::stage::main(role, rest).unwrap_or(ExitCode::from(2))
        }
        _ => ExitCode::from(2),
    }
}

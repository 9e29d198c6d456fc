//! `glassbox lab --show`: the lines of other tools, on standard output, as a script that explains itself.
//! Called by `lab`; starts nothing.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::model::Untrusted;
use crate::model::recipe::{Recipe, lines};

/// Prints them; what differs stands in comments above each.
pub(super) fn show(recipe: &Recipe, argv: &[Untrusted]) -> ExitCode {
    let words: Vec<String> = argv.iter().map(Untrusted::text).collect();
    let mut text = String::new();
    for line in lines(recipe, &words) {
        for how in &line.differs {
            let _ = writeln!(text, "# {}: {how}", line.tool);
        }
        let _ = writeln!(text, "{}", line.text);
    }
    // Whoever closed it does not want them.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

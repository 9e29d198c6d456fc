//! `glassbox completions SHELL` and `glassbox man`: made from the command line as clap knows it. Called
//! by main; starts nothing.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::exit::{self, Exit};
use crate::cli::Cli;

/// Prints what a shell reads to complete commands and options.
#[must_use]
pub fn completions(shell: Shell) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(
        shell,
        &mut <Cli as CommandFactory>::command(),
        "glassbox",
        &mut text,
    );
    print(&text)
}

/// Prints the manual page, for man(1), commands included.
#[must_use]
pub fn man() -> ExitCode {
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(<Cli as CommandFactory>::command());
    if let Err(error) = page.render(&mut text) {
        return exit::failure(&error.to_string());
    }
    print(&text)
}

fn print(text: &[u8]) -> ExitCode {
    // Whoever closed the pipe has read enough.
    let _ = io::stdout().lock().write_all(text);
    Exit::Ok.into()
}

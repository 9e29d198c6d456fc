//! Measures how long one small thing takes where it stands, says the fastest round in nanoseconds, and
//! ends. It competes with nobody for long: less than a second.

use std::process::ExitCode;

use super::Life;
use crate::kernel::meter::{self, What};
use crate::model::{Outcome, Untrusted};

/// Measures once.
pub(super) fn run(life: &Life) -> ExitCode {
    let what = life.with.text("what").and_then(What::named);
    let Some(what) = what else {
        return ExitCode::FAILURE;
    };
    let mut recorder = life.recorder();
    match meter::measure(what) {
        Ok((best, rounds)) => {
            let micros = u64::try_from(best.as_micros()).unwrap_or(u64::MAX);
            // A loop has no call to show.
            if let Some(name) = call(what) {
                let args = [format!(
                    "the fastest of {rounds}, with all that belongs to it"
                )];
                recorder.push(name, &args, Outcome::Ok(0), micros);
            }
            life.finished(recorder, Some(Untrusted::from(best.as_nanos().to_string())));
            ExitCode::SUCCESS
        }
        Err(errno) => {
            let name = call(what).unwrap_or("clock_gettime");
            recorder.push(name, &[], Outcome::Failed(errno), 0);
            life.finished(recorder, None);
            ExitCode::FAILURE
        }
    }
}

/// The call that it is about.
fn call(what: What) -> Option<&'static str> {
    match what {
        What::Cpu => None,
        What::Fork => Some("fork"),
        What::Start => Some("execve"),
        What::Container => Some("clone3"),
        What::Loopback => Some("send"),
    }
}

//! Says once a second what its clocks read, as date(1) and uptime(1) would: a witness that was born by
//! them. It never sets one.

use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use crate::kernel::clocks;
use crate::model::Untrusted;
use crate::model::clocks::{date, duration};

const SECOND: i64 = 1_000_000_000;

/// Says it until the lifeline ends.
pub(super) fn run(life: &Life) -> ExitCode {
    life.opened(life.recorder(), Some(Untrusted::from(reading())));
    while life.wait(&[], Duration::from_secs(1)).is_ok() {
        life.say(reading());
    }
    ExitCode::SUCCESS
}

/// `23 Nov 16:20:31 up 10d 00:49:00`: the wall clock in UTC, and the time since boot.
fn reading() -> String {
    let clocks = clocks::read(None);
    let date = date(clocks.realtime.div_euclid(SECOND));
    let up = duration(clocks.boottime.div_euclid(SECOND));
    format!("{date} up {up}")
}

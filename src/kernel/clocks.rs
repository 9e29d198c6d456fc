//! The clocks of the calling process: clock_gettime(2), `/proc/uptime`, and the offsets of time
//! namespaces. Called by `observe`; nothing here sets a clock.

use nix::time::{ClockId, clock_gettime};

use super::proc::{PidDir, Procfs, lines, seen};
use crate::model::clocks::{Clocks, Offsets};
use crate::model::{Errno, Seen};

const SECOND: i64 = 1_000_000_000;
/// Readings that took longer are not of one instant.
const AT_ONCE: i64 = 1_000_000;
/// How often that is tried.
const TRIES: usize = 3;

/// Reads all clocks. `proc` is the visible procfs, if there is one.
#[must_use]
pub fn read(proc: Option<&Procfs>) -> Clocks {
    let mut clocks = Clocks::default();
    for _ in 0..TRIES {
        clocks = Clocks {
            realtime: now(ClockId::CLOCK_REALTIME),
            monotonic: now(ClockId::CLOCK_MONOTONIC),
            boottime: now(ClockId::CLOCK_BOOTTIME),
            uptime: seen(uptime(proc)),
        };
        if now(ClockId::CLOCK_REALTIME) - clocks.realtime < AT_ONCE {
            break;
        }
    }
    clocks
}

/// The monotonic clock alone.
#[must_use]
pub fn monotonic() -> i64 {
    now(ClockId::CLOCK_MONOTONIC)
}

fn now(clock: ClockId) -> i64 {
    // It fails for no clock that Linux has.
    clock_gettime(clock).map_or(0, |time| {
        time.tv_sec()
            .saturating_mul(SECOND)
            .saturating_add(time.tv_nsec())
    })
}

fn uptime(proc: Option<&Procfs>) -> Result<i64, Errno> {
    let text = proc.ok_or(Errno::ENOENT)?.read("uptime")?;
    let first = lines::fields(&text).next().and_then(decimal);
    first.ok_or(Errno::EIO)
}

/// `12.34` in nanoseconds.
fn decimal(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, hundredths) = text.split_once('.')?;
    let hundredths: i64 = (hundredths.len() == 2).then(|| hundredths.parse().ok())??;
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(SECOND)?
        .checked_add(hundredths * (SECOND / 100))
}

/// `/proc/PID/timens_offsets`; missing before Linux 5.6.
#[must_use]
pub fn offsets(dir: &PidDir) -> Seen<Offsets> {
    seen(
        dir.read("timens_offsets")
            .and_then(|text| parse(&text).ok_or(Errno::EIO)),
    )
}

/// A line a clock: its name (or number), seconds, nanoseconds.
fn parse(text: &[u8]) -> Option<Offsets> {
    let mut offsets = Offsets::default();
    for line in text.split(|byte| *byte == b'\n') {
        let mut fields = lines::fields(line);
        let Some(clock) = fields.next() else { continue };
        let mut next = || lines::parse::<i64>(fields.next()?);
        let (seconds, rest) = (next()?, next()?);
        let offset = seconds.checked_mul(SECOND)?.checked_add(rest)?;
        match clock {
            b"monotonic" | b"1" => offsets.monotonic = offset,
            b"boottime" | b"7" => offsets.boottime = offset,
            _ => return None,
        }
    }
    Some(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_seconds_and_nanoseconds() {
        let text = b"monotonic         864000         0\nboottime              -1 500000000\n";
        let expected = Offsets {
            monotonic: 864_000 * SECOND,
            boottime: -SECOND / 2,
        };
        assert_eq!(parse(text), Some(expected));
        assert_eq!(
            parse(b"1 2 3\n7 4 5\n").map(|o| o.boottime),
            Some(4 * SECOND + 5)
        );
        for odd in [&b"realtime 1 2\n"[..], b"boottime 1\n", b"boottime x 0\n"] {
            assert_eq!(parse(odd), None);
        }
    }

    #[test]
    fn uptime_has_hundredths() {
        assert_eq!(decimal(b"2940.51"), Some(2_940_510_000_000));
        assert_eq!(decimal(b"0.00"), Some(0));
        for odd in [&b"1"[..], b"1.5", b"a.bc", b"-1.0", b""] {
            assert_eq!(decimal(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn our_clocks_agree_with_each_other() {
        let proc = Procfs::open().expect("/proc");
        let (first, second) = (read(Some(&proc)), read(Some(&proc)));
        assert!(first.monotonic > 0 && first.boottime >= first.monotonic);
        assert!(second.monotonic > first.monotonic);
        let ahead = second.ahead_of(&first);
        assert_eq!(
            (ahead.monotonic, ahead.boottime, ahead.uptime),
            (0, 0, Some(0))
        );
    }
}

//! The clocks of one observer, and the offsets of a time namespace: time_namespaces(7). Filled by
//! `observe`; nothing here asks a clock.

use serde::{Deserialize, Serialize};

use super::{Sample, Seen};

/// The file with the offsets of the calling process's time namespace for children.
pub const OFFSETS: &str = "/proc/self/timens_offsets";

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A value that changes by itself. Two of them count as equal, so that a tick is no change that
/// anybody must be told of.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticking<T>(pub T);

impl<T> PartialEq for Ticking<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Ticking<T> {}

/// What the clocks said, all within a millisecond or so; in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Clocks {
    /// CLOCK_REALTIME: since 1970.
    pub realtime: i64,
    /// CLOCK_MONOTONIC: since boot, without the time that the machine was suspended.
    pub monotonic: i64,
    /// CLOCK_BOOTTIME: since boot.
    pub boottime: i64,
    /// The first number of `/proc/uptime`, which has hundredths of a second.
    pub uptime: Seen<i64>,
}

/// `/proc/PID/timens_offsets`, in nanoseconds: what its time namespace for children adds to the
/// clocks of the initial one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Offsets {
    /// For CLOCK_MONOTONIC.
    pub monotonic: i64,
    /// For CLOCK_BOOTTIME.
    pub boottime: i64,
}

/// By how many seconds clocks are ahead of others, rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ahead {
    /// CLOCK_MONOTONIC
    pub monotonic: i64,
    /// CLOCK_BOOTTIME
    pub boottime: i64,
    /// `/proc/uptime`; `None` where one of the two was not read.
    pub uptime: Option<i64>,
}

impl Clocks {
    /// By how much these are ahead of `others`, however long ago those were read: the wall clock is
    /// the same for both, so it tells how much later these were.
    #[must_use]
    pub fn ahead_of(&self, others: &Self) -> Ahead {
        let later = self.realtime - others.realtime;
        let ahead = |ours: i64, theirs: i64| seconds(ours - theirs - later);
        let uptime = self.uptime.value().zip(others.uptime.value());
        Ahead {
            monotonic: ahead(self.monotonic, others.monotonic),
            boottime: ahead(self.boottime, others.boottime),
            uptime: uptime.map(|(ours, theirs)| ahead(*ours, *theirs)),
        }
    }
}

/// Whole seconds, rounded.
#[must_use]
pub fn seconds(nanoseconds: i64) -> i64 {
    (nanoseconds + SECOND / 2).div_euclid(SECOND)
}

/// Whole milliseconds, the rest cut off.
#[must_use]
pub fn milliseconds(nanoseconds: i64) -> i64 {
    nanoseconds.div_euclid(1_000_000)
}

/// `10d 00:49:00`
#[must_use]
pub fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.abs();
    let (days, rest) = (seconds / DAY, seconds % DAY);
    format!("{sign}{days}d {}", time_of_day(rest))
}

fn time_of_day(seconds: i64) -> String {
    let (hours, rest) = (seconds / HOUR, seconds % HOUR);
    format!("{hours:02}:{:02}:{:02}", rest / MINUTE, rest % MINUTE)
}

/// `23 Nov 16:20:31`, from the seconds since 1970; the calendar of civil_from_days, Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms".
#[must_use]
pub fn date(seconds: i64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = seconds.div_euclid(DAY) + 719_468;
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153; // 0 is March
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = usize::try_from((shifted + 2) % 12).unwrap_or(0);
    let clock = time_of_day(seconds.rem_euclid(DAY));
    format!("{day} {} {clock}", MONTHS[month])
}

/// Whether the clocks are worth looking at once a second: a box lives by others than the host.
#[must_use]
pub fn differ(sample: &Sample) -> bool {
    let host = &sample.host.world.clocks.0;
    let mut boxes = sample.boxes.values();
    boxes.any(|view| {
        let inside = view.inside.value();
        inside.is_some_and(|seen| {
            let ahead = seen.world.clocks.0.ahead_of(host);
            (ahead.monotonic, ahead.boottime) != (0, 0)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_is_the_ruler() {
        let host = Clocks {
            realtime: 1_700_000_000 * SECOND,
            monotonic: 500 * SECOND,
            boottime: 800 * SECOND,
            uptime: Seen::Is(800 * SECOND),
        };
        // Read 0.7 s later, in a namespace with other offsets.
        let inside = Clocks {
            realtime: host.realtime + 700_000_000,
            monotonic: 600 * SECOND + 700_000_000,
            boottime: 795 * SECOND + 701_000_000,
            uptime: Seen::Missing,
        };
        let ahead = inside.ahead_of(&host);
        assert_eq!((ahead.monotonic, ahead.boottime), (100, -5));
        assert_eq!(ahead.uptime, None);
        assert_eq!(host.ahead_of(&host).uptime, Some(0));
    }

    #[test]
    fn a_tick_is_no_change() {
        assert_eq!(Ticking(1), Ticking(2));
    }

    #[test]
    fn durations_are_days_and_a_time() {
        for (seconds, text) in [
            (864_000, "10d 00:00:00"),
            (864_000 + 3661, "10d 01:01:01"),
            (59, "0d 00:00:59"),
            (-90, "-0d 00:01:30"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn dates_are_those_of_date_1() {
        // date -u -d @N '+%-d %b %T'
        let cases = [
            (0, "1 Jan 00:00:00"),
            (951_782_400, "29 Feb 00:00:00"),
            (1_709_251_199, "29 Feb 23:59:59"),
            (1_709_251_200, "1 Mar 00:00:00"),
            (1_764_547_199, "30 Nov 23:59:59"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(date(seconds), expected);
        }
    }
}

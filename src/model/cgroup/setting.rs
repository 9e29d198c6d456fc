//! From a knob and a value of v2 to what is written into which file, on v2 or on v1, and how to tell
//! that it took. Used by the lab for the operation `limit`; writes nothing itself.

use super::Version;
use super::knobs::Knob;
use super::value::{self, Shape};

/// One write(2), and how to tell that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The file.
    pub file: String,
    /// What is written.
    pub value: String,
    /// Compares what is read back.
    pub check: Check,
}

/// How what is read back is compared with what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// By the shape of a v2 file.
    Shape(Shape),
    /// The same number, or less than a page below; -1 reads as one larger than any memory.
    V1Bytes,
    /// The same number.
    V1Number,
    /// A line of that device with these limits: `8:0 rbps=max wbps=1048576 ...`, or `8:0 1048576`.
    Line,
}

impl Check {
    /// Whether the text that was read back says what was written.
    #[must_use]
    pub fn holds(self, written: &str, read: &str) -> bool {
        let read = read.trim_end();
        match self {
            Self::Shape(shape) => shape.same(written, read),
            Self::V1Bytes if written == "-1" => read.parse().is_ok_and(|n: u64| n >= V1_UNLIMITED),
            Self::V1Bytes => Shape::Bytes.same(written, read),
            Self::V1Number => written == read,
            Self::Line => same_line(written, read),
        }
    }
}

/// What v1 shows for "no limit" is about 2^63, less on machines with large pages.
pub const V1_UNLIMITED: u64 = 1 << 60;

fn same_line(written: &str, read: &str) -> bool {
    let mut words = written.split_whitespace();
    let Some(device) = words.next() else {
        return false;
    };
    let wanted: Vec<&str> = words.collect();
    let line = read
        .lines()
        .find(|line| line.split_whitespace().next() == Some(device));
    let Some(line) = line else {
        // A device without any limit has no line.
        return wanted.iter().all(|w| w.ends_with("=max") || *w == "0");
    };
    let there: Vec<&str> = line.split_whitespace().skip(1).collect();
    wanted.iter().all(|word| there.contains(word))
}

/// What to write for a knob. `device` stands for `disk`; `memory_max` is the present hard limit of
/// the same cgroup in bytes, which v1 needs for swap. `Err` says in words why it cannot be said.
pub fn settings(
    knob: &Knob,
    value: &str,
    version: Version,
    device: Option<(u32, u32)>,
    memory_max: Option<u64>,
) -> Result<Vec<Setting>, String> {
    let file = knob.v2.unwrap_or_default();
    let shape = knob.takes.ok_or_else(|| format!("{file} cannot be set"))?;
    if !shape.fits(value) {
        return Err(format!("{file} takes {}", shape.words()));
    }
    if shape == Shape::IoMax {
        return io_settings(knob, value, version, device);
    }
    let one = |file: &str, value: String, check| {
        let file = file.to_owned();
        Ok(vec![Setting { file, value, check }])
    };
    let Some(first) = knob.v1.first().filter(|_| version == Version::V1) else {
        if version == Version::V1 {
            return Err(format!("cgroup v1 has nothing like {file}"));
        }
        return one(file, value.to_owned(), Check::Shape(shape));
    };
    match file {
        "cpu.max" => Ok(v1_quota(value)),
        "cpu.weight" => {
            let weight: u64 = value.parse().unwrap_or(100);
            one(first, v1_shares(weight).to_string(), Check::V1Number)
        }
        "memory.max" => one(first, v1_bytes(value), Check::V1Bytes),
        "memory.swap.max" => {
            let sum = match (value::bytes(value).flatten(), memory_max) {
                (None, _) => "-1".to_owned(),
                (Some(swap), Some(memory)) => (memory + swap).to_string(),
                (Some(_), None) => {
                    return Err(
                        "cgroup v1 limits the sum of memory and swap: set memory.max first"
                            .to_owned(),
                    );
                }
            };
            one(first, sum, Check::V1Bytes)
        }
        _ => one(first, value.to_owned(), Check::Shape(shape)),
    }
}

/// `cpu.shares` for a weight: 1024 for 100, so that ratios stay what they are.
#[must_use]
pub fn v1_shares(weight: u64) -> u64 {
    (weight * 1024 / 100).clamp(2, 262_144)
}

/// The weight for `cpu.shares`.
#[must_use]
pub fn weight_of_shares(shares: u64) -> u64 {
    (shares * 100 + 512) / 1024
}

fn v1_bytes(value: &str) -> String {
    let bytes = value::bytes(value).flatten();
    bytes.map_or_else(|| "-1".to_owned(), |bytes| bytes.to_string())
}

/// The period first: the kernel holds a new quota against the present period.
fn v1_quota(value: &str) -> Vec<Setting> {
    let (quota, period) = value::cpu_max(value).unwrap_or_default();
    let setting = |file: &str, value: String| Setting {
        file: file.to_owned(),
        value,
        check: Check::V1Number,
    };
    let period = period.map(|period| setting("cpu.cfs_period_us", period.to_string()));
    let quota = quota.map_or_else(|| "-1".to_owned(), |quota| quota.to_string());
    let quota = setting("cpu.cfs_quota_us", quota);
    period.into_iter().chain([quota]).collect()
}

fn io_settings(
    knob: &Knob,
    value: &str,
    version: Version,
    device: Option<(u32, u32)>,
) -> Result<Vec<Setting>, String> {
    let (major, minor) =
        device.ok_or("the disk below the box's directory is no block device with a queue")?;
    let number =
        |limit: Option<u64>, none: &str| limit.map_or_else(|| none.to_owned(), |n| n.to_string());
    let limits = value::io_max(value).unwrap_or_default();
    if version == Version::V2 {
        let words: Vec<String> = limits
            .iter()
            .map(|(name, limit)| format!("{name}={}", number(*limit, "max")))
            .collect();
        return Ok(vec![Setting {
            file: knob.v2.unwrap_or_default().to_owned(),
            value: format!("{major}:{minor} {}", words.join(" ")),
            check: Check::Line,
        }]);
    }
    let settings = limits.iter().map(|(name, limit)| Setting {
        file: match *name {
            "rbps" => "blkio.throttle.read_bps_device",
            "wbps" => "blkio.throttle.write_bps_device",
            "riops" => "blkio.throttle.read_iops_device",
            _ => "blkio.throttle.write_iops_device",
        }
        .to_owned(),
        value: format!("{major}:{minor} {}", number(*limit, "0")),
        check: Check::Line,
    });
    Ok(settings.collect())
}

#[cfg(test)]
mod tests {
    use super::super::knobs::settable;
    use super::*;

    /// File and value of v2, and those of v1.
    type Case<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str)]);

    fn said(file: &str, value: &str, version: Version) -> Vec<(String, String)> {
        let knob = settable(file).expect("a knob");
        let settings = settings(knob, value, version, Some((8, 0)), Some(1 << 26));
        let settings = settings.expect("something to write");
        settings.into_iter().map(|it| (it.file, it.value)).collect()
    }

    #[test]
    fn values_are_said_as_each_version_says_them() {
        let pair = |(file, value): &(&str, &str)| ((*file).to_owned(), (*value).to_owned());
        let cases: [Case<'_>; 7] = [
            (
                "cpu.max",
                "20000 50000",
                &[
                    ("cpu.cfs_period_us", "50000"),
                    ("cpu.cfs_quota_us", "20000"),
                ],
            ),
            ("cpu.max", "max", &[("cpu.cfs_quota_us", "-1")]),
            ("cpu.weight", "300", &[("cpu.shares", "3072")]),
            (
                "memory.max",
                "64M",
                &[("memory.limit_in_bytes", "67108864")],
            ),
            (
                "memory.swap.max",
                "0",
                &[("memory.memsw.limit_in_bytes", "67108864")],
            ),
            ("pids.max", "20", &[("pids.max", "20")]),
            (
                "io.max",
                "disk wbps=1M riops=max",
                &[
                    ("blkio.throttle.write_bps_device", "8:0 1048576"),
                    ("blkio.throttle.read_iops_device", "8:0 0"),
                ],
            ),
        ];
        for (file, value, v1) in cases {
            let expected: Vec<_> = v1.iter().map(pair).collect();
            assert_eq!(said(file, value, Version::V1), expected, "{file} {value}");
        }
        assert_eq!(
            said("memory.max", "64M", Version::V2),
            [pair(&("memory.max", "64M"))]
        );
        let line = ("io.max", "8:0 wbps=1048576 riops=max");
        assert_eq!(
            said("io.max", "disk wbps=1M riops=max", Version::V2),
            [pair(&line)]
        );
    }

    #[test]
    fn what_v1_lacks_is_said() {
        let high = settable("memory.high").expect("a knob");
        assert!(settings(high, "10M", Version::V1, None, None).is_err());
        assert!(settings(high, "10M", Version::V2, None, None).is_ok());
        let swap = settable("memory.swap.max").expect("a knob");
        assert!(settings(swap, "0", Version::V1, None, None).is_err());
    }

    #[test]
    fn what_was_written_is_found_again() {
        let huge = "9223372036854771712\n";
        let held = [
            (Check::V1Bytes, "-1", huge),
            (Check::V1Bytes, "67108864", "67108864\n"),
            (Check::V1Number, "-1", "-1\n"),
            (
                Check::Line,
                "8:0 wbps=1048576",
                "8:16 wbps=1\n8:0 rbps=max wbps=1048576 riops=max wiops=max\n",
            ),
            (Check::Line, "8:0 1048576", "8:0 1048576\n"),
            (Check::Line, "8:0 wbps=max", ""),
        ];
        for (check, written, read) in held {
            assert!(check.holds(written, read), "{written}");
        }
        let lost = [
            (Check::V1Bytes, "-1", "67108864\n"),
            (Check::V1Bytes, "67108864", huge),
            (Check::V1Number, "20000", "-1\n"),
            (Check::Line, "8:0 wbps=1048576", ""),
            (Check::Line, "8:0 1048576", "8:16 1048576\n"),
        ];
        for (check, written, read) in lost {
            assert!(!check.holds(written, read), "{written}");
        }
    }

    #[test]
    fn weights_keep_their_ratio() {
        for weight in [1, 100, 300, 10000] {
            assert_eq!(weight_of_shares(v1_shares(weight)), weight);
        }
    }
}

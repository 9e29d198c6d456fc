//! The values of cgroup files: what a lesson may write into one, and whether what was read back is
//! the same. Used by lint, by the translation to v1 and by the lab. Knows no file system.

/// The kernel counts memory limits in pages.
const PAGE: u64 = 4096;

/// What a file takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `max`, or a quota and perhaps a period in microseconds: `20000 100000`.
    CpuMax,
    /// A number from the first to the second.
    Number(u64, u64),
    /// `max`, or a number.
    Count,
    /// `max`, or bytes, perhaps with K, M or G.
    Bytes,
    /// 0 or 1.
    Flag,
    /// Numbers and ranges of CPUs: `0-1,3`.
    Cpus,
    /// `disk`, and `rbps=`, `wbps=`, `riops=`, `wiops=` with bytes, a number or `max`.
    IoMax,
}

impl Shape {
    /// Whether a value has this shape.
    #[must_use]
    pub fn fits(self, value: &str) -> bool {
        match self {
            Self::CpuMax => cpu_max(value).is_some(),
            Self::Number(least, most) => {
                number(value).is_some_and(|number| (least..=most).contains(&number))
            }
            Self::Count => value == "max" || number(value).is_some(),
            Self::Bytes => bytes(value).is_some(),
            Self::Flag => matches!(value, "0" | "1"),
            Self::Cpus => cpus(value).is_some(),
            Self::IoMax => io_max(value).is_some(),
        }
    }

    /// In words, for who wrote something else.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::CpuMax => {
                "`max`, or quota and period in microseconds, such as `20000 100000`".to_owned()
            }
            Self::Number(least, most) => format!("a number from {least} to {most}"),
            Self::Count => "`max` or a number".to_owned(),
            Self::Bytes => "`max`, or bytes such as `64M`".to_owned(),
            Self::Flag => "0 or 1".to_owned(),
            Self::Cpus => "numbers of CPUs, such as `0` or `0-1`".to_owned(),
            Self::IoMax => "`disk` and limits, such as `disk wbps=1048576`".to_owned(),
        }
    }

    /// Whether what was read back says what was written.
    #[must_use]
    pub fn same(self, written: &str, read: &str) -> bool {
        let read = read.trim_end();
        match self {
            Self::CpuMax => {
                let (quota, period) = cpu_max(read).unwrap_or_default();
                cpu_max(written).is_some_and(|(wanted, length)| {
                    wanted == quota && (length.is_none() || length == period)
                })
            }
            Self::Bytes => match (bytes(written), bytes(read)) {
                (Some(Some(written)), Some(Some(read))) => written / PAGE == read / PAGE,
                (written, read) => written.is_some() && written == read,
            },
            Self::Number(..) => number(last_word(read)) == number(written),
            Self::Cpus => cpus(written).is_some() && cpus(written) == cpus(read),
            Self::Count | Self::Flag | Self::IoMax => written.trim() == read,
        }
    }
}

/// `io.weight` reads `default 100`.
fn last_word(text: &str) -> &str {
    text.split_whitespace().last().unwrap_or_default()
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Quota, `None` for no limit, and the period if it is said.
#[must_use]
pub fn cpu_max(value: &str) -> Option<(Option<u64>, Option<u64>)> {
    let mut words = value.split_whitespace();
    let quota = match words.next()? {
        "max" => None,
        quota => Some(number(quota).filter(|quota| *quota >= 1000)?),
    };
    let period = match words.next() {
        Some(period) => Some(number(period).filter(|it| (1000..=1_000_000).contains(it))?),
        None => None,
    };
    words.next().is_none().then_some((quota, period))
}

/// A number of bytes; `Some(None)` for `max`.
#[must_use]
pub fn bytes(value: &str) -> Option<Option<u64>> {
    if value == "max" {
        return Some(None);
    }
    let (digits, unit) = match value.as_bytes().last()? {
        b'K' => (&value[..value.len() - 1], 1 << 10),
        b'M' => (&value[..value.len() - 1], 1 << 20),
        b'G' => (&value[..value.len() - 1], 1 << 30),
        _ => (value, 1),
    };
    number(digits)?.checked_mul(unit).map(Some)
}

/// The numbers in a list of CPUs, each once and in order. `None` for what is no list, or an empty
/// one.
#[must_use]
pub fn cpus(value: &str) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for part in value.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last > 8191 {
            return None;
        }
        all.extend(first..=last);
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// The limits in `disk rbps=1048576 wiops=max`: names and numbers, `None` for `max`. What stands in
/// the place of `disk` is for the lab to find.
#[must_use]
pub fn io_max(value: &str) -> Option<Vec<(&str, Option<u64>)>> {
    let mut words = value.split_whitespace();
    (words.next()? == "disk").then_some(())?;
    let limits: Option<Vec<_>> = words.map(io_limit).collect();
    limits.filter(|limits| !limits.is_empty())
}

fn io_limit(word: &str) -> Option<(&str, Option<u64>)> {
    let (name, value) = word.split_once('=')?;
    let known = ["rbps", "wbps", "riops", "wiops"].contains(&name);
    let value = bytes(value)?.filter(|limit| *limit > 0);
    (known && (value.is_some() || word.ends_with("=max"))).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_takes_what_its_file_takes() {
        let cases: [(Shape, &[&str], &[&str]); 7] = [
            (
                Shape::CpuMax,
                &["max", "max 100000", "20000", "20000 100000"],
                &["", "10", "20000 10", "1 2 3", "-1"],
            ),
            (
                Shape::Number(1, 10000),
                &["1", "10000"],
                &["0", "10001", "+1", ""],
            ),
            (Shape::Count, &["max", "20"], &["", "-1", "20M"]),
            (
                Shape::Bytes,
                &["max", "0", "64M", "1G", "4096"],
                &["M", "64MB", "1.5G"],
            ),
            (Shape::Flag, &["0", "1"], &["2", ""]),
            (Shape::Cpus, &["0", "0-1,3"], &["", "1-0", "a", "0,"]),
            (
                Shape::IoMax,
                &["disk wbps=1048576", "disk rbps=1M wiops=max"],
                &["disk", "8:0 wbps=1", "disk wbps=0", "disk speed=1"],
            ),
        ];
        for (shape, good, bad) in cases {
            for value in good {
                assert!(shape.fits(value), "{shape:?} {value}");
            }
            for value in bad {
                assert!(!shape.fits(value), "{shape:?} {value}");
            }
        }
    }

    #[test]
    fn what_is_read_back_is_compared_by_meaning() {
        let same = [
            (Shape::CpuMax, "20000", "20000 100000\n"),
            (Shape::CpuMax, "max", "max 100000"),
            (Shape::Bytes, "64M", "67108864\n"),
            (Shape::Bytes, "4097", "4096"),
            (Shape::Number(1, 10000), "50", "default 50\n"),
            (Shape::Cpus, "0,1", "0-1\n"),
            (Shape::Count, "20", "20\n"),
        ];
        for (shape, written, read) in same {
            assert!(shape.same(written, read), "{written} {read}");
        }
        let other = [
            (Shape::CpuMax, "20000 50000", "20000 100000"),
            (Shape::CpuMax, "20000", "max 100000"),
            (Shape::Bytes, "64M", "max"),
            (Shape::Bytes, "max", "67108864"),
            (Shape::Bytes, "64M", ""),
            (Shape::Count, "20", "max"),
            (Shape::Cpus, "0", "0-1"),
        ];
        for (shape, written, read) in other {
            assert!(!shape.same(written, read), "{written} {read}");
        }
    }
}

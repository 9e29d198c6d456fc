//! Values as people type them on a command line: kinds of namespaces, sizes, CPUs, counts, hostnames.
//! What is typed may be anything; each function says in words what it wants.

use std::collections::BTreeSet;

use super::MOST_HOSTNAME;
use crate::model::NsKind;

/// Why a value is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

/// The least that a cgroup's memory makes sense with: a page.
const LEAST_MEMORY: u64 = 4096;
/// Thousandths of one CPU: the shortest quota that the kernel takes is 1 ms, of a period of 100 ms.
const LEAST_CPU: u64 = 10;
/// More CPUs than a Linux machine can have.
const MOST_CPU: u64 = 8192 * 1000;
/// The highest number a process may have: `/proc/sys/kernel/pid_max`, proc_sys_kernel(5).
const MOST_PIDS: u64 = 1 << 22;

pub(super) fn wrong<T>(words: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong(words.into()))
}

/// `pid,uts`; also `all`, and `none`.
pub fn kinds(text: &str) -> Result<BTreeSet<NsKind>, Wrong> {
    let mut found = BTreeSet::new();
    for word in text.split(',').map(str::trim) {
        let meant = |kind: &NsKind| kind.name() == word || kind.option() == format!("--{word}");
        match (word, NsKind::ALL.into_iter().find(meant)) {
            ("none" | "", _) => {}
            ("all", _) => found.extend(NsKind::ALL),
            (_, Some(kind)) => found.extend([kind]),
            (_, None) => {
                let names = NsKind::ALL.map(NsKind::name).join(", ");
                return wrong(format!(
                    "there is no such namespace; there are {names}, all"
                ));
            }
        }
    }
    Ok(found)
}

/// `64M`, `64m`, `0.5g`, `67108864`: bytes, with k, m, g, or t for powers of 1024, and perhaps a b.
pub fn memory(text: &str) -> Result<u64, Wrong> {
    let lower = text.trim().to_ascii_lowercase();
    let bare = lower.strip_suffix('b').unwrap_or(&lower);
    let bare = bare.strip_suffix('i').unwrap_or(bare);
    let units = [('k', 10), ('m', 20), ('g', 30), ('t', 40)];
    let mut units = units.iter();
    let with_unit = units.find_map(|(unit, shift)| Some((bare.strip_suffix(*unit)?, *shift)));
    let (digits, shift) = with_unit.unwrap_or((bare, 0));
    let bytes = thousandths(digits)
        .and_then(|number| number.checked_mul(1 << shift))
        .map(|number| number / 1000);
    match bytes {
        Some(bytes) if (LEAST_MEMORY..=i64::MAX.unsigned_abs()).contains(&bytes) => Ok(bytes),
        _ => wrong("expected a size of at least 4k, such as 64M"),
    }
}

/// `0.5`, `.5`, `2`: in thousandths of one CPU.
pub fn cpus(text: &str) -> Result<u64, Wrong> {
    match thousandths(text.trim()) {
        Some(cpu) if (LEAST_CPU..=MOST_CPU).contains(&cpu) => Ok(cpu),
        _ => wrong("expected a number of CPUs from 0.01, such as 0.5"),
    }
}

/// `20`: processes and threads.
pub fn pids(text: &str) -> Result<u64, Wrong> {
    let digits = text.trim();
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(count) if plain && (1..=MOST_PIDS).contains(&count) => Ok(count),
        _ => wrong("expected a number of processes from 1, such as 20"),
    }
}

/// What may be a hostname: hostname(7) and RFC 1123, with the kernel's length.
pub fn hostname(text: &str) -> Result<String, Wrong> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.is_empty() || text.len() > MOST_HOSTNAME || !text.bytes().all(fits) {
        return wrong(format!(
            "expected a hostname: letters, digits, - . and _, at most {MOST_HOSTNAME}"
        ));
    }
    Ok(text.to_owned())
}

/// A decimal number in thousandths; more digits are cut off.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() + part.len() == 0 {
        return None;
    }
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let padded = format!("{part:0<3}");
    let part: u64 = padded[..3].parse().ok()?;
    whole.checked_mul(1000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let cases = [
            ("64M", Some(64 << 20)),
            ("64m", Some(64 << 20)),
            ("64MiB", Some(64 << 20)),
            ("512mb", Some(512 << 20)),
            ("0.5g", Some(512 << 20)),
            ("67108864", Some(64 << 20)),
            ("4k", Some(4096)),
            ("4095", None),
            ("0", None),
            ("", None),
            ("m", None),
            (".", None),
            ("-1", None),
            ("64mm", None),
            ("64 M", None),
            ("99999999999999999999", None),
            ("9999999999t", None),
            ("6\u{664}M", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(memory(text).ok(), bytes, "{text:?}");
        }
    }

    #[test]
    fn cpus_and_counts() {
        let cases = [
            ("0.5", Some(500)),
            (".5", Some(500)),
            ("2", Some(2000)),
            ("1.", Some(1000)),
            ("0.0119", Some(11)),
            ("0.001", None),
            ("0", None),
            ("-1", None),
            ("1e3", None),
            ("", None),
        ];
        for (text, cpu) in cases {
            assert_eq!(cpus(text).ok(), cpu, "{text:?}");
        }
        for (text, count) in [("20", Some(20)), ("0", None), ("-1", None), ("+5", None)] {
            assert_eq!(pids(text).ok(), count, "{text:?}");
        }
    }

    #[test]
    fn kinds_by_name() {
        assert_eq!(kinds("pid,uts"), Ok([NsKind::Pid, NsKind::Uts].into()));
        assert_eq!(kinds("mount"), Ok([NsKind::Mnt].into()));
        assert_eq!(kinds("all").map(|all| all.len()), Ok(8));
        assert_eq!(kinds("none"), Ok(BTreeSet::new()));
        assert!(kinds("pid,disk").is_err_and(|why| why.0.contains("uts, all")));
    }

    #[test]
    fn hostnames() {
        assert_eq!(hostname("web-1.lan"), Ok("web-1.lan".to_owned()));
        let long = "x".repeat(MOST_HOSTNAME + 1);
        for text in ["", "a b", "\u{e9}", "a\n", &long] {
            assert!(hostname(text).is_err(), "{text:?}");
        }
    }
}

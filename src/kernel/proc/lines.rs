//! Parsers of the small files under `/proc`: pure functions from bytes to values, called by the
//! readers in this module, `observe` and `support`. They never read anything themselves.

use crate::model::snapshot::IdRange;

/// A decimal number that is the whole text, as in a directory name; no sign, no space.
#[must_use]
pub fn number(text: &[u8]) -> Option<i32> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    parse(text)
}

/// `text` as any number type, through its UTF-8 form.
pub(crate) fn parse<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The fields of a line: what stands between spaces and tabs.
pub(crate) fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .filter(|field| !field.is_empty())
}

/// The `Pid:` of a pidfd's fdinfo, counted from the pid namespace of the procfs that was read:
/// 0 if the process is not in it, -1 if it has been reaped.
#[must_use]
pub fn fdinfo_pid(fdinfo: &[u8]) -> Option<i32> {
    fdinfo
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(b"Pid:"))
        .and_then(|value| parse(value.trim_ascii()))
}

/// `uid_map` or `gid_map`; `None` if a line is not three numbers.
#[must_use]
pub fn id_map(map: &[u8]) -> Option<Vec<IdRange>> {
    map.split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .map(|line| {
            let mut numbers = fields(line).map(parse::<u32>);
            let range = IdRange {
                inside: numbers.next()??,
                outside: numbers.next()??,
                count: numbers.next()??,
            };
            numbers.next().is_none().then_some(range)
        })
        .collect()
}

/// The first line without its end, at most `cap` bytes of it.
#[must_use]
pub fn first_line(text: &[u8], cap: usize) -> &[u8] {
    let line = text
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or(text)
        .trim_ascii_end();
    &line[..line.len().min(cap)]
}

/// A line of `mountinfo`, as far as we need it: proc_pid_mountinfo(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount<'a> {
    /// Which part of the filesystem is mounted: field 4.
    pub root: &'a [u8],
    /// Where, relative to the reader's root, with `\040` for a space: field 5.
    pub target: &'a [u8],
    /// Options of this mount: field 6.
    pub options: &'a [u8],
    /// Filesystem type: the field after the lone `-`.
    pub fstype: &'a [u8],
    /// Options of the filesystem: the last field.
    pub super_options: &'a [u8],
}

/// All lines of `mountinfo` that make sense.
pub fn mounts(mountinfo: &[u8]) -> impl Iterator<Item = Mount<'_>> {
    mountinfo.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut all = fields(line).skip(3);
        let (root, target, options) = (all.next()?, all.next()?, all.next()?);
        let mut rest = all.skip_while(|field| *field != b"-").skip(1);
        let fstype = rest.next()?;
        let super_options = rest.nth(1).unwrap_or_default();
        Some(Mount {
            root,
            target,
            options,
            fstype,
            super_options,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimal_names_are_processes() {
        let cases: &[(&[u8], Option<i32>)] = &[
            (b"1", Some(1)),
            (b"4194304", Some(4_194_304)),
            (b"self", None),
            (b"", None),
            (b"+1", None),
            (b"-1", None),
            (b"1 ", None),
            (b"99999999999", None),
            (b"\xff", None),
        ];
        for (name, expected) in cases {
            assert_eq!(number(name), *expected, "{name:?}");
        }
    }

    #[test]
    fn fdinfo_tells_visible_invisible_and_dead() {
        let cases: &[(&[u8], Option<i32>)] = &[
            (
                b"pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t2\nPid:\t4723\nNSpid:\t4723\t1\n",
                Some(4723),
            ),
            (b"Pid:\t0\nNSpid:\t0\n", Some(0)),
            (b"Pid:\t-1\n", Some(-1)),
            (b"NSpid:\t7\n", None),
            (b"pos:\t0\n", None),
            (b"", None),
        ];
        for (text, expected) in cases {
            assert_eq!(fdinfo_pid(text), *expected);
        }
    }

    #[test]
    fn maps_are_three_columns() {
        let range = |inside, outside, count| IdRange {
            inside,
            outside,
            count,
        };
        let cases: &[(&[u8], Option<Vec<IdRange>>)] = &[
            (
                b"         0          0 4294967295\n",
                Some(vec![range(0, 0, u32::MAX)]),
            ),
            (
                b"0 1000 1\n1 100000 65536\n",
                Some(vec![range(0, 1000, 1), range(1, 100_000, 65536)]),
            ),
            (b"", Some(vec![])),
            (b"0 1000\n", None),
            (b"0 1000 1 1\n", None),
            (b"0 -1 1\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(id_map(text), *expected);
        }
    }

    #[test]
    fn first_lines_are_cut() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"box\n", b"box"),
            (b"box", b"box"),
            (b"", b""),
            (b"\nbox\n", b""),
            (b"box \r\nmore", b"box"),
            (b"abcdefghij\n", b"abcdefgh"),
        ];
        for (text, expected) in cases {
            assert_eq!(first_line(text, 8), *expected);
        }
    }

    #[test]
    fn mountinfo_lines_with_and_without_tags() {
        let text = b"36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n\
            24 1 0:22 / /proc rw - proc proc rw\n\
            broken line\n";
        let found: Vec<_> = mounts(text).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].root, b"/mnt1");
        assert_eq!(found[0].target, b"/mnt\\0402");
        assert_eq!(found[0].fstype, b"ext3");
        assert_eq!(found[0].super_options, b"rw,errors=continue");
        assert_eq!(found[1].target, b"/proc");
        assert_eq!(found[1].fstype, b"proc");
    }
}

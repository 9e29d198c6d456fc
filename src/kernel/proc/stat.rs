//! `/proc/PID/stat`, proc_pid_stat(5): the cheap row of a process. Called for every row that is read.

use super::lines::{fields, parse as number};
use crate::model::Untrusted;

/// The fields that a row needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Field 1.
    pub pid: i32,
    /// Field 2 without its parentheses.
    pub comm: Untrusted,
    /// Field 3.
    pub state: char,
    /// Field 4.
    pub ppid: i32,
    /// Field 5: the process group.
    pub group: i32,
    /// Field 8: the process group in the foreground of its terminal; -1 without one.
    pub foreground: i32,
    /// Fields 14 and 15: CPU time of user and kernel together, in clock ticks.
    pub ticks: u64,
    /// Field 20.
    pub threads: u32,
    /// Field 22: clock ticks since boot.
    pub start: u64,
    /// Field 24: resident pages.
    pub pages: u64,
}

/// A name may hold anything, parentheses and line ends included: it ends at the **last** `)`, since
/// nothing after it can hold one.
#[must_use]
pub fn parse(text: &[u8]) -> Option<Stat> {
    let open = text.iter().position(|byte| *byte == b'(')?;
    let close = text.iter().rposition(|byte| *byte == b')')?;
    let comm = text.get(open + 1..close)?;
    let mut rest = fields(&text[close + 1..]);
    let state = rest.next().filter(|state| state.len() == 1)?[0];
    let ppid = number(rest.next()?)?;
    let group = number(rest.next()?)?;
    // Fields 6 and 7 lie in between; so do 9 to 13 before the times, 16 to 19 before the number of
    // threads, 21 before the start, 23 before the pages.
    let foreground = number(rest.nth(2)?)?;
    let (user, system): (u64, u64) = (number(rest.nth(5)?)?, number(rest.next()?)?);
    let threads = number(rest.nth(4)?)?;
    let start = number(rest.nth(1)?)?;
    // A zombie's is 0; a number below that is not to be had.
    let pages = rest.nth(1).and_then(number).unwrap_or(0);
    Some(Stat {
        pid: number(text[..open].trim_ascii())?,
        comm: Untrusted::from(comm),
        state: state.is_ascii_alphabetic().then(|| char::from(state))?,
        ppid,
        group,
        foreground,
        ticks: user.saturating_add(system),
        threads,
        start,
        pages,
    })
}

#[cfg(test)]
mod tests {
    use super::parse as parse_stat;

    fn line(comm: &[u8]) -> Vec<u8> {
        // The numbers count their own fields, so that a shifted one is seen at once.
        let tail = b") S 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 20 121 122 123 124\n";
        [b"4723 (", comm, tail].concat()
    }

    #[test]
    fn hostile_names_do_not_move_the_fields() {
        let names: &[&[u8]] = &[
            b"sleep",
            b"",
            b"a b",
            b") R 1 1 1 1 1",
            b"((",
            b"x\ny",
            b"\x1b]0;x\x07",
            b"\xff\xfe\x80",
            b") Z 0 (",
        ];
        for name in names {
            let stat = parse_stat(&line(name)).expect("parses");
            assert_eq!(stat.comm.as_bytes(), *name);
            assert_eq!((stat.pid, stat.state, stat.ppid), (4723, 'S', 104));
            assert_eq!((stat.threads, stat.start), (20, 122), "{name:?}");
            assert_eq!((stat.ticks, stat.pages), (114 + 115, 124));
            assert_eq!((stat.group, stat.foreground), (105, 108));
        }
    }

    #[test]
    fn what_is_no_stat_is_refused() {
        let whole = line(b"x");
        assert!(parse_stat(b"").is_none());
        assert!(parse_stat(b"1 (x").is_none());
        assert!(parse_stat(b")(").is_none());
        assert!(parse_stat(b"x (x) S 1").is_none());
        for cut in 0..whole.len() - b" 123 124\n".len() - 3 {
            assert!(parse_stat(&whole[..cut]).is_none(), "cut at {cut}");
        }
    }
}

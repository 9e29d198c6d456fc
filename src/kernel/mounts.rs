//! Reads a list of mounts: `mountinfo` of any process that we may look at. Called by `observe`, and
//! by the stage before it touches a file. Only reads; `calls` mounts.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::CWD;

use super::proc::{lines, read_at};
use crate::model::mounts::{Mount, Mounts, Propagation};
use crate::model::{Errno, Untrusted};

/// A machine with thousands of mounts has a long file; this is some thirty thousand lines of it.
const CAP: usize = 1 << 22;
/// Most rows that are kept, the newest: a box has some hundred at most.
const MOST: usize = 512;

/// The list of the calling process.
pub fn of_self() -> Result<Mounts, Errno> {
    read_at(CWD, "/proc/self/mountinfo", CAP).map(|text| parse(&text))
}

/// The list of the process with that `/proc/PID` directory, paths counted from its root.
pub fn of(pid_dir: BorrowedFd<'_>) -> Result<Mounts, Errno> {
    read_at(pid_dir, "mountinfo", CAP).map(|text| parse(&text))
}

/// The mount through which an open file was reached (Linux 5.8).
pub fn id_of(file: impl AsFd) -> Result<u32, Errno> {
    use rustix::fs::{AtFlags, StatxFlags};
    let found = rustix::fs::statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?;
    if !StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::MNT_ID) {
        return Err(Errno::ENOSYS);
    }
    u32::try_from(found.stx_mnt_id).map_err(|_| Errno::EINVAL)
}

fn parse(text: &[u8]) -> Mounts {
    let lines = text.split(|byte| *byte == b'\n');
    let mut rows: Vec<Mount> = lines.filter_map(line).collect();
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    rows.drain(..rows.len().saturating_sub(MOST));
    Mounts { rows, count }
}

fn line(line: &[u8]) -> Option<Mount> {
    let mut fields = lines::fields(line);
    let mut next = || fields.next();
    let (id, parent) = (lines::parse(next()?)?, lines::parse(next()?)?);
    let dev = device(next()?)?;
    let (root, target, options) = (next()?, next()?, next()?);
    let mut propagation = Propagation::default();
    loop {
        match next()? {
            b"-" => break,
            tag => note(&mut propagation, tag),
        }
    }
    let (fstype, source, super_options) = (next()?, next()?, next().unwrap_or_default());
    Some(Mount {
        id,
        parent,
        dev,
        root: plain(root),
        target: plain(target),
        options: plain(options),
        propagation,
        fstype: plain(fstype),
        source: plain(source),
        super_options: plain(super_options),
    })
}

fn device(text: &[u8]) -> Option<(u32, u32)> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    Some((
        lines::parse(&text[..colon])?,
        lines::parse(&text[colon + 1..])?,
    ))
}

/// Tags we do not know are left out: the file may get new ones.
fn note(propagation: &mut Propagation, tag: &[u8]) {
    let group = |name: &[u8]| lines::parse(tag.strip_prefix(name)?);
    if let Some(found) = group(b"shared:") {
        propagation.shared = Some(found);
    } else if let Some(found) = group(b"master:") {
        propagation.master = Some(found);
    } else if let Some(found) = group(b"propagate_from:") {
        propagation.propagate_from = Some(found);
    } else if tag == b"unbindable" {
        propagation.unbindable = true;
    }
}

/// `\040` and the like back to the bytes they stand for.
pub(super) fn plain(field: &[u8]) -> Untrusted {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| *first == b'\\').and_then(octal);
        out.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &after[3..] } else { after };
    }
    Untrusted::from(out)
}

fn octal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_line() {
        let text = b"36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 propagate_from:3 new:4 - ext3 /dev/root rw,errors=continue\n\
            24 1 0:22 / /proc rw unbindable - proc proc rw\n\
            25 1 0:23 / /empty rw - tmpfs  rw\n\
            broken line\n";
        let found = parse(text);
        assert_eq!(found.count, 3);
        let first = &found.rows[0];
        assert_eq!((first.id, first.parent, first.dev), (36, 35, (98, 0)));
        assert_eq!(first.root, "/mnt1".into());
        assert_eq!(first.target, "/mnt 2".into());
        assert_eq!(first.options, "rw,noatime".into());
        assert_eq!(first.propagation.shared, Some(2));
        assert_eq!(first.propagation.master, Some(1));
        assert_eq!(first.propagation.propagate_from, Some(3));
        assert_eq!(first.fstype, "ext3".into());
        assert_eq!(first.source, "/dev/root".into());
        assert_eq!(first.super_options, "rw,errors=continue".into());
        assert!(found.rows[1].propagation.unbindable);
    }

    #[test]
    fn the_newest_are_kept_and_all_are_counted() {
        let line = |id: usize| format!("{id} 1 0:1 / /m{id} rw - tmpfs t rw\n");
        let text: String = (1..=MOST + 10).map(line).collect();
        let found = parse(text.as_bytes());
        assert_eq!(found.rows.len(), MOST);
        assert_eq!(found.count as usize, MOST + 10);
        assert_eq!(found.rows[0].id, 11);
    }

    #[test]
    fn escapes_are_undone() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"/a\\040b", b"/a b"),
            (b"/a\\134b", b"/a\\b"),
            (b"/\\012", b"/\n"),
            (b"/a\\9", b"/a\\9"),
            (b"\\", b"\\"),
        ];
        for (field, expected) in cases {
            assert_eq!(plain(field), Untrusted::from(expected));
        }
    }

    #[test]
    fn our_own_list_has_the_mount_we_stand_on() {
        let here = std::fs::File::open("/proc").expect("open");
        let id = id_of(&here).expect("statx");
        let all = of_self().expect("mountinfo");
        let row = all.rows.iter().find(|row| row.id == id);
        assert_eq!(row.map(|row| row.fstype.as_bytes()), Some(&b"proc"[..]));
    }
}

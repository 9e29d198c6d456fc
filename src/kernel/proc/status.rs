//! `/proc/PID/status`, proc_pid_status(5): what only this file has. Called for rows that are new and
//! for subjects, since it costs five times as much as `stat`.

use super::lines::{fields, parse as number};
use crate::model::snapshot::CapSets;

/// The lines that a row or a subject needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Real, effective, saved, filesystem.
    pub uids: [u32; 4],
    /// Real, effective, saved, filesystem.
    pub gids: [u32; 4],
    /// One number a level, from the procfs's pid namespace down to the process's own.
    pub nspid: Vec<i32>,
    /// The five sets.
    pub caps: CapSets,
    /// The no_new_privs bit.
    pub no_new_privs: bool,
    /// 0 none, 1 strict, 2 filter.
    pub seccomp: u32,
    /// Seccomp_filters, from Linux 5.9 on.
    pub seccomp_filters: Option<u32>,
    /// SigCgt
    pub sig_caught: u64,
    /// SigIgn
    pub sig_ignored: u64,
    /// SigBlk
    pub sig_blocked: u64,
}

/// `None` without the two lines that every kernel has. A name cannot forge a line: the kernel
/// writes a line end in it as `\n` here.
#[must_use]
pub fn parse(text: &[u8]) -> Option<Status> {
    let mut status = Status::default();
    let (mut uids, mut gids) = (None, None);
    for line in text.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let value = line[colon + 1..].trim_ascii();
        match &line[..colon] {
            b"Uid" => uids = four(value),
            b"Gid" => gids = four(value),
            b"NSpid" => status.nspid = fields(value).filter_map(number).collect(),
            b"SigBlk" => status.sig_blocked = mask(value),
            b"SigIgn" => status.sig_ignored = mask(value),
            b"SigCgt" => status.sig_caught = mask(value),
            b"CapInh" => status.caps.inheritable = mask(value),
            b"CapPrm" => status.caps.permitted = mask(value),
            b"CapEff" => status.caps.effective = mask(value),
            b"CapBnd" => status.caps.bounding = mask(value),
            b"CapAmb" => status.caps.ambient = mask(value),
            b"NoNewPrivs" => status.no_new_privs = value == b"1",
            b"Seccomp_filters" => status.seccomp_filters = number(value),
            b"Seccomp" => status.seccomp = number(value).unwrap_or(0),
            _ => {}
        }
    }
    status.uids = uids?;
    status.gids = gids?;
    Some(status)
}

fn four(value: &[u8]) -> Option<[u32; 4]> {
    let ids: Vec<u32> = fields(value).map(number).collect::<Option<_>>()?;
    ids.try_into().ok()
}

fn mask(value: &[u8]) -> u64 {
    std::str::from_utf8(value)
        .ok()
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"Name:\tx\\nUid:\\t0\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t920\n\
        Pid:\t920\nPPid:\t1\nUid:\t1000\t1001\t1002\t1003\nGid:\t10\t11\t12\t13\nGroups:\t4 27 \n\
        NStgid:\t920\t5\t3\t1\nNSpid:\t920\t5\t3\t1\nSigBlk:\t0000000000010000\nSigIgn:\t0000000000001000\n\
        SigCgt:\t0000000180004002\nCapInh:\t0000000000000001\nCapPrm:\t0000000000000002\n\
        CapEff:\t00000000a80425fb\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000004\n\
        NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";

    #[test]
    fn every_line_lands_in_its_own_field() {
        let status = parse(TEXT).expect("parses");
        assert_eq!(status.uids, [1000, 1001, 1002, 1003]);
        assert_eq!(status.gids, [10, 11, 12, 13]);
        assert_eq!(status.nspid, [920, 5, 3, 1]);
        assert_eq!(status.sig_blocked, 1 << 16);
        assert_eq!(status.sig_ignored, 1 << 12);
        assert_eq!(status.sig_caught, 0x1_8000_4002);
        assert_eq!(status.caps.inheritable, 1);
        assert_eq!(status.caps.permitted, 2);
        assert_eq!(status.caps.effective, 0xa804_25fb);
        assert_eq!(status.caps.bounding, 0x1ff_ffff_ffff);
        assert_eq!(status.caps.ambient, 4);
        assert!(status.no_new_privs);
        assert_eq!(status.seccomp, 2);
        assert_eq!(status.seccomp_filters, Some(1));
    }

    #[test]
    fn an_old_kernel_lacks_lines_and_that_is_fine() {
        let status = parse(b"Name:\tx\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n").expect("parses");
        assert!(status.nspid.is_empty());
        assert_eq!(status.seccomp, 0);
        assert_eq!(status.seccomp_filters, None);
        assert!(!status.no_new_privs);
    }

    #[test]
    fn what_is_no_status_is_refused() {
        for text in [
            &b""[..],
            b"Name:\tx\n",
            b"Uid:\t0\t0\t0\nGid:\t0\t0\t0\t0\n",
            b"Uid:\t0\t0\t0\tx\nGid:\t0\t0\t0\t0\n",
            b"Uid:\t0\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n",
            b"\xff\xff:\xff\n",
        ] {
            assert!(parse(text).is_none(), "{text:?}");
        }
    }
}

//! Whether boxes can have a place on a disk: one that keeps what is written (`disk`), and one whose
//! speed a cgroup can limit (`disk-limit`). Called by the survey.

use std::time::Duration;

use crate::kernel::cgroup::disk;
use crate::kernel::chan::Channel;
use crate::kernel::workdir::BASE;
use crate::model::Errno;
use crate::model::support::Probe;
use crate::model::wire::{BrokerReply, BrokerRequest};

/// A lesson writes more than its memory limit, and the rest has to go somewhere.
pub(super) const KEEPS: &str = "disk";
/// A lesson slows a disk down.
pub(super) const LIMIT: &str = "disk-limit";
/// How long the broker may take: systemd may be asked for a scope first.
const WITHIN: Duration = Duration::from_secs(20);

/// `disk`: the directory of the boxes lies on one.
pub(super) fn keeps() -> Probe {
    judge_keeps(disk::keeps(BASE))
}

fn judge_keeps(ok: bool) -> Probe {
    let detail = if ok {
        format!("statfs {BASE}: no filesystem in memory")
    } else {
        format!("{BASE} is a filesystem in memory: what is written there stays in memory")
    };
    let remedy = format!("mount a disk at {BASE}, or bind a directory of one over it");
    probe(KEEPS, ok, detail, remedy)
}

/// `disk-limit`: the broker makes a disk, else there is one below the directory of the boxes.
pub(super) fn limit(broker: Option<&Channel>) -> Probe {
    judge_limit(made_by(broker), disk::below(BASE))
}

/// The numbers of the disk, which is gone again at once; or why there is none.
fn made_by(broker: Option<&Channel>) -> Result<(u32, u32), String> {
    let broker = broker.ok_or("that needs real root")?;
    let asked = broker.send(&BrokerRequest::Disk, &[]);
    match asked.and_then(|()| broker.recv(Some(WITHIN))) {
        Ok((BrokerReply::Disk { device }, _)) => Ok(device),
        Ok((BrokerReply::Refused { why }, _)) => Err(why),
        Ok((BrokerReply::Admitted { .. } | BrokerReply::Seen(_), _)) => Err("no answer".to_owned()),
        Err(error) => Err(format!("the process that is root: {error}")),
    }
}

fn judge_limit(made: Result<(u32, u32), String>, below: Result<(u32, u32), Errno>) -> Probe {
    let (ok, detail) = match (made, below) {
        (Ok((major, minor)), _) => (true, format!("a loop device of our own, {major}:{minor}")),
        (Err(why), Ok((major, minor))) => {
            let detail = format!("a directory on disk {major}:{minor}; no loop device: {why}");
            (true, detail)
        }
        (Err(why), Err(errno)) => (
            false,
            format!("no loop device: {why}; and {BASE} is on no block device of its own ({errno})"),
        ),
    };
    let remedy =
        "sudo glassbox, with loop devices and e2fsprogs; in a container there are mostly none";
    probe(LIMIT, ok, detail, remedy.to_owned())
}

fn probe(name: &str, ok: bool, detail: String, remedy: String) -> Probe {
    Probe {
        name: name.to_owned(),
        ok,
        detail,
        remedy: if ok { String::new() } else { remedy },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_memory_keeps_nothing() {
        assert!(judge_keeps(true).ok && judge_keeps(true).remedy.is_empty());
        let lacking = judge_keeps(false);
        assert!(!lacking.ok && lacking.detail.contains("in memory") && !lacking.remedy.is_empty());
    }

    #[test]
    fn the_disk_below_does_where_none_can_be_made() {
        let why = || Err("mke2fs is not installed".to_owned());
        let cases = [
            (Ok((7, 3)), Err(Errno::ENODEV), true, "7:3"),
            (why(), Ok((254, 0)), true, "254:0; no loop device: mke2fs"),
            (why(), Err(Errno::ENODEV), false, "ENODEV"),
        ];
        for (made, below, ok, said) in cases {
            let probe = judge_limit(made, below);
            assert_eq!((probe.ok, probe.remedy.is_empty()), (ok, ok), "{probe:?}");
            assert!(probe.detail.contains(said), "{probe:?}");
        }
    }
}

//! The broker: the one process of ours that stays root, and only when glassbox was started as root or
//! by sudo. It makes one subtree of cgroups, caps it, hands it to the learner as systemd would, and
//! removes it when the lab is gone; and it makes a small disk, on a loop device, that is mounted nowhere.
//! For the screens of `map` and `inspect` it looks, and tells what it sees. It takes no path and no
//! number from the lab: what it is to move, or to look at, comes as a pidfd; what it moves must be the
//! learner's.
//!
//! Started by the guardian, as `@broker FD UID GID`; its channel leads to the lab.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use crate::kernel::cgroup::{self, Base};
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::look::Watcher;
use crate::kernel::loopdev::{Handed, OwnDisk};
use crate::kernel::{birth, observe, pidfd, sys};
use crate::model::look::Look;
use crate::model::wire::{BrokerReply, BrokerRequest};

/// The last argument of a broker that has a cgroup for itself.
const ALONE: &str = "alone";
/// There while systemd is what runs this machine: sd_booted(3).
const SYSTEMD: &str = "/run/systemd/system";
const SYSTEMD_RUN: &str = "/usr/bin/systemd-run";
/// How often a broker that has nothing to do looks whether the lab still lives.
const PATIENCE: Duration = Duration::from_mins(10);

/// One process, and another to compare it with.
const MOST_INSPECTED: usize = 2;

/// Whose requests are carried out, and for whom.
struct Broker {
    lab: Channel,
    uid: u32,
    gid: u32,
    /// It is the only process in its cgroup.
    alone: bool,
    /// The number of the outermost process of ours.
    guardian: i32,
    base: Option<Base>,
    watcher: Watcher,
    /// The last disk that was made.
    disk: Option<OwnDisk>,
}

/// The role `@broker FD UID GID GUARDIAN [alone]`: called by main, in the new process.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let Some(mut broker) = Broker::of(args) else {
        return ExitCode::FAILURE;
    };
    // Whatever else ends, we have to clean up after it: no key of the terminal and no death of a
    // parent may end us. In a scope we are a session's leader already (EPERM).
    let _ = birth::new_session();
    if birth::rename("glassbox:root").is_err() {
        return ExitCode::FAILURE;
    }
    while !broker.alone && broker.wait_for_request() {
        if !broker.is_asked_to_look() {
            if broker.served_in_a_scope(args) {
                return ExitCode::SUCCESS;
            }
            break;
        }
        if broker.serve_one().is_err() {
            break;
        }
    }
    while broker.serve_one().is_ok() {}
    let removed = broker.base.take().is_none_or(Base::remove);
    if let Some(disk) = broker.disk.take() {
        disk.end();
    }
    if removed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Broker {
    fn of(args: &[String]) -> Option<Self> {
        let [fd, uid, gid, guardian, rest @ ..] = args else {
            return None;
        };
        Some(Self {
            lab: Channel::from(sys::inherited(fd.parse().ok()?)?),
            uid: uid.parse().ok().filter(|uid| *uid != 0)?,
            gid: gid.parse().ok().filter(|gid| *gid != 0)?,
            guardian: guardian.parse().ok()?,
            alone: rest == [ALONE],
            base: None,
            watcher: Watcher::default(),
            disk: None,
        })
    }

    /// Nothing is made, and systemd is not asked, before somebody wants it.
    fn wait_for_request(&self) -> bool {
        loop {
            match self.lab.readable(PATIENCE) {
                Ok(true) => return !self.lab.ended(),
                Ok(false) => {}
                Err(_) => return false,
            }
        }
    }

    /// Whether the next request is one that needs no cgroup.
    fn is_asked_to_look(&self) -> bool {
        use BrokerRequest::{Inspect, Map, Processes};
        matches!(self.lab.peek(), Some(Map | Processes | Inspect))
    }

    /// On a machine that systemd runs, the tree is systemd's: another broker, which it puts into a
    /// scope with a delegated cgroup, answers in our place until the end. `false`: there was none.
    fn served_in_a_scope(&self, args: &[String]) -> bool {
        if !std::path::Path::new(SYSTEMD).is_dir() {
            return false;
        }
        let Ok(number) = self.lab.survive_exec() else {
            return false;
        };
        let mut command = Command::new(SYSTEMD_RUN);
        command
            .env_clear()
            .args([
                "--scope",
                "--quiet",
                "--collect",
                "--property=Delegate=yes",
                "--",
            ])
            .arg(format!("/proc/{}/exe", birth::me()))
            .arg("@broker")
            .arg(number.to_string())
            .args(args.get(1..).unwrap_or_default())
            .arg(ALONE)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.code().is_none() => {
                // It was killed, and what it made is ours to remove.
                let trees = cgroup::trees().unwrap_or_default();
                cgroup::sweep::own(&trees, self.guardian);
                true
            }
            Ok(status) => status.success(),
            Err(_) => false,
        }
    }

    fn serve_one(&mut self) -> Result<(), ChanError> {
        let (request, fds) = self.lab.recv::<BrokerRequest>(None)?;
        let reply = match request {
            BrokerRequest::Admit => self.admit(fds.first()),
            BrokerRequest::Look => self.open().map(|_| ()),
            BrokerRequest::Map => return self.tell(Watcher::map()),
            BrokerRequest::Processes => {
                let look = self.watcher.processes();
                return self.tell(look);
            }
            BrokerRequest::Inspect => {
                let pidfds: Vec<BorrowedFd<'_>> = fds.iter().map(OwnedFd::as_fd).collect();
                let look = self
                    .watcher
                    .inspect(&pidfds[..pidfds.len().min(MOST_INSPECTED)]);
                return self.tell(look);
            }
            BrokerRequest::Disk => return self.serve_disk(),
        };
        let held: Vec<BorrowedFd<'_>> = match (&reply, &self.base) {
            (Ok(()), Some(base)) => base.root.0.iter().map(|twig| twig.as_fd()).collect(),
            _ => Vec::new(),
        };
        let reply = match reply {
            Ok(()) => BrokerReply::Admitted {
                branches: self.base.as_ref().map(Base::branches).unwrap_or_default(),
            },
            Err(why) => BrokerReply::Refused { why },
        };
        self.lab.send(&reply, &held)
    }

    fn tell(&self, look: Look) -> Result<(), ChanError> {
        self.lab.send(&BrokerReply::Seen(Box::new(look)), &[])
    }

    fn serve_disk(&mut self) -> Result<(), ChanError> {
        match self.new_disk() {
            Ok(Handed { mount, device }) => self
                .lab
                .send(&BrokerReply::Disk { device }, &[mount.as_fd()]),
            Err(why) => self.lab.send(&BrokerReply::Refused { why }, &[]),
        }
    }

    /// One at a time: however often we are asked, they do not add up.
    fn new_disk(&mut self) -> Result<Handed, String> {
        if let Some(last) = self.disk.take() {
            if !last.is_gone() {
                self.disk = Some(last);
                return Err("the disk before is still in use".to_owned());
            }
            last.end();
        }
        let made = OwnDisk::make((self.uid, self.gid)).map_err(|error| error.to_string())?;
        let (disk, handed) = made;
        self.disk = Some(disk);
        Ok(handed)
    }

    fn admit(&mut self, spawner: Option<&OwnedFd>) -> Result<(), String> {
        let spawner = spawner.ok_or("no process was handed over")?;
        let (own, base) = (self.uid, self.open()?);
        // The number is the process's own as long as it lives; it is asked for again afterwards.
        let (pid, start) = observe::identity(spawner.as_fd()).map_err(|e| e.to_string())?;
        let subject = observe::directory(spawner.as_fd()).and_then(|dir| dir.status());
        let uids = subject.map_err(|e| e.to_string())?.uids;
        if uids != [own; 4] {
            return Err("that process is not the learner's".to_owned());
        }
        base.own
            .attach(pid)
            .map_err(|errno| format!("write cgroup.procs: {errno}"))?;
        let same = observe::identity(spawner.as_fd()).is_ok_and(|now| now == (pid, start));
        if !same || !pidfd::alive(spawner) {
            return Err("that process has ended".to_owned());
        }
        Ok(())
    }

    fn open(&mut self) -> Result<&Base, String> {
        let base = match self.base.take() {
            Some(base) => base,
            None => self.make()?,
        };
        Ok(self.base.insert(base))
    }

    fn make(&self) -> Result<Base, String> {
        let trees = cgroup::trees().map_err(|errno| errno.to_string())?;
        cgroup::sweep::dead(&trees, &[0, self.uid]);
        let alone = self.alone.then(birth::me);
        let whom = Some((self.uid, self.gid));
        Base::make(&trees, self.guardian, whom, alone).map_err(|error| error.to_string())
    }
}

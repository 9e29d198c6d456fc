//! The observer on real processes: children of the test, ended by it. No privilege is needed.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command};

use super::*;
use crate::model::NsKind;

/// A child that sleeps, under any name, and is killed when the test ends.
struct Sleeper {
    child: Child,
    pidfd: OwnedFd,
}

impl Sleeper {
    fn start(program: &std::ffi::OsStr) -> Self {
        let child = Command::new(program).arg("60").spawn().expect("spawn");
        let pid = rustix::process::Pid::from_child(&child);
        let pidfd = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty());
        Self {
            pidfd: pidfd.expect("pidfd"),
            child,
        }
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a pid")
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_child_shares_our_namespaces_and_is_in_both_lists() {
    let sleeper = Sleeper::start("sleep".as_ref());
    let snapshot = Observer::new().observe(&[sleeper.pidfd.as_fd()], None);
    let world = &snapshot.world;
    assert_eq!(world.proc_self, Seen::Is(world.self_pid));
    assert_eq!(world.proc_level, Seen::Is(0));
    assert_eq!(world.proc_hostname, Seen::Is(world.hostname.clone()));
    let subject = snapshot.subjects[0].value().expect("visible");
    assert_eq!(subject.process.pid, sleeper.pid());
    assert_eq!(subject.process.ppid, world.self_pid);
    assert_eq!(subject.process.nspid, [sleeper.pid()]);
    for kind in NsKind::ALL {
        let own = crate::kernel::ns::of_self(crate::model::NsLink::Own(kind)).expect("own link");
        assert_eq!(subject.links.get(kind), &Seen::Is(own), "{}", kind.name());
    }
    assert_eq!(
        Some(subject.pid_chain[0]),
        subject.links.get(NsKind::Pid).value().copied()
    );
    // Nobody here made a user namespace, so all namespaces have the same owner: ours, or, where we
    // are in a container, perhaps one that we may not see.
    for kind in NsKind::ALL.into_iter().filter(|kind| *kind != NsKind::User) {
        match subject.owners.chain(kind) {
            Seen::Is(chain) => {
                assert_eq!(
                    Some(chain[0]),
                    subject.links.get(NsKind::User).value().copied()
                );
            }
            other => assert_eq!(*other, Seen::Denied(crate::model::Errno::EPERM)),
        }
    }
    assert_eq!(subject.uids[1], world.self_uid);
    assert!(subject.uid_map.value().is_some_and(|map| !map.is_empty()));
    let rows = world.processes.value().expect("a list");
    assert!(rows.contains(&subject.process));
    assert!(rows.iter().any(|row| row.pid == world.self_pid));
}

#[test]
fn a_zombie_is_shown_and_a_reaped_process_is_missing() {
    let mut sleeper = Sleeper::start("sleep".as_ref());
    let (pid, start) = identity(sleeper.pidfd.as_fd()).expect("alive");
    assert_eq!(pid, sleeper.pid());
    assert!(start > 0);
    sleeper.child.kill().expect("kill");
    let mut observer = Observer::new();
    let state = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        let seen = observer.observe(&[sleeper.pidfd.as_fd()], None);
        let state = seen.subjects[0].value()?.process.state;
        (state == 'Z').then_some(state)
    });
    assert_eq!(state, Some('Z'));
    sleeper.child.wait().expect("reap");
    let after = observer.observe(&[sleeper.pidfd.as_fd()], None);
    assert_eq!(after.subjects, [Seen::Missing]);
    let rows = after.world.processes.value().expect("a list");
    assert!(!rows.iter().any(|row| (row.pid, row.start) == (pid, start)));
    assert_eq!(identity(sleeper.pidfd.as_fd()), Err(Errno::ESRCH));
}

#[test]
fn a_hostile_name_is_a_name_and_nothing_else() {
    let folder = tempfile::tempdir().expect("folder");
    let name = std::ffi::OsStr::from_bytes(b") Z 1\n(\x1b[2J\xff");
    let program = folder.path().join(name);
    let sleep = std::env::var_os("PATH")
        .and_then(|path| {
            std::env::split_paths(&path)
                .map(|dir| dir.join("sleep"))
                .find(|file| file.is_file())
        })
        .expect("sleep in PATH");
    std::os::unix::fs::symlink(sleep, &program).expect("link");
    let sleeper = Sleeper::start(program.as_os_str());
    let snapshot = Observer::new().observe(&[sleeper.pidfd.as_fd()], None);
    let process = &snapshot.subjects[0].value().expect("visible").process;
    assert_eq!(process.command.as_bytes(), name.as_bytes());
    assert_eq!(process.ppid, snapshot.world.self_pid);
    assert_ne!(process.state, 'Z');
}

#[test]
fn a_limit_cuts_the_list_not_the_count() {
    let sleeper = Sleeper::start("sleep".as_ref());
    let snapshot = Observer::new().observe(&[sleeper.pidfd.as_fd()], Some(1));
    let rows = snapshot.world.processes.value().expect("a list");
    assert_eq!(rows.len(), 1);
    assert!(snapshot.world.process_count > 1);
}

#[test]
fn held_namespaces_are_let_go() {
    let sleeper = Sleeper::start("sleep".as_ref());
    let mut observer = Observer::new();
    observer.observe(&[sleeper.pidfd.as_fd()], None);
    let held = observer.held.len();
    assert!(
        (6..=8).contains(&held),
        "one for each kind, not for each link: {held}"
    );
    observer.observe(&[sleeper.pidfd.as_fd()], None);
    assert_eq!(observer.held.len(), held);
    observer.release();
    assert_eq!(observer.held.len(), 0);
}

#[test]
fn only_regular_files_are_read_where_anything_may_lie() {
    use crate::kernel::proc::read_regular;
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("file"), "0123456789").expect("write");
    nix::unistd::mkfifo(path("fifo").as_str(), nix::sys::stat::Mode::S_IRWXU).expect("fifo");
    assert_eq!(read_regular(&path("file"), 4), Ok(b"0123".to_vec()));
    assert_eq!(read_regular(&path("file"), 100), Ok(b"0123456789".to_vec()));
    assert_eq!(read_regular(&path("fifo"), 4), Err(Errno::EINVAL));
    assert_eq!(read_regular("/dev/zero", 4), Err(Errno::EINVAL));
    assert_eq!(read_regular(&path("none"), 4), Err(Errno::ENOENT));
}

#[test]
fn a_census_finds_who_is_in_a_namespace_and_counts_whom_it_saw() {
    let sleeper = Sleeper::start("sleep".as_ref());
    let mut observer = Observer::new();
    let _ = observer.observe(&[sleeper.pidfd.as_fd()], None);
    let own = crate::kernel::ns::of_self(crate::model::NsLink::Own(NsKind::Uts)).expect("own link");
    assert!(observer.named().contains(&own));
    let found = census(&BTreeSet::from([own]));
    assert!(found.found.contains(&(sleeper.pid(), NsKind::Uts)));
    assert!(found.looked_at >= found.found.len());
    let nobody = NsId {
        ino: 1,
        dev: own.dev,
    };
    assert_eq!(census(&BTreeSet::from([nobody])).found, []);
    observer.release();
    assert!(observer.named().is_empty());
}

//! What an observer sees of the system around it: what system calls say, and what the `/proc` it
//! happens to see says. Where the two disagree, that is a lesson.

use std::os::fd::AsFd;

use crate::kernel::proc::{self, PidDir, Procfs, lines, seen};
use crate::kernel::{clocks, ipc, mounts, net};
use crate::model::clocks::Ticking;
use crate::model::{Errno, Process, Seen, Untrusted, World};

/// hostname(7) allows 64 bytes; a file may hold anything.
const NAME_CAP: usize = 255;

/// `proc` is the visible procfs, if there is one, and `who` the number in it of the process for
/// whom we look.
pub(super) fn observe(
    proc: Option<&Procfs>,
    who: Result<i32, Errno>,
    processes: Seen<Vec<Process>>,
    process_count: u32,
    files: &[String],
) -> World {
    let uname = nix::sys::utsname::uname().ok();
    let name = |pick: fn(&nix::sys::utsname::UtsName) -> &std::ffi::OsStr| {
        let text = uname.as_ref().map(pick).unwrap_or_default();
        Untrusted::from(text.as_encoded_bytes())
    };
    let clocks = Ticking(clocks::read(proc));
    let ipc = ipc::read(proc);
    let proc = proc.ok_or(Errno::ENOENT);
    World {
        clocks,
        ipc,
        self_pid: nix::unistd::getpid().as_raw(),
        self_uid: nix::unistd::geteuid().as_raw(),
        proc_self: seen(proc.and_then(Procfs::self_pid)),
        proc_level: seen(proc.and_then(level)),
        hostname: name(nix::sys::utsname::UtsName::nodename),
        domainname: name(nix::sys::utsname::UtsName::domainname),
        proc_hostname: seen(proc.and_then(|proc| proc.read("sys/kernel/hostname")))
            .map(|text| first_line(&text)),
        etc_hostname: seen(proc::read_regular("/etc/hostname", 4096)).map(|text| first_line(&text)),
        kernel: name(nix::sys::utsname::UtsName::release),
        init_cgroup: seen(proc.and_then(|proc| proc.read("1/cgroup"))).map(Untrusted::from),
        processes,
        process_count,
        mounts: seen(mounts::of_self()),
        files: super::files::from_here(files),
        believes: super::believes::read(proc, who.and_then(|pid| proc?.pid(pid))),
        net: net::own(proc.and_then(own_dir).ok().as_ref().map(AsFd::as_fd)),
    }
}

/// Our own directory in the visible procfs.
fn own_dir(proc: &Procfs) -> Result<PidDir, Errno> {
    proc.pid(proc.self_pid()?)
}

/// How many pid namespaces the procfs is above ours: our own number in it has one entry a level.
fn level(proc: &Procfs) -> Result<u32, Errno> {
    let status = proc::status::parse(&proc.read("self/status")?).ok_or(Errno::EIO)?;
    let numbers = u32::try_from(status.nspid.len()).map_err(|_| Errno::EIO)?;
    numbers.checked_sub(1).ok_or(Errno::ENOENT)
}

fn first_line(text: &[u8]) -> Untrusted {
    Untrusted::from(lines::first_line(text, NAME_CAP))
}

//! From an operation to its system calls. One arm an operation; each reads like the manual page.

mod files;
mod ids;
mod keys;
mod limits;
mod net;
mod root;

use std::os::fd::OwnedFd;

use self::ids::write_attribute;
use super::hands::{Hands, Newborn, flag_names};
use crate::kernel::calls::{self, MountFlags};
use crate::kernel::ns;
use crate::kernel::pidfd;
use crate::kernel::record::{Recorder, Stop};
use crate::model::clocks;
use crate::model::op::{Enter, Mount, PORT_START, SetName, Setns, Signal, Umount, Workload};
use crate::model::with::With;
use crate::model::{NsKind, Op};

impl Hands {
    /// Carries out one operation; what it starts is put into `newborn`.
    #[allow(clippy::too_many_lines, reason = "one arm an operation")]
    pub(super) fn carry_out(
        &mut self,
        op: &Op,
        fds: Vec<OwnedFd>,
        recorder: &mut Recorder,
        newborn: &mut Vec<Newborn>,
    ) -> Result<(), Stop> {
        let mut fds = fds.into_iter();
        let fd = fds.next();
        let cgroup: Vec<OwnedFd> = fds.collect();
        match op {
            Op::Unshare(unshare) => {
                let args = [flag_names(&unshare.ns, &[])];
                recorder.unit("unshare", &args, || calls::unshare(&unshare.ns))
            }
            Op::Clone(clone) => {
                self.guard_work(op, clone.workload, &clone.with)?;
                let child = (clone.workload, clone.name.as_deref(), &clone.with);
                newborn.push(self.start_from(child, Some(&clone.ns), (fd, &cgroup), recorder)?);
                Ok(())
            }
            Op::Fork(fork) | Op::Spawn(fork) => {
                self.guard_work(op, fork.workload, &fork.with)?;
                let child = (fork.workload, fork.name.as_deref(), &fork.with);
                newborn.push(self.start_from(child, None, (fd, &cgroup), recorder)?);
                Ok(())
            }
            Op::Setns(setns) => join(setns, fd, recorder),
            Op::Enter(enter) => go_in(enter, recorder),
            Op::Mount(mount) => {
                self.guard(NsKind::Mnt, op)?;
                self.layers_must_be_ours(op, mount)?;
                attach(mount, recorder)
            }
            Op::Umount(umount) => {
                self.guard(NsKind::Mnt, op)?;
                detach(umount, recorder)
            }
            Op::Sethostname(SetName { name, .. }) => {
                self.guard(NsKind::Uts, op)?;
                recorder.unit("sethostname", &[quoted(name)], || calls::sethostname(name))
            }
            Op::Setdomainname(SetName { name, .. }) => {
                self.guard(NsKind::Uts, op)?;
                recorder.unit("setdomainname", &[quoted(name)], || {
                    calls::setdomainname(name)
                })
            }
            Op::Write(write) => {
                match write.path.as_str() {
                    clocks::OFFSETS => self.guard(NsKind::Time, op)?,
                    PORT_START => self.guard(NsKind::Net, op)?,
                    _ => {}
                }
                write_attribute(write, fd, recorder)
            }
            Op::Setids(set) => self.set_ids(op, set, recorder),
            Op::Newuidmap(_) | Op::Newgidmap(_) => Err(Stop::Refused(format!(
                "`{}` is the lab's to do: a defect of glassbox",
                op.key()
            ))),
            Op::Exec(exec) => {
                let image = fd.ok_or_else(|| missing("the program to execute"))?;
                self.exec(op, exec, &image, recorder)
            }
            Op::Program(file) => {
                let image = fd.ok_or_else(|| missing("the program"))?;
                self.put_program(op, &file.path, &image, recorder)
            }
            Op::Caps(_) | Op::NoNewPrivs(_) | Op::Seccomp(_) | Op::Try(_) => {
                self.limit(op, recorder)
            }
            Op::Signal(signal) => send_signal(signal, fd, recorder),
            Op::Wait(wait) => self.wait(recorder, &wait.of),
            Op::Link(_) | Op::Addr(_) | Op::Route(_) | Op::Tbf(_) => self.network(op, fd, recorder),
            Op::Cgroup(_)
            | Op::Enable(_)
            | Op::Limit(_)
            | Op::Move(_)
            | Op::Freeze(_)
            | Op::Thaw(_)
            | Op::Killall(_)
            | Op::Rmcgroup(_)
            | Op::Observe(_) => Err(missing("the lab, which does this itself,")),
            Op::Disk(disk) => self.put_disk(op, (disk, fd), recorder),
            Op::Mkdir(_)
            | Op::Writefile(_)
            | Op::Append(_)
            | Op::Readfile(_)
            | Op::Remove(_)
            | Op::Rename(_)
            | Op::Chmod(_)
            | Op::Chown(_)
            | Op::Chdir(_)
            | Op::Chroot(_)
            | Op::Breakout(_)
            | Op::PivotRoot(_)
            | Op::Root(_)
            | Op::Hold(_) => self.on_files(op, recorder),
            Op::Keyring(_) | Op::Addkey(_) | Op::Readkey(_) => self.on_keys(op, recorder),
        }
    }

    fn start_from(
        &mut self,
        (workload, name, with): (Workload, Option<&str>, &With),
        namespaces: Option<&[NsKind]>,
        (binary, cgroup): (Option<OwnedFd>, &[OwnedFd]),
        recorder: &mut Recorder,
    ) -> Result<Newborn, Stop> {
        let binary = binary.ok_or_else(|| missing("the program to start"))?;
        with.check(workload).map_err(Stop::Refused)?;
        if workload.is_nasty() && cgroup.is_empty() {
            return Err(missing("the cgroup that it must start in"));
        }
        self.guard_program(workload, namespaces)?;
        let name = name.unwrap_or(workload.name());
        self.start(
            recorder,
            (workload, name, with),
            namespaces,
            (&binary, cgroup),
        )
    }
}

fn missing(what: &str) -> Stop {
    Stop::Refused(format!("{what} did not arrive: a defect of glassbox"))
}

fn join(setns: &Setns, target: Option<OwnedFd>, recorder: &mut Recorder) -> Result<(), Stop> {
    let target = target.ok_or_else(|| missing("the process to join"))?;
    let args = [format!("pidfd of {}", setns.to), flag_names(&setns.ns, &[])];
    recorder.unit("setns", &args, || calls::setns(&target, &setns.ns))
}

/// What the file is, setns(2) checks: another file than one of nsfs is EINVAL.
fn go_in(enter: &Enter, recorder: &mut Recorder) -> Result<(), Stop> {
    let kinds = [enter.ns];
    let args = [
        "AT_FDCWD",
        &quoted(&enter.path),
        "O_RDONLY|O_CLOEXEC|O_NONBLOCK|O_NOCTTY",
    ]
    .map(str::to_owned);
    let file = recorder.call("openat", &args, || {
        ns::open_file(&enter.path).map(|file| (3, file))
    })?;
    let args = [quoted(&enter.path), flag_names(&kinds, &[])];
    recorder.unit("setns", &args, || calls::setns(&file, &kinds))
}

fn attach(mount: &Mount, recorder: &mut Recorder) -> Result<(), Stop> {
    let (flags, shown) = MountFlags::from_words(&mount.flags)
        .map_err(|word| Stop::Refused(format!("`{word}` is no mount flag glassbox knows")))?;
    let (fstype, data) = (mount.fstype.as_deref(), mount.data.as_deref());
    let or_null = |text: Option<&str>| text.map_or("NULL".to_owned(), quoted);
    let args = [
        quoted(&mount.source),
        quoted(&mount.target),
        or_null(fstype),
        shown,
        or_null(data),
    ];
    recorder.unit("mount", &args, || {
        calls::mount(&mount.source, &mount.target, fstype, flags, data)
    })
}

fn detach(Umount { target, detach, .. }: &Umount, recorder: &mut Recorder) -> Result<(), Stop> {
    let flags = if *detach { "MNT_DETACH" } else { "0" };
    let args = [quoted(target), flags.to_owned()];
    recorder.unit("umount2", &args, || calls::umount(target, *detach))
}

fn send_signal(
    signal: &Signal,
    target: Option<OwnedFd>,
    recorder: &mut Recorder,
) -> Result<(), Stop> {
    let target = target.ok_or_else(|| missing("the process to signal"))?;
    let number = pidfd::signal_number(&signal.name)
        .ok_or_else(|| Stop::Refused(format!("`{}` is no signal", signal.name)))?;
    let args = [format!("pidfd of {}", signal.to), signal.name.clone()];
    recorder.unit("pidfd_send_signal", &args, || {
        pidfd::signal(&target, number)
    })
}

pub(in crate::stage) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

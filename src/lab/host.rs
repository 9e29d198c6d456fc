//! What glassbox does itself, on the host: the operations on cgroups, from `model/op/cgroup.rs` to
//! their system calls. One function an operation; each writes down what it called.

use std::os::fd::OwnedFd;

use super::cgroups::Cgroups;
use crate::kernel::cgroup::dir::Twig;
use crate::kernel::cgroup::end::{self, Way};
use crate::kernel::cgroup::limits::{self, LimitError};
use crate::kernel::cgroup::read::Reader;
use crate::kernel::pidfd;
use crate::kernel::record::{Recorder, Stop};
use crate::model::cgroup::{Version, knobs};
use crate::model::op::cgroup::{Enable, Limit, Make, Whole};
use crate::model::{Errno, Op};

/// What an operation needs beside the cgroups.
pub(super) struct Means<'m> {
    /// For `move`: the process, its number and its pidfd.
    pub(super) who: Option<(i32, &'m OwnedFd)>,
    /// For `io.max`: the disk.
    pub(super) device: Option<(u32, u32)>,
}

impl Cgroups {
    /// Carries out one operation.
    pub(super) fn carry_out(
        &mut self,
        op: &Op,
        means: &Means<'_>,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        match op {
            Op::Cgroup(make) => self.make(make, recorder),
            Op::Enable(enable) => self.enable(enable, recorder),
            Op::Limit(limit) => self.limit(limit, means.device, recorder),
            Op::Move(to) => self.relocate(&to.cgroup, means.who, recorder),
            Op::Freeze(whole) => self.freeze(whole, true, recorder),
            Op::Thaw(whole) => self.freeze(whole, false, recorder),
            Op::Killall(whole) => self.kill(whole, recorder),
            Op::Rmcgroup(whole) => self.remove(whole, op.fails().is_some(), recorder),
            _ => Ok(()),
        }
    }

    /// Whether an operation is for the other version of the interface alone.
    pub(super) fn is_left_out(&self, op: &Op) -> bool {
        let of = |controller: &str| self.layout.version_of(controller);
        let (wanted, there) = match op {
            Op::Limit(op) => {
                let knob = knobs::settable(&op.file);
                (op.on, knob.and_then(|knob| of(knob.controller)))
            }
            Op::Enable(op) => (op.on, op.controllers.first().and_then(|name| of(name))),
            Op::Freeze(op) | Op::Thaw(op) => (op.on, of("freezer")),
            Op::Killall(op) | Op::Rmcgroup(op) => (op.on, Some(self.version())),
            Op::Cgroup(op) => (op.on, Some(self.version())),
            Op::Move(op) => (op.on, Some(self.version())),
            _ => return false,
        };
        wanted.is_some_and(|wanted| there != Some(wanted))
    }

    fn make(&mut self, op: &Make, recorder: &mut Recorder) -> Result<(), Stop> {
        let (around, leaf) = self.around(&op.name).ok_or_else(|| unknown(&op.name))?;
        let mut made = Vec::new();
        for twig in &around.0 {
            let args = [quoted(&twig.path(leaf)), "0755".to_owned()];
            made.push(recorder.call("mkdir", &args, || twig.make(leaf).map(|made| (0, made)))?);
        }
        let dir = crate::kernel::cgroup::Dir(made);
        let reader = Reader::new(&op.name, dir);
        self.groups.insert(op.name.clone(), reader);
        Ok(())
    }

    /// On v1 every controller is in every cgroup of its hierarchy: there is nothing to do.
    fn enable(&self, op: &Enable, recorder: &mut Recorder) -> Result<(), Stop> {
        let dir = self.find(&op.cgroup).ok_or_else(|| unknown(&op.cgroup))?;
        let on_v2 = |name: &&String| self.layout.version_of(name) != Some(Version::V1);
        let names = op.controllers.iter().filter(on_v2);
        let words: Vec<String> = names.map(|name| format!("+{name}")).collect();
        match dir.v2() {
            Some(twig) if !words.is_empty() => {
                write(recorder, twig, "cgroup.subtree_control", &words.join(" "))
            }
            _ => Ok(()),
        }
    }

    fn limit(
        &self,
        op: &Limit,
        device: Option<(u32, u32)>,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        let dir = self.find(&op.cgroup).ok_or_else(|| unknown(&op.cgroup))?;
        let plan = limits::plan(dir, &op.file, &op.value, device);
        let (twig, settings) = plan.map_err(|error| Stop::Refused(error.to_string()))?;
        for setting in &settings {
            write(recorder, twig, &setting.file, &setting.value)?;
            let args = [quoted(&twig.path(&setting.file))];
            match limits::read_back(twig, setting) {
                Ok(text) => {
                    let args = [args[0].clone(), quoted(&text)];
                    let length = i64::try_from(text.len() + 1).unwrap_or(i64::MAX);
                    recorder.call("read", &args, || Ok::<_, Errno>((length, ())))?;
                }
                Err(LimitError::Failed { errno, .. }) => {
                    recorder.unit("read", &args, || Err::<(), Errno>(errno))?;
                }
                Err(error) => return Err(Stop::Refused(error.to_string())),
            }
        }
        Ok(())
    }

    fn relocate(
        &self,
        name: &str,
        who: Option<(i32, &OwnedFd)>,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        let dir = self.find(name).ok_or_else(|| unknown(name))?;
        let gone = || Stop::Refused("the process that was to be moved has ended".to_owned());
        let (pid, pidfd) = who
            .filter(|(_, pidfd)| pidfd::alive(pidfd))
            .ok_or_else(gone)?;
        for twig in &dir.0 {
            write(recorder, twig, "cgroup.procs", &pid.to_string())?;
        }
        if pidfd::alive(pidfd) {
            Ok(())
        } else {
            Err(gone())
        }
    }

    fn freeze(&self, op: &Whole, frozen: bool, recorder: &mut Recorder) -> Result<(), Stop> {
        let dir = self.find(&op.cgroup).ok_or_else(|| unknown(&op.cgroup))?;
        let (file, text) = freezer(dir.with("cgroup.freeze").is_some(), frozen);
        let twig = dir
            .with(file)
            .ok_or_else(|| Stop::Refused("this kernel cannot freeze a cgroup here".to_owned()))?;
        write(recorder, twig, file, text)?;
        if end::wait_frozen(dir, frozen) {
            return Ok(());
        }
        let state = if frozen { "frozen" } else { "thawed" };
        Err(Stop::Refused(format!(
            "`{}` was not {state} within a second",
            op.cgroup
        )))
    }

    fn kill(&mut self, op: &Whole, recorder: &mut Recorder) -> Result<(), Stop> {
        let inside = format!("{}/", op.cgroup);
        let hit = |name: &&String| **name == op.cgroup || name.starts_with(&inside);
        let hit: Vec<String> = self.groups.keys().filter(hit).cloned().collect();
        self.killed.extend(hit);
        let dir = self.find(&op.cgroup).ok_or_else(|| unknown(&op.cgroup))?;
        let v2 = dir.with("cgroup.freeze").is_some();
        let way = end::way(dir);
        if let (Way::Kill, Some(twig)) = (way, dir.with("cgroup.kill")) {
            write(recorder, twig, "cgroup.kill", "1")?;
        }
        if way == Way::Freeze {
            let (file, text) = freezer(v2, true);
            dir.with(file)
                .map_or(Ok(()), |twig| write(recorder, twig, file, text))?;
        }
        if way != Way::Kill {
            for pid in dir.procs() {
                let args = [format!("pidfd of {pid}"), "SIGKILL".to_owned()];
                let sent = recorder.unit("pidfd_send_signal", &args, || {
                    pidfd::open(pid).map(|held| pidfd::kill(&held))
                });
                match sent {
                    Ok(()) | Err(Stop::Failed(Errno::ESRCH)) => {}
                    Err(stop) => return Err(stop),
                }
            }
        }
        if way == Way::Freeze {
            let (file, text) = freezer(v2, false);
            dir.with(file)
                .map_or(Ok(()), |twig| write(recorder, twig, file, text))?;
        }
        if end::kill_and_wait(dir) {
            return Ok(());
        }
        Err(Stop::Refused(format!(
            "processes in `{}` do not end",
            op.cgroup
        )))
    }

    fn remove(&mut self, op: &Whole, may_fail: bool, recorder: &mut Recorder) -> Result<(), Stop> {
        let (around, leaf) = self.around(&op.cgroup).ok_or_else(|| unknown(&op.cgroup))?;
        for twig in &around.0 {
            recorder.unit("rmdir", &[quoted(&twig.path(leaf))], || {
                if may_fail {
                    return twig.remove(leaf);
                }
                end::retry_rmdir(twig, leaf)
            })?;
        }
        self.groups.remove(&op.cgroup);
        self.killed.remove(&op.cgroup);
        Ok(())
    }
}

/// The file and the text that freeze or thaw.
fn freezer(v2: bool, frozen: bool) -> (&'static str, &'static str) {
    match (v2, frozen) {
        (true, true) => ("cgroup.freeze", "1"),
        (true, false) => ("cgroup.freeze", "0"),
        (false, true) => ("freezer.state", "FROZEN"),
        (false, false) => ("freezer.state", "THAWED"),
    }
}

fn write(recorder: &mut Recorder, twig: &Twig, file: &str, text: &str) -> Result<(), Stop> {
    let args = [quoted(&twig.path(file)), quoted(text)];
    recorder.call("write", &args, || {
        twig.write(file, text).map(|taken| (taken, ()))
    })
}

fn unknown(name: &str) -> Stop {
    Stop::Refused(format!("there is no cgroup `{name}`"))
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

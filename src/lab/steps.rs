//! The operations of a step, one after the other: those of boxes go to their stages, those on cgroups
//! are done here. Called by `verify` and by the actor through [`Lab::run`].

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use super::boxes::BoxHandle;
use super::host::Means;
use super::latency::Probe;
use super::spawner::SCOPE;
use super::{Lab, Report};
use crate::kernel::chan::wait_readable;
use crate::kernel::record::{Recorder, judge};
use crate::kernel::{observe, pidfd};
use crate::model::op::Workload;
use crate::model::op::cgroup::Observe;
use crate::model::wire::Birth;
use crate::model::{Actor, Call, Errno, Fault, Op, Outcome, Sample, Untrusted};

/// Between two samples while somebody looks on.
const SAMPLE_EVERY: Duration = Duration::from_millis(250);
/// One looks on so long before a stage waits in vain.
const SEEN_WAITING: Duration = Duration::from_secs(10);
/// News are told at once, but not more often than this.
const NOT_BEFORE: Duration = Duration::from_millis(100);

impl Lab {
    /// Carries out operations in order, up to the first one that does not go as the step expects.
    /// `tell` gets what is seen during `observe`, and while one waits in a lesson about cgroups.
    pub fn run(&mut self, ops: &[Op], tell: &mut dyn FnMut(Sample)) -> Report {
        let mut report = Report::default();
        for (position, op) in ops.iter().enumerate() {
            report.fault = match op {
                Op::Observe(op) => self.look_on(op, position, tell).err(),
                op if op.is_on_host() => self.on_host(op, position, &mut report.calls).err(),
                op => {
                    self.see_the_end(op, tell);
                    self.in_box(op, position, &mut report.calls).err()
                }
            };
            if report.fault.is_some() {
                break;
            }
        }
        report
    }

    /// The way to cgroups, in the calls of the opening where it is a program's.
    pub(super) fn enter_cgroups(&mut self, calls: &mut Vec<Call>) -> Result<(), String> {
        let before = self.spawner.is_alone();
        let began = Instant::now();
        let entered = self.access.enter(&mut self.spawner);
        if self.spawner.is_alone() && !before {
            let mut recorder = Recorder::new(Actor::Host);
            let words = std::iter::once("systemd-run")
                .chain(SCOPE)
                .chain(["glassbox"]);
            let args: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
            let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            recorder.push("execve", &args, Outcome::Ok(0), micros);
            calls.extend(recorder.calls);
        }
        entered
    }

    fn in_box(&mut self, op: &Op, position: usize, calls: &mut Vec<Call>) -> Result<(), Fault> {
        let refuse = |reason| refused(position, reason);
        let mut handed = Vec::new();
        handed.extend(self.outsider(op).map_err(refuse)?);
        handed.extend(self.own_disk(op));
        handed.extend(self.birthplace(op).map_err(refuse)?);
        let killed = self.access.cgroups.as_ref().zip(op.born_in());
        let birth = killed.map_or(Birth::Inside, |(cgroups, name)| cgroups.birth_in(name));
        let handle = self.handle(op).map_err(refuse)?;
        let fds: Vec<BorrowedFd<'_>> = handed.iter().map(AsFd::as_fd).collect();
        handle
            .execute((op, birth), position, &fds, calls)
            .map_or(Ok(()), Err)
    }

    fn handle(&mut self, op: &Op) -> Result<&mut BoxHandle, String> {
        let name = op.box_name().unwrap_or("(none named)").to_owned();
        let found = self.find_mut(op.box_name());
        found.ok_or_else(|| format!("there is no box `{name}`"))
    }

    /// Directories of the cgroup that a process shall be born in. What could hurt the machine starts
    /// only where limits were read back, just now.
    fn birthplace(&mut self, op: &Op) -> Result<Vec<OwnedFd>, String> {
        let nasty = workload(op).filter(|workload| workload.is_nasty());
        let Some(name) = op.born_in() else {
            return match nasty {
                None => Ok(Vec::new()),
                Some(nasty) => Err(format!("`{}` starts only in a cgroup", nasty.name())),
            };
        };
        let unknown = || format!("there is no cgroup `{name}`");
        let cgroups = self.access.cgroups.as_mut().ok_or_else(unknown)?;
        let handles = cgroups.handles(name).ok_or_else(unknown)?;
        let Some(nasty) = nasty else {
            return Ok(handles);
        };
        match cgroups.lacking(name) {
            Some(why) => Err(format!(
                "`{}` was not started: {why} in `{name}`",
                nasty.name()
            )),
            None => Ok(handles),
        }
    }

    fn on_host(&mut self, op: &Op, position: usize, calls: &mut Vec<Call>) -> Result<(), Fault> {
        let refuse = |reason: &str| refused(position, reason.to_owned());
        let who = match op {
            Op::Move(to) => {
                let handle = self
                    .handle(op)
                    .map_err(|reason| refused(position, reason))?;
                let pidfd = handle.pidfd_of(&to.who).and_then(|fd| fd.try_clone().ok());
                pidfd
                    .ok_or_else(|| refuse("there is no such process"))?
                    .into()
            }
            _ => None,
        };
        let who = match &who {
            Some(pidfd) => {
                let found = observe::identity(pidfd.as_fd());
                let (pid, _) = found.map_err(|_| refuse("that process has ended"))?;
                Some((pid, pidfd))
            }
            None => None,
        };
        let device = self.limited_disk();
        let means = Means { who, device };
        let Some(cgroups) = &mut self.access.cgroups else {
            return Err(refuse("this lesson has no cgroups"));
        };
        if cgroups.is_left_out(op) {
            return Ok(());
        }
        let mut recorder = Recorder::new(Actor::Host);
        let result = cgroups.carry_out(op, &means, &mut recorder);
        let judged = judge(op, result, &mut recorder);
        calls.extend(recorder.calls);
        judged.map_err(|(message, errno)| Fault {
            op: position,
            message: Untrusted::from(message),
            errno,
        })
    }

    /// Looks on for a while, and measures meanwhile.
    fn look_on(
        &mut self,
        op: &Observe,
        position: usize,
        tell: &mut dyn FnMut(Sample),
    ) -> Result<(), Fault> {
        let long = Duration::from_secs(u64::from(op.seconds)).max(SAMPLE_EVERY);
        if let Some(cgroups) = &mut self.access.cgroups {
            cgroups.mark();
        }
        let until = Instant::now() + long;
        let probe = Probe::start();
        let watched = self.watch(until, &|| false, tell);
        self.latency = probe.finish();
        watched.map_err(|reason| refused(position, reason))
    }

    /// Before a stage waits for a process in a lesson about cgroups: what the process does to them
    /// until its end is to be seen. A stage that waits answers nothing.
    fn see_the_end(&mut self, op: &Op, tell: &mut dyn FnMut(Sample)) {
        let Op::Wait(wait) = op else { return };
        if self.access.cgroups.is_none() {
            return;
        }
        let handle = self.find_mut(op.box_name());
        let process = handle.and_then(|handle| handle.pidfd_of(&wait.of)?.try_clone().ok());
        if let Some(process) = process {
            let over = || !pidfd::alive(&process);
            // The operation itself meets whatever ended meanwhile.
            let _ = self.watch(Instant::now() + SEEN_WAITING, &over, tell);
        }
    }

    /// Samples four times a second, and at once when a cgroup has news.
    fn watch(
        &mut self,
        until: Instant,
        over: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(Sample),
    ) -> Result<(), String> {
        let events = self.access.events();
        while Instant::now() < until && !over() {
            let holders = self.holders();
            // Whoever holds what runs there may end at any moment: no wait outlasts that.
            if wait_readable(&holders, Some(NOT_BEFORE)).is_ok() {
                let rest = until.saturating_duration_since(Instant::now());
                let rest = rest.min(SAMPLE_EVERY.saturating_sub(NOT_BEFORE));
                let _ = events.wait_unless(&holders, rest);
            }
            if self.is_lost() {
                // Nobody holds what runs there any more.
                self.access.kill();
                return Err("a process of glassbox has ended".to_owned());
            }
            tell(self.observe());
        }
        Ok(())
    }

    /// The process outside the box that `setns` speaks of, if it does.
    fn outsider(&self, op: &Op) -> Result<Option<OwnedFd>, String> {
        let Op::Setns(setns) = op else {
            return Ok(None);
        };
        let found = match setns.to.split_once('.') {
            None if setns.to == "host" => Some(&self.me),
            None => return Ok(None),
            Some((box_name, member)) => {
                let handle = self.boxes.iter().find(|handle| handle.name == box_name);
                handle.and_then(|handle| handle.pidfd_of(member))
            }
        };
        let found = found.ok_or_else(|| format!("there is no process `{}`", setns.to))?;
        found
            .try_clone()
            .map(Some)
            .map_err(|e| Errno::from(&e).to_string())
    }
}

fn workload(op: &Op) -> Option<Workload> {
    match op {
        Op::Clone(op) => Some(op.workload),
        Op::Fork(op) | Op::Spawn(op) => Some(op.workload),
        _ => None,
    }
}

fn refused(op: usize, reason: String) -> Fault {
    Fault {
        op,
        message: Untrusted::from(reason),
        errno: None,
    }
}

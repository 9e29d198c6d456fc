//! The parent's side of every box: owns the processes and their descriptors, has operations carried
//! out, and puts the host's view and the boxes' views together. Dropping it leaves a clean host.
//!
//! `verify` drives a [`Lab`] directly; the TUI goes through [`actor`]. Knows no lesson and no screen.

pub mod actor;
mod boxes;
mod cgroups;
mod command;
mod disk;
mod dress;
mod eye;
mod found;
mod guests;
mod handle;
mod host;
mod latency;
pub mod lookout;
mod maps;
mod nudge;
mod proof;
mod shell;
mod shells;
mod spawner;
mod steps;
mod terminal;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

pub use command::{NoCommand, Streams};
pub use dress::{Manner, dress};
pub use spawner::Spawner;

use self::boxes::BoxHandle;
use self::cgroups::Access;
use self::shell::Shell;
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::observe::Observer;
use crate::kernel::workdir::{self, WorkDir};
use crate::kernel::{calls, clocks, pidfd};
use crate::model::cgroup::group::Latency;
use crate::model::port::{BoxSpec, Proof};
use crate::model::sample::Exit;
use crate::model::{BoxView, Call, Errno, Fault, Lead, Sample, Seen, Snapshot, Untrusted};

/// Why the lab could not be set up or go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabError {
    /// A system call of ours failed.
    #[error("{call}: {errno}")]
    Call {
        /// Its name.
        call: &'static str,
        /// Its error number.
        errno: Errno,
    },
    /// A hidden process of ours does not answer.
    #[error("{who}: {error}")]
    Silent {
        /// Which one.
        who: &'static str,
        /// What was the matter.
        error: ChanError,
    },
    /// A hidden process of ours has died.
    #[error("the {who} {exit}{}", after_colon(last_words))]
    Died {
        /// Which one.
        who: &'static str,
        /// How it ended.
        exit: Exit,
        /// What it wrote to its standard error; often nothing.
        last_words: Untrusted,
    },
}

/// `: TEXT`, or nothing where there is no text.
fn after_colon(text: &Untrusted) -> String {
    match text.text().trim_end() {
        "" => String::new(),
        text => format!(": {text}"),
    }
}

/// How the operations of a step went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Calls, in order.
    pub calls: Vec<Call>,
    /// Why it stopped early, if it did.
    pub fault: Option<Fault>,
}

impl Report {
    fn refuse(mut self, op: usize, message: impl Into<Vec<u8>>) -> Self {
        let message = Untrusted::from(message.into());
        self.fault = Some(Fault {
            op,
            message,
            errno: None,
        });
        self
    }
}

/// All boxes of a lesson, and the way to look at them.
#[derive(Debug)]
pub struct Lab {
    spawner: Spawner,
    host: Observer,
    me: OwnedFd,
    boxes: Vec<BoxHandle>,
    /// The shell on the host; it outlives the boxes.
    host_shell: Option<Shell>,
    /// Shells of the host that have ended, and have left somebody behind.
    retired: Vec<Shell>,
    seq: u64,
    /// For the boxes that want a directory on disk.
    work: Option<WorkDir>,
    /// The numbers of the disk that a box has for itself.
    device: Option<(u32, u32)>,
    /// For lessons that make cgroups.
    access: Access,
    /// What the last `observe` measured.
    latency: Option<Latency>,
    /// How many mounts the host had before the boxes were made.
    host_mounts: usize,
}

impl Lab {
    /// A lab without boxes. `broker` is the channel to the process that is root, if there is one.
    pub fn new(spawner: Spawner, broker: Option<Channel>) -> Result<Self, LabError> {
        let me = pidfd::open(std::process::id().cast_signed()).map_err(|errno| LabError::Call {
            call: "pidfd_open",
            errno,
        })?;
        workdir::sweep(calls::effective_ids().0);
        Ok(Self {
            spawner,
            host: Observer::new(),
            me,
            boxes: Vec::new(),
            host_shell: None,
            retired: Vec::new(),
            seq: 0,
            work: None,
            device: None,
            access: Access::new(broker),
            latency: None,
            host_mounts: 0,
        })
    }

    /// Ends what runs and makes these boxes: for each a stage in a user namespace of its own.
    pub fn open(&mut self, specs: &[BoxSpec]) -> Report {
        self.clear();
        self.host_mounts = proof::mounts_of(&self.me);
        let mut report = Report::default();
        if specs.iter().any(|spec| spec.cgroups)
            && let Err(why) = self.enter_cgroups(&mut report.calls)
        {
            return report.refuse(0, format!("no cgroup can be made: {why}"));
        }
        for spec in specs {
            if spec.inside.is_some() {
                return report.refuse(
                    0,
                    format!("box `{}`: a box cannot be inside another one", spec.name),
                );
            }
            let opened = self
                .directory_on_disk(spec)
                .and_then(|disk| BoxHandle::open(&self.spawner, spec, disk, &mut report.calls));
            let (handle, fault) = match opened {
                Ok(opened) => opened,
                Err(error) => return report.refuse(0, error.to_string()),
            };
            self.boxes.push(handle);
            if fault.is_some() {
                report.fault = fault;
                return report;
            }
        }
        let mut files: Vec<String> = specs.iter().flat_map(|spec| spec.files.clone()).collect();
        files.sort_unstable();
        files.dedup();
        self.host.watch(files);
        report
    }

    /// The box of that name; without a name, the only one.
    fn find_mut(&mut self, name: Option<&str>) -> Option<&mut BoxHandle> {
        match name {
            Some(name) => self.boxes.iter_mut().find(|handle| handle.name == name),
            None if self.boxes.len() == 1 => self.boxes.first_mut(),
            None => None,
        }
    }

    /// Looks from the host and from inside every box.
    pub fn observe(&mut self) -> Sample {
        self.seq += 1;
        for handle in &mut self.boxes {
            handle.collect_news();
            handle.find_front();
        }
        let mut subjects = vec![self.me.as_fd()];
        subjects.extend(self.boxes.iter().flat_map(BoxHandle::living));
        let mut host = self.host.observe(&subjects, None);
        let mut seen = std::mem::take(&mut host.subjects).into_iter();
        let host_self = seen.next().unwrap_or_default();
        for handle in &mut self.boxes {
            handle.note_seen(&mut seen);
            handle.notice_guests(&host);
        }
        let boxes = self.boxes.iter_mut().map(|handle| {
            let view = view(handle, &self.spawner, &host);
            (handle.name.clone(), view)
        });
        let boxes = boxes.collect();
        Sample {
            seq: self.seq,
            host,
            host_self,
            boxes,
            cgroup_layout: self.access.layout(),
            cgroups_at: clocks::monotonic(),
            cgroups: self.access.read(),
            latency: self.latency,
        }
    }

    /// Ends every process of every box, and says what is left (nothing, if all is well).
    pub fn clear(&mut self) -> Proof {
        let mut proof = Proof::default();
        for handle in &self.boxes {
            let living = handle.living().filter(|pidfd| pidfd::alive(pidfd));
            proof.ended += living.count();
        }
        proof.mounts = proof::mounts_of_boxes(&self.boxes);
        // First those that may be many: a box has not ended while their like is in its namespaces.
        self.access.kill();
        for handle in self.boxes.drain(..) {
            proof::end(handle, &mut proof);
        }
        let (cgroups, left) = self.access.clear();
        proof.cgroups = cgroups;
        proof.left.extend(left.into_iter().map(Untrusted::from));
        self.latency = None;
        // While the namespaces' numbers are still held: afterwards they may be another's.
        proof::check(&self.host.named(), &mut proof);
        proof.host_mounts = (self.host_mounts, proof::mounts_of(&self.me));
        self.host.release();
        self.host.watch(Vec::new());
        if let Some(work) = self.work.take() {
            let path = work.path();
            if let Err(errno) = work.remove() {
                let what = format!("the directory {path} cannot be removed: {errno}");
                proof.left.push(Untrusted::from(what));
            }
        }
        proof
    }

    /// What hidden processes wrote to their standard error, for a log: readable, non-blocking.
    pub fn take_log(&mut self) -> Option<OwnedFd> {
        self.spawner.take_log()
    }

    /// Whether the spawner has died: no box can be made any more.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.spawner.ended() || self.access.is_lost()
    }

    /// The channel to the process that is root, if there is one.
    pub(crate) fn broker(&self) -> Option<&Channel> {
        self.access.broker.as_ref()
    }

    /// What can be read when the lab is lost, and not before.
    fn holders(&self) -> Vec<BorrowedFd<'_>> {
        std::iter::once(self.spawner.pidfd())
            .chain(self.access.holder())
            .collect()
    }

    /// The channel to the process that is root, for another lab.
    pub fn take_broker(&mut self) -> Option<Channel> {
        self.clear();
        self.access.give_up()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.clear();
    }
}

fn view(handle: &mut BoxHandle, spawner: &Spawner, host: &Snapshot) -> BoxView {
    let lead = handle.lead().map(|member| Lead {
        name: member.name.clone(),
        host_pid: member.host_pid,
        from_host: member.from_host.clone(),
    });
    let inside = match &lead {
        Some(_) => handle.look(spawner),
        None => Seen::Missing,
    };
    let mut members = handle.members();
    members.extend(handle.hidden_members(host));
    BoxView {
        members,
        lead,
        inside,
        files_from_host: handle.files_from_host(),
    }
}

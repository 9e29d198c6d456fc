//! What every process that carries out operations has: its children, and the way to start, reap
//! and judge. The stage has one, and so has each member of the workloads `init` and `helper`.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::kernel::birth::READY_WITHIN;
use crate::kernel::chan::Channel;
use crate::kernel::program::Program;
use crate::kernel::record::{Recorder, Stop, judge};
use crate::kernel::{ns, pidfd};
use crate::model::op::Workload;
use crate::model::sample::{Exit, Role};
use crate::model::wire::{Birth, Go, Grounds, Opened, Ready, Reply, Started};
use crate::model::with::With;
use crate::model::{Actor, Errno, Links, NsKind, NsLink, Op, Outcome, Seen, Untrusted};

/// How long `wait` waits for a process to end.
const WAIT_WITHIN: Duration = Duration::from_secs(10);
/// How often other children are reaped while it waits.
const REAP_EVERY: Duration = Duration::from_millis(10);
/// How long a workload may take for its beginning: a connect(2), for instance.
const OPENED_WITHIN: Duration = Duration::from_secs(10);
/// How long one whose beginning failed may take to end.
const END_WITHIN: Duration = Duration::from_secs(1);

/// A process that we started and must reap.
#[derive(Debug)]
struct Child {
    name: String,
    pid: i32,
    pidfd: OwnedFd,
    ended: Option<Exit>,
    /// Whether its end was told to the lab.
    told: bool,
}

/// The state of a process that carries out operations.
#[derive(Debug)]
pub(super) struct Hands {
    /// Our box.
    pub(super) box_name: String,
    /// Our name in it.
    pub(super) name: String,
    /// The host's namespaces, to compare ours with.
    pub(super) host: Links,
    /// What of the filesystems is the host's, and what is the box's.
    pub(super) grounds: Grounds,
    /// How what we start next comes into its cgroup.
    pub(super) birth: Birth,
    children: Vec<Child>,
}

/// What an operation brought into the world: pidfd and channel for each.
pub(super) type Newborn = (Started, OwnedFd, Channel);

impl Hands {
    pub(super) fn new(box_name: &str, name: &str, host: Links, grounds: Grounds) -> Self {
        Self {
            box_name: box_name.to_owned(),
            name: name.to_owned(),
            host,
            grounds,
            birth: Birth::default(),
            children: Vec::new(),
        }
    }

    pub(super) fn recorder(&self) -> Recorder {
        self.recorder_of(&self.name)
    }

    /// For what another process of our box did.
    pub(super) fn recorder_of(&self, name: &str) -> Recorder {
        Recorder::new(Actor::Member(self.box_name.clone(), name.to_owned()))
    }

    /// Carries out one operation and says how it went. The descriptors are those of
    /// `wire::Request::Execute`.
    pub(super) fn execute(&mut self, op: &Op, fds: Vec<OwnedFd>) -> (Reply, Vec<Newborn>) {
        let mut recorder = self.recorder();
        let mut newborn = Vec::new();
        let result = self.carry_out(op, fds, &mut recorder, &mut newborn);
        match judge(op, result, &mut recorder) {
            Ok(()) => {
                let started = newborn
                    .iter()
                    .map(|(started, ..)| started.clone())
                    .collect();
                (
                    Reply::Done {
                        calls: recorder.calls,
                        started,
                    },
                    newborn,
                )
            }
            Err((message, errno)) => {
                let message = Untrusted::from(message);
                (
                    Reply::Failed {
                        calls: recorder.calls,
                        message,
                        errno,
                    },
                    Vec::new(),
                )
            }
        }
    }

    /// Refuses to go on unless we have left the host's namespace of this kind, so that a failed or
    /// forgotten unshare can never change the machine. A step that expects to be refused by the
    /// kernel may go on from a user namespace of its own: there the kernel does refuse.
    pub(super) fn guard(&self, kind: NsKind, op: &Op) -> Result<(), Stop> {
        if self.has_left(kind) || (op.fails().is_some() && self.has_left(NsKind::User)) {
            return Ok(());
        }
        Err(Stop::Refused(format!(
            "`{}` is not in a {} namespace of its own (or /proc does not say so), so glassbox did \
             not try: it would change the host",
            self.name,
            kind.name(),
        )))
    }

    /// Whether we are known to be in another namespace of this kind than the host.
    pub(super) fn has_left(&self, kind: NsKind) -> bool {
        // What is set for a time namespace is set before anybody is in it, its maker included.
        let link = match kind {
            NsKind::Time => NsLink::TimeForChildren,
            kind => NsLink::Own(kind),
        };
        match (ns::of_self(link), self.host.get(kind)) {
            (Ok(ours), Seen::Is(host)) => ours != *host,
            _ => false,
        }
    }

    /// Starts a member by fork(2), or by clone3(2) with these bits, and sees it through its first
    /// breath.
    pub(super) fn start(
        &mut self,
        recorder: &mut Recorder,
        (workload, name, with): (Workload, &str, &With),
        namespaces: Option<&[NsKind]>,
        (binary, cgroup): (&OwnedFd, &[OwnedFd]),
    ) -> Result<Newborn, Stop> {
        let broken = |_| Stop::Refused("no channel to a new process could be made".to_owned());
        let (ours, theirs) = Channel::pair().map_err(broken)?;
        let program = Program {
            image: binary.as_fd(),
            argv: self.argv(workload, name),
            stdin: Some(theirs.as_fd()),
            stderr: None,
            extra: Vec::new(),
            new_session: false,
        };
        let child =
            super::birthplace::give_birth(recorder, &program, namespaces, (cgroup, self.birth))?;
        drop(theirs);
        let role = workload.role();
        let host = (role != Role::Workload).then(|| self.host.clone());
        let with = with.clone();
        let grounds = match role {
            Role::Workload => Grounds::default(),
            _ => self.grounds.clone(),
        };
        let go = Go {
            host,
            grounds,
            with,
            cage: self.cage(workload),
        };
        let silent = |e| Stop::Refused(format!("`{name}` was started but did not report: {e}"));
        ours.recv::<Ready>(Some(READY_WITHIN))
            .and_then(|_| ours.send(&go, &[]))
            .map_err(silent)?;
        let copy = child
            .pidfd
            .try_clone()
            .map_err(|e| Stop::Failed((&e).into()))?;
        self.children.push(Child {
            name: name.to_owned(),
            pid: child.pid,
            pidfd: child.pidfd,
            ended: None,
            told: false,
        });
        let said = match role {
            Role::Workload => self.hear(recorder, name, &ours)?,
            _ => None,
        };
        let name = name.to_owned();
        Ok((Started { name, role, said }, copy, ours))
    }

    /// Hears how the beginning of a workload, the child born last, went. One whose beginning failed
    /// was not born: it ends, and nobody hears of it again.
    fn hear(
        &mut self,
        recorder: &mut Recorder,
        name: &str,
        channel: &Channel,
    ) -> Result<Option<Untrusted>, Stop> {
        let heard = channel.recv::<Opened>(Some(OPENED_WITHIN));
        let result = match heard {
            Ok((
                Opened {
                    refused: Some(why), ..
                },
                _,
            )) => Err(Stop::Refused(format!(
                "`{name}` did not begin: {}",
                why.text()
            ))),
            Ok((
                Opened {
                    calls, said, over, ..
                },
                _,
            )) => {
                if over && let Some(child) = self.children.last() {
                    pidfd::ended_within(&child.pidfd, END_WITHIN);
                }
                let actor = Actor::Member(self.box_name.clone(), name.to_owned());
                recorder.take_over(calls, &actor).map(|()| said)
            }
            Err(e) => Err(Stop::Refused(format!("`{name}` did not begin: {e}"))),
        };
        if result.is_err()
            && let Some(child) = self.children.pop()
        {
            pidfd::ended_within(&child.pidfd, END_WITHIN);
            pidfd::kill(&child.pidfd);
            pidfd::ended_within(&child.pidfd, END_WITHIN);
            // ECHILD or still running (in D state): nothing more we could do about either.
            let _ = pidfd::reap(&child.pidfd);
        }
        result
    }

    fn argv(&self, workload: Workload, name: &str) -> Vec<String> {
        match workload {
            Workload::Init | Workload::Helper => self.member_argv(name),
            _ => {
                vec![
                    name.to_owned(),
                    "@workload".to_owned(),
                    workload.name().to_owned(),
                    name.to_owned(),
                ]
            }
        }
    }

    /// With what arguments a member that carries out operations begins.
    pub(super) fn member_argv(&self, name: &str) -> Vec<String> {
        vec![
            format!("{}:{name}", self.box_name),
            "@member".to_owned(),
            self.box_name.clone(),
            name.to_owned(),
        ]
    }

    /// Whether we ever started anybody.
    pub(super) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    /// Waits for one of our children to end, and reaps it.
    pub(super) fn wait(&mut self, recorder: &mut Recorder, name: &str) -> Result<(), Stop> {
        let args = ["P_PIDFD".to_owned(), name.to_owned(), "WEXITED".to_owned()];
        let mut last = self.children.iter().rev();
        let Some(pidfd) = last.find(|child| child.name == name) else {
            return Err(Stop::Refused(format!(
                "`{name}` is no child of `{}`",
                self.name
            )));
        };
        let pidfd = pidfd.pidfd.try_clone();
        let pidfd = pidfd.map_err(|e| Stop::Failed(Errno::from(&e)))?;
        let began = Instant::now();
        // The end of a PID 1 waits until all others in its namespace are gone, and those of them
        // that are our children are gone only when we have reaped them: pid_namespaces(7).
        while !pidfd::ended_within(&pidfd, REAP_EVERY) {
            self.reap();
            if began.elapsed() > WAIT_WITHIN {
                return Err(Stop::Refused(format!(
                    "`{name}` has not ended within ten seconds"
                )));
            }
        }
        self.reap();
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        recorder.push("waitid", &args, Outcome::Ok(0), micros);
        Ok(())
    }

    /// Reaps those of our children that have ended.
    pub(super) fn reap(&mut self) {
        for child in self
            .children
            .iter_mut()
            .filter(|child| child.ended.is_none())
        {
            child.ended = pidfd::reap(&child.pidfd).unwrap_or(Some(Exit::Unknown));
        }
    }

    /// The duty of a PID 1: also reaps what was not our child when it was born.
    pub(super) fn reap_orphans(&mut self) {
        self.reap();
        while let Some((pid, exit)) = pidfd::reap_any() {
            if let Some(child) = self
                .children
                .iter_mut()
                .find(|c| c.pid == pid && c.ended.is_none())
            {
                child.ended = Some(exit);
            }
        }
    }

    /// Children that ended since the last time this was asked.
    pub(super) fn exits(&mut self) -> Vec<(String, Exit)> {
        self.reap();
        let news = self.children.iter_mut().filter(|child| !child.told);
        news.filter_map(|child| {
            let exit = child.ended?;
            child.told = true;
            Some((child.name.clone(), exit))
        })
        .collect()
    }

    /// Ends all our children; init's end takes its whole pid namespace along.
    pub(super) fn end_children(&self) {
        for child in self.children.iter().filter(|child| child.ended.is_none()) {
            pidfd::kill(&child.pidfd);
        }
    }
}

/// `CLONE_NEWPID|CLONE_NEWUTS`, and others after them.
pub(super) fn flag_names(kinds: &[NsKind], others: &[&str]) -> String {
    let names = kinds
        .iter()
        .map(|kind| kind.flag_name())
        .chain(others.iter().copied());
    names.collect::<Vec<_>>().join("|")
}

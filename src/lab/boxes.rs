//! One box from outside: its stage, its members, its eye. Its shell is in `shells`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::eye::Eye;
use super::shell::Shell;
use super::{LabError, Spawner, maps};
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::kept;
use crate::kernel::observe;
use crate::kernel::pidfd;
use crate::kernel::subids::Map;
use crate::model::files::Watched;
use crate::model::op::STAGE;
use crate::model::port::{BoxSpec, Hold, Maps};
use crate::model::sample::{Exit, Role};
use crate::model::snapshot::Subject;
use crate::model::wire::{Birth, Disk, Go, Grounds, Ready, Reply, Request, Started};
use crate::model::with::With;
use crate::model::{Actor, Call, Fault, Member, NsKind, Op, Seen, Snapshot, Untrusted};

/// How long a stage may take to say it is there, and for one request.
const READY_WITHIN: Duration = Duration::from_secs(10);
const DONE_WITHIN: Duration = Duration::from_secs(30);
/// News may take longer on a busy machine; an answer that came too late would be taken for the next.
const EXITS_WITHIN: Duration = Duration::from_secs(10);

/// A process of the box and its pidfd.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) member: Member,
    pub(super) pidfd: OwnedFd,
}

/// A box as the lab holds it.
#[derive(Debug)]
pub(super) struct BoxHandle {
    pub(super) name: String,
    pub(super) stage: Channel,
    /// The stage first, then the others as they were started.
    pub(super) held: Vec<Held>,
    pub(super) eye: Option<Eye>,
    /// Its shell, until the end of that was told.
    pub(super) shell: Option<Shell>,
    /// Shells that have ended, and have left somebody behind.
    pub(super) retired: Vec<Shell>,
    /// Keepers of shells that came in from other terminals: number and start.
    pub(super) visited: Vec<(i32, u64)>,
    /// Those of them whose shells are in this box.
    pub(super) let_in: Vec<(i32, u64)>,
    /// Whoever is in the foreground of the shell's terminal, if that is not the shell itself.
    pub(super) front: Option<Held>,
    /// The paths that are watched.
    pub(super) files: Vec<String>,
    /// What programs are held to that the lab starts in it.
    pub(super) hold: Hold,
}

impl BoxHandle {
    /// Starts the stage and makes its user namespace, unless its steps do that; with the calls of both sides.
    pub(super) fn open(
        spawner: &Spawner,
        spec: &BoxSpec,
        disk: Option<String>,
        calls: &mut Vec<Call>,
    ) -> Result<(Self, Option<Fault>), LabError> {
        let name = spec.name.as_str();
        let (stage, pidfd) = spawner.stage(name)?;
        let silent = |error| LabError::Silent {
            who: "stage",
            error,
        };
        let held_to = (spec.hold != Hold::default()).then(|| kept::write(&spec.hold));
        let held_to = held_to.transpose().map_err(silent)?;
        let fds: Vec<BorrowedFd<'_>> = held_to.iter().map(AsFd::as_fd).collect();
        stage
            .recv::<Ready>(Some(READY_WITHIN))
            .and_then(|_| {
                stage.send(
                    &Go {
                        grounds: Grounds {
                            disk: disk.map(|path| Disk { path, id: (0, 0) }),
                            ..Grounds::default()
                        },
                        host: None,
                        with: With::default(),
                        cage: None,
                    },
                    &fds,
                )
            })
            .map_err(silent)?;
        let held = vec![Held::new(
            Started {
                name: STAGE.to_owned(),
                role: Role::Stage,
                said: None,
            },
            pidfd,
        )];
        let mut handle = Self {
            name: name.to_owned(),
            stage,
            held,
            eye: None,
            shell: None,
            retired: Vec::new(),
            visited: Vec::new(),
            let_in: Vec::new(),
            front: None,
            files: spec.files.clone(),
            hold: spec.hold.clone(),
        };
        let fault = match spec.maps {
            Maps::One => handle.become_root(calls).err(),
            Maps::None => None,
        };
        Ok((handle, fault))
    }

    /// The visible handshake: unshare there, maps here, a check there.
    fn become_root(&mut self, calls: &mut Vec<Call>) -> Result<(), Fault> {
        self.request(&Request::EnterUser, 0, &[], calls)?;
        let (written, result) = maps::write(self.held[0].pidfd.as_fd());
        calls.extend(written);
        result.map_err(|errno| Fault {
            op: 0,
            message: Untrusted::from(format!(
                "the uid and gid maps could not be written: {errno}"
            )),
            errno: Some(errno),
        })?;
        self.request(&Request::MapsWritten, 0, &[], calls)
    }

    /// Has one operation carried out.
    pub(super) fn execute(
        &mut self,
        (op, birth): (&Op, Birth),
        position: usize,
        fds: &[BorrowedFd<'_>],
        calls: &mut Vec<Call>,
    ) -> Option<Fault> {
        match op {
            Op::Newuidmap(_) => return self.write_range(Map::Uid, position, calls),
            Op::Newgidmap(_) => return self.write_range(Map::Gid, position, calls),
            _ => {}
        }
        self.request(&Request::Execute(op.clone(), birth), position, fds, calls)
            .err()
    }

    /// Only a process of the host may map ids of the host.
    fn write_range(&self, map: Map, op: usize, calls: &mut Vec<Call>) -> Option<Fault> {
        let (made, result) = maps::write_range(self.held[0].pidfd.as_fd(), map);
        calls.extend(made);
        let message = result.err().map(Untrusted::from)?;
        let errno = None;
        Some(Fault { op, message, errno })
    }

    fn request(
        &mut self,
        request: &Request,
        op: usize,
        fds: &[BorrowedFd<'_>],
        calls: &mut Vec<Call>,
    ) -> Result<(), Fault> {
        let answer = self
            .stage
            .send(request, fds)
            .and_then(|()| self.stage.recv(Some(DONE_WITHIN)));
        match answer {
            Ok((
                Reply::Done {
                    calls: made,
                    started,
                },
                pidfds,
            )) => {
                self.note_tries(&made);
                calls.extend(made);
                let born = started.into_iter().zip(pidfds);
                self.held
                    .extend(born.map(|(started, pidfd)| Held::new(started, pidfd)));
                Ok(())
            }
            Ok((
                Reply::Failed {
                    calls: made,
                    message,
                    errno,
                },
                _,
            )) => {
                calls.extend(made);
                Err(Fault { op, message, errno })
            }
            Ok((Reply::News { .. }, _)) => Err(self.broken(op, "it gave the wrong kind of answer")),
            Err(ChanError::Ended) => Err(self.broken(op, "it has ended")),
            Err(error) => Err(self.broken(op, &error.to_string())),
        }
    }

    /// Remembers what came of what our processes tried.
    fn note_tries(&mut self, calls: &[Call]) {
        for call in calls {
            let (Actor::Member(_, name), Some(tried)) = (&call.actor, call.tried) else {
                continue;
            };
            let mut held = self.held.iter_mut().rev();
            if let Some(Held { member, .. }) = held.find(|held| held.member.name == *name) {
                member.tried.retain(|old| old.what != tried.what);
                member.tried.push(tried);
            }
        }
    }

    fn broken(&self, op: usize, why: &str) -> Fault {
        let message = format!(
            "the helper of `{}` did not do it: {why}. x starts over",
            self.name
        );
        Fault {
            op,
            message: Untrusted::from(message),
            errno: None,
        }
    }

    /// Asks how members ended and what they said, and notices ends nobody can tell about.
    pub(super) fn collect_news(&mut self) {
        // Whoever ends after the question was asked is in the next answer.
        let dead = |held: &Held| !pidfd::alive(&held.pidfd);
        let dead_before: Vec<bool> = self.held.iter().map(dead).collect();
        let answer = self
            .stage
            .send(&Request::News, &[])
            .and_then(|()| self.stage.recv::<Reply>(Some(EXITS_WITHIN)));
        let (exits, said) = match answer {
            Ok((Reply::News { exits, said }, _)) => (exits, said),
            _ => (Vec::new(), Vec::new()),
        };
        for (name, line) in said {
            let latest = self.held.iter_mut().rfind(|held| held.member.name == name);
            if let Some(held) = latest {
                held.member.said = Some(line);
            }
        }
        for (name, exit) in exits {
            let ended = |held: &&mut Held| held.member.name == name && held.member.exit.is_none();
            if let Some(held) = self.held.iter_mut().find(ended) {
                held.member.exit = Some(exit);
            }
        }
        for (held, dead) in self.held.iter_mut().zip(dead_before) {
            if dead && held.member.exit.is_none() {
                held.member.exit = Some(Exit::Unknown);
            }
        }
    }

    /// Pidfds of those that live, the stage first, and of whoever is in front: the order of
    /// [`Self::note_seen`].
    pub(super) fn living(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let held = self.held.iter().chain(&self.front);
        held.filter(|held| held.member.exit.is_none())
            .map(|held| held.pidfd.as_fd())
    }

    /// Takes what the host saw about each of the living.
    pub(super) fn note_seen(&mut self, seen: &mut impl Iterator<Item = Seen<Subject>>) {
        for held in self.held.iter_mut().chain(&mut self.front) {
            held.member.from_host = match held.member.exit {
                None => seen.next().unwrap_or_default(),
                Some(_) => Seen::Missing,
            };
        }
    }

    /// The process that the box's facts speak of: whoever is in the foreground of its shell, else
    /// the last started workload that lives, else the last started member that lives, else the stage.
    pub(super) fn lead_held(&self) -> Option<&Held> {
        let living = || {
            self.held
                .iter()
                .rev()
                .filter(|held| held.member.exit.is_none())
        };
        let one = |role| living().find(|held| held.member.role == role);
        let front = self
            .front
            .as_ref()
            .filter(|held| held.member.exit.is_none());
        front
            .or_else(|| self.shell_held())
            .or_else(|| one(Role::Workload))
            .or_else(|| living().next())
    }

    pub(super) fn lead(&self) -> Option<&Member> {
        self.lead_held().map(|held| &held.member)
    }

    /// What the eye sees from where the lead stands.
    pub(super) fn look(&mut self, spawner: &Spawner) -> Seen<Snapshot> {
        let mut eye = self.eye.take();
        let seen = match self.lead_held() {
            Some(lead) => {
                let who = (lead.pidfd.as_fd(), &*self.neighbours(lead));
                Eye::look(&mut eye, &self.name, who, &self.files, spawner)
            }
            None => Seen::Missing,
        };
        self.eye = eye;
        seen
    }

    /// The watched paths as the host sees them below the lead's root.
    pub(super) fn files_from_host(&self) -> Vec<Watched> {
        self.lead_held().map_or_else(Vec::new, |lead| {
            observe::files_below_root_of(lead.pidfd.as_fd(), &self.files)
        })
    }

    /// One living member for each network namespace that the lead is not in.
    fn neighbours(&self, lead: &Held) -> Vec<BorrowedFd<'_>> {
        let network = |held: &Held| {
            let links = &held.member.from_host.value()?.links;
            links.get(NsKind::Net).value().copied()
        };
        let mut known = vec![network(lead)];
        let mut neighbours = Vec::new();
        for held in self.held.iter().filter(|held| held.member.exit.is_none()) {
            let network = network(held);
            if network.is_some() && !known.contains(&network) {
                known.push(network);
                neighbours.push(held.pidfd.as_fd());
            }
        }
        neighbours
    }

    pub(super) fn members(&self) -> Vec<Member> {
        self.held.iter().map(|held| held.member.clone()).collect()
    }

    /// The living member of that name.
    pub(super) fn living_called(&self, name: &str) -> Option<&Held> {
        let mut latest = self.held.iter().rev();
        latest.find(|held| held.member.name == name && held.member.exit.is_none())
    }

    /// The pidfd of the latest member of that name.
    pub(super) fn pidfd_of(&self, name: &str) -> Option<&OwnedFd> {
        self.held
            .iter()
            .rev()
            .find(|held| held.member.name == name)
            .map(|held| &held.pidfd)
    }
}

impl Held {
    pub(super) fn new(started: Started, pidfd: OwnedFd) -> Self {
        // A member that has ended already and was reaped has no number any more.
        let (host_pid, start) = observe::identity(pidfd.as_fd()).unwrap_or((0, 0));
        let Started { name, role, said } = started;
        let member = Member {
            name,
            role,
            host_pid,
            start,
            exit: None,
            said,
            tried: Vec::new(),
            from_host: Seen::Missing,
        };
        Self { member, pidfd }
    }
}

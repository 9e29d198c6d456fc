//! The stage, which learners know as the box's helper: makes the box's user namespace, carries out
//! operations or has a member carry them out, and holds every member's lifeline.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::grounds;
use super::hands::{Hands, Newborn};
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::{birth, calls, ns, pidfd, sys};
use crate::model::op::net::Link;
use crate::model::op::{INIT, STAGE, Write};
use crate::model::sample::{Exit, Role};
use crate::model::wire::{Go, Ready, Reply, Request, Said, Started};
use crate::model::{Errno, NsKind, Op, Untrusted};

/// Descriptor 3: the channel to the lab. Descriptor 4: the sealed copy of our binary.
const LAB: i32 = 3;
const BINARY: i32 = 4;
/// How long a member may take for one operation; `wait` alone may take ten seconds.
const MEMBER_WITHIN: Duration = Duration::from_secs(20);

/// How long one may take to say how its children have ended; else one asks again later.
const NEWS_WITHIN: Duration = Duration::from_secs(1);

/// How many lines of one workload are read at a time: one that never stops must not stop us.
const MOST_LINES: usize = 256;

/// A member of the box, ours or a member's child.
#[derive(Debug)]
struct Member {
    name: String,
    pidfd: OwnedFd,
    /// Its lifeline; for those that carry out operations also the way to ask them.
    channel: Channel,
    /// Who must reap it.
    starter: String,
    takes_operations: bool,
    /// Whether it was asked for news, and has not answered yet.
    owes_news: bool,
}

impl Member {
    /// How its children have ended; nothing if it does not say so in time. Whatever is asked of it next
    /// must wait for that answer first.
    fn news(&mut self, within: Duration) -> Vec<(String, Exit)> {
        if !self.owes_news && self.channel.send(&Request::News, &[]).is_err() {
            return Vec::new();
        }
        self.owes_news = true;
        match self.channel.recv(Some(within)) {
            Ok((Reply::News { exits, .. }, _)) => {
                self.owes_news = false;
                exits
            }
            _ => Vec::new(),
        }
    }
}

#[derive(Debug)]
struct Stage {
    hands: Hands,
    binary: OwnedFd,
    members: Vec<Member>,
    /// Who we are on the host.
    learner: (u32, u32),
    /// Ends that were told between two questions.
    late: Vec<(String, Exit)>,
}

pub(super) fn run(box_name: &str) -> Result<(), ChanError> {
    let binary = sys::inherited(BINARY).ok_or(ChanError::Ended)?;
    let name = format!("{box_name}:{STAGE}");
    // What it carries is nothing to us: it is kept to our end for those who look among our descriptors.
    let (lab, go, _kept) = birth::begin::<_, Go>(&name, LAB, &Ready)?;
    let grounds = grounds::of_host(go.grounds);
    let hands = Hands::new(box_name, STAGE, ns::links_of_self(), grounds);
    let mut stage = Stage {
        hands,
        binary,
        members: Vec::new(),
        learner: calls::effective_ids(),
        late: Vec::new(),
    };
    let end = stage.serve(&lab, &name);
    stage.hands.end_children();
    end
}

impl Stage {
    fn serve(&mut self, lab: &Channel, name: &str) -> Result<(), ChanError> {
        loop {
            let (request, fds) = lab.recv::<Request>(None)?;
            let mut pidfds = Vec::new();
            let reply = match request {
                Request::EnterUser => self.enter_user(name),
                Request::MapsWritten => self.check_ids(),
                Request::News => {
                    let (exits, said) = (self.exits(), self.said());
                    Reply::News { exits, said }
                }
                Request::Execute(op, birth) => {
                    self.hands.birth = birth;
                    let (reply, born) = self.route(&op, fds);
                    pidfds = born;
                    reply
                }
            };
            let carried: Vec<BorrowedFd<'_>> = pidfds.iter().map(AsFd::as_fd).collect();
            lab.send(&reply, &carried)?;
        }
    }

    fn enter_user(&mut self, name: &str) -> Reply {
        let mut recorder = self.hands.recorder();
        let made = recorder.unit("unshare", &["CLONE_NEWUSER".to_owned()], || {
            calls::unshare(&[NsKind::User])
        });
        // New credentials may clear the death signal: prctl(2), PR_SET_PDEATHSIG.
        let armed = birth::arm(name);
        let calls = recorder.calls;
        match (made, armed) {
            (Ok(()), Ok(())) => Reply::Done {
                calls,
                started: Vec::new(),
            },
            (Ok(()), Err(errno)) => Reply::Failed {
                calls,
                message: "prctl failed".into(),
                errno: Some(errno),
            },
            (Err(_), _) => {
                let errno = calls.last().and_then(|call| call.outcome.errno());
                let message = errno.map_or_else(String::new, |e| format!("unshare failed: {e}"));
                Reply::Failed {
                    calls,
                    message: Untrusted::from(message),
                    errno,
                }
            }
        }
    }

    /// The maps are written: whoever is 0 inside may go on.
    fn check_ids(&self) -> Reply {
        match calls::effective_ids() {
            (0, 0) => Reply::Done {
                calls: Vec::new(),
                started: Vec::new(),
            },
            (uid, gid) => refused(format!(
                "the maps are written, but `{}` is uid {uid} and gid {gid} inside, not 0",
                self.hands.name
            )),
        }
    }

    /// Has an operation carried out by whoever the lesson names. Returns a pidfd for each newborn.
    fn route(&mut self, op: &Op, fds: Vec<OwnedFd>) -> (Reply, Vec<OwnedFd>) {
        let actor = op.by().map_or_else(|| self.usual_actor(op), str::to_owned);
        let op = &self.with_ids(op);
        let outcome = self
            .check_name(op)
            .and_then(|()| self.needed(op, fds))
            .and_then(|fds| {
                if actor == STAGE {
                    Ok(self.hands.execute(op, fds))
                } else {
                    self.ask(&actor, op, &fds)
                }
            });
        match outcome {
            Ok((reply, newborn)) => match self.adopt(newborn, &actor) {
                Ok(pidfds) => (reply, pidfds),
                Err(reason) => (refused(reason), Vec::new()),
            },
            Err(reason) => (refused(reason), Vec::new()),
        }
    }

    /// A lesson cannot know the learner's ids; in a text that is written to a map they have names.
    fn with_ids(&self, op: &Op) -> Op {
        let mut op = op.clone();
        if let Op::Write(write) = &mut op {
            let (uid, gid) = self.learner;
            let text = write.text.replace("$uid", &uid.to_string());
            write.text = text.replace("$gid", &gid.to_string());
        }
        op
    }

    fn usual_actor(&self, op: &Op) -> String {
        match op {
            Op::Spawn(_) if self.living(INIT).is_some() => INIT.to_owned(),
            Op::Wait(wait) => self
                .latest(&wait.of)
                .map_or(STAGE, |member| &member.starter)
                .to_owned(),
            _ => STAGE.to_owned(),
        }
    }

    fn check_name(&self, op: &Op) -> Result<(), String> {
        match op.starts() {
            Some(name) if name == STAGE || self.living(name).is_some() => Err(format!(
                "the box already has a `{name}`: give the new one another `name`"
            )),
            _ => Ok(()),
        }
    }

    /// The descriptors that an operation needs; the lab sends those of processes outside this box.
    fn needed(&self, op: &Op, from_lab: Vec<OwnedFd>) -> Result<Vec<OwnedFd>, String> {
        let copy = |fd: &OwnedFd| fd.try_clone().map_err(|e| Errno::from(&e).to_string());
        let target = match op {
            _ if op.starts().is_some() => {
                let binary = copy(&self.binary)?;
                return Ok(std::iter::once(binary).chain(from_lab).collect());
            }
            Op::Exec(_) | Op::Program(_) => return Ok(vec![copy(&self.binary)?]),
            _ if !from_lab.is_empty() => return Ok(from_lab),
            Op::Signal(signal) => &signal.to,
            Op::Setns(setns) => &setns.to,
            Op::Write(Write { of: Some(of), .. }) => of,
            Op::Link(Link {
                netns: Some(netns), ..
            }) => netns,
            _ => return Ok(Vec::new()),
        };
        match self.latest(target) {
            Some(member) => Ok(vec![copy(&member.pidfd)?]),
            None if target == STAGE => {
                let me = std::process::id().cast_signed();
                pidfd::open(me)
                    .map(|me| vec![me])
                    .map_err(|errno| errno.to_string())
            }
            None => Err(format!("the box has no `{target}`")),
        }
    }

    fn ask(
        &mut self,
        actor: &str,
        op: &Op,
        fds: &[OwnedFd],
    ) -> Result<(Reply, Vec<Newborn>), String> {
        let mut latest = self.members.iter_mut().rev();
        let member = latest
            .find(|member| member.name == actor)
            .ok_or_else(|| format!("the box has no `{actor}`"))?;
        if member.owes_news {
            // A CPU limit makes slow.
            self.late.extend(member.news(MEMBER_WITHIN));
        }
        if !member.takes_operations {
            return Err(format!("`{actor}` cannot carry out operations"));
        }
        let fds: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
        let answer = member
            .channel
            .send(&Request::Execute(op.clone(), self.hands.birth), &fds)
            .and_then(|()| match op {
                Op::Exec(exec) => {
                    let who = (actor, exec.path.as_deref());
                    self.hands.after_exec(who, &member.channel, MEMBER_WITHIN)
                }
                _ => member.channel.recv::<Reply>(Some(MEMBER_WITHIN)),
            });
        let (reply, fds) = answer.map_err(|e| format!("`{actor}` did not do it: {e}"))?;
        Ok((reply.clone(), pair_up(&reply, fds)))
    }

    /// Takes over the lifelines of new members; returns their pidfds for the lab.
    fn adopt(&mut self, newborn: Vec<Newborn>, starter: &str) -> Result<Vec<OwnedFd>, String> {
        let mut pidfds = Vec::new();
        for (Started { name, role, .. }, pidfd, channel) in newborn {
            pidfds.push(pidfd.try_clone().map_err(|e| Errno::from(&e).to_string())?);
            let takes_operations = role != Role::Workload;
            let starter = starter.to_owned();
            self.members.push(Member {
                name,
                pidfd,
                channel,
                starter,
                takes_operations,
                owes_news: false,
            });
        }
        Ok(pidfds)
    }

    /// How members ended since the last time, asked of whoever must reap them.
    fn exits(&mut self) -> Vec<(String, Exit)> {
        let mut exits = self.hands.exits();
        exits.append(&mut self.late);
        for member in &mut self.members {
            if member.takes_operations && pidfd::alive(&member.pidfd) {
                exits.extend(member.news(NEWS_WITHIN));
            }
        }
        exits
    }

    /// The last line that each workload said since the last time, the ended ones included.
    fn said(&self) -> Vec<(String, Untrusted)> {
        let workloads = self
            .members
            .iter()
            .filter(|member| !member.takes_operations);
        workloads
            .filter_map(|member| Some((member.name.clone(), last_line(&member.channel)?)))
            .collect()
    }

    fn latest(&self, name: &str) -> Option<&Member> {
        self.members.iter().rev().find(|member| member.name == name)
    }

    fn living(&self, name: &str) -> Option<&Member> {
        self.latest(name)
            .filter(|member| pidfd::alive(&member.pidfd))
    }
}

/// The last of the lines that wait in a workload's channel; never waits for one.
fn last_line(channel: &Channel) -> Option<Untrusted> {
    let mut last = None;
    for _ in 0..MOST_LINES {
        if !channel.readable(Duration::ZERO).unwrap_or(false) {
            break;
        }
        let Ok((Said(line), _)) = channel.recv(None) else {
            break; // it has ended, and said all it had to say
        };
        last = Some(line);
    }
    last
}

fn refused(reason: String) -> Reply {
    Reply::Failed {
        calls: Vec::new(),
        message: Untrusted::from(reason),
        errno: None,
    }
}

/// Puts a member's answer together again: for each newborn a pidfd and a channel.
fn pair_up(reply: &Reply, fds: Vec<OwnedFd>) -> Vec<Newborn> {
    let Reply::Done { started, .. } = reply else {
        return Vec::new();
    };
    let mut fds = fds.into_iter();
    let next = |started: &Started| Some((started.clone(), fds.next()?, Channel::from(fds.next()?)));
    started.iter().map_while(next).collect()
}

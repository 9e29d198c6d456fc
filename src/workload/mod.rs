//! Demo programs that run inside boxes: one file each, one line in [`find`] each.
//!
//! A workload holds descriptor 0 (its lifeline to whoever started it), 1 and 2, and nothing else.
//! It reports ready, waits for go, says once how its beginning went ([`Life::opened`]), and ends
//! within a second when its lifeline does.

mod burner;
mod catcher;
mod clock;
mod forkbomb;
mod greeter;
mod hoarder;
mod hog;
mod listener;
mod meter;
mod mqtalker;
mod msgsender;
mod nasty;
mod orphans;
mod semmaker;
mod shmreader;
mod shmwriter;
mod sleeper;
mod threadbomb;
mod ticker;
mod writer;
mod zombies;

use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitCode;
use std::time::Duration;

use crate::kernel::birth;
use crate::kernel::chan::{Channel, wait_readable};
use crate::kernel::record::Recorder;
use crate::kernel::signals;
use crate::model::wire::{Cage, Go, Opened, Ready, Said};
use crate::model::with::With;
use crate::model::{Actor, Untrusted};

/// A demo program: what it does once it may begin.
type Program = fn(&Life) -> ExitCode;

/// The program of that name.
fn find(kind: &str) -> Option<Program> {
    match kind {
        "ticker" => Some(ticker::run),
        "clock" => Some(clock::run),
        "listener" => Some(listener::run),
        "greeter" => Some(greeter::run),
        "sleeper" => Some(sleeper::run),
        "catcher" => Some(catcher::run),
        "zombies" => Some(zombies::run),
        "orphans" => Some(orphans::run),
        "shmwriter" => Some(shmwriter::run),
        "shmreader" => Some(shmreader::run),
        "semmaker" => Some(semmaker::run),
        "msgsender" => Some(msgsender::run),
        "mqtalker" => Some(mqtalker::run),
        "meter" => Some(meter::run),
        "burner" => Some(|life| nasty::run(life, burner::run)),
        "hog" => Some(|life| nasty::run(life, hog::run)),
        "forkbomb" => Some(|life| nasty::run(life, forkbomb::run)),
        "threadbomb" => Some(|life| nasty::run(life, threadbomb::run)),
        "hoarder" => Some(|life| nasty::run(life, hoarder::run)),
        "writer" => Some(|life| nasty::run(life, writer::run)),
        _ => None,
    }
}

/// The role `@workload KIND NAME`: called by main, in the new process.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let [kind, name] = args else {
        return ExitCode::FAILURE;
    };
    let Some(program) = find(kind) else {
        return ExitCode::FAILURE;
    };
    signals::reset();
    match birth::begin::<_, Go>(name, 0, &Ready) {
        Ok((lifeline, Go { with, cage, .. }, _)) => program(&Life {
            name: name.clone(),
            lifeline,
            with,
            cage,
        }),
        Err(_) => ExitCode::FAILURE,
    }
}

/// What a demo program lives on: the channel to whoever started it, and what it was told to do.
struct Life {
    name: String,
    lifeline: Channel,
    /// What the step handed to it.
    with: With,
    /// That it is in a cgroup with limits; without it nothing nasty begins.
    cage: Option<Cage>,
}

/// The lifeline has ended, and so must the program.
struct Over;

impl Life {
    /// For calls that a learner shall see; give it to [`Self::opened`].
    fn recorder(&self) -> Recorder {
        // The starter knows the box, we do not.
        Recorder::new(Actor::Member(String::new(), self.name.clone()))
    }

    /// Says how the beginning went; every program does so exactly once, first of all.
    fn opened(&self, recorder: Recorder, said: Option<Untrusted>) {
        self.report(&Opened {
            calls: recorder.calls,
            said,
            ..Opened::default()
        });
    }

    /// The same for a program that has done all it had to do, and ends right after this.
    fn finished(&self, recorder: Recorder, said: Option<Untrusted>) {
        self.report(&Opened {
            calls: recorder.calls,
            said,
            over: true,
            ..Opened::default()
        });
    }

    /// Says why it does not begin.
    fn refused(&self, why: String) {
        self.report(&Opened {
            refused: Some(Untrusted::from(why)),
            ..Opened::default()
        });
    }

    fn report(&self, opened: &Opened) {
        // Nobody there to hear it: the next look at the lifeline ends us.
        let _ = self.lifeline.send(opened, &[]);
    }

    /// Says a line; the last one is kept as a fact.
    fn say(&self, line: impl Into<Untrusted>) {
        let _ = self.lifeline.send(&Said(line.into()), &[]);
    }

    /// Waits until one of `fds` is readable, at most for `deadline`; one answer for each.
    fn wait(&self, fds: &[BorrowedFd<'_>], deadline: Duration) -> Result<Vec<bool>, Over> {
        let mut all = vec![self.lifeline.as_fd()];
        all.extend(fds);
        let ready = wait_readable(&all, Some(deadline)).map_err(|_| Over)?;
        if self.lifeline.ended() {
            return Err(Over);
        }
        Ok(ready[1..].to_vec())
    }
}

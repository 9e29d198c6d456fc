//! `glassbox shell [BOX]`: into a running box from the learner's own terminal, which stays outside: the
//! shell has one of its own, and a relay stands between. Finds the box by itself and starts a keeper;
//! nobody has to be asked, and nothing is written anywhere.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;
use std::time::Duration;

use super::exit::{self, Exit};
use super::relay::{Carried, Relay};
use crate::kernel::cgroup;
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::kept;
use crate::kernel::link::Link;
use crate::kernel::observe::{self, Observer};
use crate::kernel::program::{self, Program};
use crate::kernel::pty::{self, Pty};
use crate::kernel::{calls, family, pidfd};
use crate::lab::{Manner, dress};
use crate::model::port::Hold;
use crate::model::running::{self, Running};
use crate::model::sample;
use crate::model::wire::{Kept, More};
use crate::model::{Errno, Untrusted, signal};

/// How long each word of a beginning may take.
const BORN_WITHIN: Duration = Duration::from_secs(5);

/// Said to an ordinary user, whose shell stays in the cgroup that it was started in.
const OUT_OF_LIMITS: &str = "the limits of this box do not hold this shell: to move it into the box's \
    cgroup takes root, as it comes from another one. `s` on the desk opens one that they hold";

/// Enters the box of that name, of that glassbox where several run.
#[must_use]
pub(super) fn shell(link: &Link, box_name: Option<&str>, of: Option<i32>) -> ExitCode {
    family::call_ourselves(c"glassbox:shell");
    let Some(relay) = Relay::of_terminal(link) else {
        return exit::usage("this is not a terminal, and a shell wants one");
    };
    let (uid, _) = calls::effective_ids();
    let rows = Observer::new().observe(&[], None).world.processes;
    let rows = rows.value().map_or(&[][..], Vec::as_slice);
    // Real root may enter the boxes of anybody.
    let all: Vec<Running> = match uid {
        0 => running::boxes(rows, None),
        uid => running::boxes(rows, Some(uid)),
    };
    let chosen = match choose(&all, box_name, of) {
        Ok(chosen) => chosen,
        Err(why) => return exit::cannot_here(&why),
    };
    // What real root starts, somebody else runs: root's own home is closed to them.
    let manner = Manner::Guest { at_home: uid != 0 };
    match enter(chosen, &manner, relay) {
        Ok(Carried::Ended(sample::Exit::Code(code))) => Exit::Program(code).into(),
        Ok(Carried::Ended(sample::Exit::Signal(number))) => {
            let name = signal::name(number.unsigned_abs());
            exit::say(&format!("the shell was ended by {name}; is its box gone?"));
            Exit::Signal(number).into()
        }
        Ok(Carried::Ended(sample::Exit::Unknown)) if hold(chosen.helper).is_ok() => {
            exit::failure("the shell let go of the terminal, or its keeper is gone")
        }
        Ok(Carried::Ended(sample::Exit::Unknown)) => {
            exit::failure("the box is gone, and the shell with it")
        }
        Ok(Carried::Asked(number)) => Exit::Signal(number).into(),
        Err(why) => exit::failure(&format!("no shell in {}: {why}", chosen.name)),
    }
}

/// The one that was meant; `Err` says which there are.
fn choose<'a>(
    all: &'a [Running],
    name: Option<&str>,
    of: Option<i32>,
) -> Result<&'a Running, String> {
    if all.is_empty() {
        let start = "start `glassbox` in another terminal and open a lesson";
        return Err(format!("no box of yours is running: {start}"));
    }
    let wanted = |found: &&Running| {
        name.is_none_or(|name| found.name == name) && of.is_none_or(|of| found.instance == of)
    };
    let fitting: Vec<&Running> = all.iter().filter(wanted).collect();
    match fitting[..] {
        [one] => Ok(one),
        [] => Err(format!("there is no such box; running: {}", list(all))),
        _ => Err(format!("which box? running: {}", list(all))),
    }
}

/// What to type for each.
fn list(all: &[Running]) -> String {
    let first = all.first().map(|found| found.instance);
    let several = all.iter().any(|found| Some(found.instance) != first);
    let words = all.iter().map(|found| {
        let name = Untrusted::from(&found.name).text();
        if several {
            format!("glassbox shell {name} --of {}", found.instance)
        } else {
            format!("glassbox shell {name}")
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Starts the shell, and hands our terminal on until its end. `Err`: why there is none, in words.
fn enter(chosen: &Running, manner: &Manner, relay: Relay<'_>) -> Result<Carried, String> {
    let failed = |call: &'static str| move |errno: Errno| format!("{call}: {errno}");
    let (beside, helper) = (hold(chosen.beside)?, hold(chosen.helper)?);
    let more = held_to(&helper, chosen)?;
    let Pty { master, slave } = pty::open().map_err(failed("open /dev/ptmx"))?;
    let size = relay.size();
    pty::resize(&master, size).map_err(failed("ioctl TIOCSWINSZ"))?;
    let keeper = keeper(&chosen.name).map_err(failed("fork"))?;
    let mut enter = dress(Some(&chosen.name), manner);
    enter.more = more.is_some();
    let fds = [slave.as_fd(), beside.as_fd(), helper.as_fd()];
    keeper.send(&enter, &fds).map_err(|error| silent(&error))?;
    if let Some((more, cgroup)) = more {
        let cgroup: Vec<BorrowedFd<'_>> = cgroup.iter().map(AsFd::as_fd).collect();
        keeper
            .send(&more, &cgroup)
            .map_err(|error| silent(&error))?;
    }
    // Or the terminal would never hang up.
    drop(slave);
    let (master, over) = born(&keeper, master)?;
    // What one that is over has said is still to be shown.
    let carried = relay.carry(master, &mut |within| {
        over.or_else(|| ended(&keeper, within))
    });
    carried.map_err(|error| format!("the terminal: {error}"))
}

/// What programs in the box are held to, as its stage keeps it, and the directories of their cgroup. A
/// process is moved by who may write to the cgroup that is around both places, too: cgroups(7).
fn held_to(helper: &OwnedFd, chosen: &Running) -> Result<Option<(More, Vec<OwnedFd>)>, String> {
    let kept = kept::read::<Hold>(helper.as_fd());
    let kept = kept.map_err(|errno| format!("what its programs are held to: {errno}"))?;
    let Some(Hold { cgroup, restraint }) = kept else {
        return Ok(None);
    };
    let fds = match (cgroup, calls::effective_ids()) {
        (None, _) => Vec::new(),
        (Some(_), (0, _)) => {
            let fds = cgroups(chosen.beside.0);
            fds.map_err(|errno| format!("its cgroup: {errno}"))?
        }
        (Some(_), _) => {
            exit::say(OUT_OF_LIMITS);
            Vec::new()
        }
    };
    let streams = false;
    Ok(Some((More { streams, restraint }, fds)))
}

/// The directories of that process's cgroups where it is in others than we are.
fn cgroups(pid: i32) -> Result<Vec<OwnedFd>, Errno> {
    let ours = cgroup::trees()?;
    let theirs = cgroup::trees_of(pid)?;
    let others = theirs.iter().filter(|tree| !ours.contains(tree));
    others.map(|tree| tree.open(&tree.own())).collect()
}

fn silent(error: &ChanError) -> String {
    format!("its keeper: {error}")
}

/// The master side of its terminal once it runs, and its end if it was quicker than the news of that. A
/// box with terminals of its own gives another one than ours.
fn born(keeper: &Channel, mut master: OwnedFd) -> Result<(OwnedFd, Option<sample::Exit>), String> {
    loop {
        let (word, fds) = keeper
            .recv::<Kept>(Some(BORN_WITHIN))
            .map_err(|error| silent(&error))?;
        match (word, fds.into_iter().next()) {
            (Kept::Running, _) => return Ok((master, None)),
            (Kept::Ended(exit), _) => return Ok((master, Some(exit))),
            (Kept::Failed { call, errno }, _) => return Err(format!("{call}: {errno}")),
            (Kept::Terminal, Some(own)) => {
                let size = pty::size(&master);
                master = own;
                // The first one took this size, so this one does.
                let _ = size.map(|size| pty::resize(&master, size));
            }
            (Kept::Terminal | Kept::Born | Kept::Trying(_), _) => {}
        }
    }
}

/// How it ended, waiting for that so long at most. A keeper that has ended all by itself says nothing:
/// so it does when the box has come to its end.
fn ended(keeper: &Channel, within: Duration) -> Option<sample::Exit> {
    match keeper.recv::<Kept>(Some(within)) {
        Ok((Kept::Ended(exit), _)) => Some(exit),
        Ok(_) | Err(ChanError::Timeout) => None,
        Err(_) => Some(sample::Exit::Unknown),
    }
}

/// A process by number and start, if it is still that one.
fn hold((pid, start): (i32, u64)) -> Result<OwnedFd, String> {
    let held = pidfd::open(pid).map_err(|errno| format!("pidfd_open: {errno}"))?;
    if observe::identity(held.as_fd()) == Ok((pid, start)) {
        Ok(held)
    } else {
        Err("the box has just ended".to_owned())
    }
}

fn keeper(name: &str) -> Result<Channel, Errno> {
    let (ours, theirs) = Channel::pair().map_err(|_| Errno::EIO)?;
    let own: OwnedFd = program::own_binary()?;
    let program = Program {
        image: own.as_fd(),
        argv: vec![
            format!("{name}:keeper"),
            "@shell".to_owned(),
            name.to_owned(),
        ],
        stdin: None,
        stderr: None,
        extra: vec![theirs.as_fd()],
        new_session: true,
    };
    program::start(&program, None)?;
    Ok(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(instance: i32, name: &str) -> Running {
        Running {
            instance,
            name: name.to_owned(),
            beside: (instance + 1, 1),
            helper: (instance + 1, 1),
        }
    }

    #[test]
    fn the_box_that_was_meant_or_which_there_are() {
        let one = [running(10, "box")];
        let two = [running(10, "red"), running(10, "blue")];
        let twice = [running(10, "box"), running(20, "box")];
        let chosen = |all: &[Running], name, of| choose(all, name, of).cloned();
        assert!(chosen(&[], None, None).is_err_and(|why| why.contains("no box of yours")));
        assert_eq!(chosen(&one, None, None), Ok(one[0].clone()));
        assert_eq!(chosen(&two, Some("blue"), None), Ok(two[1].clone()));
        let which = "which box? running: glassbox shell red, glassbox shell blue";
        assert_eq!(chosen(&two, None, None), Err(which.to_owned()));
        let none = "there is no such box; running: glassbox shell box";
        assert_eq!(chosen(&one, Some("x"), None), Err(none.to_owned()));
        let which = "which box? running: glassbox shell box --of 10, glassbox shell box --of 20";
        assert_eq!(chosen(&twice, Some("box"), None), Err(which.to_owned()));
        assert_eq!(chosen(&twice, None, Some(20)), Ok(twice[1].clone()));
    }
}

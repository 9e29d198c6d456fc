//! `glassbox shell [BOX]`: into a running box from the learner's own terminal. Finds the box by itself,
//! starts a keeper, and waits; nobody has to be asked, and nothing is written anywhere.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::ExitCode;
use std::time::Duration;

use super::exit::{self, Exit};
use crate::kernel::chan::{ChanError, Channel};
use crate::kernel::observe::{self, Observer};
use crate::kernel::program::{self, Program};
use crate::kernel::tty::Tty;
use crate::kernel::{calls, pidfd};
use crate::lab::{Manner, dress};
use crate::model::running::{self, Running};
use crate::model::sample;
use crate::model::wire::Kept;
use crate::model::{Errno, Untrusted, signal};

/// How long each word of a beginning may take.
const BORN_WITHIN: Duration = Duration::from_secs(5);

/// Enters the box of that name, of that glassbox where several run.
#[must_use]
pub fn shell(box_name: Option<&str>, of: Option<i32>) -> ExitCode {
    let Some(tty) = Tty::of_standard_streams() else {
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
    let ended = enter(chosen);
    tty.take_back();
    match ended {
        Ok(sample::Exit::Code(code)) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
        Ok(sample::Exit::Signal(number)) => {
            let name = signal::name(number.unsigned_abs());
            exit::say(&format!("the shell was ended by {name}; is its box gone?"));
            Exit::Signal(number).into()
        }
        Ok(sample::Exit::Unknown) => exit::failure("the box is gone, and the shell with it"),
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

/// Starts the shell, and waits for its end. `Err`: why there is none, in words.
fn enter(chosen: &Running) -> Result<sample::Exit, String> {
    let failed = |call: &'static str| move |errno: Errno| format!("{call}: {errno}");
    let (beside, helper) = (hold(chosen.beside)?, hold(chosen.helper)?);
    let keeper = keeper(&chosen.name).map_err(failed("fork"))?;
    let silent = |error: ChanError| format!("its keeper: {error}");
    let enter = dress(Some(&chosen.name), &Manner::Guest);
    let terminal = io::stdin();
    let fds = [terminal.as_fd(), beside.as_fd(), helper.as_fd()];
    keeper.send(&enter, &fds).map_err(silent)?;
    let mut patience = Some(BORN_WITHIN);
    loop {
        let word = match keeper.recv::<Kept>(patience) {
            Ok((word, _)) => word,
            // It ended all by itself, which it does when the box has come to its end.
            Err(ChanError::Ended) if patience.is_none() => return Ok(sample::Exit::Unknown),
            Err(error) => return Err(silent(error)),
        };
        match word {
            Kept::Running => patience = None,
            Kept::Ended(exit) => return Ok(exit),
            Kept::Failed { call, errno } => return Err(format!("{call}: {errno}")),
            Kept::Terminal | Kept::Born | Kept::Trying(_) => {}
        }
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
        new_session: false,
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

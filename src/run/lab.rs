//! `glassbox lab`: a box from any set of namespaces and limits, and a program in it. Brings command
//! line, recipe and lab together.

mod equivalents;
mod facts;
mod switches;

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use self::facts::Facts;
use self::switches::Asked;
use super::exit::{self, Exit};
use super::relay::{Carried, Relay};
use crate::cli::Desk;
use crate::kernel::chan::Channel;
use crate::kernel::link::Link;
use crate::kernel::support;
use crate::kernel::tty::Tty;
use crate::lab::{Lab, NoCommand, Spawner, Streams};
use crate::model::port::Place;
use crate::model::recipe::{BOX, Ground, Recipe};
use crate::model::{Errno, Fault, Sample, Untrusted, sample};

/// How long one waits for the end of the program at a time.
const A_WHILE: Duration = Duration::from_mins(1);

/// Whether our terminal is for the desk, or for handing on the bytes of a program's own.
#[must_use]
pub fn wants_screen(desk: &Desk) -> bool {
    !desk.show && Tty::of_standard_streams().is_some()
}

/// The switches, where the desk itself is to be opened: there is a terminal, and no program.
pub(super) fn on_screen(desk: &Desk) -> Option<Result<(Recipe, Vec<String>), String>> {
    if !desk.command.is_empty() || !wants_screen(desk) {
        return None;
    }
    match switches::recipe(desk) {
        Ok(asked) if !asked.command.is_empty() => None,
        Ok(asked) => Some(Ok((asked.recipe, asked.said))),
        Err(why) => Some(Err(why)),
    }
}

/// Runs the program in a box. The exit codes are in the help of the command.
#[must_use]
pub(super) fn lab((link, mut broker): (Link, Option<Channel>), desk: &Desk) -> ExitCode {
    let Asked {
        recipe,
        command,
        said,
    } = match switches::recipe(desk) {
        Ok(read) => read,
        Err(why) => return exit::usage(&why),
    };
    let argv = desk.command.iter();
    let mut argv: Vec<Untrusted> = argv.map(|word| Untrusted::from(word.as_bytes())).collect();
    if argv.is_empty() {
        argv = command.into_iter().map(Untrusted::from).collect();
    }
    if argv.is_empty() && !desk.show {
        return exit::usage("which program? `glassbox lab --ns pid,mnt -- sh`, for instance");
    }
    for words in said {
        exit::say(&words);
    }
    if desk.show {
        return equivalents::show(&recipe, &argv);
    }
    let mut lab = match Spawner::start().and_then(|spawner| Lab::new(spawner, broker.take())) {
        Ok(lab) => lab,
        Err(error) => return refuse(&format!("the helper processes cannot be started: {error}")),
    };
    let ended = run(&mut lab, &recipe, &argv, &link);
    let proof = lab.clear();
    for left in &proof.left {
        exit::say(&format!("left behind: {}", left.text()));
    }
    match ended {
        Ok((exit, facts)) => {
            if let Some(why) = tell(desk.json.as_deref(), &facts) {
                exit::say(&why);
            }
            exit.into()
        }
        Err(Stop::Box(why)) => {
            drop(lab);
            let remedies = remedies(&recipe);
            refuse(&[vec![why], remedies].concat().join("\nglassbox: "))
        }
        Err(Stop::Program(NoCommand::NotExecuted(errno, _))) => not_executed(&argv, errno),
        Err(Stop::Program(why)) => refuse(&why.to_string()),
        Err(Stop::Asked(number)) => Exit::Signal(number).into(),
    }
}

fn refuse(why: &str) -> ExitCode {
    exit::say(why);
    Exit::NoBox.into()
}

/// A bare name was looked for in the places of `PATH`, a path was tried as it is.
fn not_executed(argv: &[Untrusted], errno: Errno) -> ExitCode {
    let name = argv.first().map(Untrusted::text).unwrap_or_default();
    if !name.contains('/') {
        exit::say(&format!("there is no program `{name}` in the box's PATH"));
        return Exit::NoSuchProgram.into();
    }
    exit::say(&format!("{name} cannot be executed in the box: {errno}"));
    match errno {
        Errno::ENOENT => Exit::NoSuchProgram.into(),
        _ => Exit::NotExecutable.into(),
    }
}

/// Why there was nothing to wait for.
enum Stop {
    /// The box cannot be made.
    Box(String),
    /// The program cannot be started.
    Program(NoCommand),
    /// We are to end, by that signal.
    Asked(i32),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Box(format!("the box cannot be made: {}", fault.message.text()))
    }
}

fn run(
    lab: &mut Lab,
    recipe: &Recipe,
    argv: &[Untrusted],
    link: &Link,
) -> Result<(Exit, Facts), Stop> {
    let ground = ground(&lab.observe());
    make(lab, recipe, &ground)?;
    let made = lab.observe();
    let relay = Relay::of_terminal(link);
    let streams = match &relay {
        Some(relay) => Streams::Terminal(relay.size()),
        None => Streams::Given(ours().map_err(|errno| {
            Stop::Program(NoCommand::Otherwise(format!(
                "the standard streams: {errno}"
            )))
        })?),
    };
    let started = lab.command_start(BOX, argv, streams);
    started.map_err(Stop::Program)?;
    let during = lab.observe();
    let exit = match relay {
        Some(relay) => carry(relay, lab)?,
        None => wait(lab),
    };
    let after = lab.observe();
    // A program may be quicker than a look at it; its first process stands where it stood.
    let views = [during, made];
    let seen = views
        .iter()
        .find(|view| facts::has_box(view))
        .unwrap_or(&views[1]);
    let facts = Facts::of(recipe, argv, exit, (seen, &after));
    let exit = match exit {
        sample::Exit::Code(code) => Exit::Program(code),
        sample::Exit::Signal(number) => Exit::Signal(number),
        sample::Exit::Unknown => Exit::NoBox,
    };
    Ok((exit, facts))
}

/// Opens the box, and has the operations carried out.
fn make(lab: &mut Lab, recipe: &Recipe, ground: &Ground) -> Result<(), Fault> {
    let opened = lab.open(&[recipe.spec()]);
    opened.fault.map_or(Ok(()), Err)?;
    let made = lab.run(&recipe.ops(ground), &mut |_| {});
    made.fault.map_or(Ok(()), Err)
}

/// Hands our terminal on until the program ends. Where we are to end, it ends with us.
fn carry(relay: Relay<'_>, lab: &mut Lab) -> Result<sample::Exit, Stop> {
    let place = Place::Box(BOX.to_owned());
    let Some(master) = lab.shell_terminal(&place) else {
        return Ok(sample::Exit::Unknown);
    };
    match relay.carry(master, &mut |within| lab.command_ended(BOX, within)) {
        Ok(Carried::Ended(exit)) => Ok(exit),
        Ok(Carried::Asked(number)) => Err(Stop::Asked(number)),
        Err(error) => Err(Stop::Box(format!("the terminal: {error}"))),
    }
}

fn wait(lab: &mut Lab) -> sample::Exit {
    loop {
        if let Some(exit) = lab.command_ended(BOX, A_WHILE) {
            return exit;
        }
        if lab.is_lost() {
            return sample::Exit::Unknown;
        }
    }
}

/// Duplicates of what we were started with.
fn ours() -> Result<[OwnedFd; 3], Errno> {
    let (input, output, error) = (io::stdin(), io::stdout(), io::stderr());
    let copy = |fd: std::os::fd::BorrowedFd<'_>| {
        fd.try_clone_to_owned().map_err(|error| Errno::from(&error))
    };
    Ok([
        copy(input.as_fd())?,
        copy(output.as_fd())?,
        copy(error.as_fd())?,
    ])
}

/// What the host's mounts allow; a directory that is not there cannot be overlaid.
fn ground(host: &Sample) -> Ground {
    let mut ground = host
        .host
        .world
        .mounts
        .value()
        .map(Ground::of)
        .unwrap_or_default();
    ground
        .overlaid
        .retain(|directory| Path::new(directory).is_dir());
    ground
}

/// What this machine lacks for such a box, and what to do about it.
fn remedies(recipe: &Recipe) -> Vec<String> {
    let needs = recipe.needs();
    let missing = support::survey(&needs, None).missing(&needs);
    // Why is said already; several needs often have one remedy.
    let mut said: Vec<String> = Vec::new();
    for probe in missing {
        let remedy = Untrusted::from(probe.remedy.as_str()).text();
        if !said.contains(&remedy) {
            said.push(remedy);
        }
    }
    said
}

/// The facts, where they are wanted. What comes back says why they are not there.
fn tell(to: Option<&Path>, facts: &Facts) -> Option<String> {
    let to = to?;
    let line = super::json::line(facts);
    if to == Path::new("-") {
        use std::io::Write as _;
        // Whoever closed it does not want them.
        let _ = io::stderr().write_all(line.as_bytes());
        return None;
    }
    let written = std::fs::write(to, line);
    let name = Untrusted::from(to.as_os_str().as_bytes()).text();
    written.err().map(|error| format!("{name}: {error}"))
}

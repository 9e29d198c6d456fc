//! kill -9 of any single process of ours at a random moment, as root and as an ordinary user: the
//! terminal is clean and nothing is left (guarantees G1 and G2). `GLASSBOX_KILLS` says how often,
//! `GLASSBOX_SEED` repeats a run.

mod common;

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::leaks::LeakCheck;
use common::processes::{Row, Table};
use common::pty::{DEADLINE, Pty};
use common::random::{Random, number_from};
use common::users::{self, Installed};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often, unless `GLASSBOX_KILLS` says otherwise.
const KILLS: u64 = 20;
/// The latest moment of a kill: by then a lesson is open and has played several steps.
const LATEST: u64 = 2000;
/// Every second kill comes this early: while processes are being started.
const EARLY: u64 = 120;
/// Between two presses of Enter before the kill.
const PRESS_EVERY: Duration = Duration::from_millis(40);

/// One kill, decided before it happens, so that a seed repeats it as far as time allows.
#[derive(Debug)]
struct Plan {
    as_root: bool,
    lesson: &'static str,
    moment: Duration,
    victim: Victim,
}

#[derive(Debug, Clone, Copy)]
enum Victim {
    Guardian,
    Ui,
    Spawner,
    /// A process of a box: its helper, its init, a demo program, the eye. Counted from the oldest.
    Member(u64),
}

#[test]
fn nothing_survives_a_kill() {
    let user = users::ordinary();
    let mut random = Random::seeded();
    let seed = random.seed;
    let kills = number_from("GLASSBOX_KILLS").unwrap_or(KILLS);
    let mut trouble = Vec::new();
    for number in 0..kills {
        let plan = plan(number, &mut random);
        // Each with no progress: the lesson begins with its first step.
        let installed = Installed::new();
        let mut command = match (&user, plan.as_root && users::is_root()) {
            (_, true) => Command::new(installed.path()),
            (Ok(user), false) => user.command(installed.path()),
            (Err(why), false) => skip!("{why}"),
        };
        command.args(["learn", plan.lesson, "--state"]);
        command.arg(installed.state());
        let found = carry_out(&plan, command);
        trouble.extend(found.into_iter().map(|what| format!("{plan:?}: {what}")));
    }
    assert!(
        trouble.is_empty(),
        "GLASSBOX_SEED={seed}, {} of {kills} kills:\n  {}",
        trouble.len(),
        trouble.join("\n  ")
    );
}

fn plan(number: u64, random: &mut Random) -> Plan {
    let latest = if number.is_multiple_of(2) {
        EARLY
    } else {
        LATEST
    };
    Plan {
        as_root: (number / 2).is_multiple_of(2),
        lesson: ["00-labels", "02-pid", "06-overlay"]
            [usize::try_from(random.below(3)).unwrap_or(0)],
        moment: Duration::from_millis(random.below(latest)),
        victim: match random.below(6) {
            0 => Victim::Guardian,
            1 => Victim::Ui,
            2 => Victim::Spawner,
            _ => Victim::Member(random.below(4)),
        },
    }
}

/// Starts, plays, kills, waits for the end; what is wrong then, in words.
fn carry_out(plan: &Plan, command: Command) -> Vec<String> {
    let check = LeakCheck::begin();
    let mut pty = Pty::start(command, 24, 80);
    play_for(plan.moment, &pty);
    let victim = find(plan.victim, pty.pid());
    let _ = kill(Pid::from_raw(victim.pid), Signal::SIGKILL);
    let code = if victim.pid == pty.pid() {
        pty.exit_code()
    } else {
        quit(&mut pty)
    };
    let mut trouble = Vec::new();
    // 0: it went on without its helper. 137: the guardian tells how the ui ended.
    if ![0, 137].contains(&code) {
        trouble.push(format!("exit code {code}\n{}", pty.screen()));
    }
    // A guardian gives the terminal back before it ends; after a killed one the ui does, which has
    // the promised second for it, as for everything else.
    if victim.pid == pty.pid() {
        trouble.extend(check.finish());
        trouble.extend(pty.stains());
    } else {
        trouble.extend(pty.stains());
        trouble.extend(check.finish());
    }
    let killed = format!("{} {}", victim.pid, victim.comm);
    trouble
        .into_iter()
        .map(|what| format!("killed {killed}: {what}"))
        .collect()
}

/// Answers "I don't know" and presses Enter until the moment has come.
fn play_for(time: Duration, pty: &Pty) {
    let end = Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        sleep(left.min(PRESS_EVERY));
        if left <= PRESS_EVERY {
            return;
        }
        pty.press("0\r");
    }
}

/// The victim if it is there yet, else the youngest of ours that is.
fn find(victim: Victim, guardian: i32) -> Row {
    let table = Table::read();
    let ours = table.ours(std::process::id().cast_signed());
    let named = |name: &str| ours.iter().find(|row| row.comm.ends_with(name)).copied();
    let wanted = match victim {
        Victim::Guardian => ours.iter().find(|row| row.pid == guardian).copied(),
        Victim::Ui => named(":ui"),
        Victim::Spawner => named(":spawner"),
        Victim::Member(position) => {
            let members: Vec<&&Row> = ours
                .iter()
                .filter(|row| row.comm.starts_with("box:") && row.comm != "box:spawner")
                .collect();
            let position = usize::try_from(position).unwrap_or(0);
            members.get(position).or(members.last()).map(|row| **row)
        }
    };
    let youngest = ours.iter().max_by_key(|row| (row.start, row.pid)).copied();
    let guardian = || Row::read(guardian).expect("the guardian, which nobody has reaped");
    wanted.or(youngest).cloned().unwrap_or_else(guardian)
}

/// Presses what quits from any screen until it has ended.
fn quit(pty: &mut Pty) -> i32 {
    let deadline = Instant::now() + DEADLINE;
    while !pty.has_ended() {
        assert!(
            Instant::now() < deadline,
            "q does not end it:\n{}",
            pty.screen()
        );
        // At a challenge Enter has opened a shell, and all keys but Ctrl-] are its.
        pty.press("\x1d");
        sleep(PRESS_EVERY);
        pty.press("q");
        sleep(PRESS_EVERY);
        if !pty.has_ended() {
            pty.press("\r");
            sleep(PRESS_EVERY);
        }
    }
    pty.exit_code()
}

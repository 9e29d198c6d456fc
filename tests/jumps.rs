//! Steps gone to by chance, resets, and shells with jobs in the background: after each, the boxes of
//! before are gone; at the end nothing is left over, in the ui neither. `GLASSBOX_JUMPS` says how many,
//! `GLASSBOX_SEED` repeats a run.

mod common;

use std::io::Write as _;
use std::time::{Duration, Instant};

use common::family;
use common::processes::{Row, Table};
use common::random::{Random, number_from};
use common::session::{Role, Session, roles};

/// How many, unless `GLASSBOX_JUMPS` says otherwise.
const JUMPS: u64 = 16;
/// Ctrl-], as terminals send it.
const LEAVE: &str = "\x1d";
/// A job that nobody waits for.
const JOB: &str = "sleep 4730";

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Move {
    /// To this step, from 1.
    Jump(u64),
    Reset,
    /// A job is left in the background of a shell, on the side that is chosen.
    Shell,
    Side,
}

fn moves(count: u64, steps: u64, random: &mut Random) -> Vec<Move> {
    let next = |_| match random.below(8) {
        0 | 1 => Move::Reset,
        2 => Move::Shell,
        3 => Move::Side,
        _ => Move::Jump(1 + random.below(steps)),
    };
    (0..count).map(next).collect()
}

#[test]
fn nothing_is_left_over_by_jumps_and_resets() {
    let mut random = Random::seeded();
    let jumps = number_from("GLASSBOX_JUMPS").unwrap_or(JUMPS);
    let lessons = [("02-pid", 6), ("05-mount", 6), ("08-net", 6)];
    let tours: Vec<_> = roles()
        .into_iter()
        .flat_map(|role| lessons.map(|lesson| (role.clone(), lesson)))
        .collect();
    let each = jumps.div_ceil(u64::try_from(tours.len()).expect("few"));
    for (role, (lesson, steps)) in tours {
        let moves = moves(each, steps, &mut random);
        let what = format!("GLASSBOX_SEED={}, {lesson} as {role:?}", random.seed);
        // What fails in the middle says no more than the screen.
        let _ = writeln!(std::io::stdout(), "{what}: {moves:?}");
        tour(lesson, &role, &moves, &what);
    }
}

fn tour(lesson: &str, role: &Role, moves: &[Move], what: &str) {
    let session = Session::at(lesson, role, &[("SHELL", "/bin/sh")]);
    reset(&session);
    let before = held(&session);
    for next in moves {
        match next {
            Move::Jump(step) => {
                session.pty.press(&format!("G{step}"));
                stands(&session, Some(*step));
            }
            Move::Reset => reset(&session),
            Move::Shell => leave_a_job(&session),
            Move::Side => session.pty.press("\t"),
        }
    }
    session.pty.press("G1");
    stands(&session, Some(1));
    reset(&session);
    assert_eq!(jobs(), 0, "a job survived the reset: {what}");
    let deadline = Instant::now() + common::pty::DEADLINE;
    while held(&session) != before {
        let now = held(&session);
        assert!(
            Instant::now() < deadline,
            "{before:?}, then {now:?}: {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    session.pty.press("qy");
    session.ends_cleanly(0, what);
}

fn reset(session: &Session) {
    session.pty.press("x\r");
    session.pty.wait_for("Nothing is left");
    session.pty.press("\r");
    stands(session, None);
}

/// Waits until the step is shown and its boxes stand.
fn stands(session: &Session, step: Option<u64>) {
    let title = step.map_or_else(|| "step ".to_owned(), |step| format!("step {step}/"));
    session.pty.wait_until("the boxes", |screen| {
        let text = screen.contents();
        let shown = text.contains(&title) && ["[READ]", "[TRY]"].iter().any(|it| text.contains(it));
        shown && !text.contains("making the boxes")
    });
}

fn leave_a_job(session: &Session) {
    let waits = "until the boxes stand";
    loop {
        session.pty.press("s");
        session.pty.wait_until("a shell, or to wait", |screen| {
            let text = screen.contents();
            text.contains("Ctrl-] leaves the shell") || text.contains(waits)
        });
        if !session.pty.screen().contains(waits) {
            break;
        }
        // A key that takes the words away: what is seen next is the answer to the next try.
        session.pty.press("k");
        session
            .pty
            .wait_until("silence", |screen| !screen.contents().contains(waits));
    }
    let before = jobs();
    session.pty.press(&format!("{JOB} &\r"));
    let deadline = Instant::now() + common::pty::DEADLINE;
    while jobs() == before {
        let screen = session.pty.screen();
        assert!(Instant::now() < deadline, "no job was started:\n{screen}");
        std::thread::sleep(Duration::from_millis(10));
    }
    session.pty.press(LEAVE);
}

fn jobs() -> usize {
    let table = Table::read();
    let is = |row: &&Row| row.cmdline.trim_end() == JOB;
    table.rows().filter(is).count()
}

/// What the ui and the spawner hold in the first step: descriptors of both, threads of the one, children of the other.
fn held(session: &Session) -> [usize; 4] {
    let spawner = family::child_called(session.ui, "box:spawner");
    let count = |path: String| std::fs::read_dir(path).map_or(0, Iterator::count);
    [
        count(format!("/proc/{}/fd", session.ui)),
        count(format!("/proc/{spawner}/fd")),
        count(format!("/proc/{}/task", session.ui)),
        family::descendants(session.ui).len(),
    ]
}

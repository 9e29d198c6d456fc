//! Keeps CPUs busy, with as many threads as it is told; on one CPU, if it is told which. With `busy` and
//! `idle` it works in bursts, and says how long each took.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Life;
use super::nasty::{capped, failed};
use crate::kernel::cage::Deadline;
use crate::kernel::load;
use crate::kernel::record::{Recorder, Stop};
use crate::model::Errno;

const MOST_THREADS: u32 = 8;
/// How often the clock is looked at: often enough for a burst of a millisecond.
const ROUNDS: u32 = 2000;

/// Burns until the lifeline or the time ends.
pub(super) fn run(life: &Life, deadline: Deadline) -> ExitCode {
    let mut recorder = life.recorder();
    if stay(life, &mut recorder).is_err() {
        life.opened(recorder, None);
        return ExitCode::FAILURE;
    }
    let threads = capped(life, "threads", 1, MOST_THREADS);
    life.opened(recorder, None);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 1..=threads {
            let thread = std::thread::Builder::new().spawn_scoped(scope, || work(life, &over));
            if let Err(error) = thread {
                life.say(failed("clone", Errno::from(&error), number - 1));
                break;
            }
        }
        wait(life, deadline);
        over.store(true, Ordering::Relaxed);
    });
    ExitCode::SUCCESS
}

fn stay(life: &Life, recorder: &mut Recorder) -> Result<(), Stop> {
    let Some(nth) = life
        .with
        .number("cpu")
        .and_then(|n| usize::try_from(n).ok())
    else {
        return Ok(());
    };
    let cpu = load::nth_cpu(nth).map_err(Stop::Failed)?;
    let args = ["0".to_owned(), format!("[{cpu}]")];
    recorder.unit("sched_setaffinity", &args, || load::stay_on(cpu))
}

fn wait(life: &Life, deadline: Deadline) {
    let seconds = life
        .with
        .number("seconds")
        .and_then(|s| u64::try_from(s).ok());
    let began = Instant::now();
    let enough = seconds.map(Duration::from_secs);
    while !deadline.is_over() {
        let left = enough.map_or(Duration::from_secs(1), |all| {
            all.saturating_sub(began.elapsed())
        });
        if left.is_zero() {
            let used = load::process_time().as_millis();
            let took = began.elapsed().as_millis();
            life.say(format!("{used} ms of CPU time in {took} ms"));
            return;
        }
        if life.wait(&[], left.min(Duration::from_secs(1))).is_err() {
            return;
        }
    }
}

fn work(life: &Life, over: &AtomicBool) {
    let bursts = life.with.number("busy").zip(life.with.number("idle"));
    let millis = |n: i64| Duration::from_millis(u64::try_from(n).unwrap_or(1).clamp(1, 1000));
    let (busy, idle) = bursts.map_or((Duration::MAX, Duration::ZERO), |(busy, idle)| {
        (millis(busy), millis(idle))
    });
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        burn(busy, over);
        let took = began.elapsed().as_millis();
        if bursts.is_some() {
            life.say(format!("{} ms of work took {took} ms", busy.as_millis()));
        }
        std::thread::sleep(idle);
    }
}

/// Uses so much CPU time.
fn burn(time: Duration, over: &AtomicBool) {
    let enough = load::thread_time().saturating_add(time);
    while !over.load(Ordering::Relaxed) && load::thread_time() < enough {
        for _ in 0..ROUNDS {
            std::hint::spin_loop();
        }
    }
}

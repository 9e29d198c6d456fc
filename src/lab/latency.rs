//! How long a round trip to a process outside every box takes: what a neighbour of the box would feel.
//! Measured in a thread of its own while the lab looks on. Called for `observe`.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::model::cgroup::group::Latency;

/// Between two round trips, as ping(8) with a short interval.
const EVERY: Duration = Duration::from_millis(10);
/// Ten seconds of them.
const MOST: usize = 1024;

/// A measurement that runs.
pub(super) struct Probe {
    /// Dropped to end it.
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<Vec<u64>>>,
}

impl Probe {
    /// Starts it; one that cannot be started measures nothing.
    pub(super) fn start() -> Self {
        let (stop, stopped) = sync_channel(1);
        let thread = echo().and_then(|echo| {
            let thread = std::thread::Builder::new().name("latency".to_owned());
            thread.spawn(move || measure(echo, &stopped)).ok()
        });
        Self {
            stop: Some(stop),
            thread,
        }
    }

    /// Ends it; `None` if nothing was measured.
    pub(super) fn finish(mut self) -> Option<Latency> {
        self.stop.take();
        summary(self.thread.take()?.join().ok()?)
    }
}

fn echo() -> Option<Child> {
    let mut command = Command::new("/proc/self/exe");
    command.arg("@echo").env_clear();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command.spawn().ok()
}

fn measure(mut echo: Child, stopped: &Receiver<()>) -> Vec<u64> {
    let mut took = Vec::new();
    if let (Some(mut there), Some(mut back)) = (echo.stdin.take(), echo.stdout.take()) {
        let mut byte = [b'.'];
        // The first one waits for the process to start, and is not counted.
        let mut trip = || -> std::io::Result<Duration> {
            let began = Instant::now();
            there.write_all(&byte)?;
            back.read_exact(&mut byte)?;
            Ok(began.elapsed())
        };
        let mut answers = trip().is_ok();
        while answers && took.len() < MOST {
            match trip() {
                Ok(time) => took.push(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)),
                Err(_) => answers = false,
            }
            if stopped.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
    }
    // Its input has ended by now.
    let _ = echo.wait();
    took
}

fn summary(mut took: Vec<u64>) -> Option<Latency> {
    took.sort_unstable();
    // The smallest value that so many in a hundred do not exceed.
    let percentile = |share: usize| {
        took.get((took.len() * share).div_ceil(100).max(1) - 1)
            .copied()
    };
    Some(Latency {
        p50_us: percentile(50)?,
        p99_us: percentile(99)?,
        max_us: *took.last()?,
        samples: u64::try_from(took.len()).unwrap_or(u64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let took: Vec<u64> = (1..=200).rev().collect();
        let read = summary(took).expect("some");
        assert_eq!((read.p50_us, read.p99_us, read.max_us), (100, 198, 200));
        let one = summary(vec![7]).expect("one");
        assert_eq!(
            (one.p50_us, one.p99_us, one.max_us, one.samples),
            (7, 7, 7, 1)
        );
        assert_eq!(summary(Vec::new()), None);
    }
}

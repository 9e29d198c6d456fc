//! Writes a file and says how many milliseconds its write(2) calls took together: through the page
//! cache, or past it with `O_DIRECT`. Then it ends; the file stays.

use std::fs::File;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::Life;
use super::nasty::capped;
use crate::kernel::cage::Deadline;
use crate::kernel::load;
use crate::model::Errno;
use crate::model::cage::MOST_MEMORY;

/// In one write(2); small enough to hear the lifeline end at a megabyte a second.
const PIECE: usize = 1 << 17;
/// What O_DIRECT wants addresses and lengths to be multiples of, at most: open(2).
const ALIGNED: usize = 4096;

/// Writes once.
pub(super) fn run(life: &Life, deadline: Deadline) -> ExitCode {
    let Some(path) = life.with.text("path") else {
        return ExitCode::FAILURE;
    };
    let direct = life.with.text("how") == Some("direct");
    let most = u32::try_from(MOST_MEMORY >> 20).unwrap_or(1);
    let mb = capped(life, "mb", 1, most) as usize;
    let mut recorder = life.recorder();
    let flags = if direct {
        "O_WRONLY|O_CREAT|O_TRUNC|O_DIRECT|O_CLOEXEC"
    } else {
        "O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC"
    };
    let args = ["AT_FDCWD", &format!("\"{path}\""), flags, "0600"].map(str::to_owned);
    let file = recorder.call("openat", &args, || {
        load::new_file(path, direct).map(|file| (3, file))
    });
    life.opened(recorder, None);
    let Ok(mut file) = file else {
        return ExitCode::FAILURE;
    };
    let began = Instant::now();
    match write(life, deadline, &mut file, (mb << 20) / PIECE) {
        Ok(true) => life.say(began.elapsed().as_millis().to_string()),
        Ok(false) => {}
        Err(errno) => {
            life.say(format!("write failed: {}", errno.name()));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Whether all was written before the lifeline or the time ended.
fn write(life: &Life, deadline: Deadline, file: &mut File, pieces: usize) -> Result<bool, Errno> {
    let buffer = vec![0; PIECE + ALIGNED];
    let start = buffer.as_ptr().align_offset(ALIGNED);
    let piece = buffer.get(start..start + PIECE).ok_or(Errno::EINVAL)?;
    for _ in 0..pieces {
        if deadline.is_over() || life.wait(&[], Duration::ZERO).is_err() {
            return Ok(false);
        }
        file.write_all(piece).map_err(|e| Errno::from(&e))?;
    }
    Ok(true)
}

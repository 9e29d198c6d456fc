//! The handshake that makes the box's root: we, in the parent user namespace, write who inside is
//! whom outside. Source: user_namespaces(7), "Defining user and group ID mappings".

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use crate::kernel::calls::{self, OneWrite};
use crate::kernel::observe;
use crate::kernel::record::{Recorder, Stop};
use crate::kernel::subids::{Map, Run};
use crate::model::{Actor, Call, Errno, Outcome};

/// Maps our own uid and gid to 0 in the user namespace of that process. Returns the calls, and the
/// error number of the one that failed.
pub(super) fn write(process: BorrowedFd<'_>) -> (Vec<Call>, Result<(), Errno>) {
    let mut recorder = Recorder::new(Actor::Host);
    let result = write_all(process, &mut recorder).map_err(|stop| match stop {
        Stop::Failed(errno) => errno,
        Stop::Refused(_) => Errno::EINVAL,
    });
    (recorder.calls, result)
}

/// The same for a whole range, by newuidmap(1) or newgidmap(1). `Err`: why not, in words.
pub(super) fn write_range(process: BorrowedFd<'_>, map: Map) -> (Vec<Call>, Result<(), String>) {
    let mut recorder = Recorder::new(Actor::Host);
    let result = run(process, map, &mut recorder);
    (recorder.calls, result)
}

fn run(process: BorrowedFd<'_>, map: Map, recorder: &mut Recorder) -> Result<(), String> {
    let (pid, _) = observe::identity(process).map_err(|errno| errno.to_string())?;
    let run = Run::prepare(map, pid).map_err(|lack| lack.to_string())?;
    let words: Vec<String> = run.argv.iter().map(|word| format!("\"{word}\"")).collect();
    let args = [
        format!("\"{}\"", run.path().text()),
        format!("[{}]", words.join(", ")),
        "envp".to_owned(),
    ];
    let began = Instant::now();
    run.run().map_err(|lack| lack.to_string())?;
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    recorder.push("execve", &args, Outcome::Ok(0), micros);
    Ok(())
}

fn write_all(process: BorrowedFd<'_>, recorder: &mut Recorder) -> Result<(), Stop> {
    let (pid, _) = observe::identity(process).map_err(Stop::Failed)?;
    let directory = observe::directory(process).map_err(Stop::Failed)?;
    let (uid, gid) = calls::effective_ids();
    // setgroups first: since Linux 3.19 an unprivileged gid_map needs `deny` there.
    let files = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {uid} 1")),
        ("gid_map", format!("0 {gid} 1")),
    ];
    for (file, text) in files {
        let args = [format!("\"/proc/{pid}/{file}\""), format!("\"{text}\"")];
        recorder.call("write", &args, || {
            let taken = OneWrite::open_at(directory.as_fd(), file)?.write(&text)?;
            Ok::<_, Errno>((taken, ()))
        })?;
    }
    Ok(())
}

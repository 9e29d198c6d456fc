//! Makes a System V set of semaphores, and ends. The set belongs to its IPC namespace, and stays.

use std::process::ExitCode;

use super::Life;
use crate::kernel::ipc;

/// Makes it if there is none of that key.
pub(super) fn run(life: &Life) -> ExitCode {
    let count = life
        .with
        .number("count")
        .and_then(|n| i32::try_from(n).ok());
    let (Some(key), Some(count)) = (ipc::key(&life.with), count) else {
        return ExitCode::FAILURE;
    };
    let mut recorder = life.recorder();
    let args = [
        format!("{key:#x}"),
        count.to_string(),
        "IPC_CREAT|0600".to_owned(),
    ];
    // Where it fails, the recorder tells.
    let _ = recorder.call("semget", &args, || {
        ipc::semaphores(key, count).map(|id| (i64::from(id), ()))
    });
    life.finished(recorder, None);
    ExitCode::SUCCESS
}

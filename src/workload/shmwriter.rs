//! Makes a System V segment of shared memory, writes a text into it, and stays attached. The segment
//! belongs to its IPC namespace, not to this process: it stays when the process ends.

use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use crate::kernel::ipc::{self, SEGMENT};
use crate::model::Untrusted;

/// Writes first of all; then sleeps until the lifeline ends.
pub(super) fn run(life: &Life) -> ExitCode {
    let (Some(key), Some(text)) = (ipc::key(&life.with), life.with.text("text")) else {
        return ExitCode::FAILURE;
    };
    let mut recorder = life.recorder();
    let args = [
        format!("{key:#x}"),
        SEGMENT.to_string(),
        "IPC_CREAT|0600".to_owned(),
    ];
    let segment = recorder
        .call("shmget", &args, || {
            ipc::create(key).map(|id| (i64::from(id), id))
        })
        .and_then(|id| {
            let args = [id.to_string(), "NULL".to_owned(), "0".to_owned()];
            recorder.call("shmat", &args, || {
                ipc::attach(id, true).map(|segment| (segment.address(), segment))
            })
        });
    let Ok(segment) = segment else {
        life.opened(recorder, None);
        return ExitCode::FAILURE;
    };
    segment.write(text.as_bytes());
    life.opened(recorder, Some(Untrusted::from(text)));
    while life.wait(&[], Duration::from_mins(10)).is_ok() {}
    ExitCode::SUCCESS
}

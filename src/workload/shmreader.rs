//! Says the text that somebody has put into a System V segment of shared memory, and ends. It never
//! makes one and never changes one.

use std::process::ExitCode;

use super::Life;
use crate::kernel::ipc;
use crate::model::Untrusted;

/// Finds it by its key.
pub(super) fn run(life: &Life) -> ExitCode {
    let Some(key) = ipc::key(&life.with) else {
        return ExitCode::FAILURE;
    };
    let mut recorder = life.recorder();
    let args = [format!("{key:#x}"), "0".to_owned(), "0".to_owned()];
    let segment = recorder
        .call("shmget", &args, || {
            ipc::find(key).map(|id| (i64::from(id), id))
        })
        .and_then(|id| {
            let args = [id.to_string(), "NULL".to_owned(), "SHM_RDONLY".to_owned()];
            recorder.call("shmat", &args, || {
                ipc::attach(id, false).map(|segment| (segment.address(), segment))
            })
        });
    let said = segment.map(|segment| Untrusted::from(segment.text()));
    life.finished(recorder, said.ok());
    ExitCode::SUCCESS
}

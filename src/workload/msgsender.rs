//! Sends a text to a System V message queue, made if there is none, and ends. Queue and message belong
//! to their IPC namespace, and stay.

use std::process::ExitCode;

use super::Life;
use crate::kernel::ipc;
use crate::kernel::record::{Recorder, Stop};
use crate::model::Untrusted;

/// Sends once.
pub(super) fn run(life: &Life) -> ExitCode {
    let (Some(key), Some(text)) = (ipc::key(&life.with), life.with.text("text")) else {
        return ExitCode::FAILURE;
    };
    let mut recorder = life.recorder();
    let sent = send(key, text, &mut recorder);
    life.finished(recorder, sent.ok().map(|()| Untrusted::from(text)));
    ExitCode::SUCCESS
}

fn send(key: i32, text: &str, recorder: &mut Recorder) -> Result<(), Stop> {
    let args = [format!("{key:#x}"), "IPC_CREAT|0600".to_owned()];
    let id = recorder.call("msgget", &args, || {
        ipc::messages(key).map(|id| (i64::from(id), id))
    })?;
    let args = [
        id.to_string(),
        format!("{{1, \"{text}\"}}"),
        text.len().to_string(),
        "IPC_NOWAIT".to_owned(),
    ];
    recorder.unit("msgsnd", &args, || ipc::send(id, text.as_bytes()))
}

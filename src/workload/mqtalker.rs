//! With a text, makes a POSIX message queue if there is none and sends it; without, receives a message
//! from one that is there, and says it. Then it ends; the queue stays in its IPC namespace.

use std::process::ExitCode;

use super::Life;
use crate::kernel::ipc;
use crate::kernel::record::{Recorder, Stop};
use crate::model::Untrusted;

/// Talks once.
pub(super) fn run(life: &Life) -> ExitCode {
    let Some(queue) = life.with.text("queue") else {
        return ExitCode::FAILURE;
    };
    let name = format!("/{queue}");
    let mut recorder = life.recorder();
    let said = match life.with.text("text") {
        Some(text) => send(&name, text, &mut recorder),
        None => receive(&name, &mut recorder),
    };
    life.finished(recorder, said.ok());
    ExitCode::SUCCESS
}

fn send(name: &str, text: &str, recorder: &mut Recorder) -> Result<Untrusted, Stop> {
    let args = [
        format!("\"{name}\""),
        "O_CREAT|O_WRONLY|O_NONBLOCK".to_owned(),
        "0600".to_owned(),
    ];
    let queue = recorder.call("mq_open", &args, || {
        ipc::queue(name, true).map(|queue| (3, queue))
    })?;
    let args = ["3".to_owned(), format!("\"{text}\"")];
    recorder.unit("mq_timedsend", &args, || queue.send(text.as_bytes()))?;
    Ok(Untrusted::from(text))
}

fn receive(name: &str, recorder: &mut Recorder) -> Result<Untrusted, Stop> {
    let args = [format!("\"{name}\""), "O_RDONLY|O_NONBLOCK".to_owned()];
    let queue = recorder.call("mq_open", &args, || {
        ipc::queue(name, false).map(|queue| (3, queue))
    })?;
    recorder.call("mq_timedreceive", &["3".to_owned()], || {
        queue.receive().map(|text| {
            let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
            (length, Untrusted::from(text))
        })
    })
}

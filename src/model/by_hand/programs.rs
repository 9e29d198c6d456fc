//! The commands that stand for demo programs: what each of them does, in words of the shell.

use super::{PROGRAM, SHELL, ipc};
use crate::model::op::Workload;
use crate::model::with::With;

/// What starts something like it.
pub(super) fn program(workload: Workload, with: &With) -> String {
    match workload {
        Workload::Init | Workload::Helper => SHELL.to_owned(),
        Workload::Ticker | Workload::Sleeper => format!("{PROGRAM} &"),
        Workload::Listener | Workload::Greeter => super::net::program_line(workload, with),
        Workload::Catcher => {
            format!(r#"sh -c 'trap "exit 0" TERM; {PROGRAM} & wait' &"#)
        }
        Workload::ShmWriter
        | Workload::ShmReader
        | Workload::SemMaker
        | Workload::MsgSender
        | Workload::MqTalker => ipc::program_line(workload, with),
        // exec(2) keeps the children, and the new program knows nothing of them.
        Workload::Zombies => {
            format!("sh -c 'sleep 0.1 & sleep 0.1 & sleep 0.1 & exec {PROGRAM}' &")
        }
        // Each shell in parentheses ends at once, its child does not.
        Workload::Orphans => {
            let seconds = if with.text("then") == Some("exit") {
                1
            } else {
                600
            };
            format!("for i in 1 2 3; do (sleep {seconds} &); done")
        }
    }
}

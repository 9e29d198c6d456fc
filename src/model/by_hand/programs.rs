//! The commands that stand for demo programs: what each of them does, in words of the shell.

use super::{PROGRAM, SHELL, quoted};
use crate::model::op::Workload;
use crate::model::with::With;

/// What starts something like it.
pub(super) fn program(workload: Workload, with: &With) -> String {
    let key = with.number("key").unwrap_or_default();
    let text = with.text("text").unwrap_or_default();
    match workload {
        Workload::Init | Workload::Helper => SHELL.to_owned(),
        Workload::Ticker | Workload::Sleeper => format!("{PROGRAM} &"),
        Workload::Listener | Workload::Greeter => super::net::program_line(workload, with),
        Workload::Catcher => {
            format!(r#"sh -c 'trap "exit 0" TERM; {PROGRAM} & wait' &"#)
        }
        // 01600 is IPC_CREAT and mode 0600. The segment needs no process that stays.
        Workload::ShmWriter => perl(&format!(
            "$id = shmget({key:#x}, 4096, 01600); shmwrite($id, \"{}\", 0, 64)",
            escaped(text)
        )),
        Workload::ShmReader => perl(&format!(
            "$id = shmget({key:#x}, 0, 0); shmread($id, $text, 0, 64); say unpack(\"Z*\", $text)"
        )),
        Workload::MqTalker => "# no common command speaks to POSIX message queues".to_owned(),
        // exec(2) keeps the children, and the new program knows nothing of them.
        Workload::Zombies => {
            format!("sh -c 'sleep 0.1 & sleep 0.1 & sleep 0.1 & exec {PROGRAM}' &")
        }
        // Each shell in parentheses ends at once, its child does not.
        Workload::Orphans => "for i in 1 2 3; do (sleep 1 &); done".to_owned(),
    }
}

fn perl(program: &str) -> String {
    format!("perl -E {}", quoted(program))
}

/// A text between double quotes in Perl.
fn escaped(text: &str) -> String {
    let odd = |c| matches!(c, '\\' | '"' | '$' | '@');
    let escape = |c| if odd(c) { vec!['\\', c] } else { vec![c] };
    text.chars().flat_map(escape).collect()
}

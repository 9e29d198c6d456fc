//! System V and POSIX IPC by hand. ipcmk(1) chooses its own keys, so perl makes the bare calls;
//! Python where it has none: to stay attached, and for POSIX queues. Called by `by_hand` alone.

use super::net::python;
use super::quoted;
use crate::model::op::Workload;
use crate::model::with::With;

/// The C library, and an end with the error's text where a call returns -1.
const CALLS: &str = "import ctypes,os; c=ctypes.CDLL(\"librt.so.1\",use_errno=True); \
                     e=lambda r: exit(os.strerror(ctypes.get_errno())) if r==-1 else r";

/// What does the same. 01600 is `IPC_CREAT` and mode 0600; 0o101 is `O_CREAT|O_WRONLY`.
pub(super) fn program_line(workload: Workload, with: &With) -> String {
    let key = with.number("key").unwrap_or_default();
    let text = with.text("text").unwrap_or_default();
    let queue = python(&format!("/{}", with.text("queue").unwrap_or_default()));
    match workload {
        Workload::ShmWriter => {
            let text = python(text);
            format!(
                "{} &",
                calls(&format!(
                    "i=e(c.shmget({key:#x},4096,0o1600)); c.shmat.restype=ctypes.c_void_p; \
                     p=c.shmat(i,None,0); t={text}.encode()+b\"\\0\"; ctypes.memmove(p,t,len(t)); \
                     import time; time.sleep(600)"
                ))
            )
        }
        Workload::ShmReader => perl(&format!(
            "$id = shmget({key:#x}, 0, 0) // die $!; shmread($id, $text, 0, 64); print unpack(\"Z*\", $text), \"\\n\""
        )),
        Workload::SemMaker => {
            let count = with.number("count").unwrap_or(1);
            perl(&format!("semget({key:#x}, {count}, 01600) // die $!"))
        }
        Workload::MsgSender => perl(&format!(
            "msgsnd(msgget({key:#x}, 01600), pack(\"l! a*\", 1, \"{}\"), 0) // die $!",
            escaped(text)
        )),
        _ if with.text("text").is_some() => calls(&format!(
            "q=e(c.mq_open({queue}.encode(),0o101,0o600,None)); t={}.encode(); e(c.mq_send(q,t,len(t),1))",
            python(text)
        )),
        _ => calls(&format!(
            "q=e(c.mq_open({queue}.encode(),0)); b=ctypes.create_string_buffer(8192); \
             e(c.mq_receive(q,b,8192,None)); print(b.value.decode())"
        )),
    }
}

fn calls(code: &str) -> String {
    format!("python3 -c {}", quoted(&format!("{CALLS}; {code}")))
}

/// A program in Perl.
pub(super) fn perl(program: &str) -> String {
    format!("perl -e {}", quoted(program))
}

/// A text between double quotes in Perl.
pub(super) fn escaped(text: &str) -> String {
    let odd = |c| matches!(c, '\\' | '"' | '$' | '@');
    let escape = |c| if odd(c) { vec!['\\', c] } else { vec![c] };
    text.chars().flat_map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::with::Value;

    #[test]
    fn a_text_cannot_leave_its_quotes() {
        let with = With::from([
            ("key", Value::Number(0xb0c5)),
            ("text", Value::Text("a$b\"'".to_owned())),
        ]);
        let line = program_line(Workload::MsgSender, &with);
        assert_eq!(
            line,
            r#"perl -e 'msgsnd(msgget(0xb0c5, 01600), pack("l! a*", 1, "a\$b\"'\''"), 0) // die $!'"#
        );
        let line = program_line(Workload::MqTalker, &with);
        assert!(line.contains(r#"t="a$b\"'\''".encode()"#), "{line}");
    }
}

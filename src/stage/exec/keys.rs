//! Keys of the kernel. The session keyring that a lesson writes to must be one that the box has made:
//! another one belongs to the learner's login.

use super::quoted;
use crate::kernel::keys;
use crate::kernel::record::{Recorder, Stop};
use crate::model::op::{Addkey, Readkey};
use crate::model::{NsKind, Op, Untrusted};
use crate::stage::hands::Hands;

const SESSION: &str = "KEY_SPEC_SESSION_KEYRING";

impl Hands {
    /// Carries out an operation of `model/op/keys.rs`.
    pub(super) fn on_keys(&mut self, op: &Op, recorder: &mut Recorder) -> Result<(), Stop> {
        self.guard(NsKind::User, op)?;
        match op {
            Op::Keyring(_) => {
                let args = ["KEYCTL_JOIN_SESSION_KEYRING", "NULL"].map(str::to_owned);
                recorder.call("keyctl", &args, || keys::new_session().map(|it| (it, ())))?;
                self.grounds.keyring = true;
                Ok(())
            }
            Op::Addkey(add) if self.grounds.keyring => put(add, recorder),
            Op::Readkey(read) if self.grounds.keyring => fetch(read, recorder),
            _ => Err(Stop::Refused(format!(
                "`{}` would touch the session keyring that glassbox was started with: `keyring` \
                 must come first, by `{}` or by whoever starts it",
                op.key(),
                self.name
            ))),
        }
    }
}

fn put(Addkey { name, text, .. }: &Addkey, recorder: &mut Recorder) -> Result<(), Stop> {
    let args = [
        quoted("user"),
        quoted(name),
        quoted(text),
        text.len().to_string(),
        SESSION.to_owned(),
    ];
    recorder.call("add_key", &args, || {
        keys::add(name, text).map(|it| (it, ()))
    })
}

fn fetch(Readkey { name, .. }: &Readkey, recorder: &mut Recorder) -> Result<(), Stop> {
    let args = [
        "KEYCTL_SEARCH".to_owned(),
        SESSION.to_owned(),
        quoted("user"),
        quoted(name),
        "0".to_owned(),
    ];
    let key = recorder.call("keyctl", &args, || keys::search(name).map(|it| (it, it)))?;
    let args = ["KEYCTL_READ".to_owned(), key.to_string()];
    let text = recorder.call("keyctl", &args, || {
        let text = keys::read(key)?;
        let length = i64::try_from(text.as_bytes().len()).unwrap_or(i64::MAX);
        Ok::<_, crate::model::Errno>((length, text))
    })?;
    if let Some(call) = recorder.calls.last_mut() {
        let read = quoted(&String::from_utf8_lossy(text.as_bytes()));
        call.args.push(Untrusted::from(read));
    }
    Ok(())
}

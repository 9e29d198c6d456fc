//! Connects to a socket, reads to the end, and says what it was answered, or how long that took if
//! it was much. Then it ends.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::process::ExitCode;
use std::time::Instant;

use super::Life;
use super::listener::socket_number;
use crate::kernel::record::{Recorder, Stop};
use crate::kernel::sock::{self, Address};
use crate::model::Untrusted;

/// What is longer is no word: then it says how long it took.
const WORD: usize = 256;

/// Asks once.
pub(super) fn run(life: &Life) -> ExitCode {
    let Some(address) = address(life) else {
        return ExitCode::FAILURE;
    };
    let mut recorder = life.recorder();
    let answer = ask(&address, &mut recorder);
    let succeeded = answer.is_ok();
    life.finished(recorder, answer.ok().map(Untrusted::from));
    if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn address(life: &Life) -> Option<Address> {
    let with = &life.with;
    if let Some(path) = with.text("path") {
        return Some(Address::Path(path.to_owned()));
    }
    if let Some(name) = with.text("abstract") {
        return Some(Address::Abstract(name.to_owned()));
    }
    let port = u16::try_from(with.number("port")?).ok()?;
    Address::tcp(with.text("address")?, port).ok()
}

fn ask(address: &Address, recorder: &mut Recorder) -> Result<Vec<u8>, Stop> {
    let socket = socket(address, recorder)?;
    let shown = socket_number(&socket);
    recorder.unit("connect", &[shown.clone(), address.to_string()], || {
        sock::connect(&socket, address)
    })?;
    let began = Instant::now();
    let word = recorder.call("recv", &[shown], || {
        let word = sock::recv_all(&socket)?;
        Ok::<_, crate::model::Errno>((i64::try_from(word.len()).unwrap_or(i64::MAX), word))
    })?;
    let short = word.len() <= WORD;
    if let Some(call) = recorder.calls.last_mut() {
        call.args.push(Untrusted::from(if short {
            format!("\"{}\"", String::from_utf8_lossy(&word))
        } else {
            "...".to_owned()
        }));
    }
    if short {
        return Ok(word);
    }
    Ok(began.elapsed().as_millis().to_string().into_bytes())
}

/// A stream socket of that family, its number as the result of the call.
pub(super) fn socket(address: &Address, recorder: &mut Recorder) -> Result<OwnedFd, Stop> {
    let args = [
        address.family().to_owned(),
        "SOCK_STREAM|SOCK_CLOEXEC".to_owned(),
        "0".to_owned(),
    ];
    recorder.call("socket", &args, || {
        let socket = sock::socket(address)?;
        Ok::<_, crate::model::Errno>((socket.as_raw_fd().into(), socket))
    })
}

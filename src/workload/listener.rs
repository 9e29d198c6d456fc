//! Listens on a socket and answers whoever connects with its own word; a forwarder adds what somebody
//! else answers. With `then = "unshare-net"`
//! it leaves for a network namespace of its own afterwards, and goes on answering.

use std::net::Ipv4Addr;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use crate::kernel::calls;
use crate::kernel::record::{Recorder, Stop};
use crate::kernel::sock::{self, Address};
use crate::model::{Errno, NsKind, Untrusted};

/// Opens the socket, then answers until the lifeline ends.
pub(super) fn run(life: &Life) -> ExitCode {
    let Some(address) = address(life) else {
        return ExitCode::FAILURE;
    };
    let mut recorder = life.recorder();
    let opened = open(&address, &mut recorder).and_then(|socket| {
        if life.with.text("then") == Some("unshare-net") {
            leave(&mut recorder)?;
        }
        Ok(socket)
    });
    // With port 0 the kernel has picked one.
    let own = opened
        .as_ref()
        .ok()
        .and_then(|it| sock::address_of(it).ok());
    let address = own.unwrap_or(address);
    let said = opened.is_ok().then(|| format!("listening on {address}"));
    life.opened(recorder, said.map(Untrusted::from));
    let Ok(socket) = opened else {
        return ExitCode::FAILURE;
    };
    serve(life, &socket);
    if let Address::Path(path) = address {
        // The name outlives the socket: unix(7). Nobody is left to tell if that fails.
        let _ = std::fs::remove_file(path);
    }
    ExitCode::SUCCESS
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
    Some(Address::Tcp((Ipv4Addr::UNSPECIFIED, port).into()))
}

fn open(address: &Address, recorder: &mut Recorder) -> Result<OwnedFd, Stop> {
    let socket = super::greeter::socket(address, recorder)?;
    let shown = socket_number(&socket);
    recorder.unit("bind", &[shown.clone(), address.to_string()], || {
        sock::bind(&socket, address)
    })?;
    recorder.unit("listen", &[shown, "16".to_owned()], || {
        sock::listen(&socket)
    })?;
    Ok(socket)
}

fn leave(recorder: &mut Recorder) -> Result<(), Stop> {
    recorder.unit("unshare", &["CLONE_NEWNET".to_owned()], || {
        calls::unshare(&[NsKind::Net])
    })
}

fn serve(life: &Life, socket: &OwnedFd) {
    while let Ok(ready) = life.wait(&[socket.as_fd()], Duration::from_secs(1)) {
        if ready[0]
            && let Ok(peer) = sock::accept(socket)
        {
            // A caller that has hung up already misses nothing.
            let _ = answer(life, &peer);
        }
    }
}

/// Its word, as often as it takes; and what is answered where it forwards to.
fn answer(life: &Life, peer: &OwnedFd) -> Result<(), Errno> {
    let with = &life.with;
    let word = with.text("word").unwrap_or_default().as_bytes();
    let size = with
        .number("size")
        .and_then(|size| usize::try_from(size).ok());
    let text: Vec<u8> = match size {
        Some(size) => word.iter().copied().cycle().take(size).collect(),
        None => word.to_vec(),
    };
    sock::send_all(peer, &text)?;
    let Some(forward) = with.text("forward") else {
        return Ok(());
    };
    let port = with.number("to").and_then(|port| u16::try_from(port).ok());
    let there = Address::tcp(forward, port.unwrap_or(80))?;
    let onward = sock::socket(&there)?;
    sock::connect(&onward, &there)?;
    sock::send_all(peer, &sock::recv_all(&onward)?)
}

/// A descriptor's number, as strace shows it.
pub(super) fn socket_number(socket: &OwnedFd) -> String {
    use std::os::fd::AsRawFd as _;
    socket.as_raw_fd().to_string()
}

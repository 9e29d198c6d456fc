//! Sockets of the demo programs: one thin function for each system call that a learner shall see.
//! Used by workloads. Never waits longer than [`PATIENCE`] for a peer. Source: ip(7), unix(7).

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::net::sockopt::{self, Timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType};

use crate::model::Errno;

/// How long connect(2) and recv(2) wait for the other side.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// Longer answers are not read to their end.
const LONGEST: usize = 1 << 24;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 16;

/// Where a socket is, or wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// TCP.
    Tcp(SocketAddr),
    /// A Unix stream socket with a name in the file system.
    Path(String),
    /// A Unix stream socket with an abstract name.
    Abstract(String),
}

impl Address {
    /// TCP at an address written as digits. EINVAL if it is none.
    pub fn tcp(address: &str, port: u16) -> Result<Self, Errno> {
        let address: IpAddr = address.parse().map_err(|_| Errno::EINVAL)?;
        Ok(Self::Tcp((address, port).into()))
    }

    /// The address family as socket(2) takes it.
    #[must_use]
    pub fn family(&self) -> &'static str {
        match self {
            Self::Tcp(SocketAddr::V4(_)) => "AF_INET",
            Self::Tcp(SocketAddr::V6(_)) => "AF_INET6",
            Self::Path(_) | Self::Abstract(_) => "AF_UNIX",
        }
    }

    fn unix(&self) -> Result<SocketAddrUnix, Errno> {
        Ok(match self {
            Self::Path(path) => SocketAddrUnix::new(path.as_str())?,
            Self::Abstract(name) => SocketAddrUnix::new_abstract_name(name.as_bytes())?,
            Self::Tcp(_) => return Err(Errno::EINVAL),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Path(path) => f.write_str(path),
            // The leading null byte as ss(8) and /proc/net/unix show it.
            Self::Abstract(name) => write!(f, "@{name}"),
        }
    }
}

/// socket(2) of type `SOCK_STREAM|SOCK_CLOEXEC`, with a limit on how long it waits.
pub fn socket(address: &Address) -> Result<OwnedFd, Errno> {
    let family = match address {
        Address::Tcp(SocketAddr::V4(_)) => AddressFamily::INET,
        Address::Tcp(SocketAddr::V6(_)) => AddressFamily::INET6,
        Address::Path(_) | Address::Abstract(_) => AddressFamily::UNIX,
    };
    let socket = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_timeout(&socket, Timeout::Send, Some(PATIENCE))?;
    sockopt::set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    Ok(socket)
}

/// bind(2)
pub fn bind(socket: impl AsFd, address: &Address) -> Result<(), Errno> {
    match address {
        Address::Tcp(address) => rustix::net::bind(socket, address)?,
        _ => rustix::net::bind(socket, &address.unix()?)?,
    }
    Ok(())
}

/// getsockname(2) of a TCP socket.
pub fn address_of(socket: impl AsFd) -> Result<Address, Errno> {
    tcp(rustix::net::getsockname(socket)?)
}

/// getpeername(2) of a TCP socket.
pub fn peer_of(socket: impl AsFd) -> Result<Address, Errno> {
    tcp(rustix::net::getpeername(socket)?.ok_or(Errno::EINVAL)?)
}

fn tcp(address: rustix::net::SocketAddrAny) -> Result<Address, Errno> {
    let address = SocketAddr::try_from(address).map_err(|_| Errno::EINVAL)?;
    Ok(Address::Tcp(address))
}

/// connect(2)
pub fn connect(socket: impl AsFd, address: &Address) -> Result<(), Errno> {
    match address {
        Address::Tcp(address) => rustix::net::connect(socket, address)?,
        _ => rustix::net::connect(socket, &address.unix()?)?,
    }
    Ok(())
}

/// listen(2)
pub fn listen(socket: impl AsFd) -> Result<(), Errno> {
    Ok(rustix::net::listen(socket, BACKLOG)?)
}

/// accept4(2) with `SOCK_CLOEXEC`; what is accepted does not wait for ever either.
pub fn accept(socket: impl AsFd) -> Result<OwnedFd, Errno> {
    let peer = rustix::net::accept_with(socket, SocketFlags::CLOEXEC)?;
    sockopt::set_socket_timeout(&peer, Timeout::Send, Some(PATIENCE))?;
    Ok(peer)
}

/// send(2) until all is sent; a peer that is gone is EPIPE and no signal.
pub fn send_all(socket: impl AsFd, mut text: &[u8]) -> Result<(), Errno> {
    while !text.is_empty() {
        let sent = rustix::net::send(&socket, text, SendFlags::NOSIGNAL)?;
        text = text.get(sent..).unwrap_or_default();
    }
    Ok(())
}

/// One recv(2). The end is ECONNRESET: who calls this expects more.
pub fn recv_some(socket: impl AsFd, bytes: &mut [u8]) -> Result<(), Errno> {
    match rustix::net::recv(socket, bytes, RecvFlags::empty())? {
        (0, _) => Err(Errno::ECONNRESET),
        _ => Ok(()),
    }
}

/// recv(2) until the other side has closed, of at most [`LONGEST`] bytes.
pub fn recv_all(socket: impl AsFd) -> Result<Vec<u8>, Errno> {
    let mut text = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    while text.len() < LONGEST {
        let (taken, _) = rustix::net::recv(&socket, &mut chunk[..], RecvFlags::empty())?;
        if taken == 0 {
            break;
        }
        text.extend_from_slice(&chunk[..taken]);
    }
    Ok(text)
}

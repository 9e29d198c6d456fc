//! A NETLINK_ROUTE socket: one request, the kernel's answer. Source: netlink(7), rtnetlink(7).
//! A socket stays in the network namespace it was made in, wherever its holder goes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use rustix::net::sockopt::{self, Timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use crate::model::Errno;

/// The kernel answers at once; this only keeps us from waiting for ever.
const WITHIN: Duration = Duration::from_secs(2);
/// What iproute2 reads at a time; the kernel fits its packets to it.
const CHUNK: usize = 32 * 1024;
/// A table of more than this is not shown whole anyway.
const MOST_MESSAGES: usize = 4096;

/// The type of a message, and the message if we understand it.
type Typed = (u16, Option<NetlinkMessage<RouteNetlinkMessage>>);

/// A way to ask one network namespace.
#[derive(Debug)]
pub struct Route(OwnedFd);

impl From<OwnedFd> for Route {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl AsFd for Route {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Route {
    /// A socket in the caller's network namespace.
    pub fn open() -> Result<Self, Errno> {
        // No protocol, 0, is NETLINK_ROUTE.
        let (family, flags) = (AddressFamily::NETLINK, SocketFlags::CLOEXEC);
        let socket = rustix::net::socket_with(family, SocketType::RAW, flags, None)?;
        sockopt::set_socket_timeout(&socket, Timeout::Recv, Some(WITHIN))?;
        Ok(Self(socket))
    }

    /// Asks for a whole table. A message that we cannot read is left out.
    pub(super) fn dump(
        &self,
        request: RouteNetlinkMessage,
    ) -> Result<Vec<RouteNetlinkMessage>, Errno> {
        self.send(request, NLM_F_DUMP)?;
        let mut rows = Vec::new();
        loop {
            for (kind, message) in self.packets()? {
                match message.map(|message| message.payload) {
                    Some(NetlinkPayload::Done(_)) => return Ok(rows),
                    Some(NetlinkPayload::Error(error)) => {
                        return Err(Errno(error.raw_code().saturating_neg()));
                    }
                    Some(NetlinkPayload::InnerMessage(row)) if rows.len() < MOST_MESSAGES => {
                        rows.push(row);
                    }
                    None if kind == DONE => return Ok(rows),
                    _ => {}
                }
            }
        }
    }

    /// Has the kernel change something: its length as sent, once the kernel has said yes.
    pub(super) fn change(&self, request: RouteNetlinkMessage, flags: u16) -> Result<i64, Errno> {
        let sent = self.send(request, NLM_F_ACK | flags)?;
        loop {
            for (_, message) in self.packets()? {
                if let Some(NetlinkPayload::Error(error)) = message.map(|message| message.payload) {
                    return match error.code {
                        None => Ok(i64::try_from(sent).unwrap_or(i64::MAX)),
                        Some(code) => Err(Errno(code.get().saturating_neg())),
                    };
                }
            }
        }
    }

    fn send(&self, request: RouteNetlinkMessage, flags: u16) -> Result<usize, Errno> {
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | flags;
        header.sequence_number = 1;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(request));
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        // Unconnected and without an address: to the kernel.
        Ok(rustix::net::send(&self.0, &bytes, SendFlags::empty())?)
    }

    /// One packet, cut into its messages.
    fn packets(&self) -> Result<Vec<Typed>, Errno> {
        let mut bytes = vec![0; CHUNK];
        let (taken, _) = rustix::net::recv(&self.0, &mut bytes[..], RecvFlags::empty())?;
        bytes.truncate(taken);
        Ok(cut(&bytes)
            .into_iter()
            .map(|(kind, message)| (kind, NetlinkMessage::deserialize(message).ok()))
            .collect())
    }
}

/// `NLMSG_DONE` of netlink(7).
const DONE: u16 = 3;
/// `struct nlmsghdr`
const HEADER: usize = 16;

/// The messages of a packet with their types; stops at one whose length cannot be.
fn cut(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut messages = Vec::new();
    while let [a, b, c, d, e, f, ..] = *bytes {
        let length = usize::try_from(u32::from_ne_bytes([a, b, c, d])).unwrap_or(0);
        let Some(message) = bytes.get(..length).filter(|_| length >= HEADER) else {
            break;
        };
        messages.push((u16::from_ne_bytes([e, f]), message));
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, length: u32, body: usize) -> Vec<u8> {
        let mut bytes = vec![0; HEADER + body];
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes
    }

    #[test]
    fn a_packet_is_cut_at_four_byte_boundaries_and_never_beyond_its_end() {
        let mut packet = message(16, 18, 4); // 18 bytes and two of padding
        packet.extend(message(3, 16, 0));
        let kinds: Vec<u16> = cut(&packet).iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [16, 3]);
        assert!(cut(&message(16, 400, 4)).is_empty());
        assert!(cut(&message(16, 0, 4)).is_empty());
        assert!(cut(&[1, 2, 3]).is_empty());
    }
}

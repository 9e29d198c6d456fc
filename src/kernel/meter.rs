//! How long the smallest things take: the fastest of many rounds, since whatever else runs on a machine
//! makes a round longer and never shorter. Used by the workload `meter`; changes nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use super::program::{self, Program};
use super::{birth, pidfd};
use crate::model::{Errno, NsKind};

/// Rounds go on for so long, but for some in any case.
const BUDGET: Duration = Duration::from_millis(250);
const LEAST: usize = 12;
/// No more networks than these are made: the kernel takes them down later.
const MOST_NETWORKS: usize = 200;
/// Steps of the CPU loop: so few that the scheduler lets many a round pass undisturbed.
const STEPS: u64 = 20_000;
/// What a child is called in a process list, if anybody is as quick.
const CHILD: &str = "meter";
/// Messages that go there and back in a round.
const PINGS: u32 = 16;
/// What an engine asks of one clone3(2).
const CONTAINER: [NsKind; 5] = [
    NsKind::Pid,
    NsKind::Mnt,
    NsKind::Uts,
    NsKind::Ipc,
    NsKind::Net,
];

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A loop that asks the kernel for nothing.
    Cpu,
    /// fork(2), _exit(2), waitid(2).
    Fork,
    /// The same with an execve(2) of our own program, which ends at once.
    Start,
    /// fork(2) again, but as clone3(2) with five new namespaces.
    Container,
    /// A byte to 127.0.0.1 and back.
    Loopback,
}

impl What {
    /// By the name that lessons use.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "cpu" => Self::Cpu,
            "fork" => Self::Fork,
            "start" => Self::Start,
            "container" => Self::Container,
            "loopback" => Self::Loopback,
            _ => return None,
        })
    }
}

/// The fastest round, and how many there were.
pub fn measure(what: What) -> Result<(Duration, usize), Errno> {
    match what {
        What::Cpu => fastest(usize::MAX, || {
            let last = (0..STEPS).fold(1_u64, |x, n| std::hint::black_box(x ^ n).rotate_left(5));
            std::hint::black_box(last);
            Ok(())
        }),
        What::Fork => fastest(usize::MAX, || gone(&birth::child(CHILD, || true)?)),
        What::Start => fastest(usize::MAX, start),
        What::Container => {
            let bits = CONTAINER.iter().fold(0, |bits, kind| bits | kind.flag());
            fastest(MOST_NETWORKS, || {
                gone(&birth::child_in(bits, CHILD, || true)?)
            })
        }
        What::Loopback => loopback(),
    }
}

fn fastest(
    most: usize,
    mut round: impl FnMut() -> Result<(), Errno>,
) -> Result<(Duration, usize), Errno> {
    let (began, mut best, mut count) = (Instant::now(), Duration::MAX, 0);
    while count < LEAST || (count < most && began.elapsed() < BUDGET) {
        let start = Instant::now();
        round()?;
        best = best.min(start.elapsed());
        count += 1;
    }
    Ok((best, count))
}

/// A role of ours that is told nothing has nothing to do.
fn start() -> Result<(), Errno> {
    let image = program::own_binary()?;
    let program = Program {
        image: image.as_fd(),
        argv: vec![CHILD.to_owned(), "@workload".to_owned()],
        stdin: None,
        stderr: None,
        extra: Vec::new(),
        new_session: false,
    };
    gone(&program::start(&program, None)?.pidfd)
}

fn gone(child: &OwnedFd) -> Result<(), Errno> {
    pidfd::wait_for_end(child)?;
    pidfd::reap(child).map(drop)
}

/// Both ends are ours, at a port that the kernel picks; nobody else is answered.
fn loopback() -> Result<(Duration, usize), Errno> {
    use super::sock::{self, Address};
    let any = Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let listener = sock::socket(&any)?;
    sock::bind(&listener, &any)?;
    sock::listen(&listener)?;
    let ours = sock::socket(&any)?;
    sock::connect(&ours, &sock::address_of(&listener)?)?;
    let theirs = sock::accept(&listener)?;
    if sock::address_of(&ours)? != sock::peer_of(&theirs)? {
        return Err(Errno::ECONNRESET);
    }
    drop(listener);
    let mut byte = [0; 1];
    let (best, rounds) = fastest(usize::MAX, || {
        for _ in 0..PINGS {
            sock::send_all(&ours, b"x")?;
            sock::recv_some(&theirs, &mut byte)?;
            sock::send_all(&theirs, b"x")?;
            sock::recv_some(&ours, &mut byte)?;
        }
        Ok(())
    })?;
    Ok((best / PINGS, rounds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_round_counts() {
        let mut count = 0;
        let (best, rounds) = fastest(usize::MAX, || {
            count += 1;
            if count != 3 {
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        })
        .expect("no call fails");
        assert!(best < Duration::from_millis(50), "{best:?}");
        assert_eq!(rounds, LEAST);
    }

    #[test]
    fn a_byte_comes_back() {
        let (best, rounds) = measure(What::Loopback).expect("a loopback");
        assert!(best > Duration::ZERO && rounds >= LEAST);
    }
}

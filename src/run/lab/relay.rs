//! Between our terminal and that of a program in a box: bytes both ways, and the size. Used by `lab`
//! where standard input and output are a terminal, which then never enters the box.

use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use crate::kernel::link::{Link, Word};
use crate::kernel::pty::{self, Got};
use crate::kernel::tty::Tty;
use crate::kernel::watch::{self, Interest};
use crate::lab::Lab;
use crate::model::port::{Place, Size};
use crate::model::recipe::BOX;
use crate::model::sample::Exit;

/// How often one looks for a new size, and for the end of a program whose terminal others hold.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long the news of the end may take once the terminal has hung up.
const ENDS_WITHIN: Duration = Duration::from_secs(1);
const ROOM: usize = 16 * 1024;

/// Our terminal, in raw mode from [`Relay::carry`] to its end.
pub(super) struct Relay<'l> {
    tty: Tty,
    link: &'l Link,
}

impl<'l> Relay<'l> {
    /// `None`: we have no terminal to hand on.
    pub(super) fn of_terminal(link: &'l Link) -> Option<Self> {
        let tty = Tty::of_standard_streams()?;
        Some(Self { tty, link })
    }

    /// The size of our terminal.
    pub(super) fn size(&self) -> Size {
        let size = pty::size(&self.tty);
        size.unwrap_or(Size {
            rows: 24,
            columns: 80,
        })
    }

    /// Hands on until the program ends.
    pub(super) fn carry(self, lab: &mut Lab) -> Exit {
        let place = Place::Box(BOX.to_owned());
        let Some(master) = lab.shell_terminal(&place) else {
            return Exit::Unknown;
        };
        self.link.say(Word::Borrowed);
        // Where that fails, lines arrive when they are finished.
        let _ = self.tty.raw();
        let exit = self.pump(lab, &master);
        self.tty.calm();
        self.link.say(Word::Returned);
        exit
    }

    fn pump(&self, lab: &mut Lab, master: &OwnedFd) -> Exit {
        let (input, mut size) = (io::stdin(), self.size());
        let mut bytes = vec![0; ROOM];
        let mut typed: Vec<u8> = Vec::new();
        loop {
            let mut watched = vec![(master.as_fd(), Interest::Read)];
            watched.push(if typed.is_empty() {
                (input.as_fd(), Interest::Read)
            } else {
                (master.as_fd(), Interest::Write)
            });
            let Ok(found) = watch::wait(&watched, Some(LOOK_EVERY)) else {
                return Exit::Unknown;
            };
            match pty::read(master, &mut bytes) {
                Got::Bytes(count) if show(&bytes[..count]) => continue,
                Got::Bytes(_) | Got::HungUp => {
                    let ended = lab.command_ended(BOX, ENDS_WITHIN);
                    return ended.unwrap_or(Exit::Unknown);
                }
                Got::Nothing => {}
            }
            if typed.is_empty() && found[1].ready {
                match pty::read(&input, &mut bytes) {
                    Got::Bytes(count) => typed.extend(&bytes[..count]),
                    Got::Nothing => {}
                    // The terminal is gone, and the guardian knows it, too.
                    Got::HungUp => return Exit::Unknown,
                }
            }
            typed.drain(..pty::write(master, &typed));
            let now = self.size();
            if now != size {
                size = now;
                let _ = pty::resize(master, size);
            }
            if !found[0].ready
                && let Some(exit) = lab.command_ended(BOX, Duration::ZERO)
            {
                // Its last words may have come since.
                while let Got::Bytes(count) = pty::read(master, &mut bytes)
                    && show(&bytes[..count])
                {}
                return exit;
            }
        }
    }
}

/// `false`: nobody takes it any more.
fn show(bytes: &[u8]) -> bool {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).is_ok()
}

//! Between our terminal and that of a program in a box: bytes both ways, and the size. Used by `lab` and
//! `shell` where standard input and output are a terminal, which then never enters the box. Reads no
//! meaning into what is typed: every key is the program's.

mod drawn;

use std::io::{self, Write as _};
use std::ops::ControlFlow::{self, Break, Continue};
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use self::drawn::Drawn;
use crate::kernel::link::{Heard, Link, Word};
use crate::kernel::pty::{self, Got};
use crate::kernel::tty::{Screen, Tty};
use crate::kernel::watch::{self, Interest, News, Signals};
use crate::model::port::Size;
use crate::model::sample::Exit;

/// How often one looks for the end of a program whose terminal others hold.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long the news of the end may take once the terminal has hung up.
const ENDS_WITHIN: Duration = Duration::from_secs(1);
const ROOM: usize = 16 * 1024;
/// SIGHUP's number: what a terminal that is gone counts as.
const HUP: i32 = 1;
/// SIGTERM's number: what the death of the guardian counts as.
const TERM: i32 = 15;

/// How the program ended, waiting for that so long at most.
pub(super) type Ended<'e> = &'e mut dyn FnMut(Duration) -> Option<Exit>;

/// Why there is nothing more to hand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// The program has ended.
    Ended(Exit),
    /// We are to end, by that signal.
    Asked(i32),
}

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

    /// Hands on until the program ends, or we are to. Whoever is started later inherits blocked signals.
    pub(super) fn carry(self, master: OwnedFd, ended: Ended<'_>) -> io::Result<Carried> {
        let mut carrier = Carrier {
            signals: Signals::take()?,
            master,
            ended,
            drawn: Drawn::default(),
            typed: Vec::new(),
            of: &self,
        };
        carrier.borrow();
        // A new size since the program's terminal got the one we had.
        carrier.resize();
        let why = carrier.run();
        carrier.give_back();
        Ok(why)
    }
}

/// What handing on takes.
struct Carrier<'c> {
    of: &'c Relay<'c>,
    signals: Signals,
    master: OwnedFd,
    ended: Ended<'c>,
    drawn: Drawn,
    /// What the program has not taken yet; meanwhile nothing more is read.
    typed: Vec<u8>,
}

impl Carrier<'_> {
    fn run(&mut self) -> Carried {
        loop {
            if let Break(carried) = self.round() {
                return carried;
            }
        }
    }

    fn round(&mut self) -> ControlFlow<Carried> {
        let has_input = self.wait()?;
        self.outside()?;
        let has_output = self.output()?;
        if has_input {
            self.input()?;
        }
        self.typed.drain(..pty::write(&self.master, &self.typed));
        if has_output {
            return Continue(());
        }
        let Some(exit) = (self.ended)(Duration::ZERO) else {
            return Continue(());
        };
        // Its last words may have come since.
        while self.output()? {}
        Break(Carried::Ended(exit))
    }

    /// Until something happens; `true`: something was typed.
    fn wait(&self) -> ControlFlow<Carried, bool> {
        let input = io::stdin();
        let mut watched = vec![
            (self.signals.as_fd(), Interest::Read),
            (self.of.link.as_fd(), Interest::Read),
            (self.master.as_fd(), Interest::Read),
        ];
        watched.push(if self.typed.is_empty() {
            (input.as_fd(), Interest::Read)
        } else {
            (self.master.as_fd(), Interest::Write)
        });
        match watch::wait(&watched, Some(LOOK_EVERY)) {
            Ok(found) => Continue(self.typed.is_empty() && (found[3].ready || found[3].hung_up)),
            Err(_) => Break(Carried::Ended(Exit::Unknown)),
        }
    }

    /// Signals, and the end of the guardian. Nothing but an end is asked of us: Ctrl-C and Ctrl-Z are
    /// keys of the program.
    fn outside(&mut self) -> ControlFlow<Carried> {
        while let Some(news) = self.signals.next() {
            match news {
                News::End(number) => return Break(Carried::Asked(number)),
                News::Resized => self.resize(),
                // Whoever stopped us all the same may have given the terminal to somebody else.
                News::Continue if self.of.tty.in_foreground() => {
                    self.borrow();
                    self.resize();
                }
                News::Continue | News::Stop | News::Child => {}
            }
        }
        match self.of.link.hear() {
            Heard::End => Break(Carried::Asked(TERM)),
            Heard::Said(_) | Heard::Silence => Continue(()),
        }
    }

    /// Shows what the program has written; `true`: there may be more.
    fn output(&mut self) -> ControlFlow<Carried, bool> {
        let mut bytes = [0; ROOM];
        let bytes = match pty::read(&self.master, &mut bytes) {
            Got::Bytes(count) => &bytes[..count],
            Got::Nothing => return Continue(false),
            Got::HungUp => {
                let exit = (self.ended)(ENDS_WITHIN);
                return Break(Carried::Ended(exit.unwrap_or(Exit::Unknown)));
            }
        };
        let before = self.drawn.screen();
        self.drawn.take(bytes);
        if self.drawn.screen() != before {
            self.say_screen();
        }
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Ok(()) => Continue(true),
            Err(_) => Break(Carried::Asked(HUP)),
        }
    }

    fn input(&mut self) -> ControlFlow<Carried> {
        let mut bytes = [0; ROOM];
        match pty::read(io::stdin(), &mut bytes) {
            Got::Bytes(count) => self.typed.extend(&bytes[..count]),
            Got::Nothing => {}
            Got::HungUp => return Break(Carried::Asked(HUP)),
        }
        Continue(())
    }

    fn resize(&self) {
        // Only a terminal that hung up refuses.
        let _ = pty::resize(&self.master, self.of.size());
    }

    /// The guardian hears of it first: it restores what we cannot if we die between the two.
    fn borrow(&self) {
        self.say_screen();
        // Where that fails, lines arrive when they are finished.
        let _ = self.of.tty.raw();
    }

    fn say_screen(&self) {
        self.of.link.say(match self.drawn.screen() {
            Screen::Normal => Word::Relayed,
            Screen::Alternate => Word::Borrowed,
        });
    }

    /// The terminal as it was found. What it was asked and has answered since is nobody's command.
    fn give_back(&self) {
        let tty = &self.of.tty;
        // Whoever waited for the guardian may have the terminal again, with modes of its own.
        if self.of.link.hear() == Heard::End && !tty.is_raw() {
            return;
        }
        if self.drawn.has_escapes() {
            tty.restore(self.drawn.screen());
            tty.forget_input();
        } else {
            tty.calm();
        }
        self.of.link.say(Word::Returned);
    }
}

//! The terminal while the ui holds it: borrowing it from the guardian, giving it back on every way
//! out (panic included), and frames that arrive in one piece. Called by `tui`; decides nothing.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

use super::placed::Placed;
use crate::kernel::link::{Link, Word};
use crate::kernel::tty::{Screen, Tty};

/// Alternate screen and empty, bracketed paste, no cursor. [`Tty::restore`] undoes it.
const SET_UP: &[u8] = b"\x1b[?1049h\x1b[2J\x1b[?2004h\x1b[?25l";

/// Buttons and wheel, and their places as numbers. [`Tty::restore`] undoes it, too.
pub(super) const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// The terminal has its mouse back.
pub(super) const NO_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// The terminal and the link to the guardian, shared with the watching thread and the panic hook.
pub(super) struct Console {
    tty: Tty,
    link: Link,
    ours: AtomicBool,
}

impl Console {
    pub(super) fn new(tty: Tty, link: Link) -> Self {
        Self {
            tty,
            link,
            ours: AtomicBool::new(false),
        }
    }

    pub(super) fn tty(&self) -> &Tty {
        &self.tty
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    /// Whether what is typed is for us: not while the terminal is given back, and not in the
    /// background, where reading would stop us.
    pub(super) fn may_read(&self) -> bool {
        self.ours.load(Ordering::SeqCst) && self.tty.in_foreground()
    }

    /// Sets the terminal up; may be repeated. The guardian hears of it first: it restores what we
    /// cannot if we die between the two.
    fn borrow(&self) -> io::Result<()> {
        self.link.say(Word::Borrowed);
        self.ours.store(true, Ordering::SeqCst);
        self.tty.raw()?;
        self.write(SET_UP)
    }

    /// Gives the terminal back, once; frames that come later are dropped.
    pub(super) fn give_back(&self) {
        let _between_frames = io::stdout().lock();
        if self.ours.swap(false, Ordering::SeqCst) {
            self.tty.restore(Screen::Alternate);
            self.link.say(Word::Returned);
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if !self.ours.load(Ordering::SeqCst) {
            return Ok(());
        }
        stdout.write_all(bytes)?;
        stdout.flush()
    }
}

/// From here on a panic in any thread gives the terminal back, says what happened in one line, and
/// ends the ui; the guardian and the channels see to the rest.
#[expect(
    clippy::disallowed_methods,
    reason = "unwinding could wait for a thread that is no more; the guardian cleans up"
)]
pub(super) fn give_back_on_panic(console: &Arc<Console>) {
    let console = Arc::clone(console);
    std::panic::set_hook(Box::new(move |info| {
        console.give_back();
        let _ = writeln!(io::stderr(), "glassbox: a fault of our own: {info}");
        std::process::exit(1);
    }));
}

/// Where ratatui leaves the bytes of a frame; it flushes more than once for some of them.
#[derive(Clone, Default)]
struct Buffered(Rc<RefCell<Vec<u8>>>);

impl Write for Buffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What ratatui draws by.
type Drawn = Placed<CrosstermBackend<Buffered>>;

/// The drawing side of the terminal. Dropping it gives the terminal back.
pub(super) struct Terminal {
    console: Arc<Console>,
    buffered: Buffered,
    ratatui: ratatui::Terminal<Drawn>,
}

impl Terminal {
    /// Borrows the terminal.
    pub(super) fn open(console: Arc<Console>) -> io::Result<Self> {
        let buffered = Buffered::default();
        let ratatui = on(&buffered)?;
        console.borrow()?;
        Ok(Self {
            console,
            buffered,
            ratatui,
        })
    }

    /// After the terminal was in other hands: sets it up again and forgets what was on it. Not by
    /// `clear`, which asks the terminal where its cursor is and waits for an answer.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        self.ratatui = on(&self.buffered)?;
        self.buffered.0.take();
        self.console.borrow()
    }

    /// What there is to draw on.
    pub(super) fn area(&self) -> io::Result<Rect> {
        let size = self.ratatui.size()?;
        Ok(Rect::new(0, 0, size.width, size.height))
    }

    /// Draws one frame and shows it in one piece.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.buffered, BeginSynchronizedUpdate)?;
        self.ratatui.draw(draw)?;
        queue!(self.buffered, EndSynchronizedUpdate)?;
        let frame = self.buffered.0.take();
        self.console.write(&frame)
    }

    /// Bytes that are for the terminal itself and leave no mark on the screen (OSC 52).
    pub(super) fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.console.write(bytes)
    }
}

fn on(buffered: &Buffered) -> io::Result<ratatui::Terminal<Drawn>> {
    ratatui::Terminal::new(Placed(CrosstermBackend::new(buffered.clone())))
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.console.give_back();
    }
}

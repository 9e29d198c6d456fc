//! The screen's loop: one thread owns the state, takes one message after the other, and draws when
//! something changed. Called by `run`; knows how things are carried out, never what they mean.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::Frame;

use super::exit::{self, Exit};
use super::input::{self, Message};
use super::terminal::{self, Console, Terminal};
use crate::cli::{Options, Place};
use crate::kernel::link::{Link, Word};
use crate::kernel::tty::Tty;
use crate::kernel::watch::Signals;

/// More messages than this wait in their threads, not in memory.
const QUEUE: usize = 256;
/// What a TERM would give; also said when the guardian is gone and nobody hears it.
const TERMINATED: Exit = Exit::Signal(15);
const HUNG_UP: Exit = Exit::Signal(1);

/// Opens the lessons and returns when the learner is done.
pub(super) fn learn(link: Link, _place: Option<&Place>, _options: &Options) -> ExitCode {
    match run(link) {
        Ok(exit) => exit.into(),
        Err(error) => exit::failure(&format!("the terminal cannot be used: {error}")),
    }
}

fn run(link: Link) -> io::Result<Exit> {
    let signals = Signals::take()?;
    let tty = Tty::of_standard_streams().ok_or(io::ErrorKind::NotConnected)?;
    let console = Arc::new(Console::new(tty, link));
    terminal::give_back_on_panic(&console);
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let terminal = Terminal::open(Arc::clone(&console))?;
    start_threads(signals, &console, &sender);
    Screen {
        console,
        terminal,
        app: Stub::default(),
        suspended: false,
    }
    .run(&receiver)
}

fn start_threads(signals: Signals, console: &Arc<Console>, sender: &SyncSender<Message>) {
    input::watch_outside(signals, Arc::clone(console), sender.clone());
    input::read_terminal(sender.clone());
}

/// What the loop owns.
struct Screen {
    console: Arc<Console>,
    terminal: Terminal,
    app: Stub,
    /// The terminal is given back and the guardian is about to stop us.
    suspended: bool,
}

/// What a message leads to.
#[must_use]
enum Next {
    Nothing,
    Draw,
    End(Exit),
}

impl Screen {
    fn run(mut self, receiver: &Receiver<Message>) -> io::Result<Exit> {
        self.draw()?;
        while let Ok(first) = receiver.recv() {
            let mut dirty = false;
            // All that is waiting is taken in before one frame is drawn.
            for message in std::iter::once(first).chain(receiver.try_iter()) {
                match self.take(message)? {
                    Next::Nothing => {}
                    Next::Draw => dirty = true,
                    Next::End(exit) => return Ok(exit),
                }
            }
            if dirty && !self.suspended {
                self.draw()?;
            }
        }
        Ok(Exit::Failure)
    }

    fn draw(&mut self) -> io::Result<()> {
        self.terminal.draw(|frame| self.app.draw(frame))
    }

    fn take(&mut self, message: Message) -> io::Result<Next> {
        Ok(match message {
            Message::Terminal(_) | Message::Stop | Message::Continued if self.suspended => {
                Next::Nothing
            }
            Message::Terminal(Event::Key(key)) if is_suspend(key) => self.suspend(),
            Message::Stop => self.suspend(),
            Message::Terminal(event) => self.app.update(&event),
            Message::Lab(_) => Next::Draw,
            Message::Continued | Message::Resumed => {
                self.suspended = false;
                self.terminal.reopen()?;
                Next::Draw
            }
            Message::End(signal) => Next::End(Exit::Signal(signal)),
            Message::GuardianGone => Next::End(TERMINATED),
            Message::TerminalGone => Next::End(HUNG_UP),
        })
    }

    /// The guardian stops the group: under sudo we may not signal it ourselves.
    fn suspend(&mut self) -> Next {
        self.suspended = true;
        self.console.give_back();
        self.console.link().say(Word::Stop);
        Next::Nothing
    }
}

/// Raw mode hands us Ctrl-Z as a key.
fn is_suspend(key: KeyEvent) -> bool {
    key.kind != KeyEventKind::Release
        && key.code == KeyCode::Char('z')
        && key.modifiers == KeyModifiers::CONTROL
}

/// Stands where the app will be.
#[derive(Default)]
struct Stub {
    keys: usize,
}

impl Stub {
    fn update(&mut self, event: &Event) -> Next {
        let Event::Key(key) = event else {
            return Next::Draw;
        };
        self.keys += 1;
        match key.code {
            KeyCode::Char('q') => Next::End(Exit::Ok),
            #[cfg(debug_assertions)]
            KeyCode::Char('!') if std::env::var_os("GLASSBOX_PANIC_KEY").is_some() => {
                panic!("asked for by the test")
            }
            _ => Next::Draw,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let text = format!("glassbox {} keys", self.keys);
        frame.render_widget(ratatui::text::Line::from(text), frame.area());
    }
}

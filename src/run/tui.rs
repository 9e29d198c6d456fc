//! The screen's loop: one thread owns the state, takes one message after the other, and draws when
//! something changed. Called by `run`; knows how things are carried out, never what they mean.

use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr as _, eyre};
use crossterm::event::Event as TerminalEvent;

use super::exit::{self, Exit};
use super::hands::Hands;
use super::input::{self, Message};
use super::store::writer::{self, Writer};
use super::store::{self, Store, Trouble};
use super::terminal::{self, Console, Terminal};
use super::{clipboard, keys, library};
use crate::app::{App, Effect, Event, First, Options};
use crate::cli::{self, Place};
use crate::kernel::chan::Channel;
use crate::kernel::link::{Link, Word};
use crate::kernel::support;
use crate::kernel::tty::Tty;
use crate::kernel::watch::Signals;
use crate::lab::{Lab, Spawner, actor, lookout};
use crate::lesson::Lesson;
use crate::lesson::track::Track;
use crate::model::Untrusted;
use crate::model::port::{Command, LabEvent};
use crate::model::recipe::Recipe;
use crate::model::support::Support;
use crate::ui;

/// More messages than this wait in their threads, not in memory.
const QUEUE: usize = 256;
/// SIGTERM's number: what the death of the guardian counts as.
const TERM: i32 = 15;
/// SIGHUP's number: what a terminal that is gone counts as.
const HUP: i32 = 1;
/// How long the last save may take when the learner quits: nobody likes to wait.
const TO_QUIT: Duration = Duration::from_secs(2);
/// The same when a signal ends us, or the terminal is gone: little is left of the promised second.
const TO_DIE: Duration = Duration::from_millis(200);

/// Opens the lessons and returns when the learner is done.
pub(super) fn learn(
    ends: (Link, Option<Channel>),
    place: Option<&Place>,
    options: &cli::Options,
    (lessons, track): (Vec<Lesson>, Option<Track>),
) -> ExitCode {
    let open = match place
        .map(|place| library::find(&lessons, place))
        .transpose()
    {
        Ok(open) => open,
        Err(why) => return exit::usage(&why),
    };
    let mut settings = settings(options);
    (settings.open, settings.track) = (open, track);
    let app = app(lessons, settings, ends.1.as_ref());
    match run(ends, app, store::folder(options)) {
        Ok(exit) => exit.into(),
        Err(error) => exit::failure(&format!("{error:#}")),
    }
}

/// Opens the mixing desk with these switches, and says what is to be said about them.
pub(super) fn desk(
    ends: (Link, Option<Channel>),
    options: &cli::Options,
    lessons: Vec<Lesson>,
    switches: (Recipe, Vec<String>),
) -> ExitCode {
    let mut settings = settings(options);
    settings.desk = Some(switches);
    let app = app(lessons, settings, ends.1.as_ref());
    match run(ends, app, store::folder(options)) {
        Ok(exit) => exit.into(),
        Err(error) => exit::failure(&format!("{error:#}")),
    }
}

/// Opens a screen that looks at the whole machine: no lab, no lessons, and no process but this one.
pub(super) fn look(link: Link, options: &cli::Options, first: First) -> ExitCode {
    let mut settings = settings(options);
    settings.first = Some(first);
    let app = App::new(Vec::new(), Support::default(), settings);
    let open = || {
        let (screen, receiver) = Screen::open(link, app, Means::default())?;
        screen.run(receiver)
    };
    match open() {
        Ok(exit) => exit.into(),
        Err(error) => exit::failure(&format!("{error:#}")),
    }
}

fn settings(options: &cli::Options) -> Options {
    Options {
        seed: RandomState::new().hash_one(std::process::id()),
        no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        ascii: options.ascii || !super::doctor::speaks_utf8(),
        ..Options::default()
    }
}

fn app(lessons: Vec<Lesson>, options: Options, broker: Option<&Channel>) -> App {
    let needs: Vec<String> = lessons
        .iter()
        .flat_map(|lesson| lesson.needs.clone())
        .collect();
    App::new(lessons, support::survey(&needs, broker), options)
}

/// The spawner comes before the first thread.
fn run((link, broker): (Link, Option<Channel>), app: App, folder: Option<PathBuf>) -> Result<Exit> {
    let spawner = Spawner::start().wrap_err("the helper processes cannot be started")?;
    let lab = Some(Lab::new(spawner, broker)?);
    let (screen, receiver) = Screen::open(link, app, Means { lab, folder })?;
    screen.run(receiver)
}

/// What a screen with lessons has, and one that only looks has not.
#[derive(Default)]
struct Means {
    lab: Option<Lab>,
    /// Where progress is kept.
    folder: Option<PathBuf>,
}

/// Tells the app what was kept, and starts the thread that keeps what comes.
fn take_up_progress(
    app: &mut App,
    folder: Option<&Path>,
    owner: SyncSender<Message>,
) -> Option<Writer> {
    let Some(folder) = folder else {
        tell(app, &Trouble::NoHome.to_string().into());
        return None;
    };
    let (store, kept, trouble) = Store::open(folder);
    let none = app.update(Event::Progress(kept));
    debug_assert!(none.is_empty(), "what was kept asks for nothing");
    if let Some(trouble) = trouble {
        tell(app, &trouble.to_string().into());
    }
    Some(writer::start(store, move |trouble| {
        let _ = owner.send(Message::Notice(trouble.to_string().into()));
    }))
}

/// Says it until the next key, and keeps it among the messages.
fn tell(app: &mut App, words: &Untrusted) {
    for event in [Event::Log(words.clone()), Event::Notice(words.clone())] {
        let none = app.update(event);
        debug_assert!(none.is_empty(), "words ask for nothing");
    }
}

/// An event that nobody takes any more is an event of the end.
fn tell_owner(owner: SyncSender<Message>) -> impl FnMut(LabEvent) -> bool + Clone + Send {
    move |event| owner.send(Message::Lab(Box::new(event))).is_ok()
}

/// What the loop owns.
struct Screen {
    app: App,
    terminal: Terminal,
    console: Arc<Console>,
    lab: Hands,
    /// Where the learner's commands are kept.
    folder: Option<PathBuf>,
    /// Keeps progress, if there is a folder for it.
    writer: Option<Writer>,
    /// The terminal is given back and the guardian is about to stop us.
    suspended: bool,
}

impl Screen {
    /// The signals come before the threads that must not get them, and the terminal last: what fails
    /// before it can be said in plain lines.
    fn open(link: Link, mut app: App, means: Means) -> Result<(Self, Receiver<Message>)> {
        let Means { mut lab, folder } = means;
        let signals = Signals::take()?;
        let tty = Tty::of_standard_streams().ok_or_else(|| eyre!("this is not a terminal"))?;
        let console = Arc::new(Console::new(tty, link));
        terminal::give_back_on_panic(&console);
        let (sender, receiver) = mpsc::sync_channel(QUEUE);
        let writer = lab
            .is_some()
            .then(|| take_up_progress(&mut app, folder.as_deref(), sender.clone()));
        let terminal =
            Terminal::open(Arc::clone(&console)).wrap_err("the terminal cannot be used")?;
        input::watch_outside(signals, Arc::clone(&console), sender.clone());
        input::read_terminal(Arc::clone(&console), sender.clone());
        if let Some(log) = lab.as_mut().and_then(Lab::take_log) {
            input::read_log(log, sender.clone());
        }
        let lab = match lab {
            Some(lab) => Hands::Lab(actor::start(lab, tell_owner(sender))),
            None => Hands::Lookout(lookout::start(tell_owner(sender))),
        };
        let screen = Self {
            app,
            terminal,
            console,
            lab,
            folder,
            writer: writer.flatten(),
            suspended: false,
        };
        Ok((screen, receiver))
    }

    /// The terminal is given back before the lab ends its boxes, and nobody waits for a full queue
    /// that is not read any more.
    fn run(mut self, receiver: Receiver<Message>) -> Result<Exit> {
        let result = self.live(&receiver);
        drop(receiver);
        self.console.give_back();
        let patience = match result {
            Ok(Exit::Ok) => TO_QUIT,
            _ => TO_DIE,
        };
        let lost = self
            .writer
            .take()
            .and_then(|writer| writer.finish(patience));
        if let Some(why) = lost {
            exit::say(&why);
        }
        result
    }

    fn live(&mut self, receiver: &Receiver<Message>) -> Result<Exit> {
        let effects = self.app.start();
        if let Some(exit) = self.carry_out(effects) {
            return Ok(exit);
        }
        self.draw()?;
        while let Ok(first) = receiver.recv() {
            // All that is waiting is taken in before one frame is drawn; not what comes meanwhile,
            // or a shell that writes without end would be seen by nobody.
            for message in std::iter::once(first).chain(receiver.try_iter().take(QUEUE)) {
                if let Some(exit) = self.take(message)? {
                    return Ok(exit);
                }
            }
            self.draw()?;
        }
        Ok(Exit::Failure)
    }

    /// Draws a frame if one is due and somebody can see it. Before that, shells learn how much room
    /// there is for them.
    fn draw(&mut self) -> Result<()> {
        for (id, size) in ui::rooms(&self.app, self.terminal.area()?) {
            let none = self.update(Event::Room(id, size));
            debug_assert!(none.is_none(), "a shell's size is no reason to leave");
        }
        if let Some(lines) = ui::beyond(&self.app, self.terminal.area()?) {
            let none = self.update(Event::Bottom(lines));
            debug_assert!(none.is_none(), "a page's end is no reason to leave");
        }
        if !self.suspended && self.app.take_dirty() {
            let app = &self.app;
            self.terminal
                .draw(|frame| ui::draw(app, frame.area(), frame.buffer_mut()))?;
        }
        Ok(())
    }

    /// Takes in one message; says how to end if that is what it means.
    fn take(&mut self, message: Message) -> Result<Option<Exit>> {
        match message {
            Message::Stop | Message::Continued if self.suspended => {}
            Message::Stop => self.suspend(),
            Message::Continued | Message::Resumed => self.resume()?,
            Message::Terminal(event) if !self.suspended => return Ok(self.typed(&event)),
            Message::Terminal(_) => {}
            Message::Resized => return Ok(self.update(Event::Resize)),
            Message::Lab(event) => {
                let taken = self.lab.receipt(&event);
                let exit = self.update(Event::Lab(*event));
                self.lab.took(taken);
                return Ok(exit);
            }
            Message::Notice(words) => tell(&mut self.app, &words),
            Message::Log(line) => return Ok(self.update(Event::Log(line))),
            Message::End(signal) => return Ok(Some(Exit::Signal(signal))),
            Message::GuardianGone => return Ok(Some(Exit::Signal(TERM))),
            Message::TerminalGone => return Ok(Some(Exit::Signal(HUP))),
        }
        Ok(None)
    }

    fn typed(&mut self, event: &TerminalEvent) -> Option<Exit> {
        if let TerminalEvent::Paste(text) = event {
            return self.update(Event::Paste(text.clone()));
        }
        if let TerminalEvent::Mouse(event) = event {
            return match keys::wheel(*event) {
                Some(up) => self.update(Event::Wheel { up }),
                None => None,
            };
        }
        let press = event.as_key_event().and_then(keys::press)?;
        if keys::is_suspend(press) && !self.app.types() {
            self.suspend();
            return None;
        }
        panic_if_asked(press);
        self.update(Event::Key(press))
    }

    fn update(&mut self, event: Event) -> Option<Exit> {
        let effects = self.app.update(event);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Option<Exit> {
        for effect in effects {
            match effect {
                Effect::Lab(command) => {
                    let words = match command {
                        Command::Type { .. } => {
                            "nobody reads what is typed there; Ctrl-] leaves the shell"
                        }
                        _ => "the lab does not answer; q quits",
                    };
                    if !self.lab.ask(command) {
                        self.notice(words);
                    }
                }
                Effect::Copy(text) => self.copy(&text),
                Effect::Save(progress) => {
                    if let Some(writer) = &mut self.writer {
                        writer.save(progress);
                    }
                }
                Effect::Mouse(on) => self.take_mouse(on),
                Effect::Quit => return Some(Exit::Ok),
            }
        }
        None
    }

    fn copy(&mut self, text: &str) {
        let sent = self.terminal.send(&clipboard::osc52(text)).is_ok();
        let folder = self.folder.as_deref();
        let file = folder.map(|folder| clipboard::append(folder, text));
        let words = clipboard::words(sent, file);
        self.notice(&words);
    }

    /// A terminal that cannot do it ignores it.
    fn take_mouse(&self, on: bool) {
        let bytes = if on {
            terminal::MOUSE
        } else {
            terminal::NO_MOUSE
        };
        let _ = self.terminal.send(bytes);
    }

    fn notice(&mut self, words: &str) {
        let none = self.app.update(Event::Notice(Untrusted::from(words)));
        debug_assert!(none.is_empty(), "a notice asks for nothing");
    }

    /// The guardian stops the group: under sudo we may not signal it ourselves.
    fn suspend(&mut self) {
        self.suspended = true;
        self.console.give_back();
        self.console.link().say(Word::Stop);
    }

    fn resume(&mut self) -> Result<()> {
        self.suspended = false;
        self.terminal.reopen()?;
        self.take_mouse(self.app.mouse);
        let none = self.app.update(Event::Resize);
        debug_assert!(none.is_empty(), "a new size asks for nothing");
        Ok(())
    }
}

/// For the test that a panic restores the terminal; not in a release.
fn panic_if_asked(press: crate::app::KeyPress) {
    let asked = cfg!(debug_assertions)
        && press == '!'.into()
        && std::env::var_os("GLASSBOX_PANIC_KEY").is_some();
    assert!(!asked, "asked for by the test");
}

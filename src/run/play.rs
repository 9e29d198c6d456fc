//! `glassbox play LESSON`: a lesson as plain lines, asked and answered on the standard streams. Drives
//! the same app and the same lab as the screen, with keys where the app wants keys, and prints what
//! `ui::plain` makes of it. Never an escape sequence, never a line that is rewritten.

mod answer;
mod challenge;
mod talk;

use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::process::ExitCode;

use self::answer::chosen;
use self::talk::{Message, Talk};
use super::exit::{self, Exit};
use super::store::{self, Store};
use super::{doctor, library};
use crate::app::{App, Effect, Event, Key, KeyPress, Lab as Works, Options, Phase, Reveal};
use crate::cli::{self, Place};
use crate::kernel::chan::Channel;
use crate::kernel::support;
use crate::lab::{Lab, Spawner, actor};
use crate::lesson::Lesson;
use crate::model::port::{Command, LabEvent, Proof};
use crate::ui::plain;

/// Why a lesson is left before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    /// The learner said so.
    Quit,
    /// There is no more input.
    EndOfInput,
    /// Nobody reads what we write.
    Unread,
    /// The lab is gone.
    Lost(String),
}

type Go<T = ()> = Result<T, Stop>;

/// Plays one lesson. Exit code 0: played to its end, or left by `quit` or the end of the input; 4: a
/// step did not go as the lesson says; 3: it cannot run here; 2: there is no such lesson; 1: the lab
/// cannot be set up or was lost.
pub(super) fn play(
    lessons: Vec<Lesson>,
    place: &Place,
    options: &cli::Options,
    broker: Option<Channel>,
) -> ExitCode {
    let (id, step) = match library::find(&lessons, place) {
        Ok(found) => found,
        Err(why) => return exit::usage(&why),
    };
    let lesson = lessons.iter().find(|lesson| lesson.id == id);
    let needs = lesson.map_or(&[][..], |lesson| &lesson.needs);
    let support = support::survey(needs, broker.as_ref());
    let missing = lesson.map_or_else(Vec::new, |lesson| lesson.missing(&support));
    if let Some(first) = missing.first() {
        let why = format!("{id} needs {}: {}", first.name, first.detail);
        return exit::cannot_here(&format!("{why}. {}", first.remedy));
    }
    let options_of_app = Options {
        seed: RandomState::new().hash_one(std::process::id()),
        no_color: true,
        ascii: options.ascii || !doctor::speaks_utf8(),
        open: Some((id, step)),
        ..Options::default()
    };
    let app = App::new(lessons, support, options_of_app);
    let lab = Spawner::start().and_then(|spawner| Lab::new(spawner, broker));
    match lab {
        Ok(lab) => Player::new(app, lab, store::folder(options).as_deref())
            .run()
            .into(),
        Err(error) => exit::failure(&format!("the lab cannot be set up: {error}")),
    }
}

struct Player {
    app: App,
    lab: actor::Handle,
    talk: Talk,
    /// Keeps progress, if there is a folder for it.
    store: Option<Store>,
    /// What the lab said at the end.
    proof: Option<Proof>,
    /// The lab has something more to say about a challenge.
    looks_again: bool,
    /// A step did not go as the lesson says.
    astray: bool,
    /// Why progress was not kept, as it was said last.
    trouble: Option<store::Trouble>,
}

impl Player {
    fn new(mut app: App, lab: Lab, folder: Option<&Path>) -> Self {
        let (talk, tell) = Talk::start();
        let (store, trouble) = match folder.map(Store::open) {
            Some((store, kept, trouble)) => {
                let none = app.update(Event::Progress(kept));
                debug_assert!(none.is_empty(), "what was kept asks for nothing");
                (Some(store), trouble)
            }
            None => (None, Some(store::Trouble::NoHome)),
        };
        if let Some(trouble) = &trouble {
            exit::say(&trouble.to_string());
        }
        Self {
            app,
            lab: actor::start(lab, tell),
            talk,
            store,
            proof: None,
            looks_again: false,
            astray: false,
            trouble,
        }
    }

    /// From the first line to the last; nothing is left afterwards.
    fn run(mut self) -> Exit {
        let stop = self.lesson().err();
        // Whether anybody reads the last words does not matter.
        let _ = match &stop {
            None | Some(Stop::Unread) => Ok(()),
            Some(Stop::Quit) => self.say("Left. The next play of this lesson goes on here."),
            Some(Stop::EndOfInput) => {
                self.say("The input has ended. The next play of this lesson goes on here.")
            }
            Some(Stop::Lost(why)) => {
                exit::say(&format!("the lab is gone: {why}"));
                return Exit::Failure;
            }
        };
        if self.proof.is_none() {
            let _ = self.leave();
        }
        let Some(proof) = self.proof.take() else {
            return Exit::Failure;
        };
        let _ = self.say("").and_then(|()| self.say(&last_words(&proof)));
        if self.astray || !proof.left.is_empty() {
            Exit::CheckFailed
        } else {
            Exit::Ok
        }
    }

    fn lesson(&mut self) -> Go {
        let effects = self.app.start();
        self.carry_out(effects);
        self.tell(plain::beginning)?;
        while self.app.play.is_some() {
            self.step()?;
        }
        self.until(|player| player.proof.is_some())
    }

    fn step(&mut self) -> Go {
        self.until(Self::is_ready)?;
        self.tell(plain::heading)?;
        let at = self.at();
        match self.kind() {
            Kind::Challenge => self.challenge()?,
            Kind::Question => self.answer()?,
            Kind::Run => self.pause("Enter, and the kernel does it; q quits: ")?,
            Kind::Talk => {}
        }
        self.press(Key::Enter);
        self.until(|player| player.phase() != Some(Phase::Run))?;
        if self.at() == at && self.phase() == Some(Phase::Watch) {
            self.note_what_went_astray();
            self.tell(plain::outcome)?;
            self.press(Key::Enter);
        }
        if self.at() == at && self.phase() == Some(Phase::Explain) {
            self.tell(plain::why)?;
            self.press(Key::Enter);
        }
        Ok(())
    }

    fn kind(&self) -> Kind {
        let play = self.app.play.as_ref();
        let step = play.map(|play| &self.app.lessons[play.lesson].steps[play.step]);
        match step {
            Some(step) if step.challenge.is_some() => Kind::Challenge,
            Some(step) if step.predict.is_some() => Kind::Question,
            Some(step) if !step.ops.is_empty() => Kind::Run,
            _ => Kind::Talk,
        }
    }

    /// Asks until there is an answer.
    fn answer(&mut self) -> Go {
        self.press(Key::Enter);
        self.tell(plain::question)?;
        let choices = self.choices();
        let last = choices.len();
        let prompt = format!("Your answer, 1 to {last}, or 0 if you don't know: ");
        loop {
            let said = self.ask(&prompt)?;
            if let Some(digit) = chosen(&said, &choices) {
                self.press(Key::Char(digit));
                return Ok(());
            }
            self.say("That is none of them. The number of one is an answer, or words from it.")?;
        }
    }

    /// The answers as they are shown.
    fn choices(&self) -> Vec<String> {
        let Some(play) = &self.app.play else {
            return Vec::new();
        };
        let text = |at: &usize| play.texts.choices.get(*at).cloned().unwrap_or_default();
        play.order.iter().map(text).collect()
    }

    fn note_what_went_astray(&mut self) {
        let play = self.app.play.as_ref();
        let Some(outcome) = play.and_then(|play| play.outcome.as_ref()) else {
            return;
        };
        let doubtful = outcome.reveal.as_ref().map(Reveal::doubts);
        self.astray |= outcome.fault.is_some() || doubtful.is_some_and(|it| !it.is_empty());
    }

    /// Ends everything of the lesson, and waits for the proof.
    fn leave(&mut self) -> Go {
        self.press(Key::Esc);
        if self.app.overlay.is_some() {
            self.press(Key::Char('y'));
        }
        self.until(|player| player.proof.is_some())
    }

    fn at(&self) -> Option<usize> {
        self.app.play.as_ref().map(|play| play.step)
    }

    fn phase(&self) -> Option<Phase> {
        self.app.play.as_ref().map(|play| play.phase)
    }

    fn is_ready(&self) -> bool {
        let play = self.app.play.as_ref();
        play.is_none_or(|play| play.lab == Works::Ready)
    }

    /// Takes in what the lab tells until it is so.
    fn until(&mut self, is_so: impl Fn(&Self) -> bool) -> Go {
        while !is_so(self) {
            if let Message::Lab(event) = self.talk.next()? {
                self.take(*event)?;
            }
        }
        Ok(())
    }

    /// One line of the learner's.
    fn ask(&mut self, prompt: &str) -> Go<String> {
        self.talk.prompt(prompt)?;
        loop {
            match self.talk.next()? {
                Message::Lab(event) => self.take(*event)?,
                Message::Line(line) => {
                    if !self.talk.on_terminal {
                        talk::lines(&[line.clone().unwrap_or_default()])?;
                    }
                    let line = line.ok_or(Stop::EndOfInput)?;
                    return match line.as_str() {
                        "q" | "quit" => Err(Stop::Quit),
                        _ => Ok(line),
                    };
                }
            }
        }
    }

    /// Time to read, for whoever sits at a terminal. From a file or a pipe, lines are answers alone.
    fn pause(&mut self, prompt: &str) -> Go {
        if self.talk.on_terminal {
            self.ask(prompt)?;
        }
        Ok(())
    }

    fn press(&mut self, key: Key) {
        let effects = self.app.update(Event::Key(KeyPress::from(key)));
        self.carry_out(effects);
    }

    fn take(&mut self, event: LabEvent) -> Go {
        if let LabEvent::Cleared(proof) = &event {
            self.proof = Some(proof.clone());
        }
        let sampled = matches!(event, LabEvent::Sampled(_));
        let effects = self.app.update(Event::Lab(event));
        if sampled {
            self.looks_again = false;
        }
        self.carry_out(effects);
        match &self.app.lost {
            Some(why) => Err(Stop::Lost(why.clone())),
            None => Ok(()),
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Lab(command) => {
                    self.looks_again |= command == Command::LookAgain;
                    self.order(command);
                }
                Effect::Save(progress) => {
                    let saved = self.store.as_mut().map(|store| store.save(&progress));
                    if let Some(Ok(Some(trouble)) | Err(trouble)) = saved
                        && self.trouble.as_ref() != Some(&trouble)
                    {
                        exit::say(&trouble.to_string());
                        self.trouble = Some(trouble);
                    }
                }
                // Nothing is copied here, and who quits is asked for above.
                Effect::Copy(_) | Effect::Mouse(_) | Effect::Quit => {}
            }
        }
    }

    /// A lab that takes no commands any more says so itself.
    fn order(&mut self, command: Command) {
        let _ = self.lab.ask(command);
    }

    fn tell(&self, part: fn(&App, u16) -> Vec<String>) -> Go {
        talk::lines(&part(&self.app, self.talk.width))
    }

    fn say(&self, words: &str) -> Go {
        talk::lines(&plain::sentence(words, self.talk.width))
    }
}

/// What the learner is to do in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Challenge,
    Question,
    /// Let it happen.
    Run,
    /// Read.
    Talk,
}

fn last_words(proof: &Proof) -> String {
    let left: Vec<String> = proof
        .left
        .iter()
        .map(crate::model::Untrusted::text)
        .collect();
    match (left.as_slice(), proof.ended) {
        ([], 1) => "The one process of the lesson has ended; nothing is left.".to_owned(),
        ([], ended) => {
            format!("All {ended} processes of the lesson have ended; nothing is left.")
        }
        (left, _) => format!("Still there: {}.", left.join("; ")),
    }
}

//! A challenge in plain lines: `check` asks the kernel, `hint` and `solution` help, `skip` goes on. The
//! learner solves it in a shell of their own; what counts as solved is the app's business.

use std::time::{Duration, Instant};

use super::{Go, Player};
use crate::app::Key;
use crate::model::port::Command;
use crate::ui::plain;

const PROMPT: &str = "check, hint, skip, solution or quit: ";
/// A sample that comes later than this after `check` has seen what was there then: the lab looks
/// again after 300 ms.
const FRESH: Duration = Duration::from_millis(300);

impl Player {
    /// Until it is solved or skipped.
    pub(super) fn challenge(&mut self) -> Go {
        self.app.try_elsewhere();
        self.tell(plain::place)?;
        loop {
            match self.ask(PROMPT)?.as_str() {
                "check" => {
                    self.check()?;
                    self.tell(plain::verdict)?;
                    if self.is_solved() {
                        return Ok(());
                    }
                }
                "hint" => {
                    self.press(Key::Char('i'));
                    self.tell(plain::help)?;
                }
                "solution" => {
                    self.app.show_solution();
                    self.tell(plain::help)?;
                }
                "skip" => return Ok(()),
                "" => {}
                _ => self.say("That is none of the words that I know here.")?,
            }
        }
    }

    /// Waits for a sample that has seen what was there when it was asked for, and where that says
    /// done but not for long enough, for another.
    fn check(&mut self) -> Go {
        loop {
            let asked = Instant::now();
            self.looks_again = true;
            self.order(Command::LookAgain);
            self.until(|player| !player.looks_again && asked.elapsed() >= FRESH)?;
            if self.is_solved() || !self.all_hold() {
                return Ok(());
            }
        }
    }

    fn all_hold(&self) -> bool {
        let play = self.app.play.as_ref();
        let attempt = play.and_then(|play| play.attempt.as_ref());
        let parts = attempt.map_or(&[][..], |attempt| &attempt.conditions);
        !parts.is_empty() && parts.iter().all(|part| part.holds)
    }

    fn is_solved(&self) -> bool {
        let play = self.app.play.as_ref();
        let attempt = play.and_then(|play| play.attempt.as_ref());
        attempt.is_some_and(|attempt| attempt.solved)
    }
}

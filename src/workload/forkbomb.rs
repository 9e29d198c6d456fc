//! The fork bomb: forks whenever it can, and so does every child. It is told how many processes it may
//! become at most, never gives up, and says at which number the kernel refused first.

use std::process::ExitCode;
use std::time::Duration;

use super::Life;
use super::nasty::{capped, failed};
use crate::kernel::birth;
use crate::kernel::cage::Deadline;
use crate::kernel::load::Tokens;
use crate::model::Errno;
use crate::model::cage::MOST_PIDS;

const COUNTED_AFTER: Duration = Duration::from_millis(300);

/// What all processes of a bomb share.
struct Bomb<'a> {
    life: &'a Life,
    deadline: Deadline,
    /// One for each process that there may still be.
    left: Tokens,
    /// One for each that was born.
    born: Tokens,
    /// One, for whoever is refused first and says so.
    news: Tokens,
}

/// Explodes; each process of it ends with the lifeline, which all inherit, or with the time.
pub(super) fn run(life: &Life, deadline: Deadline) -> ExitCode {
    let most = u32::try_from(MOST_PIDS).unwrap_or(1);
    let most = capped(life, "most", most, most);
    // The first process counts.
    let made = Tokens::new(most.saturating_sub(1))
        .and_then(|left| Ok((left, Tokens::new(0)?, Tokens::new(1)?)));
    let Ok((left, born, news)) = made else {
        return ExitCode::FAILURE;
    };
    life.opened(life.recorder(), None);
    let bomb = Bomb {
        life,
        deadline,
        left,
        born,
        news,
    };
    bomb.explode();
    ExitCode::SUCCESS
}

impl Bomb<'_> {
    fn explode(&self) {
        while !self.deadline.is_over() && self.life.wait(&[], Duration::ZERO).is_ok() {
            if !self.left.take() {
                self.rest();
                return;
            }
            match birth::child(&self.life.name, || self.child()) {
                Ok(_) => self.born.give_back(),
                Err(errno) => {
                    self.left.give_back();
                    self.complain(errno);
                }
            }
        }
    }

    fn child(&self) -> bool {
        self.deadline.arm();
        self.explode();
        true
    }

    fn complain(&self, errno: Errno) {
        // Those born at the same moment are counted in a moment.
        if self.news.take() && self.life.wait(&[], COUNTED_AFTER).is_ok() {
            self.life.say(failed("fork", errno, self.born.drain()));
        }
    }

    fn rest(&self) {
        while !self.deadline.is_over() && self.life.wait(&[], Duration::from_secs(1)).is_ok() {}
    }
}

//! Shells that came into a box by `glassbox shell`, from another terminal: noticed in the host's
//! process list, and taken in as members, so that facts follow them and the box's end is theirs.

use std::os::fd::AsFd as _;

use super::boxes::{BoxHandle, Held};
use crate::kernel::{ns, observe, pidfd};
use crate::model::sample::Role;
use crate::model::wire::Started;
use crate::model::{NsId, NsKind, Process, Snapshot, running};

/// The name of such a shell among the members.
const GUEST: &str = "guest";
/// More at a time are not followed.
const MOST: usize = 8;

impl BoxHandle {
    /// Takes in who has come since the last look.
    pub(super) fn notice_guests(&mut self, host: &Snapshot) {
        let rows = host.world.processes.value().map_or(&[][..], Vec::as_slice);
        let own = self.own_keepers();
        for (guest, keeper) in running::guests(rows, &self.name) {
            let keeper = (keeper.pid, keeper.start);
            if own.contains(&keeper) || self.visited.contains(&keeper) {
                continue;
            }
            if self.visited.len() == MOST {
                self.visited.remove(0);
            }
            self.visited.push(keeper);
            let Ok(pidfd) = pidfd::open(guest.pid) else {
                continue;
            };
            let same = observe::identity(pidfd.as_fd()) == Ok((guest.pid, guest.start));
            // Two glassboxes may have boxes of the same name.
            if same && self.is_home_of(&pidfd) {
                if self.let_in.len() == MOST {
                    self.let_in.remove(0);
                }
                self.let_in.push(keeper);
                let started = Started {
                    name: GUEST.to_owned(),
                    role: Role::Shell,
                    said: None,
                };
                self.held.push(Held::new(started, pidfd));
            }
        }
    }

    fn own_keepers(&self) -> Vec<(i32, u64)> {
        let own = self.shell.iter().chain(&self.retired);
        own.filter_map(|shell| observe::identity(shell.keeper()).ok())
            .collect()
    }

    /// The keepers of the box's shells: its own, those of guests, and who stands between a keeper and
    /// its shell. Another glassbox may have a box of this name, with keepers called the same.
    pub(super) fn keepers<'r>(&self, rows: &'r [Process]) -> Vec<&'r Process> {
        let own = self.own_keepers();
        let ours = |id: (i32, u64)| own.contains(&id) || self.let_in.contains(&id);
        let id = |row: &Process| (row.pid, row.start);
        let keeps = |row: &&Process| running::box_of(row, "keeper").as_ref() == Some(&self.name);
        let outer: Vec<&Process> = rows
            .iter()
            .filter(keeps)
            .filter(|row| ours(id(row)))
            .collect();
        let below = |row: &&Process| outer.iter().any(|keeper| keeper.pid == row.ppid);
        let between: Vec<&Process> = rows.iter().filter(keeps).filter(below).collect();
        [outer, between].concat()
    }

    /// Whether a process is in the user namespace of one of the members, and that is a box's: a helper
    /// that has none yet is where everybody else is.
    fn is_home_of(&self, pidfd: &std::os::fd::OwnedFd) -> bool {
        let user = |links: &crate::model::Links| links.get(NsKind::User).value().copied();
        let Some(its) = observe::links(pidfd.as_fd()).ok().as_ref().and_then(user) else {
            return false;
        };
        let members = self
            .held
            .iter()
            .filter_map(|held| held.member.from_host.value());
        let homes: Vec<NsId> = members.filter_map(|subject| user(&subject.links)).collect();
        Some(its) != user(&ns::links_of_self()) && homes.contains(&its)
    }
}

//! Shells that came into a box by `glassbox shell`, from another terminal: noticed in the host's
//! process list, and taken in as members, so that facts follow them and the box's end is theirs.

use std::os::fd::AsFd as _;

use super::boxes::{BoxHandle, Held};
use crate::kernel::{observe, pidfd};
use crate::model::sample::Role;
use crate::model::wire::Started;
use crate::model::{NsId, NsKind, Snapshot, running};

/// The name of such a shell among the members.
const GUEST: &str = "guest";
/// More at a time are not followed.
const MOST: usize = 8;

impl BoxHandle {
    /// Takes in who has come since the last look.
    pub(super) fn notice_guests(&mut self, host: &Snapshot) {
        let rows = host.world.processes.value().map_or(&[][..], Vec::as_slice);
        let own = [self.shell.as_ref()].into_iter().flatten();
        let own = own.chain(&self.retired).map(|shell| shell.keeper());
        let own: Vec<_> = own
            .filter_map(|pidfd| observe::identity(pidfd).ok())
            .collect();
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
                let started = Started {
                    name: GUEST.to_owned(),
                    role: Role::Shell,
                    said: None,
                };
                self.held.push(Held::new(started, pidfd));
            }
        }
    }

    /// Whether a process is in the user namespace of one of the members.
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
        homes.contains(&its)
    }
}

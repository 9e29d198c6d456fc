//! Shells in boxes and on the host: opening, typing, reading, closing, and who a box's facts speak of
//! while one is open. `verify` calls these directly; the TUI goes through `actor` and `terminal`.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use super::boxes::{BoxHandle, Held};
use super::shell::{Inside, Shell, one_of};
use super::{Lab, Manner};
use crate::kernel::{observe, pidfd};
use crate::model::diff::GROUND;
use crate::model::port::{Place, Size, Spot};
use crate::model::sample::{Exit, Role};
use crate::model::wire::Started;
use crate::model::{Member, Seen, Snapshot, Untrusted};

/// The name of a box's shell among its members.
const SHELL: &str = "shell";

impl Lab {
    /// Opens a shell there, in place of the one that may be there; the name of its program. `Err`:
    /// why not, in words.
    pub fn shell_open(
        &mut self,
        Spot { place, beside }: &Spot,
        manner: &Manner,
        size: Size,
    ) -> Result<Untrusted, String> {
        self.shell_close(place);
        let Place::Box(name) = place else {
            let shell = Shell::open(&self.spawner, None, manner, size)?;
            let program = shell.program.clone();
            self.host_shell = Some(shell);
            return Ok(program);
        };
        let handle = self.boxes.iter_mut().find(|handle| handle.name == *name);
        let handle = handle.ok_or_else(|| format!("there is no box `{name}`"))?;
        handle.collect_news();
        let more = handle.hold_of(&self.access)?;
        let beside = match beside {
            Some(member) => handle.living_called(member),
            None => handle.lead_held(),
        };
        let beside = beside.ok_or("whoever the shell would stand beside has ended")?;
        let inside = Inside {
            name,
            called: called(name, &beside.member),
            lead: beside.pidfd.as_fd(),
            more,
        };
        let shell = Shell::open(&self.spawner, Some(inside), manner, size)?;
        handle.take_in(shell)
    }

    /// Types into a shell, waiting for room. `false`: nobody took it in time, or there is no shell.
    pub fn shell_type(&mut self, place: &Place, bytes: &[u8], within: Duration) -> bool {
        self.shell(place)
            .is_some_and(|shell| shell.type_all(bytes, within))
    }

    /// What a shell's terminal was written to, waiting for it. `None`: nobody will ever write there.
    pub fn shell_read(&mut self, place: &Place, within: Duration) -> Option<Vec<u8>> {
        self.shell(place)?.read(within)
    }

    /// Gives a shell's terminal another size.
    pub fn shell_resize(&mut self, place: &Place, size: Size) {
        if let Some(shell) = self.shell(place) {
            shell.resize(size);
        }
    }

    /// How a shell ended, if it has.
    pub fn shell_exit(&mut self, place: &Place) -> Option<Exit> {
        self.shell(place)?.exit()
    }

    /// Ends a shell, and whatever was started in it.
    pub fn shell_close(&mut self, place: &Place) {
        match place {
            Place::Host => self.host_shell = None,
            Place::Box(name) => {
                let handle = self.boxes.iter_mut().find(|handle| handle.name == *name);
                if let Some(handle) = handle {
                    handle.front = None;
                    handle.shell = None;
                }
            }
        }
    }

    /// Closes the terminal of a shell that has ended. What it left in the background lives on, until
    /// its box comes to its end; on the host, until the lab does.
    pub fn shell_retire(&mut self, place: &Place, exit: Exit) {
        match place {
            Place::Host => retire(self.host_shell.take(), &mut self.retired),
            Place::Box(name) => {
                let handle = self.boxes.iter_mut().find(|handle| handle.name == *name);
                if let Some(handle) = handle {
                    handle.note_shell_exit(exit);
                    retire(handle.shell.take(), &mut handle.retired);
                }
            }
        }
    }

    /// A descriptor of its own for a shell's terminal.
    pub fn shell_terminal(&mut self, place: &Place) -> Option<OwnedFd> {
        self.shell(place)?.terminal()
    }

    fn shell(&mut self, place: &Place) -> Option<&mut Shell> {
        match place {
            Place::Host => self.host_shell.as_mut(),
            Place::Box(name) => {
                let handle = self.boxes.iter_mut().find(|handle| handle.name == *name);
                handle?.shell.as_mut()
            }
        }
    }
}

/// What a shell's prompt says of where it is. On the ground it is not the ground that matters, but whom
/// it stands beside: these are what the lesson calls boxes.
fn called(box_name: &str, beside: &Member) -> String {
    match beside.role {
        Role::Workload | Role::Init | Role::Hands if box_name == GROUND => {
            format!("{box_name}:{}", beside.name)
        }
        _ => box_name.to_owned(),
    }
}

/// Forgets a shell that has ended, unless somebody whom it started lives.
fn retire(shell: Option<Shell>, retired: &mut Vec<Shell>) {
    retired.extend(shell);
    retired.retain_mut(Shell::retire);
}

impl BoxHandle {
    /// The shell becomes a member.
    pub(super) fn take_in(&mut self, shell: Shell) -> Result<Untrusted, String> {
        let pidfd = shell.pidfd().try_clone_to_owned();
        let pidfd = pidfd.map_err(|error| error.to_string())?;
        let started = Started {
            name: SHELL.to_owned(),
            role: Role::Shell,
            said: None,
        };
        self.held.push(Held::new(started, pidfd));
        let program = shell.program.clone();
        self.shell = Some(shell);
        Ok(program)
    }

    fn note_shell_exit(&mut self, exit: Exit) {
        self.front = None;
        let mut latest = self.held.iter_mut().rev();
        if let Some(own) = latest.find(|held| held.member.name == SHELL) {
            own.member.exit = Some(exit);
        }
    }

    /// Finds out whom the learner is talking to: in the shell that the lab has opened, else in one
    /// that came in from another terminal.
    pub(super) fn find_front(&mut self) {
        if let Some(exit) = self.shell.as_mut().and_then(Shell::exit) {
            self.note_shell_exit(exit);
        }
        let own = self.shell_held();
        let front = own.and_then(|own| match &self.shell {
            Some(shell) if own.member.name == SHELL => shell.foreground(),
            _ => one_of(observe::foreground_of(own.pidfd.as_fd())?),
        });
        let pid = front
            .as_ref()
            .and_then(|pidfd| observe::identity(pidfd.as_fd()).ok());
        let is = |held: &Held| pid == Some((held.member.host_pid, held.member.start));
        if own.is_none_or(is) {
            self.front = None;
        } else if !self.front.as_ref().is_some_and(is) {
            self.front = front.map(Held::in_front);
        }
        // What it is called changes with each exec(2).
        if let Some(front) = &mut self.front {
            front.call_by_program();
        }
    }

    /// The shell at whose prompt the learner is: the lab's own before those of others.
    pub(super) fn shell_held(&self) -> Option<&Held> {
        let shells = || {
            let latest = self.held.iter().rev();
            latest.filter(|held| held.member.role == Role::Shell && held.member.exit.is_none())
        };
        shells()
            .find(|held| held.member.name == SHELL)
            .or_else(|| shells().next())
    }

    /// glassbox's own processes beside the box, for marking them as ours: the eye's one or two, the
    /// keepers of shells, and who stands between a keeper and its shell.
    pub(super) fn hidden_members(&self, host: &Snapshot) -> Vec<Member> {
        let rows = host.world.processes.value().map_or(&[][..], Vec::as_slice);
        let mut all = Vec::new();
        if let Some(eye) = &self.eye
            && let Ok((pid, start)) = observe::identity(eye.pidfd())
        {
            all.push(hidden(Role::Eye, pid, start));
            let children = rows.iter().filter(|row| row.ppid == pid);
            all.extend(children.map(|row| hidden(Role::Eye, row.pid, row.start)));
        }
        let keepers = self.keepers(rows).into_iter();
        all.extend(keepers.map(|row| hidden(Role::Keeper, row.pid, row.start)));
        all
    }
}

impl Held {
    fn in_front(pidfd: OwnedFd) -> Self {
        let started = Started {
            name: String::new(),
            role: Role::Shell,
            said: None,
        };
        Self::new(started, pidfd)
    }

    fn call_by_program(&mut self) {
        if let Ok(name) = observe::name(self.pidfd.as_fd()) {
            self.member.name = String::from_utf8_lossy(name.as_bytes()).into_owned();
        }
        if !pidfd::alive(&self.pidfd) {
            self.member.exit = Some(Exit::Unknown);
        }
    }
}

fn hidden(role: Role, host_pid: i32, start: u64) -> Member {
    let name = if role == Role::Eye { "eye" } else { "keeper" };
    Member {
        name: name.to_owned(),
        role,
        host_pid,
        start,
        exit: None,
        said: None,
        tried: Vec::new(),
        from_host: Seen::Missing,
    }
}

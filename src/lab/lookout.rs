//! Looks at the whole machine for the screens of `map` and `inspect`, as often as that is cheap. Used
//! by the lab's thread, and alone in a thread by `glassbox map` and `glassbox inspect`, which start
//! nothing. Where there is a broker, that is who looks: it is root.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::kernel::chan::Channel;
use crate::kernel::look::{self, Watcher};
use crate::model::inspect::Target;
use crate::model::look::{Look, Wanted, Who};
use crate::model::port::{Command, LabEvent};
use crate::model::wire::{BrokerReply, BrokerRequest};
use crate::model::{Errno, Seen, Untrusted};

/// From the end of a look to the next.
const EVERY: Duration = Duration::from_millis(500);
/// Or so many times what the look took: on a machine with very many processes it is no small thing.
const REST: u32 = 20;
/// How long the broker may take.
const WITHIN: Duration = Duration::from_secs(20);
/// Without anything to do.
const LONG: Duration = Duration::from_hours(1);
/// One, and another to compare it with.
const MOST_INSPECTED: usize = 2;
/// Commands that may wait.
const MOST_WAITING: usize = 16;

/// Whoever looks.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    watcher: Watcher,
    wanted: Option<Wanted>,
    /// Who is inspected, or why not.
    held: Vec<(Who, Result<OwnedFd, Errno>)>,
    /// When to look next.
    due: Option<Instant>,
    /// What was told last.
    told: Option<Look>,
}

impl Lookout {
    /// From now on, that, and at once; or nothing any more.
    pub(super) fn want(&mut self, wanted: Option<Wanted>) {
        self.due = wanted.is_some().then(Instant::now);
        let hold = |who: &Who| (*who, look::hold(*who));
        self.held = match &wanted {
            Some(Wanted::Inspect(all)) => all.iter().take(MOST_INSPECTED).map(hold).collect(),
            _ => Vec::new(),
        };
        self.wanted = wanted;
        self.told = None;
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Looks; what there is to tell.
    pub(super) fn look(&mut self, broker: Option<&Channel>) -> Option<Look> {
        let wanted = self.wanted.clone()?;
        let began = Instant::now();
        let seen = self.see(&wanted, broker);
        self.due = Some(Instant::now() + EVERY.max(began.elapsed() * REST));
        if self
            .told
            .as_ref()
            .is_some_and(|told| told.shows_same(&seen))
        {
            return None;
        }
        self.told = Some(seen.clone());
        Some(seen)
    }

    fn see(&mut self, wanted: &Wanted, broker: Option<&Channel>) -> Look {
        let held = self.held.iter();
        let pidfds: Vec<BorrowedFd<'_>> = held
            .filter_map(|(_, held)| held.as_ref().ok().map(AsFd::as_fd))
            .collect();
        let look = match (broker, wanted) {
            (Some(broker), wanted) => ask(broker, wanted, &pidfds),
            (None, Wanted::Map) => Watcher::map(),
            (None, Wanted::Processes) => self.watcher.processes(),
            (None, Wanted::Inspect(_)) => self.watcher.inspect(&pidfds),
        };
        self.with_lost(look)
    }

    /// Everybody who was asked for is told of, also who could not be held or has ended since.
    fn with_lost(&self, look: Look) -> Look {
        let Look::Inspect(mut seen) = look else {
            return look;
        };
        let mut found = std::mem::take(&mut seen.targets).into_iter();
        for (who, held) in &self.held {
            let target = match held {
                Ok(_) => found.next().map(|target| (target.who, target.sight)),
                Err(errno) => Some((*who, gone(*errno))),
            };
            let (is, sight) = target.unwrap_or((*who, Seen::Missing));
            let who = if is.pid == 0 { *who } else { is };
            seen.targets.push(Target { who, sight });
        }
        Look::Inspect(seen)
    }
}

/// Nobody has that number: it has ended.
fn gone<T>(errno: Errno) -> Seen<T> {
    match errno {
        Errno::ESRCH | Errno::ENOENT => Seen::Missing,
        errno => Seen::Denied(errno),
    }
}

/// Root looks for us. What it is to inspect comes as pidfds.
fn ask(broker: &Channel, wanted: &Wanted, pidfds: &[BorrowedFd<'_>]) -> Look {
    let request = match wanted {
        Wanted::Map => BrokerRequest::Map,
        Wanted::Processes => BrokerRequest::Processes,
        Wanted::Inspect(_) => BrokerRequest::Inspect,
    };
    let asked = broker.send(&request, pidfds);
    let answer = asked.and_then(|()| broker.recv(Some(WITHIN)));
    let why = match answer {
        Ok((BrokerReply::Seen(look), _)) => return *look,
        Ok((BrokerReply::Refused { why }, _)) => why,
        Ok((BrokerReply::Admitted { .. } | BrokerReply::Disk { .. }, _)) => {
            "it answers something else".to_owned()
        }
        Err(error) => error.to_string(),
    };
    Look::Blind(Untrusted::from(format!("the process that is root: {why}")))
}

/// The way to a thread that does nothing but look. Dropping it ends the thread.
#[derive(Debug)]
pub struct Handle {
    inbox: Option<SyncSender<Option<Wanted>>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Asks for something; all but looking is for a lab. `false`: the thread is gone.
    #[must_use]
    pub fn ask(&self, command: Command) -> bool {
        match (command, &self.inbox) {
            (Command::Watch(wanted), Some(inbox)) => inbox.try_send(wanted).is_ok(),
            _ => true,
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.inbox.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts the thread. `emit` is called in it; `false` says that nobody listens any more.
pub fn start(emit: impl FnMut(LabEvent) -> bool + Send + 'static) -> Handle {
    let (inbox, received) = sync_channel(MOST_WAITING);
    let thread = std::thread::Builder::new()
        .name("lookout".to_owned())
        .spawn(move || live(&received, emit))
        .ok();
    Handle {
        inbox: Some(inbox),
        thread,
    }
}

fn live(inbox: &Receiver<Option<Wanted>>, mut emit: impl FnMut(LabEvent) -> bool) {
    let mut lookout = Lookout::default();
    loop {
        let due = lookout.due();
        let rest = due.map_or(LONG, |due| due.saturating_duration_since(Instant::now()));
        match inbox.recv_timeout(rest) {
            Ok(wanted) => lookout.want(wanted),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(news) = lookout.look(None)
                    && !emit(LabEvent::Looked(news))
                {
                    return;
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

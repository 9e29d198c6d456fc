//! Operations on network namespaces: one netlink request each.

use std::os::fd::{AsFd, OwnedFd};

use super::missing;
use crate::kernel::net::change::Change;
use crate::kernel::ns;
use crate::kernel::observe;
use crate::kernel::record::{Recorder, Stop};
use crate::model::op::net::Link;
use crate::model::{Errno, NsKind, NsLink, Op, Outcome, Seen};
use crate::stage::hands::Hands;

impl Hands {
    /// Carries out `link`, `addr`, `route` and `tbf`; nothing else comes here.
    pub(super) fn network(
        &self,
        op: &Op,
        target: Option<OwnedFd>,
        recorder: &mut Recorder,
    ) -> Result<(), Stop> {
        self.guard(NsKind::Net, op)?;
        let change = match op {
            Op::Link(link) => {
                link.check().map_err(Stop::Refused)?;
                let netns = self.destination(link, target)?;
                Change::link(link, netns)
            }
            Op::Addr(addr) => addr
                .check()
                .map_err(Stop::Refused)
                .map(|()| Change::addr(addr))?,
            Op::Route(route) => route
                .check()
                .map_err(Stop::Refused)
                .map(|()| Change::route(route))?,
            Op::Tbf(tbf) => tbf
                .check()
                .map_err(Stop::Refused)
                .map(|()| Change::tbf(tbf))?,
            _ => return Err(missing("a network operation")),
        };
        send(change, recorder)
    }

    /// The network namespace that an interface goes to: never the host's.
    fn destination(&self, link: &Link, target: Option<OwnedFd>) -> Result<Option<OwnedFd>, Stop> {
        let Some(name) = &link.netns else {
            return Ok(None);
        };
        let target = target.ok_or_else(|| missing("the process to move to"))?;
        let directory = observe::directory(target.as_fd()).map_err(Stop::Failed)?;
        let netns = ns::open(directory.as_fd(), NsLink::Own(NsKind::Net)).map_err(Stop::Failed)?;
        let id = ns::id_of(netns.as_fd()).map_err(Stop::Failed)?;
        match self.host.get(NsKind::Net) {
            Seen::Is(host) if *host != id => Ok(Some(netns)),
            _ => Err(Stop::Refused(format!(
                "`{name}` is in the host's network namespace, so glassbox did not try"
            ))),
        }
    }
}

fn send(change: Result<Change, Errno>, recorder: &mut Recorder) -> Result<(), Stop> {
    let protocol = || "NETLINK_ROUTE".to_owned();
    match change {
        Ok(change) => {
            let mut args = vec![protocol()];
            args.extend(change.shown.clone());
            recorder.call("sendmsg", &args, || {
                change.carry_out().map(|sent| (sent, ()))
            })
        }
        // An interface that is not there: found out by asking for the list of them.
        Err(errno) => {
            let args = [protocol(), "RTM_GETLINK".to_owned()];
            recorder.push("sendmsg", &args, Outcome::Failed(errno), 0);
            Err(Stop::Failed(errno))
        }
    }
}

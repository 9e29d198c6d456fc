//! Whether a demo program may do its work where it will stand: IPC objects and sockets. The kernel
//! would let it on the host, too, so here no expected failure excuses anything.

use super::grounds::Target;
use super::hands::Hands;
use crate::kernel::ns;
use crate::kernel::record::Stop;
use crate::model::op::Workload;
use crate::model::wire::Cage;
use crate::model::with::With;
use crate::model::{NsKind, NsLink, Op, Seen};

impl Hands {
    /// Refuses to start one that makes IPC objects or sockets in the host's namespace of that kind.
    pub(super) fn guard_program(
        &self,
        workload: Workload,
        namespaces: Option<&[NsKind]>,
    ) -> Result<(), Stop> {
        let kind = match workload {
            Workload::Listener | Workload::Greeter => NsKind::Net,
            workload if workload.makes_ipc() => NsKind::Ipc,
            _ => return Ok(()),
        };
        let fresh = namespaces.is_some_and(|kinds| kinds.contains(&kind));
        let left = match (ns::of_self(NsLink::Own(kind)), self.host.get(kind)) {
            (Ok(ours), Seen::Is(host)) => ours != *host,
            _ => false,
        };
        if fresh || left {
            return Ok(());
        }
        Err(Stop::Refused(format!(
            "`{}` is not in a {} namespace of its own (or /proc does not say so), so glassbox did \
             not start `{}`: it would reach into the host",
            self.name,
            kind.name(),
            workload.name(),
        )))
    }

    /// Refuses one whose file is not on the box's ground; and one that could hurt the machine where
    /// no cgroup holds it. That the cgroup has limits, the lab has made sure before it asked us.
    pub(super) fn guard_work(&self, op: &Op, workload: Workload, with: &With) -> Result<(), Stop> {
        if workload.is_nasty() && op.born_in().is_none() {
            return Err(Stop::Refused(format!(
                "`{}` starts only in a cgroup with limits",
                workload.name()
            )));
        }
        let writes = matches!(
            workload,
            Workload::Listener | Workload::Hog | Workload::Writer
        );
        match with.text("path") {
            Some(path) if writes => self.must_be_ours(op, path, Target::Name),
            _ => Ok(()),
        }
    }

    /// Our word to a program that could hurt that a cgroup holds it; to others there is none to give.
    pub(super) fn cage(&self, workload: Workload) -> Option<Cage> {
        workload.is_nasty().then(|| Cage {
            host_cgroup: self.host.get(NsKind::Cgroup).clone(),
        })
    }
}

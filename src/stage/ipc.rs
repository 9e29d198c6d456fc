//! Whether a demo program may make IPC objects where it will stand. The kernel would let it on the
//! host, too, so here no expected failure excuses anything.

use super::hands::Hands;
use crate::kernel::ns;
use crate::kernel::record::Stop;
use crate::model::op::Workload;
use crate::model::{NsKind, NsLink, Seen};

impl Hands {
    /// Refuses to start one of those in the host's IPC namespace.
    pub(super) fn guard_ipc(
        &self,
        workload: Workload,
        namespaces: Option<&[NsKind]>,
    ) -> Result<(), Stop> {
        let fresh = namespaces.is_some_and(|kinds| kinds.contains(&NsKind::Ipc));
        let own = NsLink::Own(NsKind::Ipc);
        let left = match (ns::of_self(own), self.host.get(NsKind::Ipc)) {
            (Ok(ours), Seen::Is(host)) => ours != *host,
            _ => false,
        };
        if !workload.makes_ipc() || fresh || left {
            return Ok(());
        }
        Err(Stop::Refused(format!(
            "`{}` is not in an IPC namespace of its own (or /proc does not say so), so glassbox did \
             not start `{}`: it would leave objects on the host",
            self.name,
            workload.name(),
        )))
    }
}
